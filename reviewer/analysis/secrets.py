"""What a secret looks like: keys that providers issue, names that hold secrets, and values that only stand in for one.

Patterns are bounded, for the text may be hostile. Nothing here returns a secret, only what may be shown of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from reviewer.analysis.regex import regex

# The bodies are the providers' own formats; the first four characters are the same in all keys of a kind.
_ISSUED = {
    "an AWS access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?!\w)",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}",
    "a GitLab token": r"glpat-[\w-]{20,64}",
    "a Slack token": r"xox[abeoprs]-[A-Za-z0-9-]{10,255}",
    "a Slack webhook": r"hooks\.slack\.com/services/T\w{6,20}/B\w{6,20}/\w{16,40}",
    "a Stripe key": r"[sr]k_live_[A-Za-z0-9]{16,255}",
    "an Anthropic key": r"sk-ant-[\w-]{20,255}",
    "an OpenAI key": r"sk-(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])(?:proj-|svcacct-|admin-)?[\w-]{32,255}",
    "a Google key": r"AIza[\w-]{35}(?![\w-])",
    "a Google client secret": r"GOCSPX-[\w-]{28}",
    "a SendGrid key": r"SG\.[\w-]{22}\.[\w-]{43}",
    "an npm token": r"npm_[A-Za-z0-9]{36}(?!\w)",
    "a PyPI token": r"pypi-AgE[\w-]{50,255}",
    "a Hugging Face token": r"hf_[A-Za-z0-9]{34}(?!\w)",
    "a DigitalOcean token": r"do[opr]_v1_[a-f0-9]{64}",
    "an Azure key": r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,100}={0,2}",
}
# These are real keys in real code, and samples everywhere else.
_SHAPED = {
    "a private key": r"-----BEGIN (?:[A-Z]{1,10} ){0,3}PRIVATE KEY-----(?:\\[rn]|[\s\"'+,])*[A-Za-z0-9+/=]{20}",
    "a JSON web token": r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}",
    "a URL with a password": r"[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{0,80}):(?P<password>[^\s/@\"'<>]{3,200})"
    r"@(?P<host>[\w.-]{1,200})",
}
# Each pattern needs one of these; most texts have none, and looking for them costs a tenth of the patterns.
_MARKS = (
    "://", "AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
    "hooks.slack.com", "k_live_", "sk-", "AIza", "GOCSPX-", "SG.", "npm_", "pypi-AgE", "hf_", "_v1_", "AccountKey=",
    "SharedAccessKey=", "-----BEGIN", "eyJ",
)  # fmt: skip
_KINDS = tuple(_ISSUED | _SHAPED)
_KEY = regex(
    "|".join(f"(?<![\\w+.-])(?P<k{number}>{pattern})" for number, pattern in enumerate((_ISSUED | _SHAPED).values()))
)

# `smtp_pass` is a password, the `first_pass` of a compiler none.
_STRONG = regex(
    r"(?P<noun>passw(?:or)?d|pass_?phrase|secret_?key_?base|secrete?|(?:^|_)pwd|^pass|"
    r"(?<![a-z])(?:db|user|smtp|e?mail|admin|root|ftp|ssh|mysql|pg|my|proxy|redis|sudo|login|bind|key|server)_?pass|"
    r"(?:api|access|secret|private|signing|encryption|auth|master|account|session|jwt|hmac|cipher|crypto|aes|fernet)_?key)"
    r"s?(?:_?\d+)?(?:_(?:for_[a-z_]{1,40}|default|value|string|str|bytes|plain(?:text)?))?$"
)
_WEAK = regex(r"(?:^|_)(token|auth|authorization|bearer|jwt|credentials?|salt|pepper|access_key_id)s?(_?\d+)?$")
# `wrong_password` holds a message about one.
_ABOUT = regex(
    r"^(?:invalid|wrong|bad|missing|incorrect|no|forgot|forgotten|lost|reset|change|is|has|have|show|hide|toggle|"
    r"requires?|needs?|use|with|allow|enable|disable|public)_"
)
_MADE_UP = regex(
    r"example|placeholder|dummy|fake|sample|change.?(?:me|this|it)|your|insert|replace|redacted|todo|fixme|xxx|\*\*|"
    r"\.\.\.|…|not.?(?:a.?)?(?:real|secret|set|used|needed)|0{6}|^my[_-]|^test(?:ing|er)?$|^foo|^bar$",
    re.IGNORECASE,
)
_TO_REPLACE = regex(
    r"change.?(?:me|this|it)|your[-_ .]|^your[a-z]|replace[-_ ]?(?:me|this|with)|insert[-_ ]|placeholder|"
    r"(?:^|[-_ ])(?:dummy|fake|redacted|todo|fixme)(?:[-_ ]|$)|<[a-z _-]{3,40}>|^x{4,}$|^enter[-_ ]",
    re.IGNORECASE,
)
_WORDS = frozenset({
    "string", "str", "text", "bytes", "integer", "number", "boolean", "bool", "object", "null", "none", "nil",
    "true", "false", "undefined", "default", "required", "optional", "invalid", "missing", "weak", "hidden",
    "visible", "enabled", "disabled", "masked", "plain", "basic", "bearer", "digest", "session", "cookie",
    "mismatch", "header", "query", "body", "input", "always", "never", "auto", "manual", "inherit", "unknown", "empty",
})  # fmt: skip
# Variables, paths, addresses, templates, regular expressions: what leads to a secret or checks one.
_REFERENCE = regex(
    r"^(?:\$|%|\^|<|ENC\[|\{|\[|\.{0,2}/|~/|[a-zA-Z][\w+.-]{0,20}://|(?:vault|arn|env|file|ssm|kms|secret|ref\+\w{1,20})[:.])|"
    r"\$[{(]|\{\{|%[(s]|\{\w*\}|\s|\\[dwsSW]|\(\?|[^\x00-\x7f]"
)
_ENVIRONMENT_NAME = regex(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_LABEL = regex(r"[A-Z]?[a-z]+(?:[.:/][A-Za-z_-]+)+|[A-Z][a-z]+|[a-z]+(?:_[a-z]+)+|\w+\(\w*\)")
_LOCAL = regex(r"localhost|127\.|0\.0\.0\.0|(?:[\w-]+\.)*example(?:\.|$)|host$|.*\.(?:test|local|invalid)$")
_DEFAULT_PASSWORD = regex(r"(?:my|the)?[_-]?(?:pass(?:w(?:or)?d)?|pwd?|pw|secret|token)", re.IGNORECASE)
# What people choose who must choose something.
_COMMON_PASSWORD = regex(
    r"admin|root|toor|guest|welcome|letmein|secret|pass|qwerty|iloveyou|monkey|dragon|master|hunter|"
    r"(?:admin|root|guest|welcome|letmein|secret|pass(?:w(?:or)?d)?|qwerty|abc|test|user|my_?pass(?:word)?)[_@!#-]?\d+[!@#$]{0,2}|"
    r"\d{4,}|p[a@][s$5]{2}w[o0]rd\W{0,2}\d*|(?:super|top|my|mega)[_-]?secret(?:[_-]?pass(?:word)?)?",
    re.IGNORECASE,
)
_SERVES_AS_KEY = regex(r"secret_?key|(?:jwt|session|app|flask|django|token|cookie|signing|hmac)_(?:secret|key)")
_COMMON_KEY = regex(
    r"dev(?:elopment)?|(?:my|the|super|very|top|some|a|jwt|app|flask|django)?[_-]?(?:(?:super|very|top|jwt)[_-]?)?"
    r"secret(?:[_-]?(?:key|string|jwt))*[_-]?\d*",
    re.IGNORECASE,
)
_SEQUENCE = regex(r"1234567|abcdef", re.IGNORECASE)
_LEET = regex(r"(?=.{6,64}$)[A-Za-z]+\d+[A-Za-z]+\d+\w*")
# jwt.io shows every visitor the same one.
_SAMPLE = "IxMjM0NTY3ODkw"
_PLAIN_WORDS = regex(r"[a-z]{1,8}(?:-[a-z]{1,8})*")
_SCHEME = regex(r"^(?:Bearer|Basic|Token) ", re.IGNORECASE)
_PASSWORD = regex(r"pass|pwd")
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key found at an offset of a text; `shown` is what may be shown of it, empty for all but issued keys."""

    kind: str
    shown: str
    offset: int

    @property
    def is_issued(self) -> bool:
        """True if only one provider writes such text; others are as often samples."""
        return self.kind in _ISSUED

    @property
    def is_connection(self) -> bool:
        """True if it opens a connection together with what stands around it."""
        return self.kind in ("a URL with a password", "an Azure key")

    def __str__(self) -> str:
        return f"{self.kind} (`{self.shown}…`)" if self.shown else self.kind


