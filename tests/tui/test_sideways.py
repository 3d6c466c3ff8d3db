"""A line is scrolled sideways as far as it takes to see a match, and no further than that."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.tui.sideways import STEP, offset_to_see


@given(st.integers(0, 5_000), st.integers(1, 40), st.integers(0, 600), st.integers(40, 300))
def test_what_has_room_is_in_sight_and_what_is_in_sight_moves_nothing(
    first: int, length: int, steps: int, room: int
) -> None:
    last, offset = first + length, steps * STEP
    found = offset_to_see(first, last, offset, room)

    assert found % STEP == 0
    assert found <= first
    assert length > room // 2 - STEP or last <= found + room
    assert offset_to_see(first, last, found, room) == found or length > room // 2 - STEP


def test_a_line_goes_back_to_its_beginning_when_that_shows_the_match() -> None:
    assert offset_to_see(10, 15, 160, 80) == 0
    assert offset_to_see(90, 95, 160, 80) == 48
    assert offset_to_see(170, 175, 160, 80) == 160
