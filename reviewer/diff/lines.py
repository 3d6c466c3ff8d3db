"""The lines of one hunk, any slice of them, without making the others.

A million-line hunk keeps one checkpoint every 256 lines; a slice costs what it returns.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from reviewer.diff.model import Hunk, Line, LineKind
from reviewer.diff.written import Patch

_STEP = 256
# About so many bytes are that many lines.
_NEAR = 16_000
_LINE_FEED = re.compile(rb"\n")
_CHANGED = re.compile(rb"^[+-]", re.MULTILINE)
_KINDS = {b" ": LineKind.CONTEXT, b"+": LineKind.ADDED, b"-": LineKind.REMOVED}


class HunkLines:
    """Random access to a hunk's lines; `\\ No newline` markers are folded into the line before them."""

    def __init__(self, hunk: Hunk) -> None:
        self._hunk = hunk
        self._offsets = [hunk.start]
        self._indexes = [0]
        self._old = [hunk.old_start]
        self._new = [hunk.new_start]
        self._place_checkpoints()

    def __len__(self) -> int:
        return self._hunk.line_count

    def slice(self, start: int, stop: int) -> Iterator[Line]:
        """Yield lines `start` to `stop` of the hunk, counted from 0."""
        at = bisect_right(self._indexes, start) - 1
        index, old, new = self._indexes[at], self._old[at], self._new[at]
        last = bisect_right(self._indexes, stop - 1)
        end = self._offsets[last] if last < len(self._offsets) else self._hunk.end
        for line in _read(self._hunk.patch[self._offsets[at] : end], old, new):
            if index >= stop:
                return
            if index >= start:
                yield line
            index += 1

    def index_of(self, number: int, *, is_old: bool = False) -> int | None:
        """Return which line of the hunk has this number in the new file, or the old one; None if none has."""
        numbers = self._old if is_old else self._new
        # Several steps may begin with one number, where only the other side has lines.
        at = max(0, bisect_left(numbers, number) - 1)
        stop = self._indexes[min(bisect_right(numbers, number), len(numbers) - 1)] + _STEP
        for index, line in enumerate(self.slice(self._indexes[at], stop), self._indexes[at]):
            if (line.old if is_old else line.new) == number:
                return index
        return None

    def first_changed(self) -> int:
        """Return which line of the hunk is the first that changed; 0 if there is none."""
        for start in range(0, len(self), _STEP):
            for index, line in enumerate(self.slice(start, start + _STEP), start):
                if line.kind is not LineKind.CONTEXT:
                    return index
        return 0

    def _place_checkpoints(self) -> None:
        patch, position, end = self._hunk.patch, self._hunk.start, self._hunk.end
        if self._hunk.line_count <= _STEP:
            return
        while position < end:
            stop = _skip_lines(patch, position, end)
            block = patch[position:stop]
            signs = b"\n" + block[:-1] if block.endswith(b"\n") else b"\n" + block
            added, removed, context = (signs.count(b"\n" + sign) for sign in (b"+", b"-", b" "))
            self._offsets.append(stop)
            self._indexes.append(self._indexes[-1] + added + removed + context)
            self._old.append(self._old[-1] + removed + context)
            self._new.append(self._new[-1] + added + context)
            position = stop


def lines_of(hunk: Hunk) -> Iterator[Line]:
    """Yield all lines of the hunk in order."""
    return _read(hunk.body, hunk.old_start, hunk.new_start)


def first_change(hunk: Hunk) -> int:
    """Return the line of the new file, from 1, at which the first changed line of the hunk stands, or stood."""
    match = _CHANGED.search(hunk.patch, hunk.start, hunk.end)
    above = hunk.patch.count(b"\n", hunk.start, match.start()) if match else 0
    return max(hunk.new_start + above, 1)


def _skip_lines(patch: Patch, position: int, end: int) -> int:
    """Return where the step of lines that begins at `position` ends, its markers included."""
    left = _STEP
    while left:
        near = patch[position : min(position + _NEAR, end)]
        ends = [match.end() for match in islice(_LINE_FEED.finditer(near), left)]
        # A line may be longer than that.
        stop = position + ends[-1] if ends else patch.find(b"\n", position + len(near), end) + 1
        if not stop:
            return end
        position, left = stop, left - max(1, len(ends))
    if patch.startswith(b"\\", position):
        found = patch.find(b"\n", position, end)
        position = found + 1 if found >= 0 else end
    return position


def _read(block: bytes, old: int, new: int) -> Iterator[Line]:
    raw_lines = block.split(b"\n")
    if raw_lines and not raw_lines[-1]:
        raw_lines.pop()
    for index, raw in enumerate(raw_lines):
        if raw.startswith(b"\\"):
            continue
        kind = _KINDS[raw[:1]]
        newline = not (index + 1 < len(raw_lines) and raw_lines[index + 1].startswith(b"\\"))
        is_old, is_new = kind is not LineKind.ADDED, kind is not LineKind.REMOVED
        yield Line(kind, raw[1:], old if is_old else None, new if is_new else None, newline)
        old += is_old
        new += is_new