def keys_in(text: str) -> Iterator[Key]:
    """Yield the keys a text holds, but for those somebody made up."""
    if not any(mark in text for mark in _MARKS):
        return
    for match in _KEY.finditer(text):
        kind = next(kind for number, kind in enumerate(_KINDS) if match[f"k{number}"] is not None)
        if not _is_sample(match):
            yield Key(kind, match[0][:_SHOWN] if kind in _ISSUED else "", match.start())


def is_secret(name: str, value: str) -> bool:
    """True if a thing of that name holds a secret in that value, not a label, a place or a placeholder for one."""
    words = _snake(name)
    strong = _STRONG.search(words)
    value = _SCHEME.sub("", value)
    if len(value) < 3 or _ABOUT.match(words) or not (strong or _WEAK.search(words)) or words == _snake(value):
        return False
    if strong is not None and _is_common(words, strong["noun"], value):
        return True
    if len(value) < 4 or _is_made_up(value) or _REFERENCE.search(value) or _is_label(words, value):
        return False
    if strong is None:
        return _is_random(value) or _LEET.fullmatch(value) is not None
    return _PASSWORD.search(strong["noun"]) is not None or _PLAIN_WORDS.fullmatch(value) is None


@lru_cache(maxsize=4_096)
def names_secret(name: str) -> bool:
    """True for names of passwords, keys and tokens themselves, not of what is said or known about one."""
    words = _snake(name)
    return not _ABOUT.match(words) and (_STRONG.search(words) or _WEAK.search(words)) is not None


