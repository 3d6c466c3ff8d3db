"""What screens show of a review: one value, made anew after each event."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reviewer.checklist import Question
from reviewer.diff.identity import Scope
from reviewer.review.model import Flag, Note, ReviewState, Side
from reviewer.review.progress import Progress, viewed_hunks

LineKey = tuple[bytes, Side, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`viewed` has one entry a hunk of the walk; flags and notes are found by path, side and line."""

    state: ReviewState
    scope: Scope
    progress: Progress
    questions: tuple[Question, ...]
    viewed: tuple[bool, ...]
    flags_at: Mapping[LineKey, tuple[Flag, ...]]
    notes_at: Mapping[LineKey, tuple[Note, ...]]


def snapshot_of(state: ReviewState, scope: Scope, progress: Progress, questions: tuple[Question, ...]) -> Snapshot:
    return Snapshot(
        state, scope, progress, questions, viewed_hunks(scope, state), _flags_at(state), _notes_at(state)
    )  # fmt: skip


def _flags_at(state: ReviewState) -> Mapping[LineKey, tuple[Flag, ...]]:
    found: dict[LineKey, list[Flag]] = defaultdict(list)
    for flag in state.flags.values():
        found[flag.finding.path, Side.NEW, flag.finding.line].append(flag)
    by_weight = {key: sorted(flags, key=lambda flag: flag.finding.severity.rank) for key, flags in found.items()}
    return {key: tuple(flags) for key, flags in by_weight.items()}


def _notes_at(state: ReviewState) -> Mapping[LineKey, tuple[Note, ...]]:
    """Return notes by the last line they are about; notes on a whole file stand at line 0."""
    found: dict[LineKey, list[Note]] = defaultdict(list)
    for note in state.notes.values():
        if note.spot is not None:
            found[note.spot.path, note.spot.side, note.spot.last or 0].append(note)
    return {key: tuple(notes) for key, notes in found.items()}
