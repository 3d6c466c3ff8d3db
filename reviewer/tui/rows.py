"""Which row of the stream shows what, for any size of diff, without a row existing anywhere.

The stream is a sequence of blocks, one a file header and one a hunk; a block knows where it begins
and how many rows it has. Every question is a bisection.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum

from reviewer.diff.model import Diff, FileDiff, Hunk


class RowKind(Enum):
    BLANK = "blank"
    FILE = "file"
    HUNK = "hunk"
    TEXTLESS = "textless"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `hunk` counts through the whole walk (for a file's header it is its first), `line` within it."""

    kind: RowKind
    file: int
    hunk: int
    line: int = 0


class RowMap:
    """Rows of a diff: a blank one and a header for each file, a header and its lines for each hunk."""

    def __init__(self, diff: Diff) -> None:
        self.files: tuple[FileDiff, ...] = diff.files
        self.hunks: list[Hunk] = []
        self.file_of_hunk: list[int] = []
        self.first_hunk_of_file: list[int] = []
        self._starts: list[int] = []
        self._hunk_starts: list[int] = []
        self._blocks: list[tuple[int, int | None]] = []
        self.count = 0
        for number, file in enumerate(diff.files):
            self._add_file(number, file)

    def at(self, row: int) -> Row:
        block = bisect_right(self._starts, row) - 1
        file, hunk = self._blocks[block]
        offset = row - self._starts[block]
        if hunk is None:
            is_header = offset == self._file_rows(file) - 1
            return Row(RowKind.FILE if is_header else RowKind.BLANK, file, self.first_hunk_of_file[file])
        if self.hunks[hunk].is_textless:
            return Row(RowKind.TEXTLESS, file, hunk)
        return Row(RowKind.HUNK, file, hunk) if offset == 0 else Row(RowKind.LINE, file, hunk, offset - 1)

    def first_row(self, hunk: int) -> int:
        return self._hunk_starts[hunk]

    def last_row(self, hunk: int) -> int:
        return self._hunk_starts[hunk] + _rows_of(self.hunks[hunk]) - 1

    def row_of_line(self, hunk: int, line: int) -> int:
        return self._hunk_starts[hunk] + 1 + line

    def file_row(self, file: int) -> int:
        """Return the row of the file's header."""
        return self._hunk_starts[self.first_hunk_of_file[file]] - 1

    def hunks_of_file(self, file: int) -> range:
        first = self.first_hunk_of_file[file]
        return range(first, first + len(self.files[file].hunks))

    def _add_file(self, number: int, file: FileDiff) -> None:
        self._starts.append(self.count)
        self._blocks.append((number, None))
        self.count += self._file_rows(number)
        self.first_hunk_of_file.append(len(self.hunks))
        for hunk in file.hunks:
            self._starts.append(self.count)
            self._hunk_starts.append(self.count)
            self._blocks.append((number, len(self.hunks)))
            self.hunks.append(hunk)
            self.file_of_hunk.append(number)
            self.count += _rows_of(hunk)

    @staticmethod
    def _file_rows(number: int) -> int:
        return 2 if number else 1


def _rows_of(hunk: Hunk) -> int:
    return 1 if hunk.is_textless else 1 + hunk.line_count
