"""What screens show of a review: one value, made anew after each event."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reviewer.analysis.finding import FindingId
from reviewer.checklist import Question
from reviewer.diff.identity import Scope
from reviewer.review.carry import Carry, Fate, unread_as
from reviewer.review.draft import Draft
from reviewer.review.model import EventId, Flag, Note, ReviewState, Side, Spot
from reviewer.review.progress import Progress, viewed_hunks
from reviewer.session.session import Session

LineKey = tuple[bytes, Side, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`viewed` and `left` have one entry a hunk of the walk; flags and notes are found by path, side and line.

    `left` says what an unread hunk is: new, ported, or different from what was read.
    """

    state: ReviewState
    scope: Scope
    progress: Progress
    questions: tuple[Question, ...]
    carry: Carry
    viewed: tuple[bool, ...]
    left: tuple[Fate, ...]
    flags: Mapping[FindingId, Flag]
    notes: Mapping[EventId, Note]
    flags_at: Mapping[LineKey, tuple[Flag, ...]]
    notes_at: Mapping[LineKey, tuple[Note, ...]]
    drafts: tuple[Draft, ...]


def snapshot_of(session: Session) -> Snapshot:
    state, scope, carry = session.state, session.scope, session.earlier.carry
    left = tuple(unread_as(edits, state.viewed, carry) for edits in scope.by_hunk)
    flags, notes = state.flags, session.notes
    # What is about the whole review is read at its beginning.
    first = session.diff.files[0].path
    return Snapshot(
        state, scope, session.progress, session.questions, carry, viewed_hunks(scope, state), left, flags, notes,
        _flags_at(flags), _notes_at(notes, first), session.drafts,
    )  # fmt: skip


def _flags_at(flags: Mapping[FindingId, Flag]) -> Mapping[LineKey, tuple[Flag, ...]]:
    found: dict[LineKey, list[Flag]] = defaultdict(list)
    for flag in flags.values():
        found[flag.finding.path, Side.NEW, flag.finding.line].append(flag)
    by_weight = {key: sorted(flags, key=lambda flag: flag.finding.severity.rank) for key, flags in found.items()}
    return {key: tuple(flags) for key, flags in by_weight.items()}


def _notes_at(notes: Mapping[EventId, Note], first: bytes) -> Mapping[LineKey, tuple[Note, ...]]:
    """Return notes by the last line they are about; notes on a whole file stand at line 0."""
    found: dict[LineKey, list[Note]] = defaultdict(list)
    for note in notes.values():
        spot = note.spot or Spot(first)
        found[spot.path, spot.side, spot.last or 0].append(note)
    return {key: tuple(notes) for key, notes in found.items()}
