"""Hunks fit the text they were made for, and no other."""

import pytest

from reviewer.diff.apply import apply_hunks
from reviewer.diff.model import Hunk
from tests.diff.patches import hunk

_MARKER = b"\\ No newline at end of file\n"


@pytest.mark.parametrize(
    ("old", "body", "new"),
    [
        (b"a\nb\nc\n", b" a\n-b\n+B\n c\n", b"a\nB\nc\n"),
        (b"a\n", b"-a\n", b""),
        (b"", b"+a\n", b"a\n"),
        (b"", b"+a\n" + _MARKER, b"a"),
        (b"a", b"-a\n" + _MARKER + b"+a\n", b"a\n"),
        (b"a\n", b"-a\n+a\n" + _MARKER, b"a"),
        (b"a\nb", b"-a\n b\n" + _MARKER, b"b"),
        (b"a\nb", b" a\n-b\n" + _MARKER, b"a\n"),
        (b"\n\n", b" \n-\n", b"\n"),
        (b"a\r\nb\n", b"-a\r\n+a\n b\n", b"a\nb\n"),
    ],
)
def test_a_hunk_changes_its_lines_and_no_other_byte(old: bytes, body: bytes, new: bytes) -> None:
    assert apply_hunks(old, [hunk(body)]) == new


def test_lines_between_and_after_hunks_are_kept() -> None:
    old = b"".join(b"%d\n" % number for number in range(1, 21)) + b"end"

    new = apply_hunks(old, [hunk(b"-2\n", old_start=2), hunk(b"+x\n", old_start=11, new_start=10)])

    assert new == old.replace(b"\n2\n", b"\n", 1).replace(b"\n10\n", b"\n10\nx\n", 1)


def test_a_removed_last_line_leaves_the_newline_of_the_line_before() -> None:
    assert apply_hunks(b"a\nb", [hunk(b"-b\n" + _MARKER, old_start=2, new_start=2)]) == b"a\n"


def test_no_hunks_change_nothing() -> None:
    assert apply_hunks(b"a\nb", []) == b"a\nb"


@pytest.mark.parametrize(
    ("old", "hunks"),
    [
        (b"x\n", [hunk(b"-a\n+b\n")]),
        (b"", [hunk(b"-a\n+b\n")]),
        (b"a\n", [hunk(b" a\n-b\n")]),
        (b"a", [hunk(b"-a\n+b\n")]),
        (b"a\n", [hunk(b"-a\n" + _MARKER + b"+b\n")]),
        (b"a\nb\n", [hunk(b"+x\n", old_start=9)]),
        (b"a\nb\n", [hunk(b"-b\n", old_start=2), hunk(b"-a\n")]),
        (b"a\nb\n", [hunk(b"+x\n" + _MARKER)]),
        (b"a \n", [hunk(b"-a\n+b\n")]),
        (b"a\r\n", [hunk(b"-a\n+b\n")]),
    ],
)
def test_a_text_the_hunks_do_not_expect_is_refused(old: bytes, hunks: list[Hunk]) -> None:
    assert apply_hunks(old, hunks) is None
