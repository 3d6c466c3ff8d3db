"""Which lines of the walk a search has found so far: any number of them, a few bytes each, in walk order."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from reviewer.tui.rows import Row, RowKind, RowMap

# No hunk has as many lines.
_LINE_BITS = 40
_LINE = (1 << _LINE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Match:
    """A line found: its hunk in the walk and which line of it; `is_wrapped` if one had to go round to get there."""

    hunk: int
    line: int
    is_wrapped: bool = False


class Matches:
    """A search begins at a hunk of the walk and goes round: what stands before that hunk is found last."""

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._before = array("Q")
        self._after = array("Q")

    def add(self, found: Iterable[tuple[int, int]]) -> None:
        """Take more lines, as hunk and line in it, in the order of the search."""
        for hunk, line in found:
            (self._after if hunk >= self._start else self._before).append(hunk << _LINE_BITS | line)

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    def until(self, hunk: int, line: int = 0) -> int:
        """Return how many stand before that line of the walk."""
        packed = hunk << _LINE_BITS | line
        return bisect_left(self._before, packed) + bisect_left(self._after, packed)

    def folded(self, rows: RowMap) -> int:
        """Return how many are in folded files."""
        return sum(len(found) for found in self._folded(rows))

    def rank(self, match: Match, rows: RowMap) -> int:
        """Return which of those in shown files this is, counted from 1."""
        index = self.until(match.hunk, match.line)
        return index + 1 - sum(len(found) for found in self._folded(rows) if found.stop <= index)

    def first(self, rows: RowMap, here: Row) -> Match | None:
        """Return the first one from here on in a shown file, round the end; None if there is none."""
        return self._shown(self._bounds(here)[0], 1, rows)

    def step(self, rows: RowMap, here: Row, direction: int) -> Match | None:
        """Return the next one after (or before) here in a shown file, round the end; None if there is none."""
        low, high = self._bounds(here)
        return self._shown(high if direction > 0 else low - 1, direction, rows)

    def _bounds(self, row: Row) -> tuple[int, int]:
        low = self.until(row.hunk, row.line)
        return low, self.until(row.hunk, row.line + 1) if row.kind is RowKind.LINE else low

    def _shown(self, index: int, direction: int, rows: RowMap) -> Match | None:
        folded = self._folded(rows)[::direction]
        for is_wrapped in (False, True):
            for found in folded:
                if index in found:
                    index = found.stop if direction > 0 else found.start - 1
            if 0 <= index < len(self):
                return self._match(index, is_wrapped=is_wrapped)
            index = 0 if direction > 0 else len(self) - 1
        return None

    def _match(self, index: int, *, is_wrapped: bool) -> Match:
        count = len(self._before)
        packed = self._before[index] if index < count else self._after[index - count]
        return Match(packed >> _LINE_BITS, packed & _LINE, is_wrapped)

    def _folded(self, rows: RowMap) -> list[range]:
        """Return what is in folded files: a range of them for each file, in walk order."""
        hunks = (rows.hunks_of_file(file) for file in sorted(rows.folds))
        return [range(self.until(each.start), self.until(each.stop)) for each in hunks]
