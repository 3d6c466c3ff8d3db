import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import GO, JVM, PHP, SCRIPT, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import quote, value_of
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

# Names of what must not be guessed byte by byte. Plain passwords are another rule's.
_SECRET = regex(
    r"(?:^|_)(?:hmac|mac|signature|sig|signed|csrf|xsrf|otp|totp|api_?key|secret|secret_?key|webhook_secret|"
    r"(?:csrf|xsrf|auth|access|session|reset|api|refresh|bearer|verification|webhook|security|secret|expected|stored|"
    r"valid|provided|received|given|user|device|invite|remember|confirmation|activation)_?token|"
    r"(?:passw(?:or)?d|pw|pwd)_?(?:hash|digest)|hashed_?(?:passw(?:or)?d|pw|pwd)|auth_?(?:key|code)|reset_code|"
    r"computed_hash|expected_hash)$"
)
_PERHAPS = regex(r"(?:^|_)(?:token|digest|hexdigest|hash|checksum|code)$")
_OTHER = regex(
    r"request|header|cookie|expected|stored|secret|environ|settings|config|provided|received|supplied|valid|"
    r"session|hmac|"
    r"sign|\bTOKEN|[A-Z]_TOKEN|query|params|payload|args"
)
_PUBLIC = regex(
    r"check_?sum|file|download|content|etag|path|archive|cache|blob|artifact|wheel|chunk|commit|tree|version"
)
_PLAIN = regex(r"type|kind|name|id|typ|alg|method|count|length|algorithm|position|index|status|state|version|format")
# The same names in other languages, with steps in capitals.
_NAMES = (
    r"(?:\w*[sS]ignature|\w*[hH]mac|\w*[aA]piKey|api_key|\w*[cC]srfToken|csrf_token|(?:auth|access|reset|session|"
    r"expected|api|webhook)[_]?[tT]oken|\w*[pP]asswordHash|password_hash|computedHash|expectedHash|expectedMAC|\w*MAC)"
)
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_COMPARING = regex(r"compar|equal|verif|check|valid|match|auth|same", re.IGNORECASE)
_SIGNS = (
    sign(
        SCRIPT,
        r"(?<!typeof )(?<![\w.\"'])(?:[\w.]{1,60}\.)?"
        + _NAMES
        + r"[!=]==?(?!null\b|undefined\b|true\b|false\b|[\"'`]|\d)[\w.]+",
        "`{0}` stops at the first difference; see `timingSafeEqual`",
    ),
    sign(
        SCRIPT,
        r"\.digest\([\"'`]\w+[\"'`]\)[!=]==?(?![\"'`])\w+",
        "`{0}` stops at the first difference; see `timingSafeEqual`",
    ),
    sign(
        GO,
        r"(?<![\w.\"])(?:[\w.]{1,60}\.)?"
        + _NAMES
        + r"[!=]=(?!nil\b|\")[\w.]+|bytes\.Equal\([^()\n]{0,40}(?i:mac|signature|sig)\b",
        "`{0}` stops at the first difference; see `hmac.Equal`",
    ),
    sign(
        JVM,
        r"(?<![\w.\"])(?:[\w.]{1,60}\.)?"
        + _NAMES
        + r"\.equals\((?!\")|Arrays\.equals\([^()\n]{0,40}(?i:mac|signature|digest)\b",
        "`{0}` stops at the first difference; see `MessageDigest.isEqual`",
    ),
    sign(
        SCRIPT | GO,
        r"(?<![\w.\"'])(?!null|undefined|nil|true|false)[\w.]{1,60}[!=]==?(?:(?:\w{1,40}\.){0,3}"
        + _NAMES
        + r"\b(?![\w(.])|process\.env\.\w{0,40}(?:TOKEN|SECRET|KEY|PASSWORD)\b)",
        "`{0}` stops at the first difference",
    ),
    sign(
        PHP,
        r"\$(?:\w{1,40}->)?" + _NAMES + r"[!=]==?(?!null\b|[\"']|true\b|false\b)\$\w+",
        "`{0}` stops at the first difference; see `hash_equals`",
    ),
)