@lru_cache(maxsize=4_096)
def names_password(name: str) -> bool:
    """True for names of what a person types to log in."""
    words = _snake(name)
    strong = _STRONG.search(words)
    return strong is not None and not _ABOUT.match(words) and _PASSWORD.search(strong["noun"]) is not None


def is_placeholder(value: str) -> bool:
    """True for text that asks to be replaced by the real thing."""
    return _TO_REPLACE.search(value) is not None


def _is_common(words: str, noun: str, value: str) -> bool:
    if _PASSWORD.search(noun) is not None:
        return _COMMON_PASSWORD.fullmatch(value) is not None
    is_known = _SERVES_AS_KEY.search(words) is not None or ("secret" in noun and "secret" in value.lower())
    return is_known and _COMMON_KEY.fullmatch(value) is not None


def _is_sample(match: re.Match[str]) -> bool:
    password = match["password"]
    if password is None:
        is_made_up = _is_made_up(match[0]) or _SEQUENCE.search(match[0]) is not None
        return is_made_up or _SAMPLE in match[0] or len(set(match[0])) < 10
    is_default = password in (match["user"], match["host"]) or _DEFAULT_PASSWORD.fullmatch(password) is not None
    is_variable = _REFERENCE.search(password) is not None or _ENVIRONMENT_NAME.fullmatch(password) is not None
    return is_default or is_variable or _is_made_up(password) or _LOCAL.match(match["host"]) is not None


def _is_made_up(value: str) -> bool:
    return _MADE_UP.search(value) is not None or value.lower() in _WORDS or len(set(value)) < 3


def _is_label(name: str, value: str) -> bool:
    """True for names of fields, headers, variables and messages: they say which secret, not what it is."""
    words = _snake(value)
    if words == name or _ENVIRONMENT_NAME.fullmatch(value) or _LABEL.fullmatch(value):
        return True
    noun = _STRONG.search(words) or _WEAK.search(words)
    return noun is not None and not re.search(r"\d", value) and ("_" in words or noun.start() == 0)


def _is_random(value: str) -> bool:
    if (
        len(value) < 16
        or _SEQUENCE.search(value)
        or sum(character.isdigit() for character in value) < 3
        or value.isdigit()
    ):
        return False
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * log2(share) for share in shares) > 3


def _snake(name: str) -> str:
    return _STEPS.sub("_", name).strip("_").lower()


def holds_secret(line: str) -> bool:
    """True if a key of a known provider, or a password in a URL, stands in the line."""
    return any(keys_in(line))
