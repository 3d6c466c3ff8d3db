"""Keys that move are answered on the first screen, in a thread beside the one that loads the interface.

All that is typed is kept: the interface takes the same keys again, and what was not answered here.
"""

import os
from _thread import allocate_lock, start_new_thread
from select import select

from reviewer.preview.frame import Frame
from reviewer.preview.moves import Place, follow
from reviewer.preview.rows import Row, first_change, rows_of

_MOST_ROWS = 2_000
_READ_AT_ONCE = 1024


class Answering:
    """Reads what is typed at a terminal and draws on a screen, until it ends or meets a key it cannot answer."""

    def __init__(self, terminal: int, screen: int, frame: Frame, patch: bytes) -> None:
        self._terminal = terminal
        self._screen = screen
        self._frame = frame
        self._patch = patch
        self._typed = b""
        self._ending, self._end = os.pipe()
        self._working = allocate_lock()
        self._working.acquire()
        start_new_thread(self._work, ())

    def end(self) -> bytes:
        """Leave the terminal alone from now on, and return all that was read there."""
        os.write(self._end, b".")
        with self._working:
            return self._typed

    def _work(self) -> None:
        try:
            self._answer()
        except OSError:
            # The terminal is gone; the interface will find out, too.
            return
        finally:
            self._working.release()

    def _answer(self) -> None:
        rows: list[Row] = []
        place: Place | None = None
        while typed := self._next():
            self._typed += typed
            if place is None:
                rows = rows_of(self._patch, _MOST_ROWS) or []
                place = first_change(rows, 0) or 0, 0
            goal, is_all = follow(typed, place, rows, self._frame.rows_shown)
            if goal != place:
                place = goal
                os.write(self._screen, self._frame.at(rows, *place).encode("utf-8", "replace"))
            if not is_all:
                return

    def _next(self) -> bytes:
        """Return what is typed next; nothing if it is time to end, or the terminal is closed."""
        ready, _, _ = select([self._terminal, self._ending], [], [])
        return b"" if self._ending in ready else os.read(self._terminal, _READ_AT_ONCE)
