"""What changed between two lines is marked by words, and never outside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.words import Span, changed_words
from tests.hurry import hurried

_PIECES = st.lists(
    st.sampled_from(("def", "f", "x1", " ", "  ", "\t", "(", ")", ".", ",", "é", "日本", "=", "==")), max_size=20
)


def _marked(line: str, spans: tuple[Span, ...]) -> list[str]:
    return [line[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("old", "new", "removed", "added"),
    [
        ("return total", "return subtotal", ["total"], ["subtotal"]),
        ("f(a, b)", "f(a, c)", ["b"], ["c"]),
        ("f(a)", "f(a, b)", [], [", b"]),
        ("x = 1  # old", "x = 1", ["  # old"], []),
        ("    x = 10", "        x = 10", ["    "], ["        "]),
        ("timeout=5", "timeout=50", ["5"], ["50"]),
        ("café = 1", "café = 2", ["1"], ["2"]),
    ],
)
def test_the_words_that_changed_are_marked(old: str, new: str, removed: list[str], added: list[str]) -> None:
    old_spans, new_spans = changed_words(old, new)

    assert (_marked(old, old_spans), _marked(new, new_spans)) == (removed, added)


@pytest.mark.parametrize(
    ("old", "new"), [("a", "a"), ("", "x = 1"), ("x = 1", "   "), ("import os", "return None or 5")]
)
def test_lines_with_too_little_in_common_are_not_marked(old: str, new: str) -> None:
    assert changed_words(old, new) == ((), ())


@given(old=_PIECES.map("".join), new=_PIECES.map("".join))
def test_marks_are_ordered_and_inside_the_line(old: str, new: str) -> None:
    for line, spans in zip((old, new), changed_words(old, new), strict=True):
        flat = [offset for span in spans for offset in span]

        assert flat == sorted(set(flat))
        assert not flat or (flat[0] >= 0 and flat[-1] <= len(line))


@given(old=_PIECES.map("".join), new=_PIECES.map("".join))
def test_what_is_not_marked_stands_in_the_other_line_too(old: str, new: str) -> None:
    old_spans, new_spans = changed_words(old, new)
    is_compared = old_spans or new_spans

    for line, spans, other in ((old, old_spans, new), (new, new_spans, old)):
        rest = iter(other)
        unmarked = [char for at, char in enumerate(line) if not any(start <= at < end for start, end in spans)]
        assert not is_compared or all(char in rest for char in unmarked)


def test_what_repeats_too_often_to_be_compared_is_marked_as_one_span() -> None:
    old, new = ". " * 490, ", " * 490

    with hurried():
        old_spans, new_spans = changed_words(old, new)

    assert old_spans == new_spans == ((0, 979),)


def test_a_very_long_line_is_marked_as_one_span() -> None:
    old, new = "x " * 5_000, "x " * 2_500 + "y z " * 1_250

    old_spans, new_spans = changed_words(old, new)

    assert old_spans == new_spans == ((5_000, 9_999),)
