from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_ADDED = regex(r"(?<!\S)\w+ \. addCookie \( (?P<name>\w+) \)")
_STRUCT = regex(r"(?<!\S)(?:&?sessions \. Options) (?P<open>\{)")
_GONE = regex(r"MaxAge : - ?\d|MaxAge : 0|setMaxAge \( 0 \)|maxAge : 0|clearCookie")


class ExposedCookie(TokenRule):
    """A cookie is sent over plain connections or shown to scripts.

    Why look: whoever gets the cookie of a session is that user.
    Ask: which script reads this cookie, and over which connections does it travel?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 614
    words = ("addCookie", "sessions.Options")
    languages = frozenset({"java", "kotlin", "go"})

    INVALID = (
        Example('Cookie c = new Cookie("tea", value);\nresponse.addCookie(c);\n', path="shop/Pot.java"),
        Example(
            'Cookie c = new Cookie("tea", value);\nc.setPath("/");\nc.setSecure(true);\nresponse.addCookie(c);\n',
            path="shop/Pot.java",
        ),
        Example('store.Options = &sessions.Options{Path: "/", MaxAge: 60}\n', path="shop/pot.go"),
    )
    VALID = (
        Example(
            'Cookie c = new Cookie("tea", v);\nc.setSecure(true);\nc.setHttpOnly(true);\nresponse.addCookie(c);\n',
            path="shop/Pot.java",
        ),
        Example(
            'Cookie c = new Cookie("tea", "");\nc.setMaxAge(0);\nresponse.addCookie(c);\n'
            'Cookie d = ResponseCookie.from("a", "b").build();\nresponse.addCookie(d);\n',
            path="shop/Pot.java",
        ),
        Example(
            "o := &sessions.Options{Secure: true, HttpOnly: true}\np := sessions.Options{MaxAge: -1}\n", path="a/pot.go"
        ),
        Example('// response.addCookie(c);\nCookie c = new Cookie("tea", value);\n', path="shop/Pot.java"),
        Example('Cookie c = new Cookie("tea", value);\nresponse.addCookie(c);\n', path="src/test/java/PotTest.java"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        yield from _structs(code_of(file)) if language_of(file) == "go" else _added(code_of(file))


def _added(code: Code) -> Iterator[LineSighting]:
    for line, match in code.find(_ADDED):
        made = code.value_of(match["name"], match.start())
        if made is None or not made[0].startswith("new "):
            continue
        between = code.text[made[1] : match.start()]
        missing = [name for name in ("setSecure", "setHttpOnly") if name not in between]
        if missing and not _GONE.search(between):
            yield LineSighting(line, f"`{match['name']}` is sent without {_all(missing)}")


def _structs(code: Code) -> Iterator[LineSighting]:
    for line, match in code.find(_STRUCT):
        end = code.closing(match.start("open"))
        inside = code.text[match.start() : end] if end is not None else ""
        missing = [name for name in ("Secure", "HttpOnly") if f" {name} : " not in inside]
        if inside and missing and not _GONE.search(inside):
            yield LineSighting(line, f"`{shown(match[0][:-2])}` without {_all(missing)}")


def _all(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
