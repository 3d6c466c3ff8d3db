import pytest

from reviewer.errors import ReviewerError
from reviewer.tui.pattern import pattern_of
from reviewer.visible import expand_tabs, show


@pytest.mark.parametrize(
    ("text", "is_regex", "ignores_case"),
    [
        ("retry", False, True),
        ("Retry", False, False),
        ("É", False, False),
        (r"\S+ \W \x4A \u00C9", True, True),
        (r"\Sx|Retry", True, False),
        (r"\S", False, False),
    ],
)
def test_a_capital_that_stands_for_itself_makes_case_count(text: str, is_regex: bool, ignores_case: bool) -> None:
    assert pattern_of(text, is_regex=is_regex).ignores_case == ignores_case


@pytest.mark.parametrize("text", ["(", "a{2,1}", "(?P<x", "[", "*", "(?<=a+)b", "(" * 5_000 + ")" * 5_000])
def test_what_is_no_expression_says_why(text: str) -> None:
    with pytest.raises(ReviewerError):
        pattern_of(text, is_regex=True)


def test_a_text_is_no_expression() -> None:
    assert pattern_of("a.b(", is_regex=False).spans(b"axb( a.b(", "axb( a.b(") == [(5, 9)]


def test_matches_are_marked_where_the_line_as_it_is_shown_has_them() -> None:
    raw = b"\tx\x1b[31m = \xffkey"
    shown = expand_tabs(show(raw))

    (span,) = pattern_of("key", is_regex=False).spans(raw, shown)

    assert shown[slice(*span)] == "key"
    assert pattern_of(r"^\t+", is_regex=True).spans(raw, shown) == [(0, 8)]


def test_an_empty_match_marks_nothing() -> None:
    assert pattern_of("a*", is_regex=True).spans(b"xay", "xay") == [(1, 2)]


def test_an_expression_that_takes_for_ever_marks_nothing() -> None:
    pattern = pattern_of("(a+)+$", is_regex=True)
    line = "a" * 60 + "!"

    assert pattern.spans(line.encode(), line) == []
