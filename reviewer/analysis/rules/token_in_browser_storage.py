from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_KEY = r"(?i:[^\" ]*(?:token|jwt|password|passwd|secret|credential|api-?_?key|private-?_?key|access-?_?key)[^\" ]*)"
_STORE = r"(?:window \. )?(?P<store>localStorage|sessionStorage)"
_SCRIPT = "javascript typescript"
_READABLE = "every script of the page can read it"
_PHRASES = (
    phrase(_SCRIPT, rf'{_STORE} \. setItem \( "(?P<key>{_KEY})" ,', f"`{{key}}` goes into `{{store}}`: {_READABLE}"),
    phrase(
        _SCRIPT,
        rf"{_STORE} \. setItem \( (?P<key>[A-Z_]*(?:TOKEN|JWT|PASSWORD|SECRET)[A-Z_]*) ,",
        f"`{{key}}` goes into `{{store}}`: {_READABLE}",
    ),
    phrase(
        _SCRIPT,
        rf"{_STORE} \. (?!(?:get|set|remove)Item|clear|length)(?P<key>{_KEY}) =",
        f"`{{key}}` goes into `{{store}}`: {_READABLE}",
    ),
    phrase(_SCRIPT, rf'{_STORE} \[ "(?P<key>{_KEY})" \] =', f"`{{key}}` goes into `{{store}}`: {_READABLE}"),
    phrase(
        _SCRIPT,
        rf"{_STORE} \. setItem \( \"[^\" ]*\" , (?:\w+ \. )*"
        rf"(?P<key>(?:access|id|auth|refresh)?_?(?i:token|jwt))(?= \))",
        f"`{{key}}` goes into `{{store}}`: {_READABLE}",
    ),
)


class TokenInBrowserStorage(TokenRule):
    """A token or a password is kept where every script of the page can read it.

    Why look: one foreign script, from an advertisement or a package, takes it along.
    Ask: would a cookie that scripts cannot read do?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 922
    words = ("localStorage", "sessionStorage")
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("localStorage.setItem('token', answer.token);\n", path="shop/login.js"),
        Example("window.localStorage.setItem('auth_token', t);\n", path="shop/login.ts"),
        Example("sessionStorage.password = field.value;\n", path="shop/login.js"),
        Example("localStorage['jwt'] = t;\n", path="shop/login.js"),
    )
    VALID = (
        Example("localStorage.setItem('theme', 'dark');\n", path="shop/login.js"),
        Example("localStorage.removeItem('token');\nlocalStorage.getItem('token');\n", path="shop/login.js"),
        Example("// localStorage.setItem('token', t)\n", path="shop/login.js"),
        Example("localStorage.setItem('token', 'abc');\n", path="shop/login.test.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if not file.is_test:
            yield from spoken(file, _PHRASES)
