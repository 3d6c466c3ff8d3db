"""Writing a note: several lines, its kind, its draft, as keys and frames."""

from pathlib import Path

import pytest
from textual import events

from reviewer.review.model import Intent, Note, Side
from reviewer.tui.screens.composer import Composer
from reviewer.tui.widgets.text_field import TextField
from tests.tui.stage import Stage, make_repository, play

TWO_REMOVED = {"app.txt": ("one\ntwo\nthree\n", "three\n")}
REMARK = "a remark, a question"


def _notes(stage: Stage) -> list[Note]:
    assert stage.app.session is not None
    return list(stage.app.session.notes.values())


def test_a_note_has_lines_a_kind_and_a_weight(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("why")
        await stage.press("enter")
        await stage.type("hello")
        await stage.press("ctrl+b", "ctrl+t")
        assert "blocking question on app/hello.py:2" in stage.frame
        await stage.press("ctrl+s")

        (note,) = _notes(stage)
        assert (note.body, note.intent, note.is_blocking) == ("why\nhello", Intent.QUESTION, True)

    play(Stage(make_repository(tmp_path)), scene)


def test_keys_that_come_all_at_once_are_acted_on_in_their_order(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        while not isinstance(stage.app.focused, TextField):
            await stage.pilot.pause(0.02)
        typed = [*((char, char) for char in "why"), ("enter", "\r"), ("s", "s"), ("o", "o")]
        for key, char in (*typed, ("ctrl+b", "\x02"), ("ctrl+s", "\x13")):
            stage.app.post_message(events.Key(key, char))
        for _ in range(200):
            await stage.pilot.pause(0.02)
            if _notes(stage):
                break

        (note,) = _notes(stage)
        assert (note.body, note.is_blocking) == ("why\nso", True)
        assert stage.app.session is not None
        assert stage.app.session.drafts == ()

    play(Stage(make_repository(tmp_path)), scene)


def test_an_empty_note_is_not_saved(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c", "space", "ctrl+s")

        assert isinstance(stage.app.screen, Composer)
        await stage.press("escape")
        assert stage.app.session is not None
        assert (_notes(stage), stage.app.session.drafts) == ([], ())

    play(Stage(make_repository(tmp_path)), scene)


def test_what_is_left_is_a_draft_that_the_next_start_offers_at_its_line(tmp_path: Path) -> None:
    async def leave(stage: Stage) -> None:
        await stage.press("c", "ctrl+b")
        await stage.type("half")
        await stage.press("escape")

    async def go_on(stage: Stage) -> None:
        await stage.press("right_square_bracket", "c")
        assert "half" not in stage.frame
        await stage.press("escape", "left_square_bracket", "c")
        assert "blocking note on app/hello.py:2, old side · your draft" in stage.frame
        await stage.type(" a thought")
        await stage.press("ctrl+s")
        assert [note.body for note in _notes(stage)] == ["half a thought"]
        await stage.press("c")
        assert "your draft" not in stage.frame

    make_repository(tmp_path)
    play(Stage(tmp_path), leave)
    play(Stage(tmp_path), go_on)


def test_every_key_is_kept_so_that_a_kill_loses_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("typed")

        (file,) = (tmp_path / ".git/reviewer/reviews").glob("*/*.draft")
        assert b'"typed"' in file.read_bytes()
        await stage.press("ctrl+l")
        assert not file.exists()
        await stage.press("ctrl+z")
        assert b'"typed"' in file.read_bytes()

    play(Stage(make_repository(tmp_path)), scene)


def test_a_note_the_disk_does_not_take_stays_a_draft(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("kept")
        assert stage.app.session is not None
        stage.app.session.close()
        home = tmp_path / ".git/reviewer/reviews"
        home.rename(tmp_path / ".git/reviewer/elsewhere")
        home.write_bytes(b"no folder")
        await stage.press("ctrl+s")
        assert _notes(stage) == []
        home.unlink()
        await stage.press("c")
        await stage.until("your draft")
        await stage.press("ctrl+s")
        assert [note.body for note in _notes(stage)] == ["kept"]

    play(Stage(make_repository(tmp_path)), scene)


def test_a_window_too_small_for_it_loses_no_text(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("stays")
        await stage.pilot.resize_terminal(30, 8)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("stays")
        await stage.press("ctrl+s")
        assert [note.body for note in _notes(stage)] == ["stays"]

    play(Stage(make_repository(tmp_path)), scene)


def test_several_removed_lines_are_one_place_on_the_old_side(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("v", "j", "c")
        assert "note on app.txt:1-2, old side" in stage.frame
        await stage.press("x", "ctrl+s")

        (note,) = _notes(stage)
        assert note.spot is not None
        assert (note.spot.side, note.spot.first, note.spot.last, note.spot.text) == (Side.OLD, 1, 2, b"one\ntwo")

    play(Stage(make_repository(tmp_path, TWO_REMOVED)), scene)


def test_a_suggestion_holds_the_selected_new_lines(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_curly_bracket", "v", "j", "c")
        await stage.type("so:")
        await stage.press("ctrl+g")
        await stage.type("new ")
        await stage.press("ctrl+s")

        (note,) = _notes(stage)
        assert note.body == "so:\n```suggestion\nnew line 1\nline 2\n```"

    play(Stage(make_repository(tmp_path)), scene)


def test_no_suggestion_is_made_for_lines_that_are_gone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c", "ctrl+g")

        assert "suggestion" not in stage.frame

    play(Stage(make_repository(tmp_path, TWO_REMOVED)), scene)


def test_the_preview_reads_markdown_and_escape_goes_back_to_the_text(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("so **bold** it is")
        await stage.press("ctrl+p")
        await stage.until("so bold it is")
        await stage.press("escape")
        await stage.until("so **bold** it is")
        assert isinstance(stage.app.screen, Composer)

    play(Stage(make_repository(tmp_path)), scene)


@pytest.mark.parametrize(("key", "words"), [("ctrl+n", "note on the whole review"), ("C", "note on app/hello.py")])
def test_a_note_can_be_about_the_file_or_the_whole_review(tmp_path: Path, key: str, words: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(key)

        assert words in {line.strip() for line in stage.frame.splitlines()}

    play(Stage(make_repository(tmp_path)), scene)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
def test_text_and_the_way_out_are_there_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("here")

        assert "here" in stage.frame
        assert "ctrl+s save" in stage.frame
        assert "esc keep as draft" in stage.frame

    play(Stage(make_repository(tmp_path)), scene, size=size)


def test_help_names_the_keys_of_the_composer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("x")
        await stage.press("f1")
        assert REMARK in stage.frame
        await stage.press("escape")
        assert isinstance(stage.app.screen, Composer)

    play(Stage(make_repository(tmp_path)), scene)
