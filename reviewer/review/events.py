"""What can happen in a review. An event is one class here and one case in `state.apply`.

`kind` is the event's type in the record. Types of the contract that have no class yet (`prov`,
`pair`) are kept and passed over when a record is read.
"""

from dataclasses import dataclass
from typing import ClassVar

from reviewer.analysis.finding import Finding, FindingId
from reviewer.checklist import QuestionId
from reviewer.diff.identity import EditId, ScopeId
from reviewer.points import Point
from reviewer.review.model import (
    Disposition,
    EventId,
    Intent,
    Reply,
    Reviewed,
    Reviewer,
    ReviewId,
    Share,
    Spot,
    Verdict,
)

SCHEMA = "reviewer.review/1"


@dataclass(frozen=True, slots=True)
class Open:
    """A reviewer sits down: the first event of every journal file."""

    kind: ClassVar[str] = "open"
    review: ReviewId
    reviewer: Reviewer
    tool: str
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True)
class Range:
    """What is under review from here on."""

    kind: ClassVar[str] = "range"
    reviewed: Reviewed


@dataclass(frozen=True, slots=True)
class View:
    """A person read these edits. `carried` names where, if it was not here: `moved` or `kept` from before."""

    kind: ClassVar[str] = "view"
    edits: tuple[EditId, ...]
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Unview:
    kind: ClassVar[str] = "unview"
    edits: tuple[EditId, ...]


@dataclass(frozen=True, slots=True)
class Raise:
    """Rules saw something in the change of this scope; one event for all that arrives together."""

    kind: ClassVar[str] = "flag"
    findings: tuple[Finding, ...]
    scope: ScopeId


@dataclass(frozen=True, slots=True)
class Dispose:
    kind: ClassVar[str] = "dispose"
    finding: FindingId
    disposition: Disposition
    note: str = ""


@dataclass(frozen=True, slots=True)
class GiveAnswer:
    kind: ClassVar[str] = "answer"
    question: QuestionId
    reply: Reply
    scope: ScopeId
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeNote:
    """A note's id is the id of this event.

    `answers` names the note it is an answer to, `replaces` one of the same writer's whose text it is from here on. To
    a version that knows neither it is a note of its own, at the same place.
    """

    kind: ClassVar[str] = "note"
    body: str
    spot: Spot | None = None
    point: Point | None = None
    is_blocking: bool = False
    intent: Intent = Intent.REMARK
    answers: EventId | None = None
    replaces: EventId | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """A note is settled; or a finding that needed a change, and is not seen any more.

    `proposes` is a note that someone thinks settled, `reopens` one that is not settled after all. Both are fields of
    their own, so that a version which knows neither takes them for nothing.
    """

    kind: ClassVar[str] = "resolve"
    note: EventId | None = None
    finding: FindingId | None = None
    proposes: EventId | None = None
    reopens: EventId | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    kind: ClassVar[str] = "signoff"
    verdict: Verdict
    scope: ScopeId
    coverage: Share


@dataclass(frozen=True, slots=True)
class Signature:
    """What `ssh-keygen -Y sign` made of the raw line of a sign-off; written right after it, by the same writer."""

    kind: ClassVar[str] = "sig"
    event: EventId
    signature: str


@dataclass(frozen=True, slots=True)
class RunTests:
    """A command of the reviewer's own ran on exactly the content of this scope, and ended with `status`."""

    kind: ClassVar[str] = "tests"
    scope: ScopeId
    command: str
    status: int


@dataclass(frozen=True, slots=True)
class Waive:
    """A requirement of the policy is let go for this scope, for a reason that everybody will see."""

    kind: ClassVar[str] = "waive"
    requirement: str
    reason: str
    scope: ScopeId


@dataclass(frozen=True, slots=True)
class Retract:
    """Undoes one earlier event, as if it had never been."""

    kind: ClassVar[str] = "retract"
    event: EventId


Event = (
    Open | Range | View | Unview | Raise | Dispose | GiveAnswer | TakeNote | Resolve | Sign | Signature | RunTests
    | Waive | Retract
)  # fmt: skip
EVENT_TYPES: tuple[type[Event], ...] = (
    Open, Range, View, Unview, Raise, Dispose, GiveAnswer, TakeNote, Resolve, Sign, Signature, RunTests, Waive, Retract,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it stands in a record: who wrote it, when, and its place in the order of all events.

    `at` is for display only; order is (`clock`, `id`).
    """

    id: EventId
    event: Event | None
    by: Reviewer
    at: str
    number: int
    clock: int
