from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_OPEN = "other sites' pages may send requests in the visitor's name"
_JAVA = "java kotlin"
_SCRIPT = "javascript typescript"
_PHRASES = (
    phrase(_SCRIPT, r"(?:csrfPrevention|csrf|csrfProtection|xsrfProtection) : false", f"`{{0}}`: {_OPEN}"),
    phrase("csharp", r"\[ IgnoreAntiforgeryToken(?: \( \))? \]", f"`IgnoreAntiforgeryToken`: {_OPEN}"),
    phrase(
        _JAVA,
        r"@RequestMapping (?:\( (?![^()]{0,300}\bmethod = )[^()]{0,300}\) )?(?:@\w+ (?:\( [^()]{0,200}\) )?){0,4}"
        r"(?:public|private|protected)(?! (?:abstract |final )?(?:class|interface))",
        f"`@RequestMapping` names no method, so `GET` does it too: {_OPEN}",
        Severity.LOW,
    ),
)


class CsrfDisabled(TokenRule):
    """A request is taken without a sign that this site's own page sent it.

    Why look: a page elsewhere can make the visitor's browser order, pay or delete.
    Ask: is there a session in a cookie, and what else tells a request of one's own from a foreign one?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 352
    words = ("csrf", "xsrf", "RequestMapping", "Antiforgery")
    languages = frozenset({"java", "kotlin", "javascript", "typescript", "csharp"})

    INVALID = (
        Example("const s = new ApolloServer({ schema, csrfPrevention: false });\n", path="shop/app.js"),
        Example("app.register(protect, { csrfProtection: false });\n", path="shop/app.ts"),
        Example('@RequestMapping("/pay")\npublic String pay() { return ""; }\n', path="shop/Web.java"),
    )
    VALID = (
        Example("http.csrf().and().authorizeRequests();\nhttp.cors().disable();\n", path="shop/Web.java"),
        Example("const s = new ApolloServer({ schema, csrfPrevention: true });\n", path="shop/app.js"),
        Example(
            '@RequestMapping(value = "/pay", method = RequestMethod.POST)\npublic String pay() { return ""; }\n',
            path="W.java",
        ),
        Example(
            '@RequestMapping("/shop")\npublic class Web {}\n@PostMapping("/a")\npublic void a() {}\n', path="Web.java"
        ),
        Example("// csrfPrevention: false\n", path="shop/app.js"),
        Example("const s = new ApolloServer({ csrfPrevention: false });\n", path="tests/app.test.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if not file.is_test:
            yield from spoken(file, _PHRASES)
