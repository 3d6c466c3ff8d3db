from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.tui.rows import RowKind, RowMap
from reviewer.tui.shape import Shape

_SIGNS = st.lists(st.sampled_from(" -+"), min_size=1, max_size=30).filter(lambda signs: set(signs) != {" "})


def _diff(hunks: list[list[str]]) -> Diff:
    lines = ["diff --git a/a b/a", "index 1111111..2222222 100644", "--- a/a", "+++ b/a"]
    start = 1
    for signs in hunks:
        old, new = sum(sign != "+" for sign in signs), sum(sign != "-" for sign in signs)
        lines += [f"@@ -{start},{old} +{start},{new} @@", *(f"{sign}text" for sign in signs)]
        start += 100
    return parse_patch_file(("\n".join(lines) + "\n").encode(), "test")


def _shape(hunks: list[list[str]], *, is_split: bool) -> tuple[RowMap, Shape]:
    rows = RowMap(_diff(hunks))
    shape = Shape(rows, lambda _: 1)
    shape.is_split = is_split
    return rows, shape


@given(st.lists(_SIGNS, min_size=1, max_size=3), st.booleans())
def test_walking_down_meets_every_row_once_alone_or_as_a_partner(hunks: list[list[str]], is_split: bool) -> None:
    rows, shape = _shape(hunks, is_split=is_split)

    met: list[int] = []
    row = 0
    while row < rows.count:
        met += [row, *([partner] if (partner := shape.partner(row)) is not None else [])]
        row = shape.after(row)

    assert sorted(met) == list(range(rows.count))


@given(st.lists(_SIGNS, min_size=1, max_size=3), st.booleans())
def test_walking_up_undoes_walking_down(hunks: list[list[str]], is_split: bool) -> None:
    rows, shape = _shape(hunks, is_split=is_split)

    row = 0
    while (following := shape.after(row)) < rows.count:
        assert shape.before(following) == row
        row = following


@given(st.lists(_SIGNS, min_size=1, max_size=3))
def test_a_row_and_its_partner_have_one_home(hunks: list[list[str]]) -> None:
    rows, shape = _shape(hunks, is_split=True)

    for row in range(rows.count):
        home = shape.home(row)
        assert shape.home(home) == home
        assert home == row or shape.partner(home) == row


def test_the_first_removed_line_stands_beside_the_first_added_one() -> None:
    rows, shape = _shape([list(" --+++ ")], is_split=True)
    first = rows.row_of_line(0, 1)

    assert shape.partner(first) == rows.row_of_line(0, 3)
    assert shape.partner(first + 1) == rows.row_of_line(0, 4)
    assert shape.after(first + 1) == rows.row_of_line(0, 5)


def test_a_wrapped_line_takes_as_many_lines_of_the_screen_as_its_text_needs() -> None:
    rows = RowMap(_diff([["+", " "]]))
    shape = Shape(rows, lambda _: 25)
    shape.wraps, shape.text_width = True, 10

    heights = [shape.height(row) for row in range(rows.count) if rows.at(row).kind is RowKind.LINE]

    assert heights == [3, 3]
    assert shape.height(0) == 1
