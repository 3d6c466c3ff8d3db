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


class Intent(Enum):
    """What a note is for: to be known, to be answered, to be acted on."""

    REMARK = "remark"
    QUESTION = "question"
    CHANGE = "change"


class Side(Enum):
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Whose words they are. `agent` names the program whose session it was: then nothing said counts as a person's."""

    name: str
    email: str
    agent: str = ""

    @property
    def is_human(self) -> bool:
        return not self.agent

    @property
    def called(self) -> str:
        """Whose words are shown as: an agent's under the agent's own name, never under that of its person."""
        return f"agent {self.agent}" if self.agent else self.name

    def __str__(self) -> str:
        through = f", through {self.agent}" if self.agent else ""
        return f"{self.name} <{self.email}>{through}"


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
    """A finding in a review, with the reviewer's word on it once it is given; `scopes` are those it was raised in."""

    finding: Finding
    disposition: Disposition | None = None
    note: str = ""
    by: Reviewer | None = None
    scopes: frozenset[ScopeId] = frozenset()

    def is_raised_in(self, scope: ScopeId | None) -> bool:
        return scope in self.scopes

    @property
    def needs_change(self) -> bool:
        return self.disposition is Disposition.NEEDS_CHANGE

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
    """What someone says; without a spot it is about the whole review. `was` is where its lines were, if they are gone.

    `answers` names the note whose thread it belongs to, `versions` the events that put another text in its place,
    `proposed_by` who thinks it settled and cannot, or would not, say so for good.
    """

    id: EventId
    body: str
    spot: Spot | None
    point: Point | None
    is_blocking: bool
    by: Reviewer
    is_resolved: bool = False
    was: Spot | None = None
    intent: Intent = Intent.REMARK
    answers: EventId | None = None
    versions: tuple[EventId, ...] = ()
    proposed_by: Reviewer | None = None
    at: str = ""

    @property
    def headline(self) -> str:
        """The first line that says something, for where there is room for one."""
        lines = [line for line in self.body.split("\n") if line.strip()]
        return f"{lines[0]} …" if len(lines) > 1 else "".join(lines)


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who gave which verdict, when, over which scope; `coverage` is the share of changed lines read.

    `event` is the id of the signed event, `signature` what `ssh-keygen` made of its line, if anything.
    """

    verdict: Verdict
    scope: ScopeId
    coverage: Share
    at: str
    by: Reviewer
    event: EventId = EventId("")
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TestRun:
    """What a command of the reviewer's ended with on the content of a scope."""

    scope: ScopeId
    command: str
    status: int
    by: Reviewer


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement of the policy that someone lets go for one scope, and why."""

    requirement: str
    reason: str
    scope: ScopeId
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
    known_flags: Mapping[FindingId, Flag] = field(default_factory=dict)
    answers: Mapping[tuple[ScopeId, QuestionId], Answer] = field(default_factory=dict)
    notes: Mapping[EventId, Note] = field(default_factory=dict)
    signoffs: tuple[SignOff, ...] = ()
    test_runs: tuple[TestRun, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def scope(self) -> ScopeId | None:
        return self.reviewed.scope if self.reviewed else None

    @property
    def flags(self) -> Mapping[FindingId, Flag]:
        """The flags raised in what is under review now, and those of before that still need a change."""
        scope = self.scope
        return {
            identity: flag
            for identity, flag in self.known_flags.items()
            if flag.is_raised_in(scope) or flag.needs_change
        }

    @property
    def verdict(self) -> SignOff | None:
        """The latest sign-off that was given for what is under review now."""
        current = [signoff for signoff in self.signoffs if signoff.scope == self.scope]
        return current[-1] if current else None
