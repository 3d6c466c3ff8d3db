import re
from collections.abc import Iterator, Sequence

import libcst as cst
from pygments.token import Token as Kinds

from reviewer.analysis.backtracking import can_explode
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import argument, entry_into, is_checked, makers, shown
from reviewer.analysis.phrases import GAP, code_of
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import speech_of
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_FUNCTIONS = ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split", "template")
_CALLS = frozenset(f"{module}.{name}" for module in ("re", "regex", "re2") for name in _FUNCTIONS)
_FIELDS = frozenset({"RegexValidator", "re_path", "RegexField", "Regexp", "constr", "Field", "Query", "Path", "Regex"})
_PATTERN_KEYS = ("pattern", "regex", "regexp")
_LONGEST_QUOTE = 45
_REGEX = Kinds.Literal.String.Regex


# What makes a pattern of a text in other languages, and whether all of the text must match.
_MAKERS = regex(
    r"(?<!\S)(?:(?P<js>(?:new )?RegExp|XRegExp) \(|(?P<java>(?:Pattern \. )?compile|(?:Pattern )?\. (?:matches"
    r"|replaceAll|split|"
    r"replaceFirst)|Regex|toRegex) \(|(?P<bean>@Pattern) \( (?:regexp = )?)(?= (?P<text>\"[^\"]*\"))"
)
# The lexer takes the slash of a literal for a division there.
_AFTER_ARROW = regex(r"=> ?(/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/)[a-z]*\.(?:test|exec)\(")
_NAMED_GROUP = regex(r"\(\?<(?=[A-Za-z_])")
_JAVA = frozenset({"java", "kotlin"})


