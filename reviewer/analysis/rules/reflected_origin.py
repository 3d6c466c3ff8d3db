from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, phrase, spoken
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_PHRASES = (
    phrase(
        "go",
        r"CheckOrigin (?::|=) func \( [^()]{0,60}\) bool \{ return true",
        "`CheckOrigin` accepts a connection from any other site's page",
    ),
)
_REFLECTED = regex(r'(?<!\S)"(?i:access-control-allow-origin)" [,:] (?P<value>[\w$.\[\]"( ]{1,80}?)(?= [,)}])')
_SENT = regex(
    r"(?<!\S)(?:req|request|ctx|r) (?:\. \w+ )?\. (?:query|body|params|headers?|get|header|Header|"
    r"getHeader|getParameter)(?!\S)"
)


class ReflectedOrigin(TokenRule):
    """An application takes whichever site asks for one that may.

    Why look: a page somewhere else then acts with the visitor's own session, and reads the answers.
    Ask: which sites call this, and could they be listed?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 942
    words = ("CheckOrigin", "Allow-Origin", "allow-origin")
    languages = frozenset({"javascript", "typescript", "java", "kotlin", "go"})

    INVALID = (
        Example("res.set('access-control-allow-origin', req.query.origin);\n", path="shop/app.js"),
        Example(
            "const origin = req.headers.origin;\nres.writeHead(200, { 'Access-Control-Allow-Origin': origin });\n",
            path="a.js",
        ),
        Example('h.set("Access-Control-Allow-Origin", request.getHeader("Origin"));\n', path="shop/Pot.java"),
        Example("u := Upgrader{CheckOrigin: func(r *http.Request) bool { return true }}\n", path="shop/pot.go"),
    )
    VALID = (
        Example("res.setHeader('Access-Control-Allow-Origin', 'https://example.com');\n", path="shop/app.js"),
        Example("app.use(cors({ origin: ALLOWED }));\nconst a = { origin: '/' };\n", path="shop/app.ts"),
        Example("// 'Access-Control-Allow-Origin': '*'\nres.set('Vary', 'Origin');\n", path="shop/app.js"),
        Example('@CrossOrigin("https://example.com")\nclass Pot {}\n', path="shop/Pot.java"),
        Example('w.Header().Set("Access-Control-Allow-Origin", allowed)\n', path="shop/pot.go"),
        Example("res.set('access-control-allow-origin', req.query.origin);\n", path="tests/app.test.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        yield from spoken(file, _PHRASES)
        code = code_of(file)
        for line, match in code.find(_REFLECTED):
            if code.comes_from(_SENT, match["value"], match.start()):
                yield LineSighting(line, "the origin that asks is the one that is allowed, whichever it is")
