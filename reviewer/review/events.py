"""What can happen in a review. An event is one class here and one case in `state.apply`.

`kind` is the event's type in the record. Types of the contract that have no class yet (`prov`,
`tests`, `pair`, `waive`, `sig`) are kept and passed over when a record is read.
"""

from dataclasses import dataclass
from typing import ClassVar

from reviewer.analysis.finding import Finding, FindingId
from reviewer.checklist import QuestionId
from reviewer.diff.identity import EditId, ScopeId
from reviewer.points import Point
from reviewer.review.model import Disposition, EventId, Reply, Reviewed, Reviewer, ReviewId, Share, Spot, Verdict

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
    kind: ClassVar[str] = "view"
    edits: tuple[EditId, ...]


@dataclass(frozen=True, slots=True)
class Unview:
    kind: ClassVar[str] = "unview"
    edits: tuple[EditId, ...]


@dataclass(frozen=True, slots=True)
class Raise:
    """Rules saw something; one event for all that arrives together."""

    kind: ClassVar[str] = "flag"
    findings: tuple[Finding, ...]


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
    """A note's id is the id of this event."""

    kind: ClassVar[str] = "note"
    body: str
    spot: Spot | None = None
    point: Point | None = None
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    kind: ClassVar[str] = "resolve"
    note: EventId


@dataclass(frozen=True, slots=True)
class Sign:
    kind: ClassVar[str] = "signoff"
    verdict: Verdict
    scope: ScopeId
    coverage: Share


@dataclass(frozen=True, slots=True)
class Retract:
    """Undoes one earlier event, as if it had never been."""

    kind: ClassVar[str] = "retract"
    event: EventId


Event = Open | Range | View | Unview | Raise | Dispose | GiveAnswer | TakeNote | Resolve | Sign | Retract
EVENT_TYPES: tuple[type[Event], ...] = (
    Open, Range, View, Unview, Raise, Dispose, GiveAnswer, TakeNote, Resolve, Sign, Retract,
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
