"""On a real terminal: the first hunk comes before the interface, and whatever ends it leaves the terminal whole."""

import os
import subprocess
import sys
import termios
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.tui.stage import make_repository

_OTHER_SCREEN = b"\x1b[?1049h"
_BACK = b"\x1b[?1049l"


@pytest.fixture
def folder(tmp_path: Path, pinned_environment: None) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    return make_repository(work, {"a.txt": ("one\n", "two\n")})


def _review(folder: Path, *words: str, **environment: str) -> "pexpect.spawn[bytes]":
    child = pexpect.spawn(
        sys.executable, ["-m", "reviewer", *words], cwd=folder, timeout=100, dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    child.delaybeforesend = None
    return child


def test_the_first_hunk_is_readable_before_the_interface_and_the_screen_changes_once(folder: Path) -> None:
    child = _review(folder)

    child.expect_exact("+ two")
    drawn = child.before or b""
    child.expect_exact("0/9")
    taken_over = child.before or b""
    child.send("q")
    child.expect(pexpect.EOF)

    assert drawn.count(_OTHER_SCREEN) == 1
    assert b"opening the review" in drawn
    assert b"[?1000h" not in drawn
    assert _OTHER_SCREEN not in taken_over
    assert _BACK in (child.before or b"")


def test_a_key_is_answered_before_the_interface_and_the_walk_goes_on_from_there(folder: Path) -> None:
    child = _review(folder)
    screen = pyte.Screen(80, 24)

    child.expect_exact("+ two")
    child.send("j")
    child.expect("▶ +1 \\+ two".encode())
    assert b"[?1000h" not in (child.before or b"")
    child.expect_exact("0/9")
    child.send("c")
    child.expect_exact("keep as draft")
    pyte.ByteStream(screen).feed(_OTHER_SCREEN + (child.before or b""))
    child.close(force=True)

    assert any("a.txt:1" in line for line in screen.display)


def test_a_refusal_is_said_on_the_screen_one_came_from(folder: Path) -> None:
    for words in (["commit", "-qam", "two"], ["branch", "twice"], ["tag", "twice"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)

    child = _review(folder, "review", "twice")
    child.expect_exact("+ two")
    child.expect(pexpect.EOF)
    shown, _, said = (child.before or b"").rpartition(_BACK)

    assert b"write `heads/NAME`" not in shown
    assert b"write `heads/NAME`" in said


def test_a_signal_during_the_start_leaves_the_terminal_as_it_was(folder: Path) -> None:
    child = _review(folder)
    settings = termios.tcgetattr(child.child_fd)
    child.expect_exact("+ two")
    child.kill(15)
    child.expect(pexpect.EOF)
    child.wait()

    assert _BACK in (child.before or b"")
    assert termios.tcgetattr(child.child_fd)[3] == settings[3]


def test_the_preview_can_be_turned_off(folder: Path) -> None:
    child = _review(folder, REVIEWER_NO_PREVIEW="1")

    child.expect_exact("two")
    before = child.before or b""
    child.send("q")
    child.expect(pexpect.EOF)

    assert b"[?1000h" in before


def test_a_shell_that_asks_what_may_be_typed_gets_no_drawing(folder: Path) -> None:
    asking = {"_REVIEWER_COMPLETE": "bash_complete", "COMP_WORDS": "reviewer rev", "COMP_CWORD": "1"}
    child = _review(folder, **asking)

    child.expect(pexpect.EOF)

    assert child.before == b"plain,review\r\n"
