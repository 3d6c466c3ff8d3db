"""Syntax colours, computed in a process of their own: the only door to Pygments in the interface.

Some lexers take minutes on a hostile line and hold the interpreter's lock; a process can be killed.
What is not coloured yet is drawn plain, so no key ever waits.
"""

import json
import sys
from asyncio import Queue, timeout
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from reviewer.beside import start, stop

# Start, end (in characters) and the name of a colour class; what lies between is plain.
Span = tuple[int, int, str]
Spans = tuple[tuple[Span, ...], ...]

_DEADLINE_SECONDS = 2.0
_LONGEST_LINE = 1_000
_LONGEST_REPLY = 16_000_000

# The most specific kinds first: Pygments' kinds are paths, and the first that matches wins.
_CLASSES = (
    ("Comment", "comment"), ("Keyword.Constant", "constant"), ("Keyword.Type", "type"), ("Keyword", "keyword"),
    ("Literal.String.Doc", "comment"), ("Literal.String", "string"), ("Literal.Number", "number"),
    ("Name.Builtin", "builtin"), ("Name.Class", "type"), ("Name.Function", "function"), ("Name.Decorator", "decorator"),
    ("Name.Tag", "keyword"), ("Name.Attribute", "function"), ("Operator.Word", "keyword"), ("Name.Exception", "type"),
    ("Generic.Heading", "keyword"), ("Generic.Subheading", "keyword"), ("Generic.Strong", "keyword"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """Lines of one side of a piece of the diff, as they are shown.

    `key` names hunk, piece and side; `diff` tells one diff's requests from those of the diff shown before it.
    """

    key: tuple[int, int, str]
    file_name: str
    lines: tuple[str, ...]
    diff: int = 0


class Highlighter:
    """Feeds one worker process; a request that takes too long costs its file type all colours."""

    def __init__(self) -> None:
        self._requests: Queue[Request] = Queue()
        self._process: Process | None = None
        self._given_up: set[str] = set()

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
        process = self._process or await self._start()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        try:
            async with timeout(_DEADLINE_SECONDS):
                process.stdin.write(json.dumps([request.file_name, request.lines]).encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            return tuple(tuple((start, end, name) for start, end, name in row) for row in json.loads(line))
        except (TimeoutError, ValueError, OSError):
            self._given_up.add(_suffix(request.file_name))
            await self._stop()
            return None

    async def _start(self) -> Process:
        self._process = await start(__name__, stderr=DEVNULL, limit=_LONGEST_REPLY)
        return self._process

    async def _stop(self) -> None:
        if self._process is not None:
            await stop(self._process)
            self._process = None


def spans_of(file_name: str, lines: list[str]) -> list[list[Span]]:
    """Return coloured spans for each line; none for a language Pygments does not know by the name."""
    spans: list[list[Span]] = [[] for _ in lines]
    lexer = _lexer(file_name)
    if lexer is None:
        return spans
    text = "\n".join(line if len(line) <= _LONGEST_LINE else "" for line in lines)
    row = column = 0
    for kind, value in lexer.get_tokens(text):
        name = _class_of(str(kind))
        for index, piece in enumerate(value.split("\n")):
            if index:
                row, column = row + 1, 0
            if name and piece and row < len(spans):
                _add(spans[row], (column, column + len(piece), name))
            column += len(piece)
    return spans


def _add(row: list[Span], span: Span) -> None:
    if row and row[-1][1:] == (span[0], span[2]):
        span = (row.pop()[0], *span[1:])
    row.append(span)


def _class_of(kind: str) -> str | None:
    kind = kind.removeprefix("Token.")
    return next((name for prefix, name in _CLASSES if kind == prefix or kind.startswith(f"{prefix}.")), None)


def _lexer(file_name: str):  # type: ignore[no-untyped-def]
    from fnmatch import fnmatch
    from importlib import import_module

    # Pygments' own look-up by name loads every rival lexer, which takes a tenth of a second.
    from pygments.lexers import LEXERS

    if file_name not in _lexers:
        found = next(
            (
                (module, class_name)
                for class_name, (module, _, _, patterns, _) in LEXERS.items()
                if class_name in _PREFERRED.get(_suffix(file_name), class_name)
                and any(fnmatch(file_name, pattern) for pattern in patterns)
            ),
            None,
        )
        module, class_name = found or ("", "")
        _lexers[file_name] = (
            getattr(import_module(module), class_name)(stripnl=False, ensurenl=False) if found else None
        )
    return _lexers[file_name]


_lexers: dict[str, object] = {}
# Where several lexers claim a suffix.
_PREFERRED = {
    ".py": "PythonLexer", ".h": "CLexer", ".sql": "SqlLexer", ".md": "MarkdownLexer", ".html": "HtmlLexer",
    ".ts": "TypeScriptLexer", ".js": "JavascriptLexer", ".php": "PhpLexer", ".toml": "TOMLLexer", ".xml": "XmlLexer",
    ".txt": "", ".pl": "PerlLexer", ".m": "ObjectiveCLexer", ".v": "VerilogLexer", ".rb": "RubyLexer",
}  # fmt: skip


def _suffix(file_name: str) -> str:
    return "." + file_name.rpartition(".")[2] if "." in file_name else file_name


def _serve() -> Iterator[str]:
    for line in sys.stdin:
        file_name, lines = json.loads(line)
        yield json.dumps(spans_of(file_name, lines))


if __name__ == "__main__":
    for reply in _serve():
        sys.stdout.write(reply + "\n")
        sys.stdout.flush()
