import pytest

from reviewer.review.model import Side, Spot
from reviewer.tui.suggestion import suggestion_of


def test_a_suggestion_begins_as_the_lines_are() -> None:
    block = suggestion_of(Spot(b"a.py", Side.NEW, 3, 4, b"def f():\n\treturn 1"))

    assert block == "```suggestion\ndef f():\n\treturn 1\n```"


def test_the_ends_of_lines_are_the_hosts_own_business() -> None:
    assert suggestion_of(Spot(b"a.py", Side.NEW, 3, 4, b"a\r\nb\r")) == "```suggestion\na\nb\n```"


def test_a_fence_in_the_lines_does_not_end_the_block() -> None:
    assert suggestion_of(Spot(b"a.md", Side.NEW, 1, 2, b"````py\nx")) == "`````suggestion\n````py\nx\n`````"


@pytest.mark.parametrize(
    "spot",
    [
        None,
        Spot(b"a.py"),
        Spot(b"a.py", Side.OLD, 3, 3, b"gone"),
        Spot(b"a.py", Side.NEW, 3, 3, b"\xff"),
        Spot(b"a.py", Side.NEW, 3, 3, "a\u202eb".encode()),
    ],
)
def test_there_is_none_for_what_is_no_new_line_of_plain_text(spot: Spot | None) -> None:
    assert suggestion_of(spot) is None
