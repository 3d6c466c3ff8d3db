import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, phrase, shown, spoken
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_TRUSTED = regex(r"(?<!\S)template \. (?P<type>HTML|HTMLAttr|JS|JSStr|URL|CSS|Srcset) (?P<open>\()")
_ESCAPED = regex(
    r"(?<!\S)(?:template \. (?:HTMLEscap\w+|JSEscap\w+)|html \. EscapeString|url \. (?:Query|"
    r"Path)Escape|\w*[sS]anitize\w*) "
)
_IMPORTED = phrase(
    "go", r'"text/template"', "`text/template` escapes nothing, and this file serves pages", Severity.MEDIUM
)


class UnescapedMarkup(TokenRule):
    """Text becomes part of a page as it is, tags and all.

    Why look: a name with a `<script>` in it runs in every visitor's browser.
    Ask: where does the text come from, and what escapes it?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 79
    words = ("template.", "text/template")
    languages = frozenset({"go"})

    INVALID = (
        Example('return template.HTML("<b>" + name + "</b>")\n', path="shop/page.go"),
        Example('a := template.JS(fmt.Sprintf("show(%s)", name))\n', path="shop/page.go"),
        Example('text := "<b>" + name\nreturn template.HTML(text)\n', path="shop/page.go"),
        Example('import (\n\t"net/http"\n\t"text/template"\n)\n', path="shop/page.go"),
    )
    VALID = (
        Example('return template.HTML("<b>tea</b>")\n', path="shop/page.go"),
        Example('return template.HTML("<b>" + "tea" + "</b>")\n', path="shop/page.go"),
        Example('return template.HTML("<b>" + template.HTMLEscapeString(name) + "</b>")\n', path="shop/page.go"),
        Example('import (\n\t"net/http"\n\t"html/template"\n)\n', path="shop/page.go"),
        Example('import (\n\t"os"\n\t"text/template"\n)\n', path="shop/print.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        if '"net/http"' in code.text:
            yield from spoken(file, (_IMPORTED,))
        for line, match in code.find(_TRUSTED):
            text = next(iter(code.arguments(match.start("open"))), '""')
            given = code.value_of(text, match.start()) if re.fullmatch(r"\w+", text) else None
            if not code.is_fixed(text, match.start()) and not _ESCAPED.search(given[0] if given else text):
                yield LineSighting(line, f"`{shown(text)}` is trusted as {match['type']} and no longer escaped")
