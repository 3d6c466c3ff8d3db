import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import Code, code_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_LOOP = regex(
    r"(?<!\S)for (?:(?P<first>\w+) (?:, (?P<second>\w+) )?:= range )?[^{};]{0,200}(?:;[^{};]{0,100}){0,2}(?P<open>\{)"
)
_DEFERRED = regex(r"(?<!\S)defer (?P<call>[\w.]+(?: \. \w+)* )\(")
_FUNCTION = regex(r"(?<!\S)func (?:\w+ )?\(")


class LoopReference(TokenRule):
    """A loop keeps something of each round to the end: a pointer to its variable, or a deferred call.

    Why look: before Go 1.22 all such pointers lead to the last value; deferred calls wait for the whole function.
    Ask: how many rounds are there, and what does each one hold on to?
    """

    informs = "scale"
    severity = Severity.LOW
    cwe = 772
    words = ("for ",)
    languages = frozenset({"go"})

    INVALID = (
        Example("for _, p := range pots {\n\tall = append(all, &p)\n}\n", path="shop/pots.go"),
        Example("for _, p := range pots {\n\tfuncs = append(funcs, func() { use(&p) })\n}\n", path="shop/pots.go"),
        Example("for _, name := range names {\n\tf, err := os.Open(name)\n\tdefer f.Close()\n}\n", path="shop/pots.go"),
        Example("for i := 0; i < n; i++ {\n\tmu.Lock()\n\tdefer mu.Unlock()\n}\n", path="shop/pots.go"),
    )
    VALID = (
        Example("for _, p := range pots {\n\tp := p\n\tall = append(all, &p)\n}\n", path="shop/pots.go"),
        Example("for i := range pots {\n\tall = append(all, &pots[i])\n}\n", path="shop/pots.go"),
        Example(
            "for _, n := range names {\n\tfunc() {\n\t\tf, _ := os.Open(n)\n\t\tdefer f.Close()\n\t}()\n}\n",
            path="shop/pots.go",
        ),
        Example("for _, p := range pots {\n\tjson.Unmarshal(raw, &p)\n}\n", path="shop/pots.go"),
        Example("for _, p := range pots {\n\tuse(p)\n}\ndefer file.Close()\n", path="shop/pots.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        code = code_of(file)
        for _, match in code.find(_LOOP):
            start = match.start("open")
            end = code.closing(start)
            if end is None:
                continue
            body = code.text[start:end]
            yield from _pointers(code, match, body)
            for deferred in _DEFERRED.finditer(body):
                if not _is_inside(body, deferred.start()):
                    line = code.line_at(start + deferred.start())
                    yield LineSighting(
                        line,
                        f"`{deferred['call'].replace(' ', '')}` waits for the function to end, once for each round",
                    )


def _pointers(code: Code, match: re.Match[str], body: str) -> Iterator[LineSighting]:
    for name in filter(lambda name: name and name != "_", (match["first"], match["second"])):
        kept = re.search(
            rf"(?<!\S)(?:append \( [^()]{{1,80}} , (?:func \( \) \{{ .{{0,200}}?)?|\] = |: |"
            rf"<- ){re.escape('&')} {name}(?= [,)}};]| \w)",
            body,
        )
        if kept is not None and not re.search(rf"(?<!\S){name} := {name}(?!\S)", body):
            line = code.line_at(match.start("open") + kept.end() - 1)
            yield LineSighting(line, f"`&{name}` is kept: before Go 1.22 it leads to the last value for all")


def _is_inside(body: str, offset: int) -> bool:
    """True if a function inside the loop is open at that offset."""
    for function in _FUNCTION.finditer(body, 0, offset):
        begin = body.find(" {", function.end())
        between = body[begin:offset] if 0 <= begin < offset else ""
        if between and between.count("{") > between.count("}"):
            return True
    return False
