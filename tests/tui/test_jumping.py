"""Back to where one was before a jump, and forth again, through folds and reloads."""

from pathlib import Path

from tests.tui.stage import LONG, Stage, make_repository, play


def _text(stage: Stage) -> bytes:
    line = stage.app.review_screen.view.line
    return line.text if line is not None else b""


def test_one_comes_back_from_the_end_a_file_and_a_search_and_goes_forth_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_square_bracket", "j", "j", "G", "P")
        await stage.type("hello")
        await stage.press("enter", "slash")
        await stage.type("line 50")
        await stage.press("enter")
        back = []
        for _ in range(3):
            await stage.press("ctrl+o")
            back.append(_text(stage))
        await stage.press("right_parenthesis", "right_parenthesis", "right_parenthesis")

        assert back == [b"    return name", b"A second line.", b"line 3"]
        assert _text(stage) == b"line 50"

    play(Stage(make_repository(tmp_path)), scene)


def test_the_way_back_leads_through_a_fold_and_a_reload(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_square_bracket", "j", "j", "j", "g", "right_square_bracket", "enter", "g", "plus")
        await stage.press("left_parenthesis", "left_parenthesis")

        assert _text(stage) == b"line 4"

    play(Stage(make_repository(tmp_path, {"a.py": ("", "a = 1\n"), "long.txt": ("", LONG)})), scene)


def test_without_a_jump_the_way_back_says_so(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("ctrl+o")

        assert [toast.message for toast in stage.app._notifications] == ["no jump to go back from"]

    play(Stage(make_repository(tmp_path)), scene)
