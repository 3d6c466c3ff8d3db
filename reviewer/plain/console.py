"""Where sentences go and lines come from: a terminal in its own line mode, with the keys for editing that it has."""

import os
from select import select
from typing import Protocol, TextIO

from reviewer.visible import show_lines

_AT_ONCE = 65_536


class Console(Protocol):
    def say(self, text: str) -> None:
        """Print lines. Raises EOFError if nobody is there any more."""

    def ask(self, prompt: str) -> str:
        """Return the next line typed, without its end. Raises EOFError if there is none."""


class LineTerminal:
    """A console of two descriptors: lines are typed at one, what is said goes to the stream of the other.

    What is printed goes through `visible.show` once more: nothing that steers a terminal gets past it. `woken` can be
    read once a signal came: one that comes right before we wait would otherwise be noticed with the next line only.
    """

    def __init__(self, typed: int, heard: TextIO, *, encoding: str = "utf-8", woken: int | None = None) -> None:
        self._typed = typed
        self._heard = heard
        self._encoding = encoding
        self._woken = [woken] if woken is not None else []
        self._rest = b""

    def say(self, text: str) -> None:
        self._write(f"{text}\n")

    def ask(self, prompt: str) -> str:
        self._write(prompt)
        # A line that is broken off is nobody's word.
        while b"\n" not in self._rest:
            self._rest += self._piece()
        line, _, self._rest = self._rest.partition(b"\n")
        # A byte that is no character of the terminal's set is no reason to end.
        return line.decode(self._encoding, "replace").rstrip("\r")

    def _piece(self) -> bytes:
        """Return what was typed, once there is something. Raises EOFError if nothing will come any more."""
        try:
            while self._typed not in (ready := select([self._typed, *self._woken], [], [])[0]):
                # To have come back to Python was all: what is to be done about the signal has been done by now.
                os.read(ready[0], _AT_ONCE)
            piece = os.read(self._typed, _AT_ONCE)
        except OSError as error:
            # The terminal itself is gone.
            raise EOFError from error
        if not piece:
            raise EOFError
        return piece

    def _write(self, text: str) -> None:
        try:
            self._heard.write(show_lines(text))
            self._heard.flush()
        except OSError as error:
            raise EOFError from error
