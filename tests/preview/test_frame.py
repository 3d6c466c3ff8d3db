"""The first screen is the one the interface draws a moment later, and hostile text does nothing in it."""

import re
import subprocess
from pathlib import Path

import pyte
import pytest

from reviewer.preview.frame import Frame
from reviewer.preview.rows import rows_of
from tests.tui.stage import Stage, make_repository, play

_PATCH = b"""\
diff --git a/a.py b/a.py
index 1111111..2222222 100644
--- a/a.py
+++ b/a.py
@@ -9,3 +9,3 @@ def f():
 \tone
-two
+2
 three
"""


def frame(patch: bytes, label: str, width: int, height: int, *, has_colour: bool) -> str | None:
    rows = rows_of(patch, height)
    return Frame(label, width, height, has_colour=has_colour).first(rows) if rows is not None else None


def _screen(drawing: str, width: int, height: int) -> list[str]:
    screen = pyte.Screen(width, height)
    pyte.Stream(screen).feed(drawing)
    return [line.rstrip() for line in screen.display]


def test_numbers_signs_and_the_cursor_stand_where_they_belong() -> None:
    drawing = frame(_PATCH, "HEAD", 60, 12, has_colour=True)

    assert drawing is not None
    assert _screen(drawing, 60, 12)[:8] == [
        " HEAD   opening the review…",
        " a.py",
        "  ○ a.py",
        "▌ [ ]  @@ -9,3 +9,3 @@  def f():",
        "▌   9   9           one",
        "▶  10     - two",
        "▌      10 + 2",
        "▌  11  11   three",
    ]


def test_without_colour_nothing_is_coloured() -> None:
    drawing = frame(_PATCH, "HEAD", 60, 12, has_colour=False)

    assert drawing is not None
    assert set(re.findall(r"\x1b\[(\d*)m", drawing)) == {"0", "1"}


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (160, 30)])
def test_the_interface_draws_the_same_text_at_the_same_places(tmp_path: Path, size: tuple[int, int]) -> None:
    before = "".join(f"line {number}\n" for number in range(1, 1200))
    added = "é wide 漢字\n" + "x" * 300 + "\n"
    after = before.replace("line 3\n", "line three\n\tindented\n").replace("line 1100\n", added)
    folder = make_repository(tmp_path, {"app.txt": (before, after)})
    stage = Stage(folder)
    patch = subprocess.run(["git", "-C", folder, "diff", "HEAD"], capture_output=True, check=True).stdout
    frames: list[str] = []

    async def scene(stage: Stage) -> None:
        frames.append(stage.frame)
        await stage.settled()

    play(stage, scene, size=size)
    drawing = frame(patch, "uncommitted changes", *size, has_colour=True)

    assert drawing is not None
    drawn = _screen(drawing, *size)
    left = 34 if size[0] >= 100 else 0
    rows = [y for y, row in enumerate(drawn) if row[left:].strip() and y > 2]
    assert len(rows) > 10
    for y in rows:
        assert frames[0].split("\n")[y][left:].startswith(drawn[y][left:])


@pytest.mark.parametrize(
    "patch",
    [
        b"",
        _PATCH.replace(b"index", b"rename from b.py\nrename to a.py\nindex"),
        b"diff --git a/x b/x\nBinary files a/x and b/x differ\n" + _PATCH,
        b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n" + _PATCH,
        _PATCH.replace(b"@@ -9,3", b"@@ -nine,3"),
        _PATCH.replace(b"-two", b"?two"),
        b"junk\n" + _PATCH,
    ],
)
def test_what_takes_more_to_tell_is_left_to_the_interface(patch: bytes) -> None:
    drawing = frame(patch, "HEAD", 80, 24, has_colour=True)

    assert drawing is None or "two" not in drawing


def test_no_byte_of_the_repository_steers_the_terminal() -> None:
    hostile = (
        _PATCH.replace(b"a.py", b"a\xff\x1b]0;x.py")
        .replace(b"def f():", b"\x1b[31mdef")
        .replace(b"+2", b"+\x1b]52;c;eA==\x07\xe2\x80\xae\x9b31m")
    )

    drawing = frame(hostile, "HEAD", 80, 24, has_colour=True)

    assert drawing is not None
    plain = re.sub(r"\x1b\[\d*(;\d+)?[HJKm]", "", drawing)
    assert plain.isprintable()
    assert "␛]52;c;eA==" in plain
    assert "\u202e" not in plain
