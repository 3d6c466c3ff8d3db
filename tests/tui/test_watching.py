"""While a review is open, another change in its place is told of, and `R` shows it."""

from pathlib import Path

import pytest

from tests.tui.stage import Stage, make_repository, play


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.tui.watching._PAUSE_SECONDS", 0.05)


def test_an_edit_under_the_review_is_told_and_read_with_one_key(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("space")
        (folder / "app" / "long.txt").write_text("another\n")
        await stage.until("the change is no longer what is shown here; R reads it again")
        assert "line 12" in stage.frame
        await stage.press("R")
        await stage.until("another")
        await stage.settled()
        assert "hunks 1/3" in stage.frame
        assert "no longer what is shown" not in stage.frame

    play(Stage(folder), scene)


def test_the_same_text_saved_again_is_not_worth_a_word(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        file = folder / "app" / "hello.py"
        file.write_bytes(file.read_bytes())
        for _ in range(20):
            await stage.pilot.pause(0.05)
        assert "no longer what is shown" not in stage.frame

    play(Stage(folder), scene)


def test_a_change_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("one\n", "two\n")})

    async def scene(stage: Stage) -> None:
        await stage.settled()
        (folder / "a.txt").write_text("one\n")
        await stage.until("R reads it again")

    play(Stage(folder), scene)
