"""Which hashes, ciphers, key sizes and protocol versions are known to be broken, by the names libraries give them."""

import re

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import literal_of, value_of
from reviewer.analysis.origin import below
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name

_HASH = regex(r"(?:md[245]|sha-?[01]?|sha-?128|ripe-?md-?(?:160)?|rmd160)", re.IGNORECASE)
_PASSWORD = regex(r"passw|passphrase|\bpw\b|\bpwd|_pwd\b|pwd_", re.IGNORECASE)
_SECRET = regex(
    r"passw|pwd|passphrase|secret|token|sign|hmac|auth|credential|\botp|\bpin\b|salt|session|csrf|licen[cs]e|certif|"
    r"crypt|verif|user",
    re.IGNORECASE,
)
_LABEL = regex(
    r"e_?tag|cache|checksum|fingerprint|dedup|content|file|chunk|short|colou?r|gravatar|avatar|bucket|shard|key|name|"
    r"version|block|seed|unique|identif|slug|hash_(?:of|for)|uuid|digest_of|source|template|static|stamp|memo|path",
    re.IGNORECASE,
)
# Cipher suites in OpenSSL's words; `!RC4` takes one away.
_SUITE = regex(
    r"(?<![!\w-])(?:[\w-]*(?:RC4|3?DES|MD5|NULL|EXP(?:ORT)?\d*|IDEA|SEED|ADH|AECDH)[\w-]*|ALL|LOW|COMPLEMENTOFDEFAULT)"
    r"(?![\w-])(?:@SECLEVEL=0)?|@SECLEVEL=0"
)
CURVES = frozenset({"SECT163K1", "SECT163R2", "SECP192R1", "BrainpoolP160R1", "BrainpoolP192R1"})
SMALL_CURVES = frozenset({"P-192", "p192", "prime192v1", "secp192r1", "NIST P-192", "secp160r1", "secp112r1"})
SMALLEST_KEY = 2048
FEWEST_ROUNDS = 100_000


def is_weak_hash(name: str) -> bool:
    return _HASH.fullmatch(name.removeprefix("hmac-")) is not None


def is_of_password(code: str) -> bool:
    """True if the code speaks of a password: a hash made for speed is wrong for one."""
    return _PASSWORD.search(code) is not None


def weight_of_hash(*context: str) -> Severity:
    """Return how grave a weak hash is, by the words around it: guarding a secret, telling files apart, or unknown."""
    words = " ".join(context)
    if _SECRET.search(words):
        return Severity.MEDIUM
    return Severity.INFO if _LABEL.search(words) else Severity.LOW


def what_is_hashed(call: cst.Call, at: Place) -> str:
    """Return the code of all that goes into a hash: its arguments, and what `update` adds in the same function."""
    given = [at.code(argument.value) for argument in call.args]
    if at.function is not None and isinstance(at.parent, cst.Assign):
        names = {at.code(target.target) for target in at.parent.targets}
        given += [
            at.code(argument.value)
            for node in below(at.function)
            if isinstance(node, cst.Call) and called_name(node) == "update" and isinstance(node.func, cst.Attribute)
            if at.code(node.func.value) in names
            for argument in node.args
        ]
    return " ".join(given)


def weak_suite(ciphers: str) -> str | None:
    """Return the first broken suite that a list of ciphers allows."""
    match = _SUITE.search(ciphers)
    return match[0] if match else None


def is_fixed(node: cst.BaseExpression, at: Place) -> bool:
    """True for bytes that stand in the code: a literal, `b"0" * 16`, `bytes(16)`, `"salt".encode()`."""
    value = value_of(node, at)
    if not isinstance(value, cst.Call):
        return isinstance(literal_of(value, at), (str, bytes))
    arguments = [argument.value for argument in value.args]
    if called_name(value) in ("bytes", "bytearray") and len(arguments) == 1:
        return isinstance(arguments[0], (cst.Integer, cst.List, cst.BinaryOperation, cst.SimpleString))
    if (
        called_name(value) in ("fromhex", "unhexlify", "b64decode", "b64encode", "urlsafe_b64encode")
        and len(arguments) == 1
    ):
        return is_fixed(arguments[0], at)
    if called_name(value) == "encode" and isinstance(value.func, cst.Attribute):
        return isinstance(literal_of(value.func.value, at), str)
    return False