class TimingUnsafeCompare(PythonRule, TokenRule):
    """A secret is compared with `==`, which stops at the first byte that differs.

    Why look: the time the answer takes tells an attacker how much of a guess was right.
    Ask: would `hmac.compare_digest` do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 208
    words = ("==", "!=", "zip(", ".equals(", "Equal(")
    visits = (cst.Comparison, cst.For)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("def verify(body, signature):\n    return sign(body) == signature\n"),
        Example(
            "import hmac\n\ndef verify(body, given):\n    return hmac.new(KEY, body, 'sha256').hexdigest() == given\n"
        ),
        Example("def login(request):\n    if request.headers['X-Token'] != settings.API_TOKEN:\n        deny()\n"),
        Example("def check(form, session):\n    return form['csrf_token'] == session['csrf_token']\n"),
        Example("def reset(user, token):\n    if token != user.reset_token:\n        deny()\n"),
        Example("def login(user, password):\n    return digest(password) == user.password_hash\n"),
        Example("def check(api_key):\n    return api_key == os.environ['SHOP_API_KEY']\n"),
        Example("def confirm(user, otp):\n    if user.otp == otp:\n        pay(user)\n"),
        Example(
            "def compare(secret, given):\n    for one, other in zip(secret, given):\n        if one != other:\n"
            "            return False\n    return True\n"
        ),
        Example("if (req.headers.signature !== expectedSignature) deny();\n", path="shop/hook.js"),
        Example("if signature != expected {\n\tdeny()\n}\n", path="shop/hook.go"),
        Example("if (expectedSignature.equals(given)) pay();\n", path="shop/Hook.java"),
    )  # fmt: skip
    VALID = (
        Example("import hmac\n\ndef verify(body, signature):\n    return hmac.compare_digest(sign(body), signature)\n"),
        Example("def verify(signature):\n    if signature is None or signature == '':\n        deny()\n"),
        Example(
            "def parse(token, next_token):\n    return token == '(' or token.type == OPEN or token != next_token\n",
        ),
        Example("def read(token):\n    return token == Token.NUMBER\n"),
        Example("def verify(path, digest):\n    return sha256_of(path) == digest\n"),
        Example("def changed(hash, checksum):\n    return hash != checksum\n"),
        Example("def same(a, b):\n    return inspect.signature(a) == inspect.signature(b)\n"),
        Example("def short(token):\n    return len(token) == 32 and token.count('.') == 2\n"),
        Example("class Token:\n    def __eq__(self, other):\n        return self.access_token == other.access_token\n"),
        Example("def test_sign():\n    assert sign(BODY) == signature\n", path="tests/test_sign.py"),
        Example("if (typeof signature === 'string' && signature !== '') check(signature);\n", path="shop/hook.js"),
        Example('if signature == "" || token.Kind == other {\n\tdeny()\n}\n', path="shop/hook.go"),
        Example("if (crypto.timingSafeEqual(signature, expected)) pay();\n", path="shop/hook.js"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.For):
            yield from _loop(node, at)
        elif isinstance(node, cst.Comparison) and len(node.comparisons) == 1 and not _is_method_eq(at):
            target = node.comparisons[0]
            if isinstance(target.operator, (cst.Equal, cst.NotEqual)):
                secret = _secret(node.left, target.comparator, at) or _secret(target.comparator, node.left, at)
                if secret is not None:
                    yield Sighting(node, f"`{secret}` is compared byte by byte; see `hmac.compare_digest`")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _is_method_eq(at: Place) -> bool:
    return at.function is not None and at.function.name.value in ("__eq__", "__ne__", "__lt__", "__hash__")


def _secret(side: cst.BaseExpression, other: cst.BaseExpression, at: Place) -> str | None:
    """Return what is compared, if the side is a secret and the other may be a guess."""
    if not _is_unknown(other) or not _is_unknown(side):
        return None
    name = _STEPS.sub("_", _word(side)).lower()
    against, shown = at.code(other), quote(side, at)
    if _is_hmac(side, at) or (_SECRET.search(name) and not _is_signature_of_function(side, at)):
        return shown
    if _PERHAPS.search(name) and _OTHER.search(against) and not _PUBLIC.search(f"{against} {at.code(side)}".lower()):
        is_about = name != "code" and not name.endswith("_code") and "status" not in against
        return shown if is_about and not _is_enum(other) else None
    return None


def _is_unknown(node: cst.BaseExpression) -> bool:
    """True for what arrives at run time; constants, types, lengths and members of an enumeration do not."""
    if isinstance(node, cst.Call):
        return called_name(node) not in ("len", "type", "int", "id", "set", "signature", "count", "isinstance", "bool")
    if isinstance(node, cst.Subscript):
        return not isinstance(node.slice[0].slice, cst.Index) or not isinstance(node.slice[0].slice.value, cst.Integer)
    name = (dotted_name(node) or "").rpartition(".")[2]
    return (
        name not in ("", "None", "True", "False", "Ellipsis")
        and not _is_enum(node)
        and not _PLAIN.fullmatch(name.lower())
    )


def _is_enum(node: cst.BaseExpression) -> bool:
    """True for `Token.NUMBER`: a member in capitals of a class."""
    if not isinstance(node, cst.Attribute) or not isinstance(node.value, (cst.Name, cst.Attribute)):
        return False
    owner = (dotted_name(node.value) or "").rpartition(".")[2]
    return node.attr.value.isupper() and (owner[:1].isupper() or owner in ("token", "tokenize", "tokens", "syms", "T"))


def _word(node: cst.BaseExpression) -> str:
    """Return the word that says what an expression is: `csrf_token` for `form["csrf_token"]` and `form.get(…)`."""
    match node:
        case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
            return name
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))]):
            return str(key.raw_value).replace("-", "_")
        case cst.Call(func=cst.Attribute(attr=cst.Name("get")), args=[cst.Arg(value=cst.SimpleString() as key), *_]):
            return str(key.raw_value).replace("-", "_")
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name("encode" | "decode" | "strip" | "lower" | "hex"))):
            return _word(inner)
        case cst.Call():
            return called_name(node)
        case _:
            return ""


def _is_hmac(node: cst.BaseExpression, at: Place) -> bool:
    """True for `hmac.new(…).hexdigest()` and a name bound to it."""
    value = value_of(node, at)
    code = at.code(value) if value is node or isinstance(value, cst.Call) else ""
    return isinstance(value, cst.Call) and code.startswith(("hmac.new(", "hmac.digest(", "hmac.HMAC("))


def _is_signature_of_function(node: cst.BaseExpression, at: Place) -> bool:
    uses_inspect = any(origin.partition(".")[0] == "inspect" for origin in at.imports.values())
    return "inspect." in at.code(node) or (uses_inspect and "sig" in at.code(node))


def _loop(node: cst.For, at: Place) -> Iterator[Sighting]:
    """Report a loop over two texts at once that returns at the first difference."""
    if not isinstance(node.iter, cst.Call) or called_name(node.iter) != "zip" or at.function is None:
        return
    words = [_STEPS.sub("_", _word(argument.value)).lower() for argument in node.iter.args]
    is_secret = any(_SECRET.search(word) or _PERHAPS.search(word) for word in words)
    first = node.body.body[0] if node.body.body else None
    if not is_secret or not isinstance(first, cst.If) or not _COMPARING.search(at.function.name.value):
        return
    if "!=" in at.code(first.test) and "return False" in at.code(first.body):
        yield Sighting(node.iter, f"`{quote(node.iter, at)}` stops at the first difference; see `hmac.compare_digest`")
