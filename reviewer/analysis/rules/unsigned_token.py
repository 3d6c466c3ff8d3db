from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, phrase, spoken
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_NONE = "a token that nobody signed is accepted or made"
_SCRIPT = "javascript typescript"
_PHRASES = (
    phrase(
        _SCRIPT,
        r'"?(?:algorithms?|alg)"? : (?:\[ (?:"\w+" , )*)?"(?i:none)"',
        f"`none` is allowed as algorithm: {_NONE}",
    ),
    phrase(_SCRIPT, r"JWK \. None", f"`JWK.None`: {_NONE}"),
    phrase(
        _SCRIPT,
        r'(?:jwt|JWT|jsonwebtoken) \. verify \( [\w.]+(?: \. \w+)* , (?:""|null|undefined|false) [,)]',
        f"verified with no key: {_NONE}",
    ),
    phrase("go", r"(?:jwt \. )?SigningMethodNone", f"`SigningMethodNone`: {_NONE}"),
    phrase("java kotlin", r"SignatureAlgorithm \. NONE", f"`SignatureAlgorithm.NONE`: {_NONE}"),
    phrase(
        "java kotlin",
        r"\. (?:parseClaimsJwt|parsePlaintextJwt|parseUnsecuredClaims|unsecured) \(",
        f"`{{0}}` takes tokens without a signature: {_NONE}",
    ),
)
_BUILT = regex(r"(?<!\S)Jwts \. builder \( \)(?P<chain>(?:(?! ; ).){0,1500}?) \. compact \( \)")


class UnsignedToken(TokenRule):
    """A token's claims are believed without a signature.

    Why look: anyone can write such a token, with any user's name in it.
    Ask: who checked this token before, and with which key?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 347
    words = ("none", "None", "NONE", "Unverified", "jwt", "JWT", "Jwt", "alg")
    languages = frozenset({"javascript", "typescript", "java", "kotlin", "go"})

    INVALID = (
        Example("jwt.verify(token, key, { algorithms: ['RS256', 'none'] });\n", path="shop/login.js"),
        Example("const claims = jwt.verify(token, '', options);\n", path="shop/login.js"),
        Example("const { JWK, JWT } = jose;\nJWT.verify(token, JWK.None);\n", path="shop/login.ts"),
        Example('String t = Jwts.builder()\n  .setSubject("a")\n  .compact();\n', path="shop/Login.java"),
    )
    VALID = (
        Example(
            "jwt.verify(token, key, { algorithms: ['RS256'] });\nbox.style = { display: 'none' };\n",
            path="shop/login.js",
        ),
        Example(
            "const jwt = require('jsonwebtoken');\nconst kid = jwt.decode(token, { complete: true }).header.kid;\n"
            "jwt.verify(token, keys[kid]);\n",
            path="shop/login.js",
        ),
        Example("s, err := token.SignedString(key)\nt, err := jwt.Parse(raw, keyFunc)\n", path="shop/login.go"),
        Example('String t = Jwts.builder().setSubject("a").signWith(key).compact();\n', path="shop/Login.java"),
        Example(
            "// Algorithm.none()\nverifier = JWT.require(Algorithm.HMAC256(key)).build();\n", path="shop/Login.java"
        ),
        Example("const image = decode(token);\n", path="shop/picture.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        yield from spoken(file, _PHRASES)
        code = code_of(file)
        for line, match in code.find(_BUILT):
            if "signWith" not in match["chain"] and "encryptWith" not in match["chain"]:
                yield LineSighting(line, f"`Jwts.builder()` without `signWith`: {_NONE}")
