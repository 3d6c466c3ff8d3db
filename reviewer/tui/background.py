"""Whether the terminal is light or dark: asked before the interface is made, heard when it is, and later.

Nothing waits for the answer, as many terminals give none; one that comes late never counts as keys pressed.
Knows nothing of Textual.
"""

import os
import re
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# What is behind the text? And: what are you? Nearly all terminals answer the second, and all answer in order.
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"

_COLOUR = re.compile(r"\x1b\]11;([^\x07\x1b]{0,64})(?:\x07|\x1b\\)")
_END = re.compile(r"\x1b\[\?[\d;]*c")
# The beginning of either at the end of what has come.
_BEGUN = re.compile(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,64}\x1b?)?)?)?|\[(?:\?[\d;]*)?)?\Z")
_RGB = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
# Where black text and white text can be read equally well.
_MIDDLE = 0.179
# Where termios keeps the modes of lines and echo.
_LOCAL = 3
# A console that draws on black and would show the question; terminals that draw nothing by sequences.
_MUTE_TERMINALS = ("", "dumb", "unknown", "linux")


class Background:
    """Takes the answer out of what comes from the terminal; all else is the person's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.is_light = _said_by(environment)
        self.is_due = False
        # The terminal's modes before it was asked, where an answer may still come.
        self.modes: list[Any] = []
        self._held = ""

    @property
    def is_settled(self) -> bool:
        """True if nothing more is to come from here, neither answer nor key."""
        return not self.is_due and not self._held

    def rest_of(self, data: str) -> str:
        """Return what is no part of the answer; what may become one is kept for the next call."""
        data, self._held = self._held + data, ""
        if not self.is_due:
            return data
        for colour in _COLOUR.findall(data):
            light = is_light(colour)
            self.is_light = self.is_light if light is None else light
        data = _COLOUR.sub("", data)
        if _END.search(data):
            self.is_due = False
            return _END.sub("", data, count=1)
        begun = _BEGUN.search(data)
        if begun is not None:
            data, self._held = data[: begun.start()], data[begun.start() :]
        return data

    def let_go(self) -> str:
        """Return what was kept, now that nothing has followed it."""
        held, self._held = self._held, ""
        return held

    def take(self, typed: bytes) -> None:
        """Keep what was typed before anybody asked."""
        self._held += typed.decode("utf-8", "replace")

    def typed_before(self) -> str:
        """Return the keys that were kept; what may be the beginning of an answer stays."""
        begun = _BEGUN.search(self._held)
        end = begun.start() if begun is not None else len(self._held)
        keys, self._held = self._held[:end], self._held[end:]
        return keys

    def hear(self, terminal: int) -> None:
        """Take what has come by now, without waiting; keys pressed meanwhile are kept."""
        while self.is_due:
            data = os.read(terminal, 4096)
            if not data:
                return
            self._held = self.rest_of(data.decode("utf-8", "replace")) + self._held


@contextmanager
def asked(terminal: int, screen: int, environment: Mapping[str, str], *, may_ask: bool) -> Iterator[Background]:
    """Ask the terminal if that can be done unseen; at the end its modes are as they were."""
    background = Background(environment)
    modes = termios.tcgetattr(terminal) if may_ask and _can_answer(terminal, screen, environment) else []
    # Who has turned off lines owns the terminal.
    if not modes or not modes[_LOCAL] & termios.ICANON:
        yield background
        return
    try:
        _listen(terminal, modes)
        os.write(screen, QUESTION)
        background.is_due, background.modes = True, modes
        yield background
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, modes)


def is_light(colour: str) -> bool | None:
    """Tell light from dark by a colour as X11 writes it, `rgb:ffff/ffff/ffff`; None for anything else."""
    parts = _RGB.match(colour)
    if parts is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in parts.groups())
    return 0.2126 * _light_of(red) + 0.7152 * _light_of(green) + 0.0722 * _light_of(blue) > _MIDDLE


def _light_of(part: float) -> float:
    """Return how much light a screen gives for a part of a colour, as sRGB has it."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _said_by(environment: Mapping[str, str]) -> bool | None:
    """Return what COLORFGBG says: text;ground or text;something;ground, as numbers of the sixteen colours."""
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return ground not in ("0", "1", "2", "3", "4", "5", "6", "8") if ground.isdecimal() and int(ground) < 16 else None


def _can_answer(terminal: int, screen: int, environment: Mapping[str, str]) -> bool:
    if environment.get("TERM", "") in _MUTE_TERMINALS or environment.get("NO_COLOR"):
        return False
    try:
        return os.isatty(screen) and os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


def _listen(terminal: int, modes: list[Any]) -> None:
    """Neither show what comes nor keep it until the end of a line, and never wait for it."""
    *others, characters = modes
    others[_LOCAL] &= ~(termios.ICANON | termios.ECHO)
    characters = [*characters]
    characters[termios.VMIN] = characters[termios.VTIME] = 0
    termios.tcsetattr(terminal, termios.TCSANOW, [*others, characters])
