from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.model import Line, LineKind
from reviewer.review.carry import Fate
from reviewer.review.model import EventId, Note, Side, Spot
from reviewer.walk.places import HEADER, Place, next_place, next_unviewed, note_places, spot_of
from reviewer.walk.walk import Walk
from tests.review.samples import ADA, DIFF


def test_the_next_unviewed_hunk_is_looked_for_round_the_end() -> None:
    assert next_unviewed([Fate.NEW, Fate.KEPT, Fate.KEPT], 1, 1) == 0
    assert next_unviewed([Fate.KEPT, Fate.KEPT, Fate.DELTA], 0, -1) == 2


def test_what_was_read_before_and_waits_for_a_word_comes_first() -> None:
    assert next_unviewed([Fate.NEW, Fate.NEW, Fate.DELTA, Fate.PORTED], 0, 1) == 3


def test_when_all_are_viewed_there_is_no_next() -> None:
    assert next_unviewed([Fate.KEPT, Fate.KEPT], 0, 1) is None


@given(st.lists(st.sampled_from(Fate), min_size=1), st.data(), st.sampled_from([1, -1]))
def test_the_next_unviewed_hunk_is_unviewed_if_any_is(left: list[Fate], data: st.DataObject, direction: int) -> None:
    here = data.draw(st.integers(0, len(left) - 1))

    found = next_unviewed(left, here, direction)

    assert (found is None) == all(fate is Fate.KEPT for fate in left)
    assert found is None or left[found] is not Fate.KEPT


def test_places_are_stepped_through_in_order_and_round() -> None:
    places = [Place(0, 3), Place(0, 9), Place(2)]

    assert next_place(places, Place(0, 3), 1) == Place(0, 9)
    assert next_place(places, Place(2, 5), 1) == Place(0, 3)
    assert next_place(places, Place(0, 3), -1) == Place(2)
    assert next_place([], Place(0), 1) is None


def test_a_note_stands_at_its_last_line_one_on_a_file_at_the_header_and_one_on_all_at_the_first() -> None:
    spots = [Spot(b"shop.py", Side.NEW, 12, 13), Spot(b"run.sh"), None]
    notes = [
        Note(EventId(str(number)), "x", spot, None, is_blocking=False, by=ADA) for number, spot in enumerate(spots)
    ]

    assert note_places(Walk(DIFF), notes) == [Place(0, HEADER), Place(1, 13), Place(2, HEADER)]


def test_lines_are_a_place_in_the_new_file_unless_all_are_removed() -> None:
    removed = [Line(LineKind.REMOVED, b"a", 4, None), Line(LineKind.REMOVED, b"b", 5, None)]
    added = [Line(LineKind.ADDED, b"c", None, 4), Line(LineKind.CONTEXT, b"d", 6, 5)]

    assert spot_of(b"f", removed) == Spot(b"f", Side.OLD, 4, 5, b"a\nb")
    assert spot_of(b"f", [*removed, *added]) == Spot(b"f", Side.NEW, 4, 5, b"c\nd")
