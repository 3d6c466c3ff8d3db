"""From file to file: the tree with the keys, its filter, and the picker."""

from pathlib import Path

from tests.tui.stage import Stage, make_repository, play

_FILES = {
    "README.md": ("", "read me\n"),
    "app/deep/one.py": ("", "ONE = 1\n"),
    "app/two.py": ("", "import pickle\n\nX = pickle.loads(DATA)\n"),
    "tests/test_two.py": ("", "assert True\n"),
}


def _file(stage: Stage) -> str:
    view = stage.app.review_screen.view
    return view.rows.files[view.row.file].path.decode()


def _tree(stage: Stage) -> list[str]:
    return [line[:34].strip() for line in stage.frame.splitlines()[1:-1] if line[:34].strip()]


def test_the_tree_is_walked_with_keys_and_the_stream_follows(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("tab", "j", "j", "j")
        first = _file(stage)
        await stage.press("j", "enter")
        chosen = _file(stage)
        await stage.press("j")
        line = stage.app.review_screen.view.line
        await stage.press("ctrl+o")

        assert first == "app/deep/one.py"
        assert chosen == "app/two.py"
        assert line.text == b""
        assert _file(stage) == "README.md"

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_folders_fold_and_their_files_stay_in_the_walk(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("tab", "j", "h")
        folded = _tree(stage)
        await stage.press("l", "escape", "right_curly_bracket")

        assert any(row.endswith("app/ …") for row in folded)
        assert not any("two.py" in row and "test" not in row for row in folded)
        assert _file(stage) == "app/deep/one.py"
        assert any("deep/" in row for row in _tree(stage))

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_a_filter_says_what_it_shows_and_the_keys_from_file_to_file_keep_to_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("ampersand")
        await stage.until("source")
        menu = stage.frame
        await stage.type("source")
        await stage.press("enter")
        shown = _tree(stage)
        visited = []
        for _ in range(3):
            await stage.press("right_curly_bracket")
            visited.append(_file(stage))
        await stage.press("escape", "left_curly_bracket", "left_curly_bracket")

        assert "flagged" in menu
        assert "noted" not in menu
        assert shown[0] == "source: 2 of 4"
        assert not any("README" in row for row in shown)
        assert visited == ["app/deep/one.py", "app/two.py", "app/two.py"]
        assert _file(stage) == "README.md"

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_a_file_leaves_those_to_review_when_it_is_read(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("ampersand")
        await stage.type("hunk reviewed")
        await stage.press("enter")
        before = _tree(stage)[0]
        await stage.press("space")

        assert before == "to review: 4 of 4"
        assert _tree(stage)[0] == "to review: 3 of 4"
        assert not any("README" in row for row in _tree(stage))

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_the_picker_shows_what_is_read_flagged_and_noted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("c")
        await stage.type("why")
        await stage.press("ctrl+s", "space", "P")
        await stage.until("✓ 1/1    ✎1     README.md")
        await stage.type("two")
        await stage.pilot.pause(0.1)
        found = [line for line in stage.frame.splitlines() if "two.py" in line and "0/1" in line]

        assert any("!" in line and line.endswith("app/two.py") for line in found)

    play(Stage(make_repository(tmp_path, _FILES)), scene)
