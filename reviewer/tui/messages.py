"""What screens and widgets wish for. The app alone turns a wish into an event of the review."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from reviewer.analysis.finding import Finding, FindingId
from reviewer.checklist import QuestionId
from reviewer.review.draft import Draft
from reviewer.review.model import Disposition, EventId, Reply, Side, Verdict
from reviewer.review.order import OrderKind
from reviewer.session.past import Span

if TYPE_CHECKING:
    from reviewer.session.session import Session


@dataclass
class MarkHunks(Message):
    """Mark these hunks of the walk reviewed, or take their marks off."""

    hunks: tuple[int, ...]
    viewed: bool


@dataclass
class DisposeFlag(Message):
    finding: FindingId
    disposition: Disposition
    note: str


@dataclass
class SayNote(Message):
    """Take the note that was drafted."""

    draft: Draft


@dataclass
class KeepDraft(Message):
    """Keep what is being written; `is_left` if nobody goes on writing now."""

    draft: Draft
    is_left: bool = False


@dataclass
class EditDraft(Message):
    """Open the reviewer's editor on what is being written."""

    draft: Draft


@dataclass
class Settle(Message):
    """Say that a note is settled, or is not after all; or a flag that needed a change and is not seen any more."""

    note: EventId | None = None
    finding: FindingId | None = None
    reopens: EventId | None = None


@dataclass
class DeleteNote(Message):
    """Take a note of one's own back, with all it was edited to."""

    note: EventId


@dataclass
class DropDraft(Message):
    """Forget what was being written."""

    draft: Draft


@dataclass
class ReplyTo(Message):
    question: QuestionId
    reply: Reply
    note: str


@dataclass
class GiveVerdict(Message):
    verdict: Verdict


@dataclass
class Edit(Message):
    """Open the reviewer's editor on a line of the working tree's file."""

    path: bytes
    line: int


@dataclass
class AskPast(Message):
    """Show which commits some lines are from, and which touched them before."""

    span: Span


class Undo(Message):
    pass


class Reload(Message):
    pass


class StopReading(Message):
    """Leave the diff as it is shown; whatever reads it anew is not wanted any more."""


@dataclass
class ShowContext(Message):
    """Show a step more or less around the edits, or all of every file and back."""

    step: int = 0
    whole: bool = False


@dataclass
class ChooseOrder(Message):
    """Walk through the files in another order."""

    order: OrderKind


@dataclass
class FindingsArrived(Message):
    """What the rules saw, for the session that asked them."""

    findings: tuple[Finding, ...]
    session: "Session"


class InspectionEnded(Message):
    pass


@dataclass
class GoTo(Message):
    """Show a place of the diff: a hunk of the walk, or the spot of a flag or note."""

    hunk: int | None = None
    path: bytes | None = None
    line: int | None = None
    side: Side = Side.NEW


@dataclass
class PressKey(Message):
    """A key of the footer was clicked."""

    action: str


class BackgroundHeard(Message):
    """The terminal has said, later than the screen was drawn, whether it is light or dark."""
