"""A key that is answered before the interface is there leads where the interface leads it."""

import subprocess
from itertools import accumulate
from pathlib import Path
from random import Random

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from reviewer.preview.moves import _MOVES, follow
from reviewer.preview.rows import Row, first_change, rows_of
from reviewer.tui.keymap import SHIPPED
from tests.tui.stage import Stage, make_repository, play

_KEYS = tuple(_MOVES)
_BEFORE = "".join(f"line {number}\n" for number in range(400))


def _patch(folder: Path) -> bytes:
    return subprocess.run(["git", "-C", folder, "diff", "HEAD"], capture_output=True, check=True).stdout


def _name(key: bytes) -> str:
    """Return the name that the interface has for what a terminal sends."""
    parser = XTermParser()
    parsed = [*parser.feed(key.decode()), *parser.feed("")]
    return next(event.key for event in parsed if isinstance(event, events.Key))


def _folder(tmp_path: Path) -> Path:
    """Make a change of many hunks of several lengths, one longer than a screen, and a second file."""
    lines = _BEFORE.splitlines(keepends=True)
    for start, count in ((3, 1), (20, 5), (60, 70), (200, 2), (215, 40), (300, 9), (390, 4)):
        lines[start : start + count] = [f"new {number}\n" for number in range(start, start + count)]
    return make_repository(tmp_path, {"a.txt": (_BEFORE, "".join(lines)), "b.txt": ("", "one\n")})


@pytest.mark.parametrize(("size", "most", "seed"), [((80, 24), 2000, 1), ((120, 40), 150, 2), ((100, 16), 2000, 3)])
def test_every_key_leads_where_the_interface_leads_it(
    tmp_path: Path, size: tuple[int, int], most: int, seed: int
) -> None:
    folder = _folder(tmp_path)
    rows = rows_of(_patch(folder), most)
    answered: set[bytes] = set()

    async def scene(stage: Stage) -> None:
        await stage.settled()
        viewport = stage.app.review_screen.view.viewport
        assert rows is not None
        for key in Random(seed).choices(_KEYS, k=120):  # noqa: S311 - no secret
            before = viewport.cursor, viewport.top
            if before[0] >= len(rows) or before[1] >= len(rows):
                await stage.press("g")
                continue
            goal, is_all = follow(key, before, rows, viewport.height)
            await stage.press(_name(key))
            assert not is_all or goal == (viewport.cursor, viewport.top), (key, before)
            answered.update([key] if is_all else [])

    play(Stage(folder), scene, size=size)

    assert answered == set(_KEYS)


def test_the_keys_are_those_of_the_interface_as_shipped() -> None:
    moves = {name for key in SHIPPED.review if key.group == "Move" for name in key.keys.split(",")}

    assert {_name(key) for key in _KEYS} <= moves


def _rows(*kinds: str) -> list[Row]:
    hunks = accumulate(int(kind == "@") for kind in kinds)
    return [
        (kind, max(0, hunk - 1), f" {number}") for number, (kind, hunk) in enumerate(zip(kinds, hunks, strict=True))
    ]


@pytest.mark.parametrize("typed", [b"q", b" ", b"c", b"/", b"G", b"\x1b", b"\x1b[Z", b"\xff", b"n"])
def test_what_does_more_than_move_is_for_the_interface_and_so_is_all_that_follows(typed: bytes) -> None:
    rows = _rows("", "@", "+", "+", "+", " ")

    assert follow(b"j" + typed + b"j", (2, 0), rows, 10) == ((3, 0), False)


def test_where_the_known_rows_end_the_interface_goes_on() -> None:
    rows = _rows("", "@", *"+" * 20)

    assert follow(b"j" * 3, (18, 12), rows, 10) == ((18, 12), False)
    assert follow(b"]", (2, 0), rows, 10) == ((2, 0), False)
    assert follow(b"kk", (2, 0), rows, 10) == ((0, 0), True)


def test_a_hunk_whose_end_is_not_known_is_gone_to_if_it_fills_the_screen() -> None:
    rows = _rows("", "@", "+", " ", "@", "+", "+", "+", " ", " ")

    assert first_change(rows, 1) == 5
    assert follow(b"]", (2, 0), rows, 6) == ((5, 3), True)
    assert follow(b"]", (2, 0), rows, 9) == ((2, 0), False)
