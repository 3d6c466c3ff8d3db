"""Who is asked at a terminal, who is not, and what the answer does: through a pseudo-terminal."""

import os
import pty
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from reviewer.hook.terminal import ask, open_terminal
from tests.hook.gated import LONGEST_WAIT, Gated, gated

QUESTION = "review it now? [y/N]"
COLUMNS, ROWS = 110, 32
_NOBODY = {"CI", "GIT_TERMINAL_PROMPT", "NO_COLOR", "COLORTERM"}


@pytest.fixture
def gate(tmp_path: Path, pinned_environment: None) -> Gated:
    """A repository with an edit that nobody has read, on a branch whose name would be key presses."""
    made = gated(tmp_path)
    made.scratch.git("checkout", "--quiet", "-b", "q/qy")
    made.edit()
    return made


class Terminal:
    """A push at a terminal of its own, and what stands on its screen."""

    def __init__(self, child: "pexpect.spawn[bytes]") -> None:
        self._child = child
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b""

    def type(self, keys: str) -> None:
        self._child.send(keys)

    def wait_for(self, *words: str) -> None:
        """Wait until all of these are on the screen."""
        self._read(lambda: all(word in self.text for word in words), f"{words} never came")

    def end(self) -> int:
        """Wait for the end; return the exit status."""
        self._read(lambda: False, "it never ended")
        self._child.wait()
        return self._child.exitstatus if self._child.exitstatus is not None else -1

    def is_quiet_for(self, seconds: float) -> bool:
        """True if it still runs after so long."""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                self._take(0.1)
        except pexpect.EOF:
            return False
        return bool(self._child.isalive())

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def _read(self, is_enough: Callable[[], bool], complaint: str) -> None:
        until = time.monotonic() + LONGEST_WAIT
        try:
            while not is_enough():
                assert time.monotonic() < until, f"{complaint}:\n{self.text}"
                self._take(0.2)
        except pexpect.EOF:
            assert complaint == "it never ended", f"{complaint}, and it ended:\n{self.text}"

    def _take(self, seconds: float) -> None:
        try:
            piece = self._child.read_nonblocking(65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            return
        self.output += piece
        self._stream.feed(piece)


@contextmanager
def _pushing(
    gate: Gated, *, command: str = "git push origin q/qy", before: Callable[[], None] | None = None, **environment: str
) -> Iterator[Terminal]:
    inherited = {name: value for name, value in os.environ.items() if name not in _NOBODY}
    child = pexpect.spawn(
        "/bin/sh", ["-c", command], cwd=str(gate.scratch.folder), dimensions=(ROWS, COLUMNS), preexec_fn=before,
        env={**inherited, "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    child.delaybeforesend = None
    with closing(child):
        yield Terminal(child)


@pytest.mark.parametrize(
    "answer", ["n\r", "\r", "\x04", "maybe\r"], ids=["n", "return", "end of input", "another word"]
)
def test_whoever_is_asked_and_does_not_say_yes_is_refused(gate: Gated, answer: str) -> None:
    with _pushing(gate) as terminal:
        terminal.wait_for("f.py:", "run `reviewer review origin/main...q/qy`", QUESTION)
        terminal.type(answer)

        assert terminal.end() != 0

    assert gate.at("refs/heads/q/qy") is None
    assert b"\x1b[?1049h" not in terminal.output


def test_whoever_interrupts_the_question_is_refused(gate: Gated) -> None:
    with _pushing(gate) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("\x03")

        assert terminal.end() != 0

    assert gate.at("refs/heads/q/qy") is None
    assert "Traceback" not in terminal.text


def test_nobody_is_asked_where_all_is_signed_off(gate: Gated) -> None:
    gate.sign("main...q/qy")

    with _pushing(gate) as terminal:
        assert terminal.end() == 0

    assert QUESTION not in terminal.text
    assert "reviewer: verified" in terminal.text
    assert gate.at("refs/heads/q/qy") == gate.scratch.oid("HEAD")


def test_nobody_is_asked_to_review_what_cannot_be_judged(gate: Gated) -> None:
    gate.scratch.git("tag", "thing", "HEAD^{tree}")

    with _pushing(gate, command="git push origin q/qy thing") as terminal:
        assert terminal.end() != 0

    assert QUESTION not in terminal.text
    assert "only commits can be reviewed" in terminal.text


@pytest.mark.parametrize(
    "environment",
    [{"CI": "true"}, {"CI": "1"}, {"TERM": "dumb"}, {"CLAUDECODE": "1"}, {"GIT_TERMINAL_PROMPT": "0"}],
    ids=lambda environment: "=".join(*environment.items()),
)
def test_nobody_is_asked_where_nobody_would_answer(gate: Gated, environment: dict[str, str]) -> None:
    with _pushing(gate, **environment) as terminal:
        assert terminal.end() != 0

    assert QUESTION not in terminal.text
    assert "run `reviewer review origin/main...q/qy`" in terminal.text
    assert gate.at("refs/heads/q/qy") is None


def _own_the_screen() -> None:
    tty.setraw(0)


def test_nobody_is_asked_where_another_program_has_the_terminal(gate: Gated) -> None:
    with _pushing(gate, before=_own_the_screen) as terminal:
        assert terminal.end() != 0

    assert QUESTION not in terminal.text
    assert gate.at("refs/heads/q/qy") is None


def test_nobody_is_asked_by_a_push_in_the_background(gate: Gated) -> None:
    with _pushing(gate, command="set -m; git push origin q/qy & wait $!") as terminal:
        assert terminal.end() != 0

    # It was not stopped either, as whoever touches the terminal from there is.
    assert "failed to push some refs" in terminal.text
    assert QUESTION not in terminal.text
    assert gate.at("refs/heads/q/qy") is None


def test_nobody_is_asked_without_a_terminal(gate: Gated) -> None:
    refused = gate.push("q/qy", CI="", TERM="xterm-256color")

    assert refused.status != 0
    assert QUESTION not in refused.words
    assert gate.at("refs/heads/q/qy") is None


@pytest.mark.parametrize(
    "command", ["git push origin q/qy", "git push origin q/qy 2> said"], ids=["plain", "stderr away"]
)
def test_yes_opens_the_walk_at_the_terminal_and_leaving_it_unsigned_is_a_refusal(gate: Gated, command: str) -> None:
    with _pushing(gate, command=command) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("y\r")
        terminal.wait_for("f.py", "edited 3")
        # What git wrote to the hook is no input: it holds the keys that would end the walk.
        assert terminal.is_quiet_for(1.5)
        terminal.type("q")

        assert terminal.end() != 0

    assert b"\x1b[?1049l" in terminal.output
    assert gate.at("refs/heads/q/qy") is None


def test_what_is_signed_in_the_walk_is_judged_again_and_pushed(gate: Gated) -> None:
    with _pushing(gate) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("yes\r")
        terminal.wait_for("f.py", "edited 3")
        gate.sign("origin/main...q/qy")
        terminal.type("q")

        assert terminal.end() == 0

    assert "reviewer: verified: 1 edit" in terminal.text
    assert gate.at("refs/heads/q/qy") == gate.scratch.oid("HEAD")


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: whoever types, and the program."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def _read_until(end: int, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        seen += os.read(end, 1_000)
    return seen


def _answer(end: int, text: bytes) -> threading.Thread:
    """Type once the question is seen."""

    def wait_and_type() -> None:
        _read_until(end, b"[y/N]")
        os.write(end, text)

    thread = threading.Thread(target=wait_and_type, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("text", [b"y\n", b"Y\n", b"yes\n", b" yes \n"])
def test_yes_is_yes(pair: tuple[int, int], text: bytes) -> None:
    typist = _answer(pair[0], text)

    assert ask(pair[1], "now?", patience=LONGEST_WAIT)
    typist.join(LONGEST_WAIT)


@pytest.mark.parametrize("text", [b"n\n", b"\n", b"no, y\n", b"\x04", b"yarn test\n", b"\xff\n"])
def test_all_else_is_no(pair: tuple[int, int], text: bytes) -> None:
    typist = _answer(pair[0], text)

    assert not ask(pair[1], "now?", patience=LONGEST_WAIT)
    typist.join(LONGEST_WAIT)


def test_silence_is_no_and_says_so(pair: tuple[int, int]) -> None:
    assert not ask(pair[1], "now?", patience=0.05)
    assert b"no answer" in _read_until(pair[0], b"answer")


def test_what_was_typed_before_the_question_is_no_answer(pair: tuple[int, int]) -> None:
    os.write(pair[0], b"y\n")

    assert not ask(pair[1], "now?", patience=0.05)


def test_a_terminal_that_goes_away_says_no() -> None:
    typist, terminal = pty.openpty()
    os.close(typist)

    assert not ask(terminal, "now?", patience=0.05)
    os.close(terminal)


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}, {"CLAUDECODE": "1"}])
def test_a_terminal_is_not_even_opened_where_nobody_would_answer(environment: dict[str, str]) -> None:
    assert open_terminal(environment) is None
