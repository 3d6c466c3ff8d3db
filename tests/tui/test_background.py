"""Light or dark, as the terminal says; whatever else comes from it stays what it was."""

import os
import pty
import termios
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.tui.background import QUESTION, Background, asked, is_light
from tests.hostile.walking import walking
from tests.tui.stage import make_repository

_LIGHT = "\x1b]11;rgb:ffff/ffff/dddd\x1b\\"
_DARK = "\x1b]11;rgb:1e/1e/2e\x07"
_END = "\x1b[?62;22c"
_KEYS = st.text(st.sampled_from("jk]123r\x1bé ;[?/c"), max_size=8)


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        ("rgb:ffff/ffff/ffff", True), ("rgb:0000/0000/0000", False), ("rgb:fd/f6/e3", True), ("rgb:00/2b/36", False),
        ("rgba:ff/ff/ff/80", True), ("rgb:8/8/8", True), ("rgb:3/3/3", False), ("#ffffff", None), ("", None),
    ],
)  # fmt: skip
def test_light_is_where_black_is_read_better_than_white(colour: str, light: bool | None) -> None:
    assert is_light(colour) is light


@pytest.mark.parametrize(
    ("said", "light"),
    [
        ("0;15", True), ("15;0", False), ("15;default;0", False), ("0;7", True), ("12;8", False), ("", None),
        ("default;default", None), ("0;99", None),
    ],
)  # fmt: skip
def test_the_environment_speaks_for_a_terminal_that_does_not(said: str, light: bool | None) -> None:
    assert Background({"COLORFGBG": said}).is_light is light


@given(_KEYS, _KEYS, _KEYS, st.sampled_from([_LIGHT, _DARK, ""]), st.data())
def test_an_answer_in_any_pieces_is_taken_out_of_the_keys_around_it(
    before: str, between: str, after: str, answer: str, data: st.DataObject
) -> None:
    background = Background({})
    background.is_due = True
    # A key that ends like the beginning of an answer cannot be told from it.
    before, between = before.rstrip("\x1b[?]1;"), between.rstrip("\x1b[?]1;")
    whole = f"{before}{answer}{between}{_END}{after}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))

    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    keys = "".join(background.rest_of(piece) for piece in pieces) + background.let_go()

    assert keys == before + between + after
    assert background.is_settled
    assert background.is_light is {_LIGHT: True, _DARK: False, "": None}[answer]


@given(_KEYS)
def test_what_was_typed_before_anybody_asked_is_given_on_but_for_what_may_begin_an_answer(typed: str) -> None:
    background = Background({})
    background.take(typed.encode())

    keys, kept = background.typed_before(), background.let_go()

    assert keys + kept == typed
    assert kept == "" or kept.startswith("\x1b")
    assert background.is_settled


def test_a_terminal_is_asked_unseen_and_left_as_it_was(terminal: "Ends") -> None:
    before = termios.tcgetattr(terminal.inner)

    with asked(terminal.inner, terminal.inner, {"TERM": "xterm"}, may_ask=True) as background:
        question = terminal.read()
        terminal.write(f"j{_LIGHT}k{_END}q")
        background.hear(terminal.inner)
        echo = terminal.read()

    assert question == QUESTION
    assert echo == b""
    assert background.is_light
    assert background.let_go() == "jkq"
    assert termios.tcgetattr(terminal.inner) == before


def test_nothing_waits_for_a_terminal_that_says_nothing(terminal: "Ends") -> None:
    with asked(terminal.inner, terminal.inner, {"TERM": "xterm", "COLORFGBG": "0;15"}, may_ask=True) as background:
        background.hear(terminal.inner)

        assert background.is_due
        assert background.is_light


