"""The walk at a real pseudo-terminal: keys in; every byte, every sequence and the screen out."""

import codecs
import re
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from os import environ
from pathlib import Path

import pexpect
import pyte

COLUMNS, ROWS = 100, 30
_ROOT = Path(__file__).parents[2]
_AT_ONCE = 500
_LONGEST_WAIT = 120
_NOT_HERE = {"CI", "NO_COLOR", "COLORTERM", "EDITOR", "VISUAL", "COLUMNS", "LINES"}
# What ECMA-48 knows: strings up to their end, CSI sequences, other escapes; then every control by itself.
_SEQUENCE = re.compile(
    "(?:\x1b[]PX^_]|[\x90\x98\x9d\x9e\x9f])(?s:.*?)(?:\x07|\x1b\\\\|\x9c|$)"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f-\x9f]"
)
_COLOUR_OR_PLACE = re.compile("\x1b\\[[0-9;]*([mH])")
_CLIPBOARD = re.compile("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07")


class Walk:
    """A walk that goes on until `leave`. `seen` is all that stood on the screen whenever it was waited for."""

    def __init__(self, child: "pexpect.spawn[bytes]") -> None:
        self._child = child
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._waiting = b""
        self.output = b""
        self.seen: list[str] = []

    def press(self, keys: str, *words: str, gone: str = "") -> None:
        """Press the keys, and wait until all these words are on the screen and the others are not."""
        self._child.send(keys.encode())
        self.wait_for(*words, gone=gone)

    def wait_for(self, *words: str, gone: str = "") -> None:
        until = time.monotonic() + _LONGEST_WAIT
        while not all(word in self.text for word in words) or (gone and gone in self.text):
            assert time.monotonic() < until, f"{words} never came, or {gone!r} never went:\n{self.text}"
            self._take()
        self.seen.append(self.text)

    def type(self, keys: str, *, until: str) -> None:
        """Press the keys, and wait until this is written, whatever became of the screen."""
        self._child.send(keys.encode())
        deadline = time.monotonic() + _LONGEST_WAIT
        while until.encode() not in self.output:
            assert time.monotonic() < deadline, f"{until!r} was never written"
            self._take()

    def paste(self, text: str, *words: str) -> None:
        """Paste as a terminal does, and wait until all these words are on the screen."""
        self.press(f"\x1b[200~{text}\x1b[201~", *words)

    def leave(self) -> str:
        """Press `q`, and return what is written after the screen is gone."""
        self._child.send(b"q")
        until = time.monotonic() + _LONGEST_WAIT
        try:
            while time.monotonic() < until:
                self._take()
        except pexpect.EOF:
            return self.written.rpartition("\x1b[?1049l")[2]
        raise AssertionError(f"it never ended:\n{self.text}")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def written(self) -> str:
        """The output as text, without a character that is not whole yet."""
        return codecs.getincrementaldecoder("utf-8")().decode(self.output)

    @property
    def title(self) -> str:
        return str(self._screen.title) + str(self._screen.icon_name)

    @property
    def sequences(self) -> set[str]:
        """Every kind of sequence and control that was written; of colours and places, that they were."""
        found = _SEQUENCE.findall(self.written)
        return {_COLOUR_OR_PLACE.sub(r"\1", _CLIPBOARD.sub("clipboard", one)) for one in found}

    @property
    def copied(self) -> list[str]:
        """What was sent to the clipboard, still encoded."""
        return _CLIPBOARD.findall(self.written)

    @property
    def unseen(self) -> set[str]:
        """What was written outside of sequences and a terminal does not draw."""
        between = _SEQUENCE.sub("", self.written)
        return {char for char in between if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")}

    def _take(self) -> None:
        """Draw a little of what was written: what is on the screen for a moment only has to be seen, too."""
        if not self._waiting:
            with suppress(pexpect.TIMEOUT):
                self._waiting = self._child.read_nonblocking(65_536, timeout=0.2)
        piece, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
        self.output += piece
        self._stream.feed(piece)


@contextmanager
def walking(*words: str, folder: Path, **environment: str) -> Iterator[Walk]:
    """Begin a walk as a person would, in the folder."""
    inherited: Mapping[str, str] = {name: value for name, value in environ.items() if name not in _NOT_HERE}
    child = pexpect.spawn(
        sys.executable, ["-P", "-m", "reviewer", "review", *words], cwd=str(folder), dimensions=(ROWS, COLUMNS),
        env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(_ROOT), **environment},
    )  # fmt: skip
    child.delaybeforesend = None
    with closing(child):
        yield Walk(child)
