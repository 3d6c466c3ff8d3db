from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.tui.rows import RowMap
from reviewer.tui.shape import Shape
from reviewer.tui.viewport import Viewport

_MOVES = st.lists(st.tuples(st.sampled_from(["step", "page", "scroll", "move_to"]), st.integers(-60, 60)), max_size=12)


def _viewport(height: int, *, is_split: bool, wraps: bool) -> Viewport:
    rows = RowMap(_diff())
    shape = Shape(rows, lambda row: 7 * (row % 5))
    shape.is_split, shape.wraps, shape.text_width = is_split, wraps, 10
    viewport = Viewport(rows, shape)
    viewport.height = height
    return viewport


def _diff() -> Diff:
    body = "".join(f" {n}\n-{n}\n-x\n+{n}\n" for n in range(12))
    patch = "diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1,36 +1,24 @@\n" + body
    return parse_patch_file(patch.encode(), "test")


@given(st.integers(1, 40), st.booleans(), st.booleans(), _MOVES)
def test_wherever_one_goes_the_cursor_is_on_the_screen(
    height: int, is_split: bool, wraps: bool, moves: list[tuple[str, int]]
) -> None:
    viewport = _viewport(height, is_split=is_split, wraps=wraps)

    for name, amount in moves:
        getattr(viewport, name)(amount)

        lines = viewport.lines()
        assert viewport.cursor in [line.row for line in lines]
        assert len(lines) <= height


@given(st.integers(1, 40), st.booleans())
def test_a_stream_that_fills_the_screen_leaves_no_gap_at_its_end(height: int, is_split: bool) -> None:
    viewport = _viewport(height, is_split=is_split, wraps=False)

    viewport.move_to(10_000)

    top = viewport.top
    assert top == 0 or len(viewport.lines()) == height
