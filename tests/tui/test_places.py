from hypothesis import given
from hypothesis import strategies as st

from reviewer.tui.places import Place, next_place, next_unviewed


def test_the_next_unviewed_hunk_is_looked_for_round_the_end() -> None:
    assert next_unviewed([False, True, True], 1, 1) == 0
    assert next_unviewed([True, True, False], 0, -1) == 2


def test_when_all_are_viewed_there_is_no_next() -> None:
    assert next_unviewed([True, True], 0, 1) is None


@given(st.lists(st.booleans(), min_size=1), st.data(), st.sampled_from([1, -1]))
def test_the_next_unviewed_hunk_is_unviewed_if_any_is(viewed: list[bool], data: st.DataObject, direction: int) -> None:
    here = data.draw(st.integers(0, len(viewed) - 1))

    found = next_unviewed(viewed, here, direction)

    assert (found is None) == all(viewed)
    assert found is None or not viewed[found]


def test_places_are_stepped_through_in_order_and_round() -> None:
    places = [Place(0, 3), Place(0, 9), Place(2)]

    assert next_place(places, Place(0, 3), 1) == Place(0, 9)
    assert next_place(places, Place(2, 5), 1) == Place(0, 3)
    assert next_place(places, Place(0, 3), -1) == Place(2)
    assert next_place([], Place(0), 1) is None
