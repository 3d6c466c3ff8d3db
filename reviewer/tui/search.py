"""A search through all lines of the diff, a little at a time, so that no key waits for it.

It goes from a hunk of the walk to the end and round, over the patch's bytes; no line between the matches is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from reviewer.inspection.patience import TookTooLong, at_most
from reviewer.tui.matches import Matches
from reviewer.tui.pattern import Pattern
from reviewer.tui.rows import RowMap

# Bytes looked through before the clock is asked, and the processor's time they may take: a tenth is usual.
_BATCH = 64_000
_SECONDS_A_BATCH = 0.03
_SHRINK = 8
# An expression that is broken off as often is given up: a second of the processor's time is lost on it.
_MOST_BREAKS = 30


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Whole lines of a hunk, as a part of the patch; `line` is the number of the first one within the hunk."""

    hunk: int
    start: int
    end: int
    line: int = 0


class Search:
    """`matches` grows until `is_done`; `stuck` counts lines the expression took too long for, which are left out."""

    def __init__(self, rows: RowMap, pattern: Pattern, *, start: int = 0) -> None:
        self.pattern = pattern
        self.matches = Matches(start)
        self.stuck = 0
        self.is_done = False
        self._rows = rows
        self._hunks = chain(range(start, len(rows.hunks)), range(start))
        self._breaks = 0
        self._size = _BATCH
        # What comes before the next hunk, the last first: the rest of a hunk, or what took too long in one piece.
        self._waiting: list[_Stretch] = []

    @property
    def is_given_up(self) -> bool:
        return self._breaks >= _MOST_BREAKS

    def go_on(self, clock: Callable[[], float], seconds: float) -> None:
        """Search for about so long, a batch at least."""
        now = clock()
        until = now + seconds
        while not self.is_done and now < until:
            before = now
            self._look_through(self._batch())
            now = clock()
            # What is slow is taken in smaller bites, so that each ends soon after its time.
            self._size = min(2 * self._size, _BATCH) if now - before < seconds / 2 else max(1, self._size // 2)

    def _look_through(self, batch: list[_Stretch]) -> None:
        if not batch:
            self.is_done = True
            return
        try:
            with at_most(_SECONDS_A_BATCH):
                found = [(stretch.hunk, line) for stretch in batch for line in self._lines(stretch)]
        except TookTooLong:
            self._take_back(batch)
            return
        self.matches.add(found)

    def _take_back(self, batch: list[_Stretch]) -> None:
        """Try again with less at once; of a single line, count it as one the search is stuck on."""
        self._breaks += 1
        self.is_done = self.is_given_up
        self._size = max(1, self._size // _SHRINK)
        if len(batch) == 1 and self._split(batch[0], 1)[1] is None:
            self.stuck += 1
        else:
            self._waiting += reversed(batch)

    def _batch(self) -> list[_Stretch]:
        batch: list[_Stretch] = []
        room = self._size
        while room > 0:
            stretch = self._waiting.pop() if self._waiting else self._next_hunk()
            if stretch is None:
                break
            head, rest = self._split(stretch, room)
            batch.append(head)
            self._waiting += [rest] if rest is not None else []
            room -= head.end - head.start
        return batch

    def _next_hunk(self) -> _Stretch | None:
        hunks = ((number, self._rows.hunks[number]) for number in self._hunks)
        return next((_Stretch(number, hunk.start, hunk.end) for number, hunk in hunks if not hunk.is_textless), None)

    def _split(self, stretch: _Stretch, size: int) -> tuple[_Stretch, _Stretch | None]:
        """Return as many whole lines as the size asks for, one at least, and the rest."""
        patch = self._rows.hunks[stretch.hunk].patch
        cut = patch.find(b"\n", min(stretch.start + size, stretch.end) - 1, stretch.end) + 1
        if not 0 < cut < stretch.end:
            return stretch, None
        lines = _line_count(patch[stretch.start : cut].decode("latin-1"))
        return replace(stretch, end=cut), replace(stretch, start=cut, line=stretch.line + lines)

    def _lines(self, stretch: _Stretch) -> Iterator[int]:
        patch = self._rows.hunks[stretch.hunk].patch
        text = patch[stretch.start : stretch.end].decode("utf-8", "surrogateescape")
        find = _matching if self.pattern.word is None else _holding
        return find(text, self.pattern, stretch.line)


def _matching(text: str, pattern: Pattern, first: int) -> Iterator[int]:
    """Yield the numbers of the lines that the expression matches."""
    search = pattern.regex.search
    lines = (line for line in text.removesuffix("\n").split("\n") if not line.startswith("\\"))
    return (number for number, line in enumerate(lines, first) if search(line[1:]))


def _holding(text: str, pattern: Pattern, number: int) -> Iterator[int]:
    """Yield the numbers of the lines that hold the word; most hunks hold it nowhere, and cost one look."""
    word = pattern.word or ""
    hay = text.lower() if pattern.ignores_case else text
    counted, position = 0, hay.find(word)
    while position >= 0:
        begin = hay.rfind("\n", 0, position) + 1
        if position == begin:
            # The sign of a line is not part of its text.
            position = hay.find(word, begin + 1)
            continue
        if hay[begin] != "\\":
            number += _line_count(hay[counted:begin])
            counted = begin
            yield number
        end = hay.find("\n", position)
        position = hay.find(word, end) if end >= 0 else -1


def _line_count(text: str) -> int:
    """Return how many lines these are, without the markers that follow lines."""
    return text.count("\n") - text.count("\n\\") - text.startswith("\\")
