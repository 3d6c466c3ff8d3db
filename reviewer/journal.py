"""Writing one session's journal: a line an event, each with one `write`.

Nobody else writes to the file. One that could not be written to its end is closed for good; the next
event begins another.
"""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.review.events import Entry, Event, Open
from reviewer.review.model import EventId
from reviewer.review.record import encode, event_id
from reviewer.visible import show

# The review's own, `reviews`, `reviewer`, and the one they are made in.
_NEW_FOLDERS = 4


@dataclass(slots=True)
class JournalFile:
    """One writer's session on disk. Not thread-safe; nobody else writes to it."""

    path: Path
    _descriptor: int | None = field(default=None, init=False)
    _size: int = field(default=0, init=False)
    _number: int = field(default=0, init=False)
    _last: EventId | None = field(default=None, init=False)
    _last_line: bytes = field(default=b"", init=False)
    _is_named: bool = field(default=False, init=False)
    _is_closed: bool = field(default=False, init=False)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    @property
    def last_line(self) -> bytes:
        """The raw line written last, without its line feed: what a signature is made over."""
        return self._last_line

    def append(self, event: Event, opening: Open, *, clock: int, at: str, durable: bool) -> Entry:
        """Write one event with one `write`; a durable one is on disk before this returns.

        Raises ReviewerError if it could not be written; then the file is closed for good.
        """
        line = encode(event, number=self._number, clock=clock, at=at, prev=self._last)
        entry = Entry(event_id(line), event, opening.reviewer, at, self._number, clock)
        is_saved = False
        try:
            self._write(line + b"\n", durable=durable)
            self._number, self._last, self._last_line = self._number + 1, entry.id, line
            is_saved = True
        except OSError as error:
            raise ReviewerError(
                f"{show(str(self.path))}: not saved ({error.strerror}); make room or check permissions, then try again"
            ) from error
        finally:
            # Also after an interrupt: what is in the file then is anybody's guess.
            if not is_saved:
                self._take_back()
                self.close()
        return entry

    def close(self) -> None:
        self._is_closed = True
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _write(self, line: bytes, *, durable: bool) -> None:
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
            self._descriptor = os.open(self.path, flags, 0o644)
            # Tells readers that half a line at the end is no damage: it is being written.
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        written = os.write(self._descriptor, line)
        if written != len(line):
            raise OSError(28, "the disk is full")
        if durable:
            os.fsync(self._descriptor)
            self._sync_name()
        self._size += written

    def _sync_name(self) -> None:
        """A new file is only safe when the folders that name it are on disk too."""
        if self._is_named:
            return
        for folder in list(self.path.parents)[:_NEW_FOLDERS]:
            with suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        self._is_named = True

    def _take_back(self) -> None:
        """Cut off what a failed write left: half a line is damage, and a whole one was reported as not saved."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            os.ftruncate(self._descriptor, self._size)
            # Every further try begins another file; on a full disk they would pile up.
            if self._size == 0:
                self.path.unlink()
