"""A program in a pseudo-terminal: what it writes with the time of each piece, and the screen that makes of it.

Nothing is drawn while a program is measured: the pieces are only kept, and played to the screen later.
"""

import fcntl
import os
import re
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Self

import pyte

_CHUNK = 65_536
# A terminal that knows synchronised output, and neither in-band resizing nor the keyboard protocol of kitty.
_REPLIES = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>0;276;0c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
    (re.compile(rb"\x1b\]11;\?"), b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"),
)
_CURSOR = re.compile(r"▶ +\d[ \d]* [-+ ]")
# Synchronised output: what ends a frame, and the place after it.
_END_OF_FRAME = b"\x1b[?2026l"
_FRAME_END = re.compile(rb"(?<=\x1b\[\?2026l)")
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;:<>?=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78M])")


@dataclass(frozen=True, slots=True)
class Size:
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as they arrived, and when: seconds on the monotonic clock."""

    at: float
    data: bytes


Picture = tuple[tuple[pyte.screens.Char, ...], ...]


class ProgramEnded(RuntimeError):
    """The program under measurement is gone."""


class Terminal:
    """Runs a command in its own session; use it in a `with` block, which ends the session."""

    def __init__(self, command: Sequence[str], *, size: Size, folder: Path, environment: Mapping[str, str]) -> None:
        self._size = size
        self._screen = pyte.Screen(size.columns, size.rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unplayed: deque[Chunk] = deque()
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))
        here = Path.cwd()
        os.chdir(folder)
        self.started = time.monotonic()
        self._last = Chunk(self.started, b"")
        self.pid = _spawn(command, os.ttyname(slave), environment)
        os.chdir(here)
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The command leads its own session and process group; nothing else is in them.
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def press(self, key: bytes) -> float:
        """Write the key and return when."""
        at = time.monotonic()
        os.write(self._master, key)
        return at

    def read(self, seconds: float) -> Chunk | None:
        """Return what arrives within the time, None if nothing does; a query of the program is answered."""
        if not select([self._master], [], [], seconds)[0]:
            return None
        try:
            data = os.read(self._master, _CHUNK)
        except OSError as error:
            raise ProgramEnded("the program ended by itself") from error
        chunk = Chunk(time.monotonic(), data)
        for query, reply in _REPLIES if b"\x1b" in data else ():
            if query.search(data):
                os.write(self._master, reply)
        return chunk

    def read_until_quiet(self, quiet: float, *, limit: float = 10.0) -> list[Chunk]:
        """Return all that arrives until nothing did for `quiet` seconds."""
        chunks = []
        end = time.monotonic() + limit
        while time.monotonic() < end and (chunk := self.read(quiet)) is not None:
            chunks.append(chunk)
        return chunks

    def read_for(self, seconds: float) -> list[Chunk]:
        """Return all that arrives within the time."""
        end = time.monotonic() + seconds
        chunks = []
        while (left := end - time.monotonic()) > 0:
            chunk = self.read(left)
            chunks += [chunk] if chunk is not None else []
        return chunks

    def keep(self) -> None:
        """Keep what has arrived for later: a program that nobody reads from stands still."""
        while (chunk := self.read(0)) is not None:
            self._unplayed.append(chunk)

    @property
    def cursor_line(self) -> str:
        """What stands right of the cursor of `reviewer`, which points at a line with its numbers."""
        found = (_CURSOR.search(line) for line in self._screen.display)
        return next((match.group() for match in found if match), "")

    def wait_for(self, text: str, *, limit: float = 20.0) -> float:
        """Return when the screen first showed the text: seconds since the start.

        Raises TimeoutError with the screen if it is not shown in time.
        """
        self._read_until_written(text, limit)
        at = self._play_until(text)
        if at is None:
            raise TimeoutError(f"{text!r} is not on the screen:\n" + "\n".join(self._screen.display))
        return at - self.started

    def show(self, chunks: Sequence[Chunk]) -> Picture:
        """Play the pieces to the screen and return the picture: characters and how each looks."""
        for chunk in (*self._unplayed, *chunks):
            self._stream.feed(chunk.data)
        self._unplayed.clear()
        return self.picture

    @property
    def picture(self) -> Picture:
        columns = range(self._size.columns)
        return tuple(
            tuple(row[x] for x in columns) for row in map(self._screen.buffer.__getitem__, range(self._size.rows))
        )

    def _read_until_written(self, text: str, limit: float) -> None:
        """Keep pieces until the text is in them, if only by its letters, or the program has ended."""
        written = self._last.data + b"".join(chunk.data for chunk in self._unplayed)
        end = time.monotonic() + limit
        while text.encode() not in _ESCAPES.sub(b"", written) and time.monotonic() < end:
            try:
                chunk = self.read(0.05)
            except ProgramEnded:
                return
            if chunk is not None:
                self._unplayed.append(chunk)
                written += chunk.data

    def _play_until(self, text: str) -> float | None:
        """Play the pieces kept, one after another, until the text is shown."""
        while not any(text in line for line in self._screen.display):
            if not self._unplayed:
                return None
            self._last = self._unplayed.popleft()
            self._stream.feed(self._last.data)
        return self._last.at


def frames(chunks: Sequence[Chunk], gap: float) -> list[list[Chunk]]:
    """Return the pieces by frames: one ends where the program says so, or with a silence of more than `gap` seconds."""
    found: list[list[Chunk]] = []
    is_open = False
    for chunk in chunks:
        for data in filter(None, _FRAME_END.split(chunk.data)):
            piece = Chunk(chunk.at, data)
            if is_open and chunk.at - found[-1][-1].at <= gap:
                found[-1].append(piece)
            else:
                found.append([piece])
            is_open = not data.endswith(_END_OF_FRAME)
    return found


def _spawn(command: Sequence[str], tty: str, environment: Mapping[str, str]) -> int:
    """Start the command on the terminal: opened first by a session's leader, it becomes its controlling one."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, tty, os.O_RDWR, 0), (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
    return os.posix_spawnp(command[0], command, environment, file_actions=actions, setsid=True)
