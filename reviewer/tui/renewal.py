"""Which rows a new state of the review makes look different from the one before. Pure."""

from collections.abc import Sequence

from reviewer.diff.model import Line, LineKind
from reviewer.review.model import Side
from reviewer.review.tally import LineKey
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot

_OF_A_FILE = (RowKind.FILE, RowKind.FOLDED)


class Renewal:
    """Two states of one review; `before` is None at its start."""

    def __init__(self, rows: RowMap, before: Snapshot | None, after: Snapshot | None) -> None:
        self._rows = rows
        self._before = before
        self._after = after
        self._has_same_notes = before is not None and after is not None and before.notes == after.notes
        self._alike: dict[int, bool] = {}
        self._lines_alike: dict[int, bool] = {}

    def leaves_file(self, file: int) -> bool:
        """True if nothing beside the file's lines, and in none of its headers, is different."""
        if file not in self._alike:
            self._alike[file] = self._is_file_alike(file)
        return self._alike[file]

    def leaves_unread(self, row: Row) -> bool:
        """True if the row looks as before, as far as that can be told without the lines it shows."""
        if self.leaves_file(row.file):
            return True
        return row.kind in (RowKind.LINE, RowKind.BLANK) and self._leaves_lines(row.file)

    def leaves_row(self, row: Row, sides: Sequence[Line]) -> bool:
        """True if the row looks as before; `sides` are the lines it shows, one or two."""
        before, after = self._before, self._after
        if before is None or after is None:
            return before is after
        if self.leaves_file(row.file) or row.kind is RowKind.BLANK:
            return True
        if row.kind in _OF_A_FILE:
            return self._viewed(row.file, before) == self._viewed(row.file, after)
        if row.kind is not RowKind.LINE:
            return before.left[row.hunk] is after.left[row.hunk]
        path = self._rows.files[row.file].path
        keys = [key for line in sides for key in _keys(path, line)]
        return all(
            before.flags_at.get(key) == after.flags_at.get(key)
            and bool(before.notes_at.get(key)) == bool(after.notes_at.get(key))
            for key in keys
        )

    def _is_file_alike(self, file: int) -> bool:
        before, after = self._before, self._after
        if before is None or after is None:
            return before is after
        hunks = self._rows.hunks_of_file(file)
        are_hunks_alike = before.left[hunks.start : hunks.stop] == after.left[hunks.start : hunks.stop]
        return are_hunks_alike and self._leaves_lines(file)

    def _leaves_lines(self, file: int) -> bool:
        """True if nothing beside the file's lines is different."""
        if file not in self._lines_alike:
            before, after, path = self._before, self._after, self._rows.files[file].path
            has_same_flags = before is not None and after is not None and before.flags_of(path) == after.flags_of(path)
            self._lines_alike[file] = self._has_same_notes and has_same_flags
        return self._lines_alike[file]

    def _viewed(self, file: int, snapshot: Snapshot) -> Sequence[bool]:
        hunks = self._rows.hunks_of_file(file)
        return snapshot.viewed[hunks.start : hunks.stop]


def _keys(path: bytes, line: Line) -> list[LineKey]:
    """Return where flags and notes of the line are found."""
    if line.kind is LineKind.REMOVED:
        return [(path, Side.OLD, line.old or -1)]
    return [(path, Side.NEW, line.new or -1)]
