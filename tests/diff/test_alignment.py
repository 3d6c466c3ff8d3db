"""What repeats is told apart from what people write, before anybody waits for it."""

from collections.abc import Hashable, Sequence

import pytest

from reviewer.diff.alignment import is_costly

_MANY = 2_800


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("abc", ""),
        ("x" * 1_000_000, "y" * 1_000_000),
        (range(1_000), range(500, 1_500)),
        (["x = 1", ""] * 20, ["y = 2", ""] * 20),
        ([*range(_MANY), *[""] * _MANY], range(-_MANY, 0)),
    ],
    ids=["nothing", "one side", "nothing in common", "no line twice", "some blank lines", "blank lines on one side"],
)
def test_what_repeats_little_is_cheap(old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
    assert not is_costly(old, new)


def test_what_repeats_on_both_sides_is_costly() -> None:
    assert is_costly([*range(_MANY), *[""] * _MANY], [*range(3_000, 5_800), *[""] * _MANY])
