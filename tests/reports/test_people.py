import pytest
from hypothesis import example, given, settings

from reviewer.reports.digest import Item, Part, digest
from reviewer.reports.people import escape, markdown, text
from reviewer.review.model import ReviewState
from reviewer.store import Record
from reviewer.visible import show, show_lines
from tests.reports.foreign import FOREIGN, count_of, foreign_states, is_harmless, markup_in, plain_text
from tests.review.samples import QUESTIONS, REVIEW

PARTS = (
    Part("Review of *this*", (Item("12 files"), Item("a flag", ("open",), is_done=False))),
    Part("1 Validate", (Item("did it run? yes", ("on my machine", "twice"), is_done=True),)),
)


def test_text_has_a_line_for_each_item_with_its_sign_and_what_is_below_it() -> None:
    assert text(PARTS).split("\n") == [
        "Review of *this*",
        "────────────────",
        "· 12 files",
        "✗ a flag",
        "    open",
        "",
        "1 Validate",
        "──────────",
        "✓ did it run? yes",
        "    on my machine",
        "    twice",
        "",
    ]


def test_markdown_has_headings_and_lists_with_boxes_for_what_was_to_be_done() -> None:
    assert markdown(PARTS).split("\n") == [
        "# Review of \\*this\\*",
        "",
        "- 12 files",
        "- [ ] a flag",
        "  - open",
        "",
        "## 1 Validate",
        "",
        "- [x] did it run? yes",
        "  - on my machine",
        "  - twice",
        "",
    ]


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


@settings(deadline=None)
@given(state=foreign_states(), damage=FOREIGN)
def test_nothing_a_record_holds_steers_the_terminal(state: ReviewState, damage: str) -> None:
    assert is_harmless(text(digest(Record(REVIEW, (), (damage,)), state, QUESTIONS)))


@settings(deadline=None)
@given(state=foreign_states(), damage=FOREIGN)
def test_nothing_a_record_holds_has_a_meaning_in_markdown(state: ReviewState, damage: str) -> None:
    parts = digest(Record(REVIEW, (), (damage,)), state, QUESTIONS)

    shown = markdown(parts)

    assert is_harmless(shown)
    assert markup_in(shown) == set()
    assert count_of(shown, "heading") == len(parts)
    assert count_of(shown, "list_item") == sum(
        1 + sum(bool(below.strip()) for below in item.below) for part in parts for item in part.items
    )
