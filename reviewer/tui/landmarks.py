"""What stands where in the stream, for a map of any height: flags, notes, what is read, what a search found.

Made anew with each event; each cell of the map is then a few bisections.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

from reviewer.review.model import Flag, Side
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowKind, RowMap
from reviewer.tui.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Cell:
    """What a stretch of the stream holds: `sign` is the gravest one beside a line of it, as names of styles go."""

    sign: str
    read: int
    hunks: int
    has_match: bool


@dataclass(frozen=True, slots=True)
class _Signs:
    """Of one file: the flags that were looked at, and the rows that have a grave one or a lighter one, still open."""

    flags: tuple[Flag, ...]
    grave: tuple[int, ...]
    quiet: tuple[int, ...]


class Landmarks:
    """`take` a state of the review, and then the ones that follow: what is the same is not looked at again."""

    def __init__(self, rows: RowMap) -> None:
        self._rows = rows
        self._layout = rows.layout
        self._snapshot: Snapshot | None = None
        # How many hunks before each are read.
        self._read = array("L")
        self._files: dict[bytes, _Signs] = {}
        # The rows of each sign, the gravest first.
        self._sorted = {sign: array("Q") for sign in ("flag", "quiet-flag", "note")}

    def take(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if self._layout != self._rows.layout:
            self._layout, self._files, before = self._rows.layout, {}, None
        if before is snapshot:
            return
        if before is None or before.viewed is not snapshot.viewed:
            self._read = array("L", accumulate(snapshot.viewed, initial=0))
        if before is None or before.flags_by_path is not snapshot.flags_by_path:
            # A heap of flags is of few files.
            self._files = {path: self._signs(path, flags) for path, flags in snapshot.flags_by_path.items()}
            files = self._files.values()
            self._sorted["flag"] = array("Q", sorted(row for signs in files for row in signs.grave))
            self._sorted["quiet-flag"] = array("Q", sorted(row for signs in files for row in signs.quiet))
        noted = (self._row_of(*key) for key in snapshot.notes_at)
        self._sorted["note"] = array("Q", sorted(row for row in noted if row is not None))

    def cell(self, first: int, stop: int, matches: Matches | None) -> Cell:
        """Return what the rows from `first` up to `stop` hold."""
        rows = self._rows
        begin, end = rows.at(first).hunk, self._last_hunk(stop - 1)
        sign = next((name for name, places in self._sorted.items() if _has(places, first, stop)), "")
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

    def _signs(self, path: bytes, flags: tuple[Flag, ...]) -> _Signs:
        known = self._files.get(path)
        if known is not None and known.flags is flags:
            return known
        live = [flag for flag in flags if flag.is_open]
        rows = [(self._row_of(path, Side.NEW, flag.finding.line), flag.is_grave) for flag in live]
        grave = tuple(row for row, is_grave in rows if row is not None and is_grave)
        return _Signs(flags, grave, tuple(row for row, is_grave in rows if row is not None and not is_grave))

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
