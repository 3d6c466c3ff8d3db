import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.ciphers import is_fixed
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, key_of, literal_of, quote, value_of
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting

# Where the key stands among the positional arguments.
_KEYS: tuple[tuple[re.Pattern[str], int], ...] = (
    (regex(r"Crypto(?:dome)?\.(?:Cipher|Hash)\.(?:AES|DES3?|Blowfish|ARC[24]|\w*20\w*|CAST|HMAC|CMAC)\.new"), 0),
    (regex(r"cryptography\.hazmat\.(?:primitives|decrepit)\.ciphers\.(?:algorithms|aead)\.\w+"), 0),
    (regex(r"cryptography\.(?:fernet\.(?:Multi)?Fernet|hazmat\.primitives\.(?:hmac\.HMAC|cmac\.CMAC))"), 0),
    (regex(r"hmac\.(?:new|digest|HMAC)|nacl\.secret\.SecretBox|hashids\.Hashids"), 0),
    (
        regex(r"itsdangerous\.(?:\w+\.)?(?:\w*Serializer|\w*Signer)|pyramid\.session\.SignedCookieSessionFactory"),
        0,
    ),
    (regex(r"(?:jose\.)?jwt\.(?:encode|decode)"), 1),
    (regex(r"authlib\.jose\.jwt\.(?:encode|decode)"), 2),
)
_WORDS = ("key", "secret_key", "secret", "password", "salt")
_SETTINGS = frozenset({"secret_key", "SECRET_KEY", "JWT_SECRET_KEY"})


class HardcodedCryptoKey(PythonRule):
    """The key that encrypts or signs stands in the code, or is empty.

    Why look: whoever can read the repository can read and forge all that it protects.
    Ask: where will the key be kept, and who replaces the one that was published here?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 321
    hides_code = True
    words = (
        "new(", "HMAC", "hmac", "Fernet", "AES", "ChaCha", "encode(", "decode(", "Signer", "Serializer", "SecretBox",
        "algorithms", "SECRET_KEY", "secret_key", "Hashids", "SessionFactory", "TripleDES", "ARC4", "Blowfish",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign)

    INVALID = (
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(b'0123456789abcdef', AES.MODE_GCM)\n"),
        Example(
            "from cryptography.fernet import Fernet\n\nKEY = b'green tea'\n\ndef seal(x):\n    return Fernet(KEY)\n",
        ),
        Example("import hmac\n\nmac = hmac.new('green tea'.encode(), body, 'sha256')\n"),
        Example("import jwt\n\ntoken = jwt.encode(claims, 'green tea', algorithm='HS256')\n"),
        Example("from jose import jwt\n\nclaims = jwt.decode(token, key='green tea', algorithms=['HS256'])\n"),
        Example("from itsdangerous import URLSafeSerializer\n\nserializer = URLSafeSerializer('green tea')\n"),
        Example("from Cryptodome.Cipher import AES\n\ncipher = AES.new(b'', AES.MODE_GCM)\n"),
        Example("app.secret_key = b'green tea'\n"),
    )
    VALID = (
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(key, AES.MODE_GCM)\n"),
        Example("from cryptography.fernet import Fernet\n\nf = Fernet(os.environ['SHOP_KEY'].encode())\n"),
        Example("import jwt\n\ntoken = jwt.encode(claims, settings.KEY, algorithm='HS256')\n"),
        Example("import jwt\n\nclaims = jwt.decode(token, '', options={'verify_signature': False})\n"),
        Example("text = page.encode('utf-8', 'strict')\nnew('a')\n"),
        Example("import hmac\n\nmac = hmac.new(key, b'green tea', 'sha256')\n"),
        Example("import hmac\n\ndef test_mac():\n    hmac.new(b'k', b'x', 'sha256')\n", path="tests/test_mac.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        if isinstance(node, cst.Assign):
            for target in node.targets:
                is_key = key_of(target.target, at) in _SETTINGS and isinstance(literal_of(node.value, at), bytes)
                if is_key and not isinstance(target.target, cst.Name):
                    yield Sighting(node, f"`{quote(target.target, at)}` is set to a literal")
        elif isinstance(node, cst.Call):
            yield from _call(node, at)


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    name = called(call, at)
    position = next((position for pattern, position in _KEYS if name and pattern.fullmatch(name)), None)
    if position is None:
        return
    values = positional(call)
    given = (
        values[position]
        if len(values) > position
        else next((value for word in _WORDS if (value := keyword(call, word)) is not None), None)
    )
    if given is None or not is_fixed(given, at):
        return
    literal = literal_of(given, at)
    # A text bound to a name is flagged where it is bound.
    if isinstance(literal, str) and value_of(given, at) is not given:
        return
    if literal in ("", b""):
        if "jwt" not in name:
            yield Sighting(call, f"`{quote(call.func, at)}` gets an empty key")
        return
    yield Sighting(call, f"`{quote(call.func, at)}` gets a key that stands in the code")
