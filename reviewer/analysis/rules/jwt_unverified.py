from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, RUBY, SCRIPT, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, is_false, is_none, is_true, literal_of, quote, value_of
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_LIBRARIES = ("jwt.", "jose.", "authlib.", "python_jwt.", "jwcrypto.", "jwt_utils.", "flask_jwt_extended.", "joserfc.")
_UNVERIFIED = frozenset(
    {"get_unverified_claims", "decode_unverified", "get_unverified_payload", "decode_complete_unverified"}
)
_CLAIMS = frozenset({"verify_exp", "verify_aud", "verify_iss", "verify_nbf"})
_SIGNS = (
    sign(SCRIPT, r"algorithms?:\[?[\"'`]none[\"'`]", "`{0}`: no signature at all"),
    sign(SCRIPT, r"\bjwt\.verify\([\w.]+,(?:null|undefined|\"\"|''|false)\b", "`{0}` checks no signature"),
    sign(
        SCRIPT,
        r"\b(?:jwt|jsonwebtoken)\.decode\(|\bjwt_?[dD]ecode\(|\bdecodeJwt\(",
        "`{0}` reads claims that anybody can write",
        Severity.LOW,
        unless=r"\bjwt\.verify\(|jwtVerify\(",
    ),
    sign(SCRIPT, r"\bignoreExpiration:true\b", "`{0}` takes tokens for ever", Severity.MEDIUM),
    sign(
        GO,
        r"\.ParseUnverified\(|\bjwt\.SigningMethodNone\b|\bjwt\.UnsafeAllowNoneSignatureType\b",
        "`{0}` checks no signature",
    ),
    sign(
        JVM,
        r"Jwts\.parser\(\)(?:\.\w+\([\w.]{0,60}\)){0,3}\.parse\(|\.parseClaimsJwt\(|\.parsePlaintextJwt\(|\bAlgorithm\.none\(\)|\.unsecured\(\)|"
        r"\.setSkipSignatureVerification\(|\.setDisableRequireSignature\(",
        "`{0}` checks no signature",
    ),
    sign(
        JVM,
        r"\bJWT\.decode\(|\bSignedJWT\.parse\(|\bPlainJWT\.parse\(",
        "`{0}` reads claims that anybody can write",
        Severity.LOW,
        unless=r"JWT\.require\(|\.verify\(",
    ),
    sign(PHP, r"JWT::decode\([^;\n]{1,120},[\"']none[\"']", "`{0}` checks no signature"),
    sign(RUBY, r"JWT\.decode[( ][^\n;]{1,80},\s?nil,\s?false", "`{0}` checks no signature"),
    sign(
        CSHARP,
        r"ValidateIssuerSigningKey=false|RequireSignedTokens=false|ValidateLifetime=false|\.ReadJwtToken\(",
        "`{0}` checks less than it should",
        Severity.MEDIUM,
    ),
)


_OF_HEADER = regex(
    r"""\[\s*["']alg["']\s*\]|\.get\(\s*["']alg["']|get_default_algorithms|ALGORITHMS\.ALL|\bheader\.alg\b"""
)


