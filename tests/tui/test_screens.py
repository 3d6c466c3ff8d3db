"""What is on the screen at which size, and that nothing of the repository gets there unescaped."""

import os
from pathlib import Path

import pytest

from tests.tui.stage import Stage, make_repository, play

_HOSTILE = "x = '\x1b]0;PWN\x07\x1b[2J\u202e\u200b\x9b31m [/] [$primary] list[int]'\n"


def _with_flag(folder: Path) -> Path:
    code = "def _send(order):\n    try:\n        order.ship()\n    except OSError:\n        pass\n"
    return make_repository(folder, {"shop/send.py": ("", code)})


def test_a_narrow_screen_folds_the_tree_and_keeps_the_flag_below(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("f")

        lines = stage.frame.splitlines()
        assert not any("shop/\n" in line for line in lines)
        assert "low swallowed-exception" in stage.frame
        assert lines[-1].strip().startswith("space reviewed")
        assert lines[-1].rstrip().endswith("q quit")

    play(Stage(_with_flag(tmp_path)), scene, size=(80, 24))


def test_a_wide_screen_shows_tree_diff_and_panel_side_by_side(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("f")

        row = next(line for line in stage.frame.splitlines() if "low swallowed-exception" in line)
        assert row.index("low swallowed-exception") > 100
        assert any(" shop/" in line[:34] for line in stage.frame.splitlines())

    play(Stage(_with_flag(tmp_path)), scene, size=(200, 50))


def test_t_shows_and_hides_the_tree(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("t")
        with_tree = stage.frame
        await stage.press("t")

        assert "○ A send.py" in with_tree
        assert "○ A send.py" not in stage.frame

    play(Stage(_with_flag(tmp_path)), scene, size=(80, 24))


@pytest.mark.parametrize("keys", [(), ("question_mark",), ("x",), ("S",), ("c",), ("P",), ("colon",)])
def test_no_control_character_of_the_repository_reaches_any_screen(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press(*keys)

        assert all(char == "\n" or char.isprintable() for char in stage.frame)

    name = os.fsdecode(b"a\x1b]0;PWN\x07\xff[red]b.py")
    play(Stage(make_repository(tmp_path, {name: ("", _HOSTILE)})), scene)


def test_hostile_text_is_shown_and_markup_is_not_read(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert "␛]0;PWN␇␛[2J⟦U+202E⟧⟦U+200B⟧⟦U+009B⟧31m [/] [$primary] list[int]" in stage.frame
        assert "a␛]0;PWN␇⟦FF⟧[red]b.py" in stage.frame

    name = os.fsdecode(b"a\x1b]0;PWN\x07\xff[red]b.py")
    play(Stage(make_repository(tmp_path, {name: ("", _HOSTILE)})), scene)


def test_search_finds_text_in_any_case_and_goes_round(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("line 7")
        await stage.press("enter")
        screen = stage.app.review_screen
        assert screen is not None
        first = screen.view.line
        await stage.press("n")
        second = screen.view.line

        assert first is not None
        assert first.text == b"line 7"
        assert second is not None
        assert second.text == b"line 70"

    play(Stage(make_repository(tmp_path)), scene)


def test_the_file_picker_goes_to_a_file_by_part_of_its_name(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("P")
        await stage.type("notes")
        await stage.press("enter")

        assert stage.app.review_screen is not None
        assert stage.app.review_screen.view.row.file == 2

    play(Stage(make_repository(tmp_path)), scene)


def test_help_names_every_key_of_the_table(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("question_mark")

        assert "mark the hunk reviewed and go on" in stage.frame
        assert "leave; all is saved" in stage.frame

    play(Stage(make_repository(tmp_path)), scene, size=(120, 120))


def test_a_change_without_text_is_a_hunk_that_says_what_changed(tmp_path: Path) -> None:
    make_repository(tmp_path)
    (tmp_path / "notes.md").chmod(0o755)

    async def scene(stage: Stage) -> None:
        assert "[ ]  mode 100644 → 100755" in stage.frame
        assert "hunks 0/4" in stage.frame

    play(Stage(tmp_path), scene, size=(120, 200))


def test_more_context_joins_hunks_and_keeps_marks_and_place(tmp_path: Path) -> None:
    before = "".join(f"{number}\n" for number in range(40))
    after = before.replace("5\n", "five\n", 1).replace("20\n", "twenty\n")

    async def scene(stage: Stage) -> None:
        await stage.press("space")
        few = stage.frame
        await stage.press("equals_sign")
        await stage.until("▶  21     - 20")
        many = stage.frame
        await stage.press("equals_sign")
        await stage.until("hunks 1/2")

        assert "hunks 1/2" in few
        assert "hunks 0/1" in many
        assert "@@ -1,40 +1,40 @@" in many

    make_repository(tmp_path, {"numbers.txt": (before, after)})
    stage = Stage(tmp_path)
    play(stage, scene, size=(120, 60))


def test_reading_again_after_an_edit_opens_the_review_of_what_is_there_now(tmp_path: Path) -> None:
    make_repository(tmp_path)

    async def scene(stage: Stage) -> None:
        await stage.press("space")
        (tmp_path / "app" / "hello.py").write_text("def hello(name):\n    return 'bye ' + name\n", "utf-8")
        await stage.press("R")

        await stage.until("'bye ' + name")
        await stage.until("hunks 0/3")

    play(Stage(tmp_path), scene)
