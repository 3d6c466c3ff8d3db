"""What a review consists of: people, words on findings, answers, notes, sign-offs, and all of them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, NewType

from msgspec import Meta

from reviewer.analysis.finding import Finding, FindingId, Severity
from reviewer.checklist import QuestionId
from reviewer.diff.identity import EditId, ScopeId
from reviewer.points import Point

EventId = NewType("EventId", str)
ReviewId = NewType("ReviewId", str)
Share = Annotated[float, Meta(ge=0, le=1)]


class Disposition(Enum):
    """The reviewer's word on a finding. An accepted risk needs a note that says why."""

    NEEDS_CHANGE = "needs-change"
    ACCEPTED_RISK = "accepted-risk"
    FALSE_ALARM = "false-alarm"


class Reply(Enum):
    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "n/a"


class Verdict(Enum):
    APPROVE = "approve"
    REQUEST_CHANGES = "request-changes"
    COMMENT = "comment"


class Side(Enum):
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Reviewer:
    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Spot:
    """What a note is about: a file, or lines `first` to `last` of one of its sides, with their text then."""

    path: bytes
    side: Side = Side.NEW
    first: int | None = None
    last: int | None = None
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding in a review, with the reviewer's word on it once it is given."""

    finding: Finding
    disposition: Disposition | None = None
    note: str = ""
    by: Reviewer | None = None

    @property
    def is_open(self) -> bool:
        return self.disposition is None and self.finding.suppressed is None

    @property
    def is_grave(self) -> bool:
        """True for medium and above: such a flag must be answered before a point or an approval can be."""
        return self.finding.severity.reaches(Severity.MEDIUM)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to one question, given for one scope; it is stale for any other."""

    question: QuestionId
    reply: Reply
    note: str
    scope: ScopeId
    by: Reviewer


@dataclass(frozen=True, slots=True)
class Note:
    """A remark; without a spot it is about the whole review."""

    id: EventId
    body: str
    spot: Spot | None
    point: Point | None
    is_blocking: bool
    by: Reviewer
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who gave which verdict, when, over which scope; `coverage` is the share of changed lines read."""

    verdict: Verdict
    scope: ScopeId
    coverage: Share
    at: str
    by: Reviewer


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review is about, as its record names it; ids of commits or trees where there are any."""

    scope: ScopeId
    label: str
    old: str | None
    new: str | None
    files: int
    hunks: int
    changed_lines: int


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The fold of a review's events."""

    reviewers: tuple[Reviewer, ...] = ()
    reviewed: Reviewed | None = None
    viewed: frozenset[EditId] = frozenset()
    flags: Mapping[FindingId, Flag] = field(default_factory=dict)
    answers: Mapping[QuestionId, Answer] = field(default_factory=dict)
    notes: Mapping[EventId, Note] = field(default_factory=dict)
    signoffs: tuple[SignOff, ...] = ()

    @property
    def verdict(self) -> SignOff | None:
        """The latest sign-off that was given for what is under review now."""
        current = [signoff for signoff in self.signoffs if self.reviewed and signoff.scope == self.reviewed.scope]
        return current[-1] if current else None
