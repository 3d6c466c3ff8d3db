"""Whoever goes to the next hunk or page will do so again: what that shows is read and painted while nobody waits."""

from collections.abc import Callable, Sequence
from functools import partial

from textual.timer import Timer

from reviewer.tui.rows import RowKind
from reviewer.tui.viewport import ScreenLine, Viewport
from reviewer.tui.widgets.pointing import Pointing

# A frame is out by then.
_AFTER_A_MOVE = 0.015
# What is painted before its colours are there is painted for nothing.
_FOR_COLOURS = 0.04
# Lines painted before the next key has its turn, a millisecond's worth.
_LINES_AT_ONCE = 8


class Prefetching(Pointing):
    """Makes ready what the same move, made once more, would bring to the screen."""

    _waiting: Timer | None = None
    # What the next move would show, and the hunk it would lead to.
    _ahead: tuple[Sequence[ScreenLine], int] = ((), 0)

    def read_ahead(self, lines: Sequence[ScreenLine]) -> None:
        """Read these lines, and ask for their colours."""
        raise NotImplementedError

    def paint_ahead(self, lines: Sequence[ScreenLine], hunk: int) -> None:
        """Paint these lines as they look when the cursor is in that hunk."""
        raise NotImplementedError

    def page(self, share: float, direction: int) -> None:
        super().page(share, direction)
        self._prefetch(lambda viewport: viewport.page(self.lines_of(share) * direction))

    def go_to_hunk(self, hunk: int) -> None:
        step = hunk - self.hunk
        super().go_to_hunk(hunk)
        following = hunk + step
        if abs(step) == 1 and 0 <= following < len(self.rows.hunks):
            row, top = self.place_of(following)
            self._prefetch(lambda viewport: viewport.move_to(row, top=top))

    def paint_ahead_soon(self) -> None:
        """Paint what is ahead, a moment from now: its colours are on their way, or came."""
        if self._ahead[0]:
            self._wait(_FOR_COLOURS, partial(self._paint, *self._ahead))

    def _prefetch(self, move: Callable[[Viewport], None]) -> None:
        self._ahead = ((), 0)
        self._wait(_AFTER_A_MOVE, partial(self._read, move))

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(seconds, then)

    def _read(self, move: Callable[[Viewport], None]) -> None:
        if self.selected_from is not None:
            return
        ahead = self.viewport.copy()
        move(ahead)
        under_cursor = self.rows.at(ahead.cursor)
        hunk = self.rows.at(ahead.cursor + 1).hunk if under_cursor.kind is RowKind.BLANK else under_cursor.hunk
        # What is under the cursor is painted anew by each move.
        lines = [line for line in ahead.lines() if line.row != ahead.cursor]
        self.read_ahead(lines)
        self._ahead = (lines, hunk)
        self.paint_ahead_soon()

    def _paint(self, lines: Sequence[ScreenLine], hunk: int) -> None:
        if lines and lines[-1].row < self.rows.count:
            self.paint_ahead(lines[:_LINES_AT_ONCE], hunk)
            self.call_later(self._paint, lines[_LINES_AT_ONCE:], hunk)
