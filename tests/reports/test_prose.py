import pytest
from hypothesis import example, given, settings

from reviewer.reports.prose import Words, escape, named, prose
from reviewer.visible import show, show_lines
from tests.reports.foreign import FOREIGN, live_in, markup_in, plain_text

SUGGESTED = "so:\n```suggestion\n    a = *b*\n```\nor @both"


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("shop/orders_v2.py:12", "shop/orders\\_v2.py:12"),
        ("a - b = c.", "a - b = c."),
        ("- a", "\\- a"),
        ("12. a", "12\\. a"),
        ("12) a", "12\\) a"),
        ("===", "\\==="),
        ("    code", "code"),
        ("a\n---\n  b", "a\n\\---\nb"),
        ("<b>&amp;", "\\<b\\>\\&amp;"),
    ],
)
def test_only_what_markdown_would_understand_is_escaped(plain: str, escaped: str) -> None:
    assert escape(plain) == escaped


@settings(deadline=None, max_examples=300)
@given(foreign=FOREIGN)
@example(foreign="a\n:-:")
@example(foreign="1.\tx")
def test_escaped_text_holds_no_markup_and_reads_as_before(foreign: str) -> None:
    line = show(foreign)

    escaped = escape(line)

    assert markup_in(escaped) == set()
    assert plain_text(escaped) == ([line.strip()] if line.strip() else [])


@settings(deadline=None, max_examples=300)
@given(foreign=FOREIGN)
@example(foreign="a\n---")
@example(foreign="a\n    b\n\n    c")
@example(foreign="|a|\n|-|\n|b|")
def test_escaped_text_of_several_lines_holds_no_markup(foreign: str) -> None:
    assert markup_in(escape(show_lines(foreign))) == set()


@settings(deadline=None, max_examples=300)
@given(foreign=FOREIGN)
@example(foreign="`@user`")
@example(foreign="\\\\@user")
@example(foreign="x`@a`#1")
def test_nothing_a_code_host_would_act_on_stands_outside_of_code(foreign: str) -> None:
    escaped = escape(show_lines(foreign))

    assert live_in(escaped) == []
    assert markup_in(escaped) == set()


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("ask @team/core, please", "ask `@team/core`, please"),
        ("(see https://x.example/a_b).", "\\(see `https://x.example/a_b`\\)."),
        ("as in #12 and o/r#3", "as in `#12` and `o/r#3`"),
        ("a@b.example # 5 C++", "a@b.example \\# 5 C\\+\\+"),
    ],
)
def test_a_word_with_an_effect_stands_in_code_and_its_neighbours_do_not(plain: str, escaped: str) -> None:
    assert escape(plain) == escaped


def test_ones_own_words_are_markdown_as_they_were_written() -> None:
    own = "**see** @ben, https://x.example\n```suggestion\na\n```"

    assert prose(Words(own, is_own=True)) == own
    assert prose(Words("a\x1b", is_own=True)) == "a␛"


def test_a_suggestion_of_somebody_else_is_code_that_nobody_is_offered_to_apply() -> None:
    assert prose(Words(SUGGESTED)) == "so:\n```\n    a = *b*\n```\nor `@both`"


def test_a_suggestion_that_does_not_end_ends_with_the_words() -> None:
    assert prose(Words("```suggestion\na")) == "```\na\n```"


def test_who_is_to_be_named_is_named_without_effect() -> None:
    assert named(Words("yes", "agent @x*")) == "**agent `@x`\\*:** yes"
    assert named(Words("yes")) == "yes"
