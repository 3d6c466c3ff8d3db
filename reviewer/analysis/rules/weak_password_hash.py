from collections.abc import Iterator, Mapping

import libcst as cst

from reviewer.analysis.ciphers import FEWEST_ROUNDS, is_fixed, is_of_password, is_weak_hash, what_is_hashed
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, literal_of, quote
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_QUICK = "is quick to guess; use argon2, scrypt or bcrypt"
_FAST = regex(r"hashlib\.(?:md5|sha\w+|blake2[bs]|new)|Crypto(?:dome)?\.Hash\.\w+\.new")
# Where the salt stands, and the number of rounds, among the positional arguments of key derivations.
_SALT: Mapping[str, int] = {"pbkdf2_hmac": 2, "PBKDF2HMAC": 2, "PBKDF2": 1, "Scrypt": 0, "scrypt": 1}
_ROUNDS: Mapping[str, int] = {"pbkdf2_hmac": 3, "PBKDF2HMAC": 3, "PBKDF2": 3}
_DERIVATION = regex(
    r"(?:hashlib|cryptography\.hazmat\.primitives\.kdf\.\w+|Crypto(?:dome)?\.Protocol\.KDF|backports\.pbkdf2|passlib\.\w+)"
    r"\.(?P<name>pbkdf2_hmac|PBKDF2HMAC|PBKDF2|scrypt|Scrypt)"
)
_WEAK_CRYPT = regex(r"METHOD_(?:CRYPT|MD5|BLOWFISH)")
_PASSLIB = regex(
    r"passlib\.(?:hash\.|handlers\.\w+\.)(?P<name>\w*(?:md5|md4|sha1|des|lmhash|nthash|msdcc|mysql|oracle10|plaintext)\w*)"
    r"(?:\.(?:using|hash|encrypt|encode|genhash|verify))?"
)
_WEAK_METHOD = regex(r"(?:pbkdf2:)?(?:md5|sha1|plain|sha224|sha256|sha512|md5:\d+|sha1:\d+)\Z")
_WEAK_HASHER = regex(r"(?:Unsalted)?(?:MD5|SHA1|Crypt)PasswordHasher")


