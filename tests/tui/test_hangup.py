"""A window that is closed takes the review with it: no process is left, and what was marked is marked."""

import os
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.tui.stage import make_repository

_LONGEST_SECONDS = 60


class _Window:
    """A walk on a terminal that is not its own: when that goes, no signal says so."""

    def __init__(self, folder: Path) -> None:
        self._side, terminal = os.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        self.walk = subprocess.Popen(
            [sys.executable, "-m", "reviewer"], cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal,
            env={**os.environ, "TERM": "xterm-256color"}, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)

    def wait_for(self, text: bytes) -> None:
        shown = b""
        while text not in shown:
            assert select.select([self._side], [], [], _LONGEST_SECONDS)[0], shown[-500:]
            shown += os.read(self._side, 1 << 16)

    def type(self, keys: bytes) -> None:
        os.write(self._side, keys)

    def close(self) -> None:
        os.close(self._side)


@pytest.fixture
def folder(tmp_path: Path, pinned_environment: None) -> Path:
    return make_repository(tmp_path)


def test_a_closed_window_ends_the_walk_whatever_it_was_about_to_draw(folder: Path) -> None:
    window = _Window(folder)
    window.wait_for(b"0/9")

    window.type(b"jk" * 200)
    window.close()

    assert window.walk.wait(_LONGEST_SECONDS) != 0


def test_what_was_marked_before_the_window_was_closed_is_there_again(folder: Path) -> None:
    window = _Window(folder)
    window.wait_for(b"0/9")
    window.type(b" ")
    window.wait_for(b"hunks 1/3")

    window.close()
    window.walk.wait(_LONGEST_SECONDS)

    again = _Window(folder)
    again.wait_for(b"hunks 1/3")
    again.type(b"q")
    assert again.walk.wait(_LONGEST_SECONDS) == 1
    again.close()
