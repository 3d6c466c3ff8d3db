from hypothesis import given
from hypothesis import strategies as st

from reviewer.review.carry import Fate
from reviewer.walk.places import Place, next_place, next_unviewed


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
