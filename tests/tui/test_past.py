"""Blame and history of the line at the cursor: shown, walked through, copied, and never in the way."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.content import Content

from reviewer.repository import Commit
from reviewer.repository.history import Person
from reviewer.repository.runners import current_runner
from reviewer.session import past as asking
from reviewer.session.past import PastCommit, Told
from reviewer.tui.past import detail_of, row_of, state_of
from reviewer.tui.screens.past import PastScreen
from tests.diff.patches import hunk
from tests.scratch import Scratch
from tests.tui.stage import Stage, play

ADA = Person(b"Ada", b"ada@example.org")
WHEN = datetime(2023, 11, 14, 22, 13, tzinfo=UTC)
HOSTILE = b"\x1b]0;PWN\x07[/][$error]x\xe2\x80\xae"
BEFORE = "".join(f"line {number} of a file that is long enough to be found again\n" for number in range(1, 9))


def _past(message: bytes = b"fix the total\n\nbecause\n", author: Person = ADA, **more: object) -> PastCommit:
    return PastCommit(Commit("1234567890" * 4, author, ADA, message, authored=WHEN), **more)  # type: ignore[arg-type]  # the fields of PastCommit


def _plain(content: Content) -> str:
    return content.plain


def test_a_row_says_whose_commit_it_is_and_whether_lines_are_as_it_left_them() -> None:
    assert row_of(_past(left=((3, 3),)), 120) == "● 1234567890  2023-11-14  Ada                 fix the total"
    assert row_of(_past(), 120).startswith("○ 1234567890")


def test_in_full_a_commit_says_what_it_made_of_the_lines() -> None:
    change = hunk(b"-old\n+new\n", old_start=7, new_start=8)

    text = _plain(detail_of(_past(left=((8, 8),), hunks=(change,)), Told(is_done=True)))

    assert text.splitlines() == [
        "1234567890" * 4,
        "Ada <ada@example.org>, 2023-11-14 22:13 +0000",
        "fix the total",
        "● line 8 is as this commit left it",
        "",
        "    7       - old",
        "          8 + new",
        "",
        "",
        "because",
    ]


def test_author_and_message_can_neither_steer_the_terminal_nor_be_markup() -> None:
    nasty = _past(HOSTILE + b"\n\n" + HOSTILE, Person(HOSTILE, HOSTILE), hunks=(hunk(b"+" + HOSTILE + b"\n"),))

    shown = row_of(nasty, 120) + _plain(detail_of(nasty, Told()))

    assert shown.replace("\n", "").isprintable()
    assert shown.count("␛]0;PWN␇[/][$error]x⟦U+202E⟧") == 6


@pytest.mark.parametrize(
    ("past", "told", "expected"),
    [
        (_past(is_edge=True), Told(), "a shallow clone ends with it"),
        (_past(hunks=()), Told(), "a merge"),
        (_past(), Told(is_done=True), "how it touched the lines is not known"),
        (_past(left=((1, 3), (5, 5))), Told(), "● lines 1-3, 5 are as this commit left them"),
        (_past(b"x\n" * 40), Told(), "… 27 more lines of the message"),
        (_past(hunks=(hunk(b"+x\n" * 400),)), Told(), "… 100 more lines"),
        (_past(hunks=(hunk(b"+" + b"x" * 9_000 + b"\n"),)), Told(), "x…"),
    ],
)
def test_what_is_left_out_or_not_known_is_said(past: PastCommit, told: Told, expected: str) -> None:
    assert expected in _plain(detail_of(past, told))


def test_what_is_still_to_come_is_said() -> None:
    assert state_of(Told()) == "git is asked; esc stops it"
    assert state_of(Told((_past(),))) == "git is asked for the rest; esc stops it"
    assert state_of(Told(is_done=True)) == ""
    assert state_of(Told(is_done=True, is_cut=True)) == "there are older ones"
    assert state_of(Told(is_done=True, trouble="\x1bno")) == "␛no"


@pytest.fixture
def edited(scratch: Scratch) -> Scratch:
    scratch.commit({"f": BEFORE}, message="begin the file")
    scratch.commit({"f": BEFORE.replace("line 3 ", "line III ")}, message="a third line in Latin")
    scratch.write("f", BEFORE.replace("line 3 ", "line three "))
    return scratch


def test_the_line_at_the_cursor_has_its_past_one_key_away(edited: Scratch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("B")
        await stage.until("f:3, before this change")
        await stage.until("begin the file")
        assert "▶ ● " in stage.frame
        assert "● line 3 is as this commit left it" in stage.frame
        assert "- line 3 of a file" in stage.frame
        assert "+ line III of a file" in stage.frame
        await stage.press("j")
        assert "+ line 3 of a file" in stage.frame
        assert "as this commit left it" not in stage.frame
        await stage.press("y")
        assert stage.app.clipboard == edited.oid("HEAD^")
        await stage.press("escape")
        assert "before this change" not in stage.frame

    play(Stage(edited.folder), scene)


def test_selected_lines_are_asked_about_together(edited: Scratch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("k", "v", "j", "B")
        await stage.until("f:2-3, before this change")
        await stage.until("● line 3 is as this commit left it")
        await stage.press("G")
        assert "● line 2 is as this commit left it" in stage.frame

    play(Stage(edited.folder), scene)


def test_an_added_line_that_is_not_committed_says_so(edited: Scratch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("j", "B")
        await stage.until("these lines are not committed yet")

    play(Stage(edited.folder), scene)


def test_while_git_is_at_work_keys_work_and_escape_ends_it(edited: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "blame", lambda *_: current_runner()(["sleep", "600"], {}, None))

    async def scene(stage: Stage) -> None:
        await stage.press("B")
        await stage.until("git is asked; esc stops it")
        await stage.press("j", "y", "escape")
        assert not isinstance(stage.app.screen, PastScreen)
        await stage.press("j")
        assert stage.app.review_screen is not None

    # The loop that plays the scene ends its threads before it returns: git must be ended by then.
    play(Stage(edited.folder), scene)


def test_leaving_does_not_wait_for_git(edited: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "blame", lambda *_: current_runner()(["sleep", "600"], {}, None))

    async def scene(stage: Stage) -> None:
        await stage.press("B")
        await stage.until("git is asked; esc stops it")
        stage.app.exit()

    play(Stage(edited.folder), scene)


def test_a_small_screen_shows_the_past_too(edited: Scratch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("B")
        await stage.until("begin the")
        await stage.press("ctrl+d", "ctrl+d")
        assert "y copies its id" in stage.frame

    play(Stage(edited.folder), scene, size=(60, 16))


def test_a_file_nobody_can_be_asked_about_on_its_header(edited: Scratch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("g", "B")

        assert [notice.message for notice in stage.app._notifications] == ["no line here to ask about"]

    play(Stage(edited.folder), scene)


def test_hostile_text_of_a_commit_comes_to_the_screen_as_text(scratch: Scratch, tmp_path: Path) -> None:
    scratch.write("f", b"\x1b[2Jline\n")
    scratch.git("add", "f")
    scratch.git("commit", "-qm", "\x1b]0;PWN\x07[/][bold]x", GIT_AUTHOR_NAME="[/]\x1b[31mEve")
    scratch.write("f", "other\n")

    async def scene(stage: Stage) -> None:
        await stage.press("B")
        await stage.until("␛]0;PWN␇[/][bold]x")
        await stage.until("+ ␛[2Jline")
        assert "[/]␛[31mEve" in stage.frame

    play(Stage(scratch.folder), scene)
