"""Whether a script, Go or Java code has looked at a value before it uses it: an allow-list, a prefix, a check by name.

Goes by the lines between where the value came from and where it is used; what the check says is not followed.
"""

import re

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex

_FARTHEST = 30
# Membership and comparison with something of one's own.
_TESTS = regex(
    r"\.(?:has|includes|contains|containsKey|startsWith|endsWith|matches|test|match|some|equals|indexOf|isMember"
    r"|hostname|host|origin)\b"
    r"|\b(?:HasPrefix|HasSuffix|Contains|in_array|preg_match|slices\.Contains|filepath\.(?:IsLocal|Rel)"
    r"|path\.relative)\b"
)
_DECIDES = regex(r"\bif\b|\?|\bthrow\b|&&|\|\||\bswitch\b|\bunless\b")
_CHECKS = regex(
    r"\b\w*(?:assert|check|ensure|verify|validat|guard|restrict|isAllowed|isSafe|isPublic|isLocal|isInternal"
    r"|isTrusted|isValid"
    r"|allowed|sanitiz|normali[sz]e|resolveWithin|safe)\w*\s*\(",
    re.IGNORECASE,
)


def is_looked_at(file: ChangedFile, name: str, line: int) -> bool:
    """True if one of the lines above tests the value, or hands it to a function that checks by its name."""
    said = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
    for text in reversed(file.lines[max(0, line - 1 - _FARTHEST) : line - 1]):
        if text.startswith(("function ", "func ", "export ", "  public ", "    public ", "app.", "router.")):
            break
        code = text.partition("//")[0]
        if said.search(code) is None:
            continue
        if (_TESTS.search(code) and _DECIDES.search(code)) or _CHECKS.search(code):
            return True
    return False
