import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.ciphers import (
    CURVES,
    SMALL_CURVES,
    SMALLEST_KEY,
    is_fixed,
    is_of_password,
    is_weak_hash,
    weight_of_hash,
    what_is_hashed,
)
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, RUBY, SCRIPT, SHELL, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, is_false, literal_of, quote, value_of
from reviewer.analysis.phrases import code_of
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_Complaint = tuple[str, Severity]

_HASHES = regex(
    r"(?:hashlib|_hashlib|md5|sha|Crypto(?:dome)?\.Hash|cryptography\.hazmat\.primitives\.hashes)\."
    r"(?:openssl_)?(?P<name>\w+?)(?:\.new|\.new_hash|\.\w+Hash)?"
)
_CIPHERS = regex(
    r"Crypto(?:dome)?\.Cipher\.(?P<a>ARC2|ARC4|Blowfish|DES3?|XOR|CAST|IDEA|RC4|_\w+)\.(?:new|\w+Cipher)|"
    r"cryptography\.hazmat\.(?:primitives|decrepit)\.ciphers\.(?:algorithms\.)?"
    r"(?P<b>ARC4|RC2|Blowfish|CAST5|IDEA|SEED|TripleDES)|"
    r"pyDes\.(?P<c>des|triple_des)|M2Crypto\.RC4\.(?P<d>RC4)|arc4\.(?P<e>ARC4)|"
    r"oscrypto\.symmetric\.(?P<f>(?:des|tripledes|rc2|rc4)_\w+)"
)
_MODES = r"cryptography\.hazmat\.primitives\.ciphers\.modes\.|cryptography\.hazmat\.primitives\.ciphers\."
_ECB = regex(rf"(?:{_MODES})ECB")
_MODE = regex(rf"(?:{_MODES})(?P<name>CBC|CTR|CFB8?|OFB|GCM|XTS)")
_PYCRYPTO = regex(r"Crypto(?:dome)?\.Cipher\.(\w+)\.new")
_MAC = regex(r"hmac|poly1305|\bGCM\b|MODE_(?:GCM|EAX|CCM|OCB|SIV)|\bMAC\b|Ed25519|\.sign\(", re.IGNORECASE)
_UNKEYED = regex(r"(?:\w+\.)*MODE_(CBC|CTR|CFB|OFB|OPENPGP)")
# Where the size of a key stands among the arguments, and what it is called.
_SIZES: Mapping[str, tuple[int, str]] = {
    "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key": (1, "key_size"),
    "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key": (0, "key_size"),
    "cryptography.hazmat.primitives.asymmetric.dsa.generate_parameters": (0, "key_size"),
    "cryptography.hazmat.primitives.asymmetric.dh.generate_parameters": (1, "key_size"),
    **{
        f"{library}.PublicKey.{kind}.generate": (0, "bits")
        for library in ("Crypto", "Cryptodome")
        for kind in ("RSA", "DSA", "ElGamal")
    },
    "rsa.newkeys": (0, "nbits"),
    "rsa.key.newkeys": (0, "nbits"),
    "paramiko.RSAKey.generate": (0, "bits"),
    "paramiko.DSSKey.generate": (0, "bits"),
    "M2Crypto.RSA.gen_key": (0, "bits"),
}
_SIGNS = (
    sign(
        SCRIPT,
        r"create(?:Hash|Hmac)\([\"'](?:md[45]|sha-?1|ripemd160)[\"']",
        "`{0}` is broken: two texts with one hash can be made",
        Severity.LOW,
    ),
    sign(SCRIPT, r"\bcreate(?:Dec|C)ipher\((?=[\"'\w])", "`{0}` has no IV and a weak key; see `createCipheriv`"),
    sign(
        SCRIPT,
        r"create(?:Dec|C)ipheriv\([\"'](?:des\S{0,20}|rc[24]\S{0,10}|bf\S{0,10}|[\w-]{1,20}-ecb)[\"']",
        "`{0}` is a broken cipher or mode",
    ),
    sign(
        SCRIPT,
        r"CryptoJS\.(?:MD5|SHA1|DES|TripleDES|RC4|Rabbit)\b(?=[.(])|CryptoJS\.mode\.ECB|"
        r"crypto\.subtle\.digest\([\"']SHA-1",
        "`{0}` is broken",
    ),
    sign(SCRIPT, r"modulusLength:(?:512|768|1024)\b", "`{0}`: 2048 bits are the least"),
    sign(GO, r"\b(?:md5|sha1)\.(?:New|Sum)\(", "`{0}` is broken: two texts with one hash can be made", Severity.LOW),
    sign(GO, r"\bdes\.New(?:TripleDES)?Cipher\(|\brc4\.NewCipher\(|\bcipher\.NewECB\w+\(", "`{0}` is a broken cipher"),
    sign(GO, r"\brsa\.GenerateKey\([\w.]+,(?:512|768|1024)\)", "`{0}`: 2048 bits are the least"),
    sign(
        JVM,
        r"MessageDigest\.getInstance\(\"(?:MD[245]|SHA-?1|SHA)\"|DigestUtils\.(?:md[25]|sha1?|getMd5Digest|"
        r"getSha1?Digest)(?:Hex)?\(|Hashing\.(?:md5|sha1)\(",
        "`{0}` is broken: two texts with one hash can be made",
    ),
    sign(
        JVM,
        r"Cipher\.getInstance\(\"(?:DES(?:ede)?|RC[24]|ARCFOUR|Blowfish)\b[^\"]{0,40}\"|"
        r"Cipher\.getInstance\(\"AES\"|Cipher\.getInstance\(\"(?!RSA)\w+/ECB/|new NullCipher\(",
        "`{0}` is a broken cipher or mode",
    ),
    sign(JVM, r"Cipher\.getInstance\(\"RSA/\w+/NoPadding\"", "`{0}` without padding can be forged"),
    sign(
        JVM,
        r"KeyGenerator\.getInstance\(\"(?:DES(?:ede)?|RC[24]|Blowfish)\"|"
        r"new SecretKeySpec\([^;\n]{1,80},\"DES(?:ede)?\"",
        "`{0}` is a broken cipher",
    ),
    sign(
        JVM,
        r"new IvParameterSpec\((?:new byte\[|\"[^\"]{0,40}\"\.getBytes)|new GCMParameterSpec\(\d+,\"",
        "`{0}` is the same every time",
    ),
    sign(
        JVM,
        r"\.initialize\((?:512|768|1024)\b",
        "`{0}`: 2048 bits are the least",
        Severity.MEDIUM,
        unless=r"KeyPairGenerator\.getInstance\(\"(?:EC|DH|X|Ed)",
    ),
    sign(
        CSHARP,
        r"\b(?:MD5|SHA1|DES|TripleDES|RC2)\.Create\(|new (?:MD5|SHA1|DES|TripleDES|RC2)(?:CryptoServiceProvider|"
        r"Managed|Cng)\(|CipherMode\.ECB",
        "`{0}` is broken",
    ),
    sign(
        SHELL,
        r"\bopenssl (?:enc -)?(?:des|rc[24]|bf)[\w-]*|\bopenssl enc -[\w-]{1,20}-ecb\b|"
        r"\bopenssl genrsa [^\n;|&]{0,80}?\b(?:512|768|1024)\b|"
        r"\bssh-keygen [^\n;|&]{0,80}?(?:-b (?:512|768|1024)\b|-t dsa\b)",
        "`{0}` is known to be broken",
    ),
    sign(
        PHP, r"(?<![\w>:$])(?:md5|sha1)\((?=\$)", "`{0}` is broken: two texts with one hash can be made", Severity.LOW
    ),
    sign(
        PHP,
        r"(?<![\w>:$])mcrypt_\w+\(|openssl_encrypt\([^;\n]{1,80},[\"'](?:des|rc4|[\w-]{1,20}-ecb)",
        "`{0}` is a broken cipher or mode",
    ),
    sign(
        RUBY,
        r"Digest::(?:MD5|SHA1)\b|OpenSSL::Cipher(?:::Cipher)?\.new\([\"'](?:des|rc4|[\w-]{1,20}-ecb)",
        "`{0}` is broken",
        Severity.LOW,
    ),
)


