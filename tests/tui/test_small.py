"""A screen too small to review in says so, and gives the review back when it grows."""

from pathlib import Path

from tests.tui.stage import Stage, make_repository, play


def test_too_small_a_screen_says_so_until_it_grows(tmp_path: Path) -> None:
    async def show(stage: Stage) -> None:
        await stage.settled()
        small = stage.frame
        await stage.press("space")
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("hunks 0/3")
        await stage.press("x")
        await stage.pilot.resize_terminal(30, 24)
        again = stage.frame
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("1 Validate")

        assert "39 x 24 is too small to review in: make the" in " ".join(small.split())
        assert "too small" in again

    play(Stage(make_repository(tmp_path)), show, size=(39, 24))
