"""Asks for syntax colours: what is not coloured yet is drawn plain, so no key ever waits."""

import json
from asyncio import Queue, timeout
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from reviewer.beside import start, stop
from reviewer.tui.highlight import Spans

_DEADLINE_SECONDS = 2.0
_LONGEST_REPLY = 16_000_000
# More of a file would take longer than anybody waits for colours; its pieces are coloured each by itself.
_LARGEST_TEXT = 400_000


@dataclass(frozen=True, slots=True)
class Request:
    """Lines of one side of a piece of the diff, as they are shown.

    `key` names hunk, piece and side; `diff` tells one diff's requests from those of the diff shown before it;
    `file` is the file's place in the diff, `first` the number of the first line.
    """

    key: tuple[int, int, str]
    file_name: str
    lines: tuple[str, ...]
    diff: int = 0
    file: int = 0
    first: int = 1

    @property
    def text_key(self) -> str:
        return f"{self.diff} {self.file} {self.key[2]}"


# Gives the whole text of a file's side, None if there is none to be had.
TextOf = Callable[[Request], Awaitable[bytes | None]]


async def no_text(_: Request) -> None:
    return None


class Highlighter:
    """Feeds one worker process; a request that takes too long costs its file type all colours."""

    def __init__(self, text_of: TextOf = no_text) -> None:
        self._text_of = text_of
        self._requests: Queue[Request] = Queue()
        self._process: Process | None = None
        self._given_up: set[str] = set()
        # The texts that the process was offered, and those it took too long over.
        self._offered: set[str] = set()
        self._in_pieces: set[str] = set()

    def ask(self, request: Request) -> None:
        if _suffix(request.file_name) not in self._given_up:
            self._requests.put_nowait(request)

    async def answers(self) -> AsyncGenerator[tuple[Request, Spans], None]:
        """Yield answers as they come, until nobody listens any more."""
        try:
            while True:
                request = await self._requests.get()
                if _suffix(request.file_name) in self._given_up:
                    continue
                spans = await self._answer(request)
                if spans is not None:
                    yield request, spans
        finally:
            await self._stop()

    async def _answer(self, request: Request) -> Spans | None:
        text = await self._text(request)
        process = self._process or await self._start()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        try:
            async with timeout(_DEADLINE_SECONDS):
                if text is not None:
                    process.stdin.write(_message(request, text=text.decode("utf-8", "surrogateescape")))
                process.stdin.write(_message(request, first=request.first, lines=request.lines))
                await process.stdin.drain()
                line = await process.stdout.readline()
            return tuple(tuple((start, end, name) for start, end, name in row) for row in json.loads(line))
        except (TimeoutError, ValueError, OSError):
            await self._give_up(request)
            return None

    async def _text(self, request: Request) -> bytes | None:
        """Return the whole text if the process does not have it yet and can use it."""
        key = request.text_key
        if key in self._offered or key in self._in_pieces:
            return None
        self._offered.add(key)
        text = await self._text_of(request)
        return text if text is not None and len(text) <= _LARGEST_TEXT else None

    async def _give_up(self, request: Request) -> None:
        """Do without the whole text the next time; if that was so already, without colours."""
        if request.text_key in self._in_pieces or request.text_key not in self._offered:
            self._given_up.add(_suffix(request.file_name))
        else:
            self._in_pieces.add(request.text_key)
            self._requests.put_nowait(request)
        await self._stop()

    async def _start(self) -> Process:
        self._process = await start("reviewer.tui.highlight", stderr=DEVNULL, limit=_LONGEST_REPLY)
        return self._process

    async def _stop(self) -> None:
        self._offered.clear()
        if self._process is not None:
            await stop(self._process)
            self._process = None


def _message(request: Request, **content: object) -> bytes:
    return json.dumps({"text_key": request.text_key, "file_name": request.file_name, **content}).encode() + b"\n"


def _suffix(file_name: str) -> str:
    return "." + file_name.rpartition(".")[2] if "." in file_name else file_name
