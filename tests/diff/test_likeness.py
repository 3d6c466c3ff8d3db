"""How alike two edits are is known soon, whatever stands in them."""

import pytest

from reviewer.diff.identity import Edit
from reviewer.diff.likeness import SIMILAR, likeness
from tests.hurry import hurried


def _edit(*lines: bytes) -> Edit:
    return Edit(b"f", b"", b"".join(b"+%s\n" % line for line in lines), b"")


def _spaced(letter: bytes, count: int) -> Edit:
    """Return numbered lines of a letter, each with an empty one behind it."""
    return _edit(*(line for number in range(count) for line in (b"%s%d" % (letter, number), b"")))


@pytest.mark.parametrize(
    ("old", "new", "is_similar"),
    [
        (_edit(b"x = 1"), _edit(b"x = 1"), True),
        (_edit(b"total = price * count"), _edit(b"total = price * count + tax"), True),
        (_edit(b"total = price * count"), _edit(b"import os"), False),
        (_edit(b"a", b"b", b"c", b"d"), _edit(b"a", b"b", b"c", b"x"), True),
        (_spaced(b"a", 1_000), _spaced(b"b", 1_000), False),
    ],
)
def test_edits_are_alike_if_most_of_them_is_the_same(old: Edit, new: Edit, *, is_similar: bool) -> None:
    assert (likeness(old, new) >= SIMILAR) is is_similar


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_spaced(b"a", 1_400), _spaced(b"b", 1_400)),
        (_edit(*[b"", b"}"] * 3_000), _edit(*[b"}", b"", b""] * 2_000)),
        (_edit(b"ab" * 240), _edit(b"aab" * 160)),
    ],
    ids=["lines between others", "lines over and over", "letters over and over"],
)
def test_what_repeats_without_end_is_compared_in_a_moment(old: Edit, new: Edit) -> None:
    with hurried():
        found = likeness(old, new)

    assert 0 <= found <= 1
