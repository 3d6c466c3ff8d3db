from hypothesis import given, settings

from reviewer.reports.digest import Item, Part, digest
from reviewer.reports.people import markdown, text
from reviewer.review.model import ReviewState
from reviewer.store import Record
from tests.reports.foreign import FOREIGN, count_of, foreign_states, is_harmless, live_in, markup_in
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
    assert live_in(shown) == []
    assert count_of(shown, "heading") == len(parts)
    assert count_of(shown, "list_item") == sum(
        1 + sum(bool(below.strip()) for below in item.below) for part in parts for item in part.items
    )