class RegexDos(PythonRule, TokenRule):
    """A regular expression can take exponential time, or a request brings it.

    Why look: some thirty characters of a chosen text can then keep a processor busy for hours.
    Ask: who chooses the text that is matched, and can the repetition be said in one way only?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 1333
    words = (
        *(f"{name}(" for name in _FUNCTIONS), "RegexValidator", "re_path", "RegexField", "Regexp", "pattern=", "regex=",
        "RegExp", "Pattern", "matches", ")+", ")*", "){",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = frozenset({"javascript", "typescript", "java", "kotlin"})

    INVALID = (
        Example("import re\n\nWORDS = re.compile(r'^(\\w+\\s?)+$')\n"),
        Example(
            "import re\n\n\ndef is_mail(text):\n"
            "    return re.match(r'^([a-zA-Z0-9])(([.-]|_+)?([a-z0-9]+))*@x$', text)\n"
        ),
        Example("import re\n\nNESTED = r'(a+)+$'\n\n\ndef find(text):\n    return re.search(NESTED, text)\n"),
        Example("import re\n\nNUMBER = re.compile('(a|ab|b)*c')\n"),
        Example(
            "import re\nfrom flask import request\n\n\ndef find(text):\n    return re.search(request.args['q'], text)\n"
        ),
        Example(
            "import re\n\n\ndef find(request, names):\n    wanted = re.compile('^' + request.GET['q'])\n"
            "    return [name for name in names if wanted.match(name)]\n"
        ),
        Example("from django.core.validators import RegexValidator\n\ncheck = RegexValidator(regex=r'^([a-z]*)*$')\n"),
        Example("const WORDS = /^(\\w+\\s?)+$/;\n", path="shop/words.js"),
        Example("const ok = /^([a-z]+[-.]?)+@tea$/i.test(text);\n", path="shop/words.ts"),
        Example("const ok = (text) => /^([a-z]+-?)*$/.test(text);\n", path="shop/words.js"),
        Example("const WORDS = new RegExp('^(a+)+$');\n", path="shop/words.ts"),
        Example('class A { static final Pattern P = Pattern.compile("^(\\\\w+\\\\s?)+$"); }\n', path="shop/A.java"),
        Example('class A { boolean f(String s) { return s.matches("(a+)+b"); } }\n', path="shop/A.java"),
        Example(
            "app.get('/find', (req, res) => {\n  const wanted = new RegExp(req.query.q, 'i');\n"
            "  res.json(find(wanted));\n});\n",
            path="shop/find.js",
        ),
    )
    VALID = (
        Example("const WORDS = /^\\w+(?:\\s\\w+)*$/;\nconst half = (a + b) / 2 / c;\n", path="shop/words.js"),
        Example("const ANY = /(?<year>\\d{4})-(\\d\\d)/u;\n", path="shop/words.ts"),
        Example('class A { static final Pattern P = Pattern.compile("[a-z]+(-[a-z]+)*"); }\n', path="shop/A.java"),
        Example(
            "app.get('/find', (req, res) => {\n  const wanted = new RegExp(escapeRegExp(req.query.q));\n"
            "  res.json(find(wanted));\n});\n",
            path="shop/find.js",
        ),
        Example("import re\n\nWORDS = re.compile(r'^\\w+(?:\\s\\w+)*$')\n"),
        Example("import re\n\nPARTS = re.compile(r'(?:[a-z]+\\.)+[a-z]+$')\n"),
        Example('import re\n\nTEXT = re.compile(r\'"(?:[^"\\\\]|\\\\.)*"\')\n'),
        Example("import re\n\nATOMIC = re.compile(r'(?>a+)+$')\nGREEDY = re.compile(r'(?:a++)+$')\n"),
        Example("import re\n\nSHORT = re.compile(r'(?:a+){1,3}$')\n"),
        Example(
            "import re\nfrom flask import request\n\n\ndef find(text):\n"
            "    return re.search(re.escape(request.args['q']), text)\n"
        ),
        Example("import re\n\n\ndef find(pattern, text):\n    return re.search(pattern, text)\n"),
        Example("import re\n\nANY = re.compile(r'(a+)+')\n"),
        Example("import re\n\n\ndef test_slow():\n    assert re.match(r'(a+)+$', 'b')\n", path="tests/test_slow.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        pattern = _pattern(node, at)
        if pattern is None:
            return
        for made in makers(pattern, at):
            text = string_value(made)
            if text is not None and can_explode(text, flags=_flags(node, at), is_full=called_name(node) == "fullmatch"):
                quoted = " ".join(text.split())
                quoted = quoted if len(quoted) <= _LONGEST_QUOTE else f"{quoted[: _LONGEST_QUOTE - 4]} ..."
                yield Sighting(node, f"a text can match a loop of `{quoted}` in exponentially many ways")
                return
        entry = entry_into(pattern, at, _is_escaped)
        if at.name(node.func) in _CALLS and entry is not None and entry.is_remote and not is_checked(entry, node, at):
            yield Sighting(node, f"`{shown(entry.node, at)}` is used as a regular expression")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        language = language_of(file) or ""
        for token in tokens:
            if _REGEX in token.kind.split() and (text := _literal_of(token.text)) and can_explode(text):
                yield LineSighting(token.line, _exploding(text))
        for line in sorted(file.added) if language not in _JAVA else ():
            found = _AFTER_ARROW.search(file.lines[line - 1])
            if found is not None and can_explode(text := _literal_of(found[1])):
                yield LineSighting(line, _exploding(text))
        code = code_of(file)
        for line, match in code.find(_MAKERS):
            text = _unescaped(match["text"][1:-1].replace(GAP, " "))
            is_full = "matches" in match[0] or match["bean"] is not None
            is_spoken = (match["js"] is None) is (language in _JAVA)
            if is_spoken and can_explode(text, is_full=is_full):
                yield LineSighting(line, _exploding(text))
        if language not in _JAVA:
            yield from _brought(file)


def _brought(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield patterns of a script that a request brings."""
    speech = speech_of(file)
    for call in speech.calls:
        if call.name == "RegExp" and call.arguments and (entry := speech.outside(call.arguments[0])) is not None:
            yield LineSighting(call.line, f"`{entry}` is used as a regular expression")


def _exploding(text: str) -> str:
    quoted = " ".join(text.split())
    quoted = quoted if len(quoted) <= _LONGEST_QUOTE else f"{quoted[: _LONGEST_QUOTE - 4]} ..."
    return f"a text can match a loop of `{quoted}` in exponentially many ways"


def _literal_of(token: str) -> str:
    """Return the pattern of `/pattern/flags` in the words of Python's expressions."""
    body = token[1 : token.rfind("/")] if token.startswith("/") else ""
    return _NAMED_GROUP.sub("(?P<", body.replace("\\/", "/"))


def _unescaped(text: str) -> str:
    """Return what a string holds: a backslash is written twice there."""
    return _NAMED_GROUP.sub("(?P<", text.replace("\\\\", "\\"))


def _pattern(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    if at.name(call.func) in _CALLS:
        return argument(call, 0, "pattern") if at.is_imported(call.func) else None
    if called_name(call) in _FIELDS:
        given = argument(call, len(call.args), *_PATTERN_KEYS)
        is_first = called_name(call) in ("RegexValidator", "re_path", "RegexField", "Regexp", "Regex")
        return given or (argument(call, 0) if is_first else None)
    return None


def _flags(call: cst.Call, at: Place) -> int:
    """Return the flags that change what a pattern says."""
    code = at.code(call)
    is_verbose = "VERBOSE" in code or "re.X" in code
    return (re.VERBOSE if is_verbose else 0) | (re.DOTALL if "DOTALL" in code or "re.S)" in code else 0)


def _is_escaped(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and called_name(node) == "escape"
