"""Which row of the stream shows what, for any size of diff, without a row existing anywhere.

The stream is a sequence of blocks, one a file header and one a hunk; a block knows where it begins
and how many rows it has. Every question is a bisection.
"""

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from reviewer.diff.model import Diff, Hunk
from reviewer.walk.walk import Walk

# What stands for a hunk in the block of a file's header.
_HEADER = -1


class RowKind(Enum):
    BLANK = "blank"
    FILE = "file"
    FOLDED = "folded"
    HUNK = "hunk"
    TEXTLESS = "textless"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `hunk` counts through the whole walk, `line` within it. Of a header or a fold it is the file's first."""

    kind: RowKind
    file: int
    hunk: int
    line: int = 0


class RowMap(Walk):
    """Rows of a diff: a blank one and a header for each file, a header and its lines for each hunk.

    Of a file in `folds`, which tells why, one row stands for all hunks.
    """

    def __init__(self, diff: Diff, folds: Mapping[int, str] | None = None) -> None:
        super().__init__(diff, folds)
        # Why a file stands where it does, by path, if its order says so.
        self.reasons: Mapping[bytes, str] = {}
        # Changes whenever rows move.
        self.layout = 0
        self._lay_out()

    def at(self, row: int) -> Row:
        block = bisect_right(self._starts, row) - 1
        file, hunk = self._block_files[block], self._block_hunks[block]
        offset = row - self._starts[block]
        if hunk == _HEADER:
            is_header = offset == self._file_rows(file) - 1
            return Row(RowKind.FILE if is_header else RowKind.BLANK, file, self.first_hunk_of_file[file])
        if file in self.folds:
            return Row(RowKind.FOLDED, file, hunk)
        if self.hunks[hunk].is_textless:
            return Row(RowKind.TEXTLESS, file, hunk)
        return Row(RowKind.HUNK, file, hunk) if offset == 0 else Row(RowKind.LINE, file, hunk, offset - 1)

    def first_row(self, hunk: int) -> int:
        return self._hunk_starts[hunk]

    def last_row(self, hunk: int) -> int:
        return self._hunk_starts[hunk] + (0 if self.is_folded(hunk) else _rows_of(self.hunks[hunk]) - 1)

    def row_of_line(self, hunk: int, line: int) -> int:
        return self._hunk_starts[hunk] + (0 if self.is_folded(hunk) else 1 + line)

    def file_row(self, file: int) -> int:
        """Return the row of the file's header."""
        return self._hunk_starts[self.first_hunk_of_file[file]] - 1

    @cached_property
    def file_of_path(self) -> dict[bytes, int]:
        return {file.path: number for number, file in enumerate(self.files)}

    def fold(self, file: int, reason: str | None) -> None:
        """Fold a file, or show it again; all rows after it move."""
        super().fold(file, reason)
        self._lay_out()

    def _lay_out(self) -> None:
        self.layout += 1
        # A quarter of what lists of tens of thousands of numbers take.
        self._starts, self._hunk_starts = array("q"), array("q")
        self._block_files, self._block_hunks = array("q"), array("q")
        self.count = 0
        for number, file in enumerate(self.files):
            first = self.first_hunk_of_file[number]
            self._add(number, _HEADER, self._file_rows(number))
            if number in self.folds:
                self._hunk_starts.extend([self.count] * len(file.hunks))
                self._add(number, first, 1)
                continue
            for index, hunk in enumerate(file.hunks, first):
                self._hunk_starts.append(self.count)
                self._add(number, index, _rows_of(hunk))

    def _add(self, file: int, hunk: int, rows: int) -> None:
        self._starts.append(self.count)
        self._block_files.append(file)
        self._block_hunks.append(hunk)
        self.count += rows

    @staticmethod
    def _file_rows(number: int) -> int:
        return 2 if number else 1


def _rows_of(hunk: Hunk) -> int:
    return 1 if hunk.is_textless else 1 + hunk.line_count
