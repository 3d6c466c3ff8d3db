"""Memory follows what is on the screen, not how far somebody read."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.strip import Strip

from reviewer.tui.belt import FinishedStrip
from tests.tui.stage import Stage, make_repository, play

_HEIGHT = 24


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing is freed that only the garbage collector could free."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_strips_that_scrolled_away_are_freed(tmp_path: Path, uncollected: None) -> None:
    files = {"long.txt": ("", "".join(f"line {number}\n" for number in range(1, 1_501)))}

    async def read_on(stage: Stage) -> None:
        await stage.press_until("pagedown", "line 1400")
        assert _finished_strips() < 6 * _HEIGHT

    play(Stage(make_repository(tmp_path, files)), read_on, size=(80, _HEIGHT))


@pytest.mark.parametrize("cuts", [[9], [2, 9], [2, 5, 9], [5]])
def test_a_strip_is_cut_as_textual_cuts_it(cuts: list[int]) -> None:
    segments = [Segment("abc"), Segment("中文"), Segment("de")]

    assert [part.text for part in FinishedStrip(segments).divide(cuts)] == [
        part.text for part in Strip(segments).divide(cuts)
    ]


def _finished_strips() -> int:
    return sum(isinstance(each, FinishedStrip) for each in gc.get_objects())
