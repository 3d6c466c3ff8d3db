"""The walk at a real terminal that can only print: from the first line of the demo to an approval."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pexpect
import pytest

from reviewer.demo import RANGE, build_demo
from reviewer.plain.console import LineTerminal
from tests.plain.stage import read
from tests.tui.stage import make_repository

_ROOT = Path(__file__).parents[2]
_LONGEST_WAIT = 120
_HERE = {"HOME", "PATH", "LANG", "LC_ALL", "VIRTUAL_ENV"}


class Sitting:
    """A person who reads what is printed, and types when a prompt waits."""

    def __init__(self, child: "pexpect.spawn[str]") -> None:
        self.child = child
        self.text = ""

    def hear(self) -> str:
        """Return the prompt that waits."""
        self.child.expect([r"(?m)^[^\r\n]*: $"], timeout=_LONGEST_WAIT)
        self.text += f"{self.child.before}{self.child.after}"
        return str(self.child.after)

    def type(self, line: str) -> None:
        self.child.sendline(line)

    def end(self) -> int:
        self.child.expect(pexpect.EOF, timeout=_LONGEST_WAIT)
        self.text += str(self.child.before)
        self.child.wait()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@contextmanager
def _sitting(folder: Path, *words: str) -> Iterator[Sitting]:
    inherited = {name: value for name, value in os.environ.items() if name in _HERE}
    child = pexpect.spawn(
        sys.executable, ["-P", "-m", "reviewer", "review", *words], cwd=str(folder), encoding="utf-8",
        env={**inherited, "TERM": "dumb", "PYTHONPATH": str(_ROOT)}, echo=False,
    )  # fmt: skip
    # Nobody answers faster than a held key would.
    child.delaybeforesend = 0.15
    try:
        yield Sitting(child)
    finally:
        child.close(force=True)


def _answer(prompt: str) -> str:
    """Return what somebody types who is content with everything, and gives the reason asked for."""
    if prompt.startswith("Type approve"):
        return "approve"
    if prompt.startswith("Question"):
        return "y" if "next question" in prompt else ""
    if prompt.startswith("Why is it still yes"):
        return "each of them is answered"
    if "disposes of the flag" in prompt:
        return "d a the shop knows of it"
    return ""


def test_the_demo_is_walked_from_the_first_line_to_an_approval(tmp_path: Path, pinned_environment: None) -> None:
    build_demo(tmp_path)

    with _sitting(tmp_path, "--plain", RANGE) as person:
        while "Signed: approve" not in person.text:
            prompt = person.hear()
            person.type(_answer(prompt))
            if prompt.startswith("Type approve"):
                break
        status = person.end()

    assert status == 0, person.text
    assert "12 of 12 hunks reviewed, 100 %" in person.text
    assert "approve, signed by" in person.text
    assert "\x1b" not in person.text
    assert "Traceback" not in person.text


def test_whoever_interrupts_loses_nothing(tmp_path: Path, pinned_environment: None) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n"), "b.txt": ("", "b\n")})

    with _sitting(folder, "--plain") as person:
        for line in ("", "c is it needed?", "", ""):
            person.hear()
            person.type(line)
        person.hear()
        person.child.sendintr()
        status = person.end()

    with _sitting(folder, "--plain") as again:
        again.hear()
        again.child.sendeof()
        ended = again.end()

    assert status == 130
    assert "interrupted; all is saved" in person.text
    assert "1 of 2 hunks reviewed" in again.text
    assert ended == 1
    assert "Traceback" not in person.text + again.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, pinned_environment: None, number: signal.Signals) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})

    with _sitting(folder, "--plain") as person:
        person.hear()
        person.child.kill(number)
        status = person.end()

    assert status == 128 + number
    assert "Traceback" not in person.text


def test_a_dumb_terminal_is_told_of_the_walk_by_line_prompts(tmp_path: Path, pinned_environment: None) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})

    with _sitting(folder) as person:
        status = person.end()

    assert status == 2
    assert "TERM=dumb has no full screen; --plain walks by line prompts" in person.text


def test_words_from_a_pipe_are_nobodys(tmp_path: Path, pinned_environment: None) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})
    command = [sys.executable, "-P", "-m", "reviewer", "--plain"]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}

    said = subprocess.run(
        command, cwd=folder, env=environment, input="\n\nS\ncomment\n", capture_output=True, text=True
    )

    assert said.returncode == 2
    assert "what comes through a pipe is no person's word" in said.stderr
    assert not (folder / ".git" / "reviewer").exists()
    assert read(folder).diff.files


def test_nothing_of_the_full_screen_is_loaded() -> None:
    code = "import sys, reviewer.plain.walk; print([name for name in sys.modules if name.startswith('textual')])"

    said = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True)

    assert said.stdout == "[]\n"


def test_a_line_that_was_broken_off_is_not_said() -> None:
    typed, typing = os.pipe()
    os.write(typing, b"r\xe9sum\xc3\xa9\r\ncomment\nappr")
    os.close(typing)
    terminal = LineTerminal(typed, StringIO())

    assert [terminal.ask("? "), terminal.ask("? ")] == ["r\ufffdsum\u00e9", "comment"]
    with pytest.raises(EOFError):
        terminal.ask("? ")
    os.close(typed)


def test_what_steers_a_terminal_is_caught_at_the_last_step_too() -> None:
    heard = StringIO()

    LineTerminal(0, heard).say("a\x1b[31m\nb\u202e")

    assert heard.getvalue() == "a␛[31m\nb⟦U+202E⟧\n"
