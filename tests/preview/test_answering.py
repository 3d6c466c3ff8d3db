"""Before the interface is there: keys that move are answered, and every one of them is kept for it."""

import os
import pty
import re
import time
import tty
from collections.abc import Iterator
from select import select

import pyte
import pytest

from reviewer.preview.answering import Answering
from reviewer.preview.frame import Frame
from reviewer.preview.rows import rows_of

_LINES = b"".join(b"+new %d\n" % number for number in range(1, 41))
_PATCH = b"diff --git a/a b/a\n--- /dev/null\n+++ b/a\n@@ -0,0 +1,40 @@\n" + _LINES
_FRAME = Frame("HEAD", 80, 24, has_colour=True)
_LONGEST_WAIT = 60


class _Person:
    """Types at one end of a terminal and looks at what is drawn there."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._stream.feed(_FRAME.first(rows_of(_PATCH, 24) or []).encode())

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def sees(self, pattern: str) -> bool:
        until = time.monotonic() + _LONGEST_WAIT
        while not any(re.search(pattern, line.rstrip()) for line in self._screen.display):
            if time.monotonic() > until:
                return False
            if select([self._master], [], [], 0.1)[0]:
                self._stream.feed(os.read(self._master, 65_536))
        return True


@pytest.fixture
def ends() -> Iterator[tuple[_Person, int]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield _Person(master), slave
    os.close(master)
    os.close(slave)


def test_keys_move_the_cursor_and_are_kept(ends: tuple[_Person, int]) -> None:
    person, terminal = ends
    answering = Answering(terminal, terminal, _FRAME, _PATCH)

    person.type(b"jj")
    assert person.sees(r"^▶ +3 \+ new 3$")
    person.type(b"\x1b[6~")
    assert person.sees(r"^▶ +23 \+ new 23$")

    assert answering.end() == b"jj\x1b[6~"


def test_nothing_is_answered_after_a_key_that_does_something_else(ends: tuple[_Person, int]) -> None:
    person, terminal = ends
    answering = Answering(terminal, terminal, _FRAME, _PATCH)

    person.type(b"j")
    assert person.sees("▶ +2 ")
    person.type(b"cj")
    while select([terminal], [], [], 0)[0]:
        time.sleep(0.001)
    person.type(b"j")

    typed = answering.end()
    typed += os.read(terminal, 10) if typed == b"jcj" else b""
    assert typed == b"jcjj"
    assert person.sees("▶ +2 ")


def test_a_terminal_that_goes_away_ends_it() -> None:
    master, slave = pty.openpty()
    answering = Answering(slave, slave, _FRAME, _PATCH)
    os.close(master)

    assert answering.end() == b""
    os.close(slave)


def test_nobody_types_and_it_ends_at_once(ends: tuple[_Person, int]) -> None:
    _, terminal = ends

    assert Answering(terminal, terminal, _FRAME, _PATCH).end() == b""
