"""Whoever went to a hunk or a page finds the next one made ready, and it looks as if it were drawn then."""

import gc
from pathlib import Path

import pytest
from textual.geometry import Region

from reviewer.tui.belt import FinishedStrip
from tests.tui.stage import Stage, make_repository, play

_BEFORE = "".join(f"def part_{number}(value):\n    return value + {number}\n\n\n" for number in range(120))
_AFTER = _BEFORE.replace("0(value)", "0(amount, rate)").replace("5\n", "5 * 2\n")
_FILES = {"a.py": (_BEFORE, _AFTER), "b.py": ("x = 1\n", "x = 2\n"), "c.txt": ("", "long\n" * 200)}
_KEYS = (
    "]", "]", "]", "[", "[", "pagedown", "pagedown", "pageup", "ctrl+d", "space", "space", "u", "G", "[", "j", "v", "]",
)  # fmt: skip
_REST_SECONDS = 0.3


@pytest.mark.parametrize("size", [(90, 30), (200, 50)])
def test_what_was_made_ready_looks_as_if_drawn_anew(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        for key in _KEYS:
            await stage.press(key)
            await stage.pilot.pause(_REST_SECONDS)
            view = stage.app.review_screen.view
            kept = _shown(stage)
            view.watch_showing()
            await stage.pilot.pause(_REST_SECONDS)

            assert _looks(_shown(stage)) == _looks(kept), key

    play(Stage(make_repository(tmp_path, _FILES)), scene, size=size)


@pytest.mark.parametrize("key", ["]", "pagedown"])
def test_the_same_key_once_more_paints_only_the_line_under_the_cursor(tmp_path: Path, key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        painted = []
        # The first ones find no colours yet, or a machine that is busy.
        for _ in range(6):
            ready = [each for each in gc.get_objects() if isinstance(each, FinishedStrip)]
            await stage.press(key)
            painted.append(sum(not any(strip is each for each in ready) for strip in _shown(stage)))
            await stage.pilot.pause(2 * _REST_SECONDS)

        assert painted[0] > 2
        assert min(painted) <= 2

    play(Stage(make_repository(tmp_path, _FILES)), scene, size=(90, 30))


def _shown(stage: Stage) -> list[FinishedStrip]:
    view = stage.app.review_screen.view
    return view.render_lines(Region(0, 0, *view.size))


def _looks(strips: list[FinishedStrip]) -> list[list[tuple[str, str]]]:
    return [[(segment.text, str(segment.style)) for segment in strip.simplify()] for strip in strips]
