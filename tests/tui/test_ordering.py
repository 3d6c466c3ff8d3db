"""Walking in another order: the same change, the same marks, the cursor where it was."""

import subprocess
from pathlib import Path

from reviewer.repository import choose_target, discover, read_diff
from reviewer.session.subject import Subject
from tests.tui import stage as stages
from tests.tui.stage import Stage, make_repository, play

_FILES = {
    "a.py": ("", "def alpha(one: int) -> int:\n    return one\n"),
    "b.py": ("", "import pickle\n\nX = pickle.loads(DATA)\n"),
    "tests/test_a.py": ("", "assert True\n"),
    "z.md": ("", "more\n"),
}


def _titles(stage: Stage) -> list[str]:
    rows = stage.app.review_screen.view.rows
    return [f"{file.path.decode()}: {rows.reasons.get(file.path, '')}" for file in rows.files]


async def _choose(stage: Stage, *words: str) -> None:
    await stage.press("o")
    await stage.type(" ".join(words))
    await stage.press("enter")
    await stage.pilot.pause(0.2)


def test_risk_first_keeps_marks_place_and_what_was_read_and_says_why(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("space", "G")
        before = stage.app.review_screen.place
        await _choose(stage, "risk")
        await stage.until("risk: 2 high")

        assert _titles(stage)[0] == "b.py: risk: 2 high"
        assert stage.app.review_screen.place == before
        assert "hunks 1/4" in stage.frame
        assert stage.app.review_screen.snapshot.viewed[[t[:4] for t in _titles(stage)].index("a.py")]
        await stage.press("A")
        await stage.until("hunks 2/4")

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_tests_first_outlives_more_context_and_by_file_ends_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _choose(stage, "tests")
        await stage.until("tests a.py, which follows")
        await stage.press("plus")
        await stage.pilot.pause(0.3)
        shown = _titles(stage)
        await _choose(stage, "by", "file")

        assert shown == [
            "tests/test_a.py: tests a.py, which follows",
            "a.py: after its tests",
            "b.py: no test of its name is changed",
            "z.md: docs",
        ]
        assert [title.partition(":")[0] for title in _titles(stage)] == ["a.py", "b.py", "tests/test_a.py", "z.md"]

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_without_commits_no_order_by_them_is_offered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("o")
        await stage.until("tests first")

        assert "commit by commit" not in stage.frame

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_commit_by_commit_says_which_commit_brought_a_file(tmp_path: Path, monkeypatch) -> None:
    make_repository(tmp_path, _FILES)
    for name in ("z.md", "b.py", "a.py", "tests"):
        subprocess.run(["git", "add", name], cwd=tmp_path, check=True)
        subprocess.run(["git", "commit", "--quiet", "--message", f"add {name}"], cwd=tmp_path, check=True)

    def read(folder: Path, context: int = 3) -> Subject:
        repository = discover(folder)
        target = choose_target(repository, "HEAD~4..HEAD")
        return Subject(read_diff(repository, target, context=context), target.label, repository, target.old, target.new)

    async def scene(stage: Stage) -> None:
        await _choose(stage, "commit")
        await stage.until("1/4: ")

        assert [title.rpartition(" ")[2] for title in _titles(stage)] == ["z.md", "b.py", "a.py", "tests"]

    monkeypatch.setattr(stages, "read", read)
    play(Stage(tmp_path), scene)
