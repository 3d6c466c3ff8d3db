"""How rows become lines of the screen: one each, wrapped into several, or two side by side.

Side by side, the n-th removed and the n-th added line of one edit share a screen line, which goes
by the removed line's row. All questions cost the row asked about, never the diff.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

from reviewer.tui.rows import RowKind, RowMap

_RUN = re.compile(rb"^(?:-.*\n?(?:\\.*\n?)?)+(?:\+.*\n?(?:\\.*\n?)?)+", re.MULTILINE)
_REMOVED = re.compile(rb"^-", re.MULTILINE)
_ADDED = re.compile(rb"^\+", re.MULTILINE)
_MARKER = re.compile(rb"^\\", re.MULTILINE)

# First line of a replacement in its hunk, counted from 0; lines removed; lines added.
Run = tuple[int, int, int]


class Shape:
    """`cells_of` says how many cells a line's text takes; only asked while wrapping."""

    def __init__(self, rows: RowMap, cells_of: Callable[[int], int]) -> None:
        self._rows = rows
        self._cells_of = cells_of
        self.is_split = False
        self.wraps = False
        self.text_width = 80
        self._runs = lru_cache(maxsize=64)(self._find_runs)

    def home(self, row: int) -> int:
        """Return the row that stands for the screen line this row is on."""
        if not self.is_split:
            return row
        where = self._rows.at(row)
        if where.kind is not RowKind.LINE:
            return row
        run = self._run_at(where.hunk, where.line)
        if run is None:
            return row
        start, removed, _ = run
        index = where.line - start - removed
        return self._rows.row_of_line(where.hunk, start + index) if 0 <= index < removed else row

    def partner(self, row: int) -> int | None:
        """Return the row shown to the right of a removed line's, if there is one."""
        where = self._rows.at(row)
        if not self.is_split or where.kind is not RowKind.LINE:
            return None
        run = self._run_at(where.hunk, where.line)
        if run is None:
            return None
        start, removed, added = run
        index = where.line - start
        is_paired = index < removed and index < added
        return self._rows.row_of_line(where.hunk, start + removed + index) if is_paired else None

    def after(self, row: int) -> int:
        """Return the row of the next screen line."""
        following = row + 1
        while following < self._rows.count and self.home(following) != following:
            following = self._skip(following)
        return following

    def before(self, row: int) -> int:
        """Return the row of the screen line before; -1 at the start."""
        previous = row - 1
        if previous < 0 or self.home(previous) == previous:
            return previous
        # All lines between the last pair and this row are the right halves of earlier screen lines.
        where = self._rows.at(previous)
        run = self._run_at(where.hunk, where.line)
        return previous if run is None else self._rows.row_of_line(where.hunk, run[0] + run[1] - 1)

    def height(self, row: int) -> int:
        """Return how many screen lines the row takes."""
        if not self.wraps or self.is_split or self._rows.at(row).kind is not RowKind.LINE:
            return 1
        return max(1, -(-self._cells_of(row) // max(1, self.text_width)))

    def _skip(self, row: int) -> int:
        """Return the first row after the right halves that begin at `row`."""
        where = self._rows.at(row)
        run = self._run_at(where.hunk, where.line)
        if run is None:
            return row + 1
        start, removed, added = run
        return self._rows.row_of_line(where.hunk, start + removed + min(removed, added))

    def _run_at(self, hunk: int, line: int) -> Run | None:
        runs = self._runs(hunk)
        at = bisect_right(runs, (line, 1 << 60, 0)) - 1
        if at < 0:
            return None
        start, removed, added = runs[at]
        return runs[at] if line < start + removed + added else None

    def _find_runs(self, hunk: int) -> list[Run]:
        body = self._rows.hunks[hunk].body
        runs: list[Run] = []
        position = line = 0
        for match in _RUN.finditer(body):
            between = body[position : match.start()]
            line += between.count(b"\n") - len(_MARKER.findall(between))
            removed, added = len(_REMOVED.findall(match.group())), len(_ADDED.findall(match.group()))
            runs.append((line, removed, added))
            line += removed + added
            position = match.end()
        return runs
