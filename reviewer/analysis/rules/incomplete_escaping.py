from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

# One sign that means something to a page, a query, a shell or a table; a word is replaced for other reasons.
_ONCE = regex(r"""(?<!\S)\. replace \( "(?P<what>['<>&*|\\\x01]|\\[tnr\\'"]|\.\./?|<\w+>?)" , (?:"[^"]*"|\w+)? ?\)""")
_MADE = regex(r"(?<!\S)(?:new )?RegExp (?P<open>\()")
_ESCAPED = regex(r"[eE]scape|quote|sanitize|source\b|\bre\b|[pP]attern|[rR]egex|REGEX|RegExp")
_SENT = regex(
    r"(?<!\S)(?:req|request|ctx) (?:\. request )?\. (?:query|body|params|headers)|"
    r"location \. (?:search|hash)|JSON \. parse \("
)


class IncompleteEscaping(TokenRule):
    """A text is made safe in its first place only, or becomes a pattern with all its signs.

    Why look: `replace` with a string changes the first match; the second quote still gets through.
    Ask: what happens with the sign twice in the text?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    cwe = 116
    words = ("replace(", "RegExp(")
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example('return text.replace("\'", "\'\'");\n', path="shop/text.js"),
        Example("return html\n  .replace('<', '')\n  .replace('>', '');\n", path="shop/text.ts"),
        Example("const name = raw.replace('\\t', '');\n", path="shop/text.js"),
        Example("const path = raw.replace('../', '');\n", path="shop/text.js"),
        Example("function find(req) {\n  const p = new RegExp(req.query.q);\n}\n", path="shop/text.js"),
        Example("function find(word, text) {\n  return new RegExp('^' + word).test(text);\n}\n", path="shop/text.js"),
    )
    VALID = (
        Example("return text.replace(/'/g, \"''\").replaceAll('<', '');\n", path="shop/text.js"),
        Example("return text.replace('tea', 'pot').replace(word, '');\n", path="shop/text.js"),
        Example("const p = new RegExp('^a+$', 'g');\nconst q = new RegExp(escapeRegExp(word));\n", path="shop/text.js"),
        Example("// text.replace('<', '')\nconst p = new RegExp(`^${SHAPE}$`);\n", path="shop/text.js"),
        Example("const p = new RegExp(pattern.source, 'i');\n", path="shop/text.js"),
        Example("expect(text.replace('<', '')).toBe('a');\n", path="shop/text.test.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for line, match in code.find(_ONCE):
            yield LineSighting(line, f"`replace` changes the first `{shown(match['what'])}` only")
        for line, match in code.find(_MADE):
            text = code.arguments(match.start("open"))[:1]
            if not text or code.is_fixed(text[0].replace(" ${", "").replace(" }", ""), match.start()):
                continue
            if code.comes_from(_SENT, text[0], match.start()) and not _ESCAPED.search(text[0]):
                said = f"`{shown(text[0])}` of the request becomes a pattern: its signs count, and it may never end"
                yield LineSighting(line, said, Severity.MEDIUM)
            elif not _ESCAPED.search(text[0]):
                yield LineSighting(line, f"the signs in `{shown(text[0])}` count as a pattern's")
