"""What belongs to the cursor: flags of its line and hunk, notes, and what changed since the hunk was read. Pure."""

from dataclasses import dataclass

from reviewer.diff.model import Line
from reviewer.review.carry import Fate
from reviewer.review.model import Flag, Note, Side
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.walk.difference import differences


@dataclass(frozen=True, slots=True)
class AtHand:
    """`flags` are those of the line, without any those of the hunk, open ones first; `of_hunk` the gravest first.

    `moved` says where the line came from, or went to.
    """

    flags: tuple[Flag, ...] = ()
    of_hunk: tuple[Flag, ...] = ()
    notes: tuple[Note, ...] = ()
    since: tuple[str, ...] = ()
    moved: str = ""
    # What was said since to each of the notes.
    answers: tuple[tuple[Note, ...], ...] = ()


class Hand:
    """Looks up what is at hand; what belongs to a whole hunk is found once while the cursor stays in it."""

    def __init__(self, rows: RowMap) -> None:
        self._rows = rows
        self._snapshot: Snapshot | None = None
        self._hunk = -1
        self._found = AtHand()

    def at(self, row: Row, line: Line | None, snapshot: Snapshot | None) -> AtHand:
        """Return what is at hand on this row, which shows this line, if any."""
        if snapshot is None:
            return AtHand()
        notes = self._notes(row, line, snapshot)
        answers = tuple(snapshot.threads.get(note.id, ()) for note in notes)
        if row.kind in (RowKind.FILE, RowKind.FOLDED):
            return AtHand(notes=notes, answers=answers)
        if snapshot is not self._snapshot or row.hunk != self._hunk:
            self._snapshot, self._hunk, self._found = snapshot, row.hunk, self._of_hunk(row, snapshot)
        found = self._found
        here = snapshot.flags_at.get((self._path(row), Side.NEW, line.new or -1), ()) if line is not None else ()
        return AtHand(here or found.flags, found.of_hunk, notes, found.since, answers=answers)

    def _of_hunk(self, row: Row, snapshot: Snapshot) -> AtHand:
        hunk = self._rows.hunks[row.hunk]
        lines = range(hunk.new_start, hunk.new_start + hunk.new_count)
        flags = [flag for flag in snapshot.flags_of(self._path(row)) if flag.finding.line in lines]
        flags.sort(key=lambda flag: (flag.finding.severity.rank, flag.finding.line))
        since: tuple[str, ...] = ()
        if snapshot.left[row.hunk] is Fate.DELTA:
            since = differences(self._rows.files[row.file], hunk, snapshot.scope.by_hunk[row.hunk], snapshot.carry)
        return AtHand(tuple(sorted(flags, key=lambda flag: not flag.is_open)), tuple(flags), (), since)

    def _notes(self, row: Row, line: Line | None, snapshot: Snapshot) -> tuple[Note, ...]:
        """Return the notes of the line, or those on the whole file at its header."""
        path = self._path(row)
        if line is None:
            return snapshot.notes_at.get((path, Side.NEW, 0), ())
        if line.new is not None:
            return snapshot.notes_at.get((path, Side.NEW, line.new), ())
        return snapshot.notes_at.get((path, Side.OLD, line.old or -1), ())

    def _path(self, row: Row) -> bytes:
        return self._rows.files[row.file].path
