"""What stands where in the stream, for a map of any height: flags, notes, what is read, what a search found.

Made anew with each event; each cell of the map is then a few bisections.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

from reviewer.review.model import Side
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowKind, RowMap
from reviewer.tui.snapshot import Snapshot

# The rows of each sign in order, the gravest sign first.
_Signs = tuple[tuple[str, Sequence[int]], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a stretch of the stream holds: `sign` is the gravest one beside a line of it, as names of styles go."""

    sign: str
    read: int
    hunks: int
    has_match: bool


class Landmarks:
    def __init__(self, rows: RowMap, snapshot: Snapshot, signs: _Signs | None = None) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._layout = rows.layout
        # How many hunks before each are read.
        self._read = array("L", accumulate(snapshot.viewed, initial=0))
        self._signs = self._find_signs() if signs is None else signs

    def after(self, snapshot: Snapshot) -> "Landmarks":
        """Return those of the next state of the review. Most events are marks, which move no sign."""
        former = self._snapshot
        is_same = former.flags == snapshot.flags and former.notes.keys() == snapshot.notes.keys()
        return Landmarks(self._rows, snapshot, self._signs if is_same and self._layout == self._rows.layout else None)

    def is_of(self, snapshot: Snapshot | None) -> bool:
        return self._snapshot is snapshot and self._layout == self._rows.layout

    def cell(self, first: int, stop: int, matches: Matches | None) -> Cell:
        """Return what the rows from `first` up to `stop` hold."""
        rows = self._rows
        begin, end = rows.at(first).hunk, self._last_hunk(stop - 1)
        sign = next((name for name, found in self._signs if _has(found, first, stop)), "")
        read = self._read[end + 1] - self._read[begin]
        has_match = matches is not None and self._matches_until(stop, matches) > self._matches_until(first, matches)
        return Cell(sign, read, end + 1 - begin, has_match)

    def _last_hunk(self, row: int) -> int:
        where = self._rows.at(row)
        return self._rows.hunks_of_file(where.file)[-1] if where.kind is RowKind.FOLDED else where.hunk

    def _matches_until(self, row: int, matches: Matches) -> int:
        if row >= self._rows.count:
            return len(matches)
        where = self._rows.at(row)
        return matches.until(where.hunk, where.line)

    def _find_signs(self) -> _Signs:
        """Return the rows of each sign in order, the gravest sign first."""
        spots = {"flag": [], "quiet-flag": [], "note": []}  # type: dict[str, list[tuple[bytes, Side, int]]]
        for key, flags in self._snapshot.flags_at.items():
            live = [flag for flag in flags if flag.is_open]
            if live:
                spots["flag" if any(flag.is_grave for flag in live) else "quiet-flag"].append(key)
        spots["note"] += self._snapshot.notes_at
        return tuple((name, self._rows_of(keys)) for name, keys in spots.items())

    def _rows_of(self, keys: Iterable[tuple[bytes, Side, int]]) -> Sequence[int]:
        found = (self._row_of(*key) for key in keys)
        return array("Q", sorted(row for row in found if row is not None))

    def _row_of(self, path: bytes, side: Side, number: int) -> int | None:
        """Return about where a line stands: within its hunk, how far down its number says."""
        rows = self._rows
        file = rows.file_of_path.get(path)
        if file is None:
            return None
        hunks = rows.hunks_of_file(file)
        is_old = side is Side.OLD
        starts = attrgetter("old_start" if is_old else "new_start")
        at = hunks[max(0, bisect_right(hunks, number, key=lambda hunk: starts(rows.hunks[hunk])) - 1)]
        hunk = rows.hunks[at]
        start, count = (hunk.old_start, hunk.old_count) if is_old else (hunk.new_start, hunk.new_count)
        if not start <= number < start + count:
            return rows.file_row(file)
        return rows.row_of_line(at, (number - start) * max(0, hunk.line_count - 1) // max(1, count - 1))


def _has(rows: Sequence[int], first: int, stop: int) -> bool:
    at = bisect_left(rows, first)
    return at < len(rows) and rows[at] < stop
