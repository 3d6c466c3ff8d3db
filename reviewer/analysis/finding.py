"""What a rule saw on changed lines. In the interface: a flag."""

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import NewType

from reviewer.points import Point

FindingId = NewType("FindingId", str)
RuleSlug = NewType("RuleSlug", str)

# What the engine itself says of a file or a rule.
DOES_NOT_PARSE = RuleSlug("does-not-parse")
NOT_INSPECTED = RuleSlug("not-inspected")
RULE_FAILED = RuleSlug("rule-failed")


class Severity(Enum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the gravest; sorts findings and compares with a threshold."""
        return _RANKS[self.value]

    def reaches(self, threshold: "Severity") -> bool:
        return self.rank <= threshold.rank


_RANKS = {severity.value: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` counts from 1 in the new file; `code` is that line, empty where it must not be repeated.

    `suppressed` is the reason given beside the code, if any.
    """

    id: FindingId
    rule: RuleSlug
    path: bytes
    line: int
    severity: Severity
    point: Point
    message: str
    suppressed: str | None = None
    code: str = ""

    @property
    def hides_code(self) -> bool:
        """True if the line may hold a secret; what was not inspected is merely not known."""
        return not self.code and self.rule != NOT_INSPECTED


def finding_id(rule: RuleSlug, path: bytes, code: str, ordinal: int) -> FindingId:
    """Return an id that survives line shifts and reformatting: it hashes the code seen, not its place."""
    words = " ".join(code.split())
    facts = b"\0".join((rule.encode(), path, words.encode("utf-8", "surrogateescape"), str(ordinal).encode()))
    return FindingId(sha256(b"reviewer-finding/1\0" + facts).hexdigest())
