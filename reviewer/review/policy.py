"""What a target asks of a review before a change may go there."""

from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from reviewer.analysis.finding import Severity


class Requirement(Enum):
    """What can be asked; the value is its name in the policy file, in a waiver and in what `verify` says."""

    VERDICT = "verdict"
    VIEWED = "viewed"
    ANSWERS = "answers"
    FLAGS = "flags"
    NOTES = "notes"
    HUMANS = "humans"
    SIGNATURES = "signatures"
    AI_TESTS = "ai-tests"
    AI_TAG = "ai-tag"


# What reading itself proves cannot be waived: whoever has not read has nothing to say about it.
WAIVABLE = frozenset({Requirement.HUMANS, Requirement.SIGNATURES, Requirement.AI_TESTS, Requirement.AI_TAG})


@dataclass(frozen=True, slots=True)
class Policy:
    """The defaults are what holds without any file. `flags` is the least severity that needs a disposition."""

    protected: tuple[str, ...] = ("refs/heads/*", "refs/tags/*")
    viewed: bool = True
    answers: bool = True
    flags: Severity | None = Severity.MEDIUM
    humans: int = 1
    author_counts: bool = True
    signatures: bool = False
    ai_tests: bool = True
    ai_tag: bool = True
    waivable: frozenset[Requirement] = WAIVABLE

    def protects(self, ref: str) -> bool:
        return any(fnmatchcase(ref, pattern) for pattern in self.protected)