@pytest.mark.parametrize(
    ("environment", "may_ask"),
    [
        ({"TERM": "dumb"}, True), ({}, True), ({"TERM": "linux"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, True),
        ({"TERM": "xterm"}, False),
    ],
)  # fmt: skip
def test_who_must_not_be_asked_is_not(terminal: "Ends", environment: dict[str, str], may_ask: bool) -> None:
    with asked(terminal.inner, terminal.inner, environment, may_ask=may_ask) as background:
        assert terminal.read() == b""
        assert not background.is_due


def test_who_draws_on_the_terminal_already_is_not_disturbed(terminal: "Ends") -> None:
    modes = termios.tcgetattr(terminal.inner)
    modes[3] &= ~termios.ICANON
    termios.tcsetattr(terminal.inner, termios.TCSANOW, modes)

    with asked(terminal.inner, terminal.inner, {"TERM": "xterm"}, may_ask=True) as background:
        assert terminal.read() == b""
        assert not background.is_due


def test_what_is_no_terminal_is_not_asked(tmp_path: Path) -> None:
    file = (tmp_path / "file").open("w+")

    with closing(file), asked(file.fileno(), file.fileno(), {"TERM": "xterm"}, may_ask=True) as background:
        assert not background.is_due
        assert (tmp_path / "file").read_bytes() == b""


def test_a_late_answer_presses_no_key_and_sets_the_theme(tmp_path: Path) -> None:
    with walking(folder=make_repository(tmp_path), COLORTERM="truecolor") as walk:
        walk.wait_for("hunks 0/3")
        assert "48;2;255;255;255" not in walk.written
        walk.type(f"{_LIGHT}{_END}", until="48;2;255;255;255")
        walk.press("?", "mark off")
        walk.press("\x1b", gone="mark off")
        rest = walk.leave()

    assert walk.written.count(QUESTION.decode()) == 1
    assert "]11;" not in walk.written.replace(QUESTION.decode(), "")
    assert not any(word in "\n".join(walk.seen) for word in ("concern under", "settle", "note on"))
    assert "]11;" not in rest


def test_without_colours_no_sequence_sets_one(tmp_path: Path) -> None:
    with walking(folder=make_repository(tmp_path), COLORTERM="truecolor", NO_COLOR="1") as walk:
        walk.wait_for("hunks 0/3")
        walk.press("vj", "»")
        for key, words in (("c", "ctrl+s save"), ("?", "mark off")):
            walk.press(key, words)
            walk.press("\x1b", gone=words)
        walk.press("x", "point 1 of 9")
        walk.press("x", "hunks")
        walk.leave()

    assert _colours(walk.written) == set()
    assert "\x1b[7m" in walk.written or "\x1b[1;7m" in walk.written


@pytest.mark.parametrize(("term", "allowed"), [("xterm", "16"), ("linux", "16"), ("xterm-256color", "256")])
def test_a_terminal_is_sent_only_colours_that_it_has(tmp_path: Path, term: str, allowed: str) -> None:
    with walking(folder=make_repository(tmp_path), TERM=term) as walk:
        walk.wait_for("hunks 0/3")
        walk.press("x", "point 1 of 9")
        walk.press("x", "hunks")
        walk.leave()

    kinds = {colour.partition(";")[0] for colour in _colours(walk.written)}
    assert kinds <= {*_SIXTEEN, "39", "49", *(("38", "48") if allowed == "256" else ())}
    assert not any(colour.startswith(("38;2", "48;2")) for colour in _colours(walk.written))


_SIXTEEN = {str(base + number) for base in (30, 40, 90, 100) for number in range(8)}


def _colours(written: str) -> set[str]:
    """Return every colour that was set, also the default one, as it stands in its sequence."""
    found: set[str] = set()
    for sequence in written.split("\x1b[")[1:]:
        numbers, ends = sequence[: len(sequence) - len(sequence.lstrip("0123456789;"))], sequence.lstrip("0123456789;")
        if not ends.startswith("m"):
            continue
        codes = iter(numbers.split(";"))
        for code in codes:
            if code in ("38", "48"):
                kind = next(codes)
                found.add(f"{code};{kind};" + ";".join(next(codes) for _ in range(3 if kind == "2" else 1)))
            elif code in {*_SIXTEEN, "39", "49"}:
                found.add(code)
    return found


class Ends:
    """Both ends of a pseudo-terminal: what is written to the inner one is read here, and the other way round."""

    def __init__(self) -> None:
        self._outer, self.inner = pty.openpty()
        os.set_blocking(self._outer, False)

    def read(self) -> bytes:
        with suppress(BlockingIOError):
            return os.read(self._outer, 4096)
        return b""

    def write(self, text: str) -> None:
        os.write(self._outer, text.encode())

    def close(self) -> None:
        os.close(self._outer)
        os.close(self.inner)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    # A pseudo-terminal that is nobody's own has no group in front.
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    with closing(Ends()) as ends:
        yield ends
