"""What stands where in the stream, for a map of any height: flags, notes, what is read, what a search found.

Made anew with each event; each cell of the map is then a few bisections.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

from reviewer.review.model import Flag, Side
from reviewer.review.tally import LineKey
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowKind, RowMap
from reviewer.tui.snapshot import Snapshot

# The gravest first.
_SIGNS = ("flag", "quiet-flag", "note")
# The row of each line that has the sign, by where it is said to stand.
_Places = Mapping[LineKey, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a stretch of the stream holds: `sign` is the gravest one beside a line of it, as names of styles go."""

    sign: str
    read: int
    hunks: int
    has_match: bool


class Landmarks:
    """`signs` are the rows of each sign, if they are known from the state before."""

    def __init__(self, rows: RowMap, snapshot: Snapshot, signs: Mapping[str, _Places] | None = None) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._layout = rows.layout
        # How many hunks before each are read.
        self._read = array("L", accumulate(snapshot.viewed, initial=0))
        self._signs = self._all_signs() if signs is None else signs
        self._sorted = {name: array("Q", sorted(self._signs[name].values())) for name in _SIGNS}

    def after(self, snapshot: Snapshot) -> "Landmarks":
        """Return those of the next state of the review. Most events are marks, which move no sign."""
        if self._layout != self._rows.layout:
            return Landmarks(self._rows, snapshot)
        return Landmarks(self._rows, snapshot, self._signs_after(snapshot))

    def is_of(self, snapshot: Snapshot | None) -> bool:
        return self._snapshot is snapshot and self._layout == self._rows.layout

    def cell(self, first: int, stop: int, matches: Matches | None) -> Cell:
        """Return what the rows from `first` up to `stop` hold."""
        rows = self._rows
        begin, end = rows.at(first).hunk, self._last_hunk(stop - 1)
        sign = next((name for name in _SIGNS if _has(self._sorted[name], first, stop)), "")
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

    def _all_signs(self) -> dict[str, _Places]:
        kinds = {key: _sign_of(flags) for key, flags in self._snapshot.flags_at.items()}
        signs: dict[str, _Places] = {
            name: self._places(key for key, sign in kinds.items() if sign == name) for name in _SIGNS[:-1]
        }
        return {**signs, "note": self._places(self._snapshot.notes_at)}

    def _signs_after(self, snapshot: Snapshot) -> dict[str, _Places]:
        before, after = self._snapshot.flags_at, snapshot.flags_at
        signs = dict(self._signs)
        if after is not before:
            changed = {key for key, flags in after.items() if before.get(key) is not flags}
            changed |= before.keys() - after.keys()
            for name in _SIGNS[:-1]:
                left = {key: row for key, row in signs[name].items() if key not in changed}
                signs[name] = left | self._places(key for key in changed if _sign_of(after.get(key, ())) == name)
        if snapshot.notes_at.keys() != self._snapshot.notes_at.keys():
            signs["note"] = self._places(snapshot.notes_at)
        return signs

    def _places(self, keys: Iterable[LineKey]) -> dict[LineKey, int]:
        rows = ((key, self._row_of(*key)) for key in keys)
        return {key: row for key, row in rows if row is not None}

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


def _sign_of(flags: Sequence[Flag]) -> str:
    """Return the sign of a line with these flags; none if nobody has to look at them any more."""
    live = [flag for flag in flags if flag.is_open]
    if not live:
        return ""
    return "flag" if any(flag.is_grave for flag in live) else "quiet-flag"
