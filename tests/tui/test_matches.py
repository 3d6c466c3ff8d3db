from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.patchfile import parse_patch_file
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowMap

_FILES, _LINES = 4, 5


def _rows(folded: set[int]) -> RowMap:
    body = "".join(f"+{line}\n" for line in range(_LINES))
    files = "".join(
        f"diff --git a/{n} b/{n}\nnew file mode 100644\n--- /dev/null\n+++ b/{n}\n@@ -0,0 +1,{_LINES} @@\n{body}"
        for n in range(_FILES)
    )
    return RowMap(parse_patch_file(files.encode(), "test"), dict.fromkeys(folded, "by you"))


_PLACES = st.sets(st.tuples(st.integers(0, _FILES - 1), st.integers(0, _LINES - 1)))
_FOLDED = st.sets(st.integers(0, _FILES - 1))


@given(_PLACES, _FOLDED, st.integers(0, _FILES - 1), st.data(), st.sampled_from([1, -1]))
def test_a_step_goes_to_the_next_row_that_is_found_and_shown(
    places: set[tuple[int, int]], folded: set[int], start: int, data: st.DataObject, direction: int
) -> None:
    rows = _rows(folded)
    matches = Matches(start)
    matches.add(sorted(places, key=lambda place: (place[0] < start, place)))
    row = data.draw(st.integers(0, rows.count - 1))
    shown = sorted(rows.row_of_line(*place) for place in places if place[0] not in folded)
    ahead = [each for each in shown if (each > row if direction > 0 else each < row)]

    match = matches.step(rows, rows.at(row), direction)

    assert matches.folded(rows) == len(places) - len(shown)
    assert (match is None) == (not shown)
    if match is not None:
        assert match.is_wrapped == (not ahead)
        expected = (ahead or shown)[0 if direction > 0 else -1]
        assert rows.row_of_line(match.hunk, match.line) == expected
        assert matches.rank(match, rows) == shown.index(expected) + 1