# The same, where a constant holds the name.
_NAMED_MAKER = regex(r"createCipheriv|createDecipheriv|createHash|createHmac|getInstance|openssl_encrypt")
_NAMED = regex(
    r"(?<![\w\"])(?P<maker>create(?:Dec|C)ipheriv|createHash|createHmac|(?:Cipher|KeyGenerator|SecretKeyFactory"
    r"|MessageDigest)"
    r" \. getInstance) \( (?P<name>[A-Za-z_]\w*) (?=[,)])"
)
_WEAK_CIPHER = regex(
    r"(?:des|rc[24]|bf|blowfish|arcfour|3des|tripledes)(?![a-z0-9])[\w/-]{0,40}|des-?ede3?[\w/-]{0,40}"
    r"|[\w-]{1,20}-ecb|(?!rsa)\w+/ecb/\w+|aes",
    re.IGNORECASE,
)
_WEAK_HASH = regex(r"md[245]|sha-?1?|ripemd160", re.IGNORECASE)


class WeakCrypto(PythonRule, TokenRule):
    """A hash, cipher, mode or key is used that attackers know how to break.

    Why look: it looks like protection, but whoever cares to read or forge the data can.
    Ask: does this protect anything from an attacker, or does it only tell values apart?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 327
    words = (
        "md", "MD", "sha", "SHA", "hash", "Hash", "ripemd", "RIPEMD", "MODE_", "modes", "ECB", "new", "algorithms",
        "generate", "newkeys", "CBC", "CTR", "CFB", "OFB", "GCM", "ARC4", "RC4", "DES", "des", "Blowfish", "IDEA",
        "CAST5", "SEED", "encrypt", "gen_key", "getattr", "Digest", "Cipher", "Crypto", "modulus", "GenerateKey",
        "initialize", "md5", "Hashing", "IvParam", "KeyGen", "mcrypt", "create", "Create", "KeySpec",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import hashlib\n\netag = hashlib.md5(token.encode()).hexdigest()\n"),
        Example("from hashlib import sha1\n\nsignature = sha1(body + secret).digest()\n"),
        Example("import hashlib\n\nh = hashlib.new('MD4', data)\nother = getattr(hashlib, 'md5')(data)\n"),
        Example("import hmac\n\nmac = hmac.new(key, text, 'md5')\n"),
        Example("from Cryptodome.Hash import MD5\n\nh = MD5.new()\n"),
        Example("from cryptography.hazmat.primitives import hashes\n\nd = hashes.Hash(hashes.SHA1())\n"),
        Example("from Crypto.Cipher import DES3, ARC4\n\ncipher = DES3.new(key, DES3.MODE_CFB, iv)\nARC4.new(key)\n"),
        Example("from cryptography.hazmat.primitives.ciphers import algorithms\n\na = algorithms.TripleDES(key)\n"),
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(key, AES.MODE_ECB)\n"),
        Example("from cryptography.hazmat.primitives.ciphers.modes import ECB\n\nmode = ECB()\n"),
        Example("from Crypto.Cipher import AES\n\niv = b'0123456789abcdef'\ncipher = AES.new(key, AES.MODE_CBC, iv)\n"),
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(key, AES.MODE_GCM, nonce=bytes(12))\n"),
        Example(
            "from cryptography.hazmat.primitives.ciphers import modes\n\n"
            "def seal(text):\n    return wrap(text, modes.CBC(b'\\0' * 16))\n"
        ),
        Example(
            "from cryptography.hazmat.primitives.asymmetric import rsa\n\n"
            "key = rsa.generate_private_key(65537, 1024)\n",
        ),
        Example(
            "from cryptography.hazmat.primitives.asymmetric import ec\n\nec.generate_private_key(ec.SECP192R1())\n",
        ),
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(key, AES.MODE_CBC, iv)\n"),
        Example("const hash = crypto.createHash('md5').update(password).digest('hex');\n", path="shop/login.js"),
        Example("h := md5.New()\nc, err := des.NewCipher(key)\n", path="shop/login.go"),
        Example('Cipher cipher = Cipher.getInstance("DES/CBC/PKCS5Padding");\n', path="shop/Login.java"),
        Example('MessageDigest digest = MessageDigest.getInstance("MD5");\n', path="shop/Login.java"),
        Example("var hash = MD5.Create();\n", path="shop/Login.cs"),
        Example(
            "const MODE = 'aes-128-ecb';\n\nfunction seal(key, text) {\n"
            "  return createCipheriv(MODE, key, null).update(text);\n}\n",
            path="shop/seal.js",
        ),
        Example(
            'class Seal {\n  static final String MODE = "DES/CBC/PKCS5Padding";\n  Cipher make() {\n'
            "    return Cipher.getInstance(MODE);\n  }\n}\n",
            path="shop/Seal.java",
        ),
    )
    VALID = (
        Example("const tag = new Tag(crypto.hash(leaf));\n", path="shop/tag.js"),
        Example(
            "const MODE = 'aes-256-gcm';\n\nfunction seal(key, iv) {\n  return createCipheriv(MODE, key, iv);\n}\n",
            path="shop/seal.js",
        ),
        Example("import hashlib\n\nh = hashlib.sha256(data)\nother = hashlib.new('sha512')\n"),
        Example("import hashlib\n\netag = hashlib.md5(page, usedforsecurity=False).hexdigest()\n"),
        Example("import hashlib\n\nh = hashlib.new(name='sha1', usedforsecurity=False)\n"),
        Example("import hashlib\n\ndef check(name, data):\n    return hashlib.new(name, data)\n"),
        Example("def md5(path):\n    return run('md5sum', path)\n\nprint(md5(path))\n"),
        Example("import hmac\n\nmac = hmac.new(key, text, 'sha256')\n"),
        Example("from Crypto.Cipher import AES\n\ncipher = AES.new(key, AES.MODE_GCM, nonce=get_random_bytes(12))\n"),
        Example("from Crypto.Cipher import AES\nimport hmac\n\ncipher = AES.new(key, AES.MODE_CBC, os.urandom(16))\n"),
        Example(
            "from cryptography.hazmat.primitives.asymmetric import rsa\n\n"
            "key = rsa.generate_private_key(65537, 4096)\n",
        ),
        Example(
            "from cryptography.hazmat.primitives.asymmetric import rsa\n\n"
            "key = rsa.generate_private_key(65537, size)\n",
        ),
        Example(
            "from cryptography.hazmat.primitives.asymmetric import ec\n\nec.generate_private_key(ec.SECP384R1())\n",
        ),
        Example("import hashlib\n\ndef test_digest():\n    assert hashlib.md5(b'x')\n", path="tests/test_digest.py"),
        Example("const hash = crypto.createHash('sha256'); // createHash('md5')\n", path="shop/login.js"),
        Example("h := sha256.New()\n", path="shop/login.go"),
        Example(
            'Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");\nString text = "MD5";\n',
            path="shop/Login.java",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call) and not at.file.is_test:
            complaint = next(_complaints(node, at), None)
            if complaint is not None:
                yield Sighting(node, *complaint)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return _weighed(file)


def _complaints(call: cst.Call, at: Place) -> Iterator[_Complaint]:
    """Yield what is weak about a call, the gravest first."""
    name = called(call, at)
    if name:
        yield from _cipher(call, name, at)
        yield from _key(call, name, at)
        yield from _hash(call, name, at)
    elif called_name(call) == "getattr":
        values = positional(call)
        algorithm = literal_of(values[1], at) if len(values) > 1 else None
        if values and at.name(values[0]) == "hashlib" and isinstance(algorithm, str) and is_weak_hash(algorithm):
            yield f"`{algorithm}` is broken: two texts with one hash can be made", _weight(at)


def _cipher(call: cst.Call, name: str, at: Place) -> Iterator[_Complaint]:
    if match := _CIPHERS.fullmatch(name):
        yield f"`{next(filter(None, match.groups()))}` is a broken cipher", Severity.MEDIUM
    elif _ECB.fullmatch(name) or (_PYCRYPTO.fullmatch(name) and _has_mode(call, "MODE_ECB", at)):
        yield f"`{quote(call.func, at)}`: in ECB mode equal blocks stay equal", Severity.MEDIUM
    elif _MODE.fullmatch(name):
        values = [argument.value for argument in call.args]
        if values and is_fixed(values[0], at):
            yield _fixed("nonce" if name.endswith(("CTR", "GCM")) else "IV", call, at)
        elif not name.endswith(("GCM", "XTS")):
            yield from _unauthenticated(name.rpartition(".")[2], at)
    elif _PYCRYPTO.fullmatch(name):
        given = positional(call)
        start = next((keyword(call, word) for word in ("iv", "IV", "nonce") if keyword(call, word)), None)
        start = start or (given[2] if len(given) > 2 else None)
        if start is not None and (is_fixed(start, at) or (given and at.code(start) == at.code(given[0]))):
            yield _fixed("IV", call, at)
        elif mode := next((found for argument in call.args if (found := _mode(argument.value))), None):
            yield from _unauthenticated(mode, at)


def _fixed(what: str, call: cst.Call, at: Place) -> _Complaint:
    return f"`{quote(call.func, at)}` has the same {what} every time", Severity.MEDIUM


def _has_mode(call: cst.Call, mode: str, at: Place) -> bool:
    values = [argument.value for argument in call.args]
    return any((dotted_name(value_of(value, at)) or "").endswith(mode) for value in values)


def _mode(node: cst.BaseExpression) -> str | None:
    match = _UNKEYED.fullmatch(dotted_name(node) or "")
    return match[1] if match else None


def _unauthenticated(mode: str, at: Place) -> Iterator[_Complaint]:
    if not _MAC.search("\n".join(at.source.lines)):
        yield f"{mode} alone does not notice changes; nothing here checks a MAC", Severity.INFO


def _key(call: cst.Call, name: str, at: Place) -> Iterator[_Complaint]:
    values = positional(call)
    if name in _SIZES:
        position, word = _SIZES[name]
        given = keyword(call, word) or (values[position] if len(values) > position else None)
        size = literal_of(given, at) if given is not None else None
        if isinstance(size, int) and 0 < size < SMALLEST_KEY:
            yield f"`{quote(call.func, at)}` makes a key of {size} bits; {SMALLEST_KEY} are the least", Severity.MEDIUM
    elif called_name(call) == "generate_private_key" or name.endswith("ECC.generate"):
        for argument in call.args:
            curve = argument.value.func if isinstance(argument.value, cst.Call) else argument.value
            last = (dotted_name(curve) or "").rpartition(".")[2]
            if last in CURVES or literal_of(curve, at) in SMALL_CURVES:
                yield f"`{quote(curve, at)}` is too small a curve", Severity.MEDIUM


def _hash(call: cst.Call, name: str, at: Place) -> Iterator[_Complaint]:
    if is_false(keyword(call, "usedforsecurity")):
        return
    given = what_is_hashed(call, at)
    algorithm = _algorithm(call, name, at)
    if algorithm is not None and is_weak_hash(algorithm) and not is_of_password(given):
        yield f"`{algorithm.lower()}` is broken: two texts with one hash can be made", _weight(at, given)


def _algorithm(call: cst.Call, name: str, at: Place) -> str | None:
    values = positional(call)
    if name in ("hashlib.new", "_hashlib.new"):
        given = keyword(call, "name") or next(iter(values), None)
        literal = literal_of(given, at) if given is not None else None
        return literal if isinstance(literal, str) else None
    if name in ("hmac.new", "hmac.HMAC", "hmac.digest"):
        given = keyword(call, "digestmod") or keyword(call, "digest") or (values[2] if len(values) > 2 else None)
        literal = literal_of(given, at) if given is not None else None
        return literal if isinstance(literal, str) else (at.name(given) or "").rpartition(".")[2] if given else None
    match = _HASHES.fullmatch(name)
    return match["name"] if match else None


def _weight(at: Place, given: str = "") -> Severity:
    statement = at.enclosing(cst.SimpleStatementLine)
    target = at.code(statement).partition("=")[0] if statement is not None else ""
    function = at.function.name.value if at.function is not None else ""
    return weight_of_hash(target if len(target) < 80 else "", function, given)


def _said(file: ChangedFile, line: int) -> str:
    """Return a line without the module's name, which says nothing about what is hashed."""
    return file.lines[line - 1].replace("crypto.", "")


def _by_constant(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield ciphers that a constant names: `createCipheriv(ALGORITHM, …)`."""
    if file.is_test or not _NAMED_MAKER.search("\n".join(file.lines)):
        return
    code = code_of(file)
    for line, match in code.find(_NAMED):
        given = code.value_of(match["name"], match.start())
        if given is None:
            continue
        text = given[0].strip('"')
        pattern = _WEAK_HASH if "igest" in match["maker"] or "Hash" in match["maker"] else _WEAK_CIPHER
        is_key = text.upper() == "AES" and not match["maker"].startswith("Cipher")
        if given[0].startswith('"') and not is_key and pattern.fullmatch(text):
            broken = "hash" if pattern is _WEAK_HASH else "cipher or mode"
            severity = weight_of_hash(_said(file, line)) if pattern is _WEAK_HASH else None
            yield LineSighting(line, f"`{match['name']}`, `{text}`, is a broken {broken}", severity)


def _weighed(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield what other languages show; a broken hash weighs what the words of its line say."""
    yield from _by_constant(file)
    for seen in seen_in(file, _SIGNS):
        is_hash = seen.message.endswith("can be made")
        yield replace(seen, severity=weight_of_hash(_said(file, seen.line))) if is_hash else seen