class WeakPasswordHash(PythonRule):
    """A password is hashed in a way that lets millions of guesses be tried in a second.

    Why look: whoever gets the table has most passwords of it within hours.
    Ask: how long does one guess take here, and has each password a salt of its own?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 916
    words = (
        "md5", "sha", "SHA", "blake", "hash", "new", "gensalt", "pbkdf2", "PBKDF2", "crypt", "encrypt", "mksalt",
        "HASHERS", "password",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign)

    INVALID = (
        Example("import hashlib\n\nhashed = hashlib.md5(password.encode()).hexdigest()\n"),
        Example("import hashlib\n\nhashed = hashlib.sha256(password.encode()).hexdigest()\n"),
        Example(
            "from hashlib import sha512\n\ndef store(user, pwd, salt):\n    user.hash = sha512(salt + pwd).digest()\n"
        ),
        Example(
            "import hashlib\n\ndef store(password):\n    h = hashlib.sha1()\n    h.update(password)\n    return h\n",
        ),
        Example("import hashlib\n\nkey = hashlib.pbkdf2_hmac('sha256', phrase, salt, 1000)\n"),
        Example("import hashlib\n\nkey = hashlib.pbkdf2_hmac('sha256', phrase, b'pepper', 600_000)\n"),
        Example(
            "from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC\n\n"
            "kdf = PBKDF2HMAC(algorithm=SHA256(), length=32, salt='tea'.encode(), iterations=600_000)\n"
        ),
        Example("import bcrypt\n\nhashed = bcrypt.hashpw(phrase, bcrypt.gensalt(rounds=4))\n"),
        Example("import crypt\n\nhashed = crypt.crypt(phrase, crypt.METHOD_MD5)\n"),
        Example("from passlib.hash import md5_crypt\n\nhashed = md5_crypt.hash(phrase)\n"),
        Example(
            "from werkzeug.security import generate_password_hash\n\nh = generate_password_hash(pw, method='sha1')\n"
        ),
        Example("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']\n", path="shop/settings.py"),
    )
    VALID = (
        Example("import hashlib\n\nhashed = hashlib.sha256(body).hexdigest()\n"),
        Example("import hashlib\n\nkey = hashlib.pbkdf2_hmac('sha256', phrase, os.urandom(16), 600_000)\n"),
        Example("import hashlib\n\nkey = hashlib.scrypt(password, salt=salt, n=16384, r=8, p=1)\n"),
        Example("import bcrypt\n\nhashed = bcrypt.hashpw(password, bcrypt.gensalt())\n"),
        Example("import crypt\n\nhashed = crypt.crypt(phrase, crypt.METHOD_SHA512)\n"),
        Example("from passlib.hash import argon2\n\nhashed = argon2.hash(password)\n"),
        Example("from werkzeug.security import generate_password_hash\n\nh = generate_password_hash(pw)\n"),
        Example("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']\n", path="shop/test_settings.py"),
        Example(
            "import hashlib, requests\n\ndef is_leaked(password):\n    digest = hashlib.sha1(password).hexdigest()\n"
            "    return digest[5:] in requests.get(f'https://api.pwnedpasswords.com/range/{digest[:5]}').text\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Assign):
            yield from _hashers(node, at)
        elif isinstance(node, cst.Call):
            name = called(node, at)
            complaint = next(_complaints(node, name, at), None) if name else None
            if complaint is not None:
                yield Sighting(node, complaint)


def _complaints(call: cst.Call, name: str, at: Place) -> Iterator[str]:
    given = what_is_hashed(call, at)
    if _FAST.fullmatch(name) and is_of_password(given) and "pwned" not in "\n".join(at.source.lines).lower():
        yield f"`{quote(call.func, at)}` of a password {_QUICK}"
    yield from _derivation(call, name, at)
    yield from _weak_method(call, name, at)


def _derivation(call: cst.Call, name: str, at: Place) -> Iterator[str]:
    if name == "bcrypt.gensalt":
        rounds = keyword(call, "rounds") or next(iter(positional(call)), None)
        count = literal_of(rounds, at) if rounds is not None else None
        if isinstance(count, int) and count < 10:
            yield f"`{quote(call, at)}` makes guessing cheap; 12 is the default"
        return
    match = _DERIVATION.fullmatch(name)
    if match is None:
        return
    salt = _argument(call, "salt", _SALT[match["name"]])
    rounds = _argument(call, "iterations", _ROUNDS.get(match["name"], 99)) or keyword(call, "count")
    count = literal_of(rounds, at) if rounds is not None else None
    if salt is not None and is_fixed(salt, at):
        yield f"`{quote(call.func, at)}` gets the same salt every time"
    if isinstance(count, int) and count < FEWEST_ROUNDS:
        yield f"`{quote(call.func, at)}` with {count} rounds makes guessing cheap"
    algorithm = literal_of(call.args[0].value, at) if match["name"] == "pbkdf2_hmac" and call.args else None
    if isinstance(algorithm, str) and is_weak_hash(algorithm):
        yield f"`{quote(call.func, at)}` uses {algorithm}"


def _argument(call: cst.Call, word: str, position: int) -> cst.BaseExpression | None:
    values = positional(call)
    return keyword(call, word) or (values[position] if len(values) > position else None)


def _weak_method(call: cst.Call, name: str, at: Place) -> Iterator[str]:
    if name.startswith("crypt."):
        weak = next((one for argument in call.args if _WEAK_CRYPT.search(one := at.code(argument.value))), None)
        if weak is not None:
            yield f"`{weak}` {_QUICK}"
    elif match := _PASSLIB.fullmatch(name):
        yield f"`{match['name']}` {_QUICK}"
    elif called_name(call) in ("generate_password_hash", "make_password"):
        given = keyword(call, "method") or keyword(call, "hasher") or next(iter(positional(call)[1:]), None)
        method = literal_of(given, at) if given is not None else None
        if isinstance(method, str) and (_WEAK_METHOD.match(method) or "md5" in method):
            yield f"`{method}` {_QUICK}"


def _hashers(node: cst.Assign, at: Place) -> Iterator[Sighting]:
    names = [at.code(target.target) for target in node.targets]
    first = (
        node.value.elements[0].value if isinstance(node.value, (cst.List, cst.Tuple)) and node.value.elements else None
    )
    if first is not None and "PASSWORD_HASHERS" in names and _WEAK_HASHER.search(at.code(first)):
        yield Sighting(first, f"`PASSWORD_HASHERS` begins with {quote(first, at)}, quick to guess")
