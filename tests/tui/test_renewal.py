"""After each event the screen is what it would be if all of it were drawn anew."""

from pathlib import Path

import pytest
from textual.geometry import Region
from textual.widget import Widget

from reviewer.tui.renewal import Renewal
from tests.tui.stage import LONG, Stage, make_repository, play

_FAULTY = "import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n"
_FILES = {"a.py": ("", _FAULTY), "b.py": ("x = 1\n", "x = 2\n"), "c.txt": ("", LONG), "d.py": ("y = 1\n", "y = 2\n")}
_PARTS = ("#diff", "#tree", "#scroll")
# A mark, another, back; a flag disposed of and not; a note on a line, on a file, and away; folded and shown.
_KEYS = [
    ("space",), ("f",), ("d", "x"), ("backspace",), ("c", "w", "h", "y", "ctrl+s"), ("space",),
    ("C", "s", "o", "ctrl+s"), ("r",), ("}",), ("enter",), ("space",), ("backspace",), ("G",), ("g",), ("backspace",),
]  # fmt: skip


@pytest.mark.parametrize("size", [(120, 24), (200, 50)])
def test_what_is_kept_of_the_screen_is_what_would_be_drawn_anew(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        for keys in _KEYS:
            await stage.press(*keys)
            screen = stage.app.screen
            kept = {name: _drawn(screen.query_one(name)) for name in _PARTS}
            shown = stage.frame
            stage.app.review_screen.view.watch_showing()
            for name in _PARTS:
                screen.query_one(name).notify_style_update()
                screen.query_one(name).refresh()
            await stage.pilot.pause()

            assert {name: _drawn(screen.query_one(name)) for name in _PARTS} == kept, keys
            assert stage.frame == shown, keys

    play(Stage(make_repository(tmp_path, _FILES)), scene, size=size)


def test_while_rules_report_only_what_they_flagged_is_drawn(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        view, screen = stage.app.review_screen.view, stage.app.review_screen
        rows = view.rows
        flagged = rows.file_of_path[b"a.py"]
        before = screen.snapshot
        await stage.press("f", "d", "x")
        renewal = Renewal(rows, before, screen.snapshot)
        assert [renewal.leaves_file(file) for file in range(len(rows.files))] == [
            file != flagged for file in range(len(rows.files))
        ]

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def _drawn(widget: Widget) -> list[list[tuple[str, str]]]:
    strips = widget.render_lines(Region(0, 0, *widget.size))
    return [[(segment.text, str(segment.style)) for segment in strip.simplify()] for strip in strips]
