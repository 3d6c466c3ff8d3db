"""What screens show of a review: one value, made anew after each event."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.analysis.finding import FindingId
from reviewer.checklist import Question
from reviewer.diff.identity import Scope
from reviewer.review.carry import Carry, Fate
from reviewer.review.draft import Draft
from reviewer.review.model import EventId, Flag, Note, Reviewer, ReviewState, Side, Spot
from reviewer.review.progress import Progress
from reviewer.review.tally import LineKey
from reviewer.review.thread import threads

if TYPE_CHECKING:
    from reviewer.session.session import Session


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`viewed` and `left` have one entry a hunk of the walk; flags and notes are found by path, side and line.

    A note is found at each of its lines; `notes` and `notes_at` are without answers, which `threads` has by note.
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
    flags_by_path: Mapping[bytes, tuple[Flag, ...]]
    drafts: tuple[Draft, ...]
    threads: Mapping[EventId, tuple[Note, ...]]
    reviewer: Reviewer

    def flags_of(self, path: bytes) -> tuple[Flag, ...]:
        return self.flags_by_path.get(path, ())


def snapshot_of(session: "Session") -> Snapshot:
    state, tally, said = session.state, session.tally, session.notes
    notes = {identity: note for identity, note in said.items() if note.answers is None}
    # What is about the whole review is read at its beginning.
    first = session.diff.files[0].path
    return Snapshot(
        state, session.scope, session.progress, session.questions, session.earlier.carry, tally.hunks.viewed,
        tally.hunks.left, tally.flags.flags, notes, tally.flags.at, _notes_at(notes, first), tally.flags.by_path,
        session.drafts, threads(said.values()), session.reviewer,
    )  # fmt: skip


def _notes_at(notes: Mapping[EventId, Note], first: bytes) -> Mapping[LineKey, tuple[Note, ...]]:
    """Return notes by the lines they are about; notes on a whole file stand at line 0."""
    found: dict[LineKey, list[Note]] = defaultdict(list)
    for note in notes.values():
        spot = note.spot or Spot(first)
        # The lines of a note were looked for in the diff, so that there are no more of them than it has.
        lines = range(spot.first, (spot.last or spot.first) + 1) if spot.first is not None else (0,)
        for line in lines:
            found[spot.path, spot.side if spot.first is not None else Side.NEW, line].append(note)
    return {key: tuple(notes) for key, notes in found.items()}