class JwtUnverified(PythonRule, TokenRule):
    """A token's claims are read without checking its signature, or it is signed with nothing.

    Why look: anybody can write such a token and be whoever it says.
    Ask: where is the signature of this token checked, and with which algorithm only?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 347
    words = (
        "decode", "encode", "verify", "unverified", "jwt", "JWT", "algorithm", "ParseUnverified", "SigningMethodNone",
        "UnsafeAllow", "parseClaims", "parsePlain", "Algorithm", "unsecured", "ignoreExp", "Validate", "Signed",
        "ReadJwt", "Signature", "ecode",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import jwt\n\nclaims = jwt.decode(token, verify=False)\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, options={'verify_signature': False})\n"),
        Example(
            "from jwt import decode\n\n"
            "OPTIONS = {'verify_signature': False}\nclaims = decode(token, options=OPTIONS)\n",
        ),
        Example("import jwt\n\nclaims = jwt.decode(token, key, algorithms=['HS256', 'none'])\n"),
        Example("import jwt\n\ntoken = jwt.encode(claims, None, algorithm='none')\n"),
        Example("from jose import jwt\n\nclaims = jwt.get_unverified_claims(token)\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, algorithms=None)\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, ['RS256'], options={'verify_exp': False})\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, options={'verify_signature': False})\n"),
        Example(
            "import jwt\n\ndef read(token, key):\n    how = jwt.get_unverified_header(token)['alg']\n"
            "    return jwt.decode(token, key, algorithms=[how])\n"
        ),
        Example("from jose import jwt\n\nclaims = jwt.decode(token, key, algorithms=head.get('alg', 'HS256'))\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, algorithms=['HS256', 'RS256'])\n"),
        Example("import python_jwt\n\nheader, claims = python_jwt.process_jwt(token)\n"),
        Example("const claims = jwt.verify(token, key, { algorithms: ['none'] });\n", path="shop/login.js"),
        Example("const claims = jwt.decode(token);\n", path="shop/login.ts"),
        Example("claims, _, err := parser.ParseUnverified(token, claims)\n", path="shop/login.go"),
        Example("String token = JWT.create().sign(Algorithm.none());\n", path="shop/Login.java"),
    )
    VALID = (
        Example("import jwt\n\nclaims = jwt.decode(token, key, algorithms=['RS256'])\n"),
        Example("import jwt\n\nheader = jwt.get_unverified_header(token)\nkey = keys[header['kid']]\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, ['RS256'], options={'verify_signature': True})\n"),
        Example("import jwt\n\ntoken = jwt.encode(claims, key, algorithm='HS256')\n"),
        Example("import jwt\n\nHOW = ['RS256', 'ES256']\nclaims = jwt.decode(token, key, algorithms=HOW)\n"),
        Example("text = page.decode('utf-8', verify=False)\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, key, ['RS256'], options={'require': ['exp']})\n"),
        Example("import jwt\n\ndef test_claims():\n    jwt.decode(token, verify=False)\n", path="tests/test_claims.py"),
        Example(
            "import jwt\n\ndef read(token):\n    who = jwt.decode(token, options={'verify_signature': False})['iss']\n"
            "    return jwt.decode(token, key_of(who), algorithms=['RS256'])\n"
        ),
        Example("const claims = jwt.verify(token, key, { algorithms: ['RS256'] });\n", path="shop/login.js"),
        Example(
            "const header = jwt.decode(token);\nconst claims = jwt.verify(token, keys[header.kid]);\n",
            path="shop/login.ts",
        ),
        Example("token, err := jwt.Parse(text, keyOf)\n", path="shop/login.go"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or not called(node, at).startswith(_LIBRARIES):
            return
        if _is_checked_after(node, at):
            return
        seen = next(_faults(node, at), None)
        if seen is not None:
            # Among the arguments of a long call, the one that is wrong.
            given = keyword(node, "algorithms") if "algorithm" in seen[0] or "public key" in seen[0] else None
            yield Sighting(node if given is None else given, *seen)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _faults(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    name = called_name(call)
    options = value_of(keyword(call, "options") or call.func, at)
    if name in _UNVERIFIED:
        yield f"`{quote(call.func, at)}` reads claims that anybody can write", Severity.HIGH
    if name == "process_jwt" and called(call, at).startswith("python_jwt.") and not _mentions("verify_jwt", at):
        yield f"`{quote(call.func, at)}` reads claims that anybody can write", Severity.HIGH
    if "decode" in name and _is_off(keyword(call, "verify"), at):
        yield f"`{quote(call.func, at)}` with `verify=False` reads claims that anybody can write", Severity.HIGH
    if isinstance(options, (cst.Dict, cst.Call)):
        off = _turned_off(options, at)
        if "verify_signature" in off:
            yield (
                f"`{quote(call.func, at)}` without `verify_signature` reads claims that anybody can write",
                Severity.HIGH,
            )
        for claim in sorted(off & _CLAIMS):
            yield f"`{claim}` is turned off", Severity.LOW if claim == "verify_aud" else Severity.MEDIUM
    yield from _algorithms(call, name, at)


def _is_off(node: cst.BaseExpression | None, at: Place) -> bool:
    return node is not None and (is_false(node) or literal_of(node, at) is False)


def _turned_off(options: cst.BaseExpression, at: Place) -> set[str]:
    """Return the keys of a dictionary, or the keywords of `dict(…)`, that are False."""
    off: set[str] = set()
    if isinstance(options, cst.Dict):
        for element in options.elements:
            if isinstance(element, cst.DictElement) and _is_off(element.value, at):
                off.add(str(literal_of(element.key, at)))
    elif isinstance(options, cst.Call):
        off |= {one.keyword.value for one in options.args if one.keyword is not None and is_false(one.value)}
    return off


def _algorithms(call: cst.Call, name: str, at: Place) -> Iterator[tuple[str, Severity]]:
    values = positional(call)
    given = keyword(call, "algorithms") or keyword(call, "algorithm") or (values[2] if len(values) > 2 else None)
    if given is None:
        return
    value = value_of(given, at)
    elements = value.elements if isinstance(value, (cst.List, cst.Tuple, cst.Set)) else ()
    words = [literal_of(element.value, at) for element in elements] or [literal_of(value, at)]
    kinds = {word[:2].upper() for word in words if isinstance(word, str)}
    if "decode" in name and any(_is_told_by_token(one, at) for one in (*(each.value for each in elements), given)):
        yield f"`{quote(call.func, at)}` lets the token choose its algorithm", Severity.HIGH
    elif "decode" in name and "HS" in kinds and kinds & {"RS", "ES", "PS"}:
        yield f"`{quote(call.func, at)}` allows a public key to be taken for a shared one", Severity.MEDIUM
    elif any(isinstance(word, str) and word.lower() == "none" for word in words):
        yield f"`{quote(call.func, at)}` allows the algorithm `none`: no signature at all", Severity.HIGH
    elif is_none(given) and ("decode" in name or "encode" in name):
        says = "lets the token choose its algorithm" if "decode" in name else "signs with nothing"
        yield f"`{quote(call.func, at)}` {says}", Severity.HIGH


def _is_told_by_token(node: cst.BaseExpression, at: Place) -> bool:
    """True for `header["alg"]`, what is made of it, and the list of all that the library knows."""
    return any(_OF_HEADER.search(at.code(made)) is not None for made in (node, value_of(node, at)))


def _is_checked_after(call: cst.Call, at: Place) -> bool:
    """True if the same function also decodes with a check: it peeks first, to learn which key to use."""
    if at.function is None or is_true(keyword(call, "verify")):
        return False
    code = at.code(at.function)
    return code.count("decode(") > 1 and "algorithms=" in code and keyword(call, "algorithms") is None


def _mentions(word: str, at: Place) -> bool:
    return any(word in line for line in at.source.lines)
