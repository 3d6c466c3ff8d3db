"""Hunks are read by their counts, byte for byte, and a patch that does not add up is refused."""

import pytest

from reviewer.diff.lines import lines_of
from reviewer.diff.model import LineKind
from reviewer.diff.parse import Reader, parse_git_patch
from reviewer.errors import UnreadableDiff
from tests.diff.patches import GIT_HEADER, git_patch, hunk

# In the middle of a hunk each of these is content, whatever it looks like outside.
_DECEPTIVE = (
    b"--- a/x", b"+++ b/x", b"@@ -1 +1 @@", b"diff --git a/x b/x", b"\\ No newline at end of file", b"-- ", b"",
    b" ", b"\t", b"\r", b"\x0c", b"\x0b", b"\x1c", b"\x85", b"\xe2\x80\xa8", b"\0", b"\xff", b"From 0123456789",
    b"Binary files a and b differ", b"GIT binary patch",
)  # fmt: skip


@pytest.mark.parametrize("content", _DECEPTIVE)
@pytest.mark.parametrize("sign", [b" ", b"-", b"+"])
def test_content_is_never_taken_for_structure(content: bytes, sign: bytes) -> None:
    body = b" before\n" + sign + content + b"\n-x\n+y\n after\n"

    lines = list(lines_of(hunk(body)))

    assert [line.text for line in lines] == [b"before", content, b"x", b"y", b"after"]
    assert lines[1].kind.value == sign.decode()


def test_lines_know_where_they_stand() -> None:
    lines = list(lines_of(hunk(b" a\n-b\n+c\n+d\n e\n", old_start=10, new_start=20)))

    assert [(line.old, line.new) for line in lines] == [(10, 20), (11, None), (None, 21), (None, 22), (12, 23)]


def test_a_count_that_is_left_out_is_one() -> None:
    (section,) = parse_git_patch(GIT_HEADER + b"@@ -5 +7 @@ def f():\n-a\n+b\n")

    (only,) = section.hunks
    assert (only.old_start, only.old_count, only.new_start, only.new_count) == (5, 1, 7, 1)
    assert (only.section, only.added, only.removed) == (b"def f():", 1, 1)


def test_a_carriage_return_after_the_section_is_no_part_of_it() -> None:
    reader = Reader(b"@@ -1 +1 @@ def f():\r\n-a\r\n+b\r\n", "x")

    (only,) = reader.hunks()

    assert (only.section, [line.text for line in lines_of(only)]) == (b"def f():", [b"a\r", b"b\r"])


@pytest.mark.parametrize(
    ("body", "newlines"),
    [
        (b"-a\n\\ No newline at end of file\n+b\n", [False, True]),
        (b"-a\n+b\n\\ No newline at end of file\n", [True, False]),
        (b"-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n", [False, False]),
        (b"-x\n a\n\\ No newline at end of file\n", [True, False]),
        (b"-a\n\\ Kein Zeilenumbruch am Dateiende.\n+b\n", [False, True]),
    ],
)
def test_a_missing_newline_belongs_to_the_line_before(body: bytes, newlines: list[bool]) -> None:
    lines = list(lines_of(hunk(body)))

    assert [line.newline for line in lines] == newlines


@pytest.mark.parametrize("cut", [b"-a\n+b", b"-a\n+"])
def test_a_last_line_that_was_cut_off_is_refused_at_its_line(cut: bytes) -> None:
    with pytest.raises(UnreadableDiff, match="line 7: the last line has no line feed"):
        parse_git_patch(git_patch(cut))


def test_a_marker_may_end_the_diff_without_a_line_feed() -> None:
    (section,) = parse_git_patch(git_patch(b"-a\n+b\n\\ No newline at end of file"))

    assert [(line.text, line.newline) for line in lines_of(section.hunks[0])] == [(b"a", True), (b"b", False)]


def test_several_files_and_hunks_are_kept_apart() -> None:
    patch = (
        git_patch(b"-a\n+b\n") + b"@@ -9 +9 @@\n-c\n+d\n" + b"diff --git a/g b/g\nold mode 100644\nnew mode 100755\n"
    )

    first, second = parse_git_patch(patch)

    assert [each.body for each in first.hunks] == [b"-a\n+b\n", b"-c\n+d\n"]
    assert (second.hunks, second.header_value(b"new mode ")) == ((), b"100755")


def test_an_empty_patch_has_no_sections() -> None:
    assert parse_git_patch(b"") == ()


_BROKEN = {
    "too few lines": (GIT_HEADER + b"@@ -1,2 +1,2 @@\n-a\n+b\n", 8, "ends 1 old and 1 new lines too early"),
    "cut by a header": (GIT_HEADER + b"@@ -1,2 +1 @@\n-a\ndiff --git a/g b/g\n", 7, "ends 1 old and 1 new lines too"),
    "cut by another hunk": (GIT_HEADER + b"@@ -1,2 +1 @@\n-a\n@@ -5 +5 @@\n-a\n+b\n", 7, "a hunk ends"),
    "too many removed": (GIT_HEADER + b"@@ -1 +1 @@\n-a\n-a\n+b\n", 7, "more lines than its @@ header"),
    "too many added": (GIT_HEADER + b"@@ -1 +1 @@\n-a\n+b\n+b\n", 8, "expected `diff --git`"),
    "nothing promised": (GIT_HEADER + b"@@ -0,0 +0,0 @@\n", 5, "promises no lines"),
    "nothing changed": (GIT_HEADER + b"@@ -1 +1 @@\n a\n", 5, "changes nothing"),
    "combined": (GIT_HEADER + b"@@@ -1 -1 +1 @@@\n- a\n++b\n", 5, "a combined diff of a merge"),
    "no numbers": (GIT_HEADER + b"@@ -a +b @@\n-a\n+b\n", 5, "a broken @@ header"),
    "negative": (GIT_HEADER + b"@@ --1,1 +1 @@\n-a\n+b\n", 5, "a broken @@ header"),
    "endless digits": (GIT_HEADER + b"@@ -1,%s +1 @@\n-a\n" % (b"9" * 5000), 5, "a broken @@ header"),
    "huge count": (GIT_HEADER + b"@@ -1,9999999999 +1 @@\n-a\n+b\n", 8, "9999999998 old and 0 new lines too early"),
    "not ASCII digits": (GIT_HEADER + "@@ -１ +1 @@\n-a\n+b\n".encode(), 5, "a broken @@ header"),
    "cut off header": (GIT_HEADER + b"@@ -1 +1", 5, "a broken @@ header"),
    "nothing after the header": (GIT_HEADER + b"@@ -1 +1 @@", 5, "ends 1 old and 1 new lines too early"),
    "out of order": (GIT_HEADER + b"@@ -9 +9 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", 8, "does not come after"),
    "new side out of order": (GIT_HEADER + b"@@ -5 +5 @@\n-a\n+b\n@@ -9 +1 @@\n-a\n+b\n", 8, "does not come after"),
    "overlapping": (GIT_HEADER + b"@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -2 +2 @@\n-c\n+d\n", 9, "does not come after"),
    "line zero": (GIT_HEADER + b"@@ -0 +1 @@\n-a\n+b\n", 5, "does not come after"),
    "marker first": (GIT_HEADER + b"@@ -1 +1 @@\n\\ No newline\n-a\n+b\n", 6, "a hunk ends"),
    "marker twice": (GIT_HEADER + b"@@ -1 +1 @@\n-a\n\\ No\n\\ No\n+b\n", 8, "a hunk ends"),
    "marker in the middle": (GIT_HEADER + b"@@ -1,2 +1 @@\n-a\n\\ No newline\n-b\n+c\n", 5, "before the last line"),
    "marker on context": (GIT_HEADER + b"@@ -1 +1,2 @@\n a\n\\ No newline\n+b\n", 5, "before the last line"),
    "hunk after the end": (
        GIT_HEADER + b"@@ -1 +1 @@\n-a\n+b\n\\ No newline\n@@ -9 +9 @@\n-a\n+b\n", 9, "after the end of the file",
    ),
    "text before": (b"hello\n" + GIT_HEADER, 1, "expected `diff --git`"),
    "text between": (git_patch(b"-a\n+b\n") + b"hello\n", 8, "expected `diff --git`"),
    "a header git does not print": (b"diff --git a/f b/f\nhello\n", 1, "a header line git does not print"),
    "a blank context line": (GIT_HEADER + b"@@ -1,2 +1,2 @@\n\n-a\n+b\n", 6, "a hunk ends"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _BROKEN.items()])
def test_what_does_not_add_up_is_refused_at_its_line(case: tuple[bytes, int, str]) -> None:
    patch, line, reason = case

    with pytest.raises(UnreadableDiff) as caught:
        parse_git_patch(patch)

    assert reason in str(caught.value)
    assert caught.value.line == line
    assert f"git diff: line {line}: " in str(caught.value)


def test_a_stripped_blank_line_is_context_where_editors_may_have_been() -> None:
    reader = Reader(b"@@ -1,4 +1,4 @@\n\n-a\n+b\n\r\n c\n", "x", blank_is_context=True)

    (only,) = reader.hunks()

    assert [(line.kind, line.text) for line in lines_of(only)] == [
        (LineKind.CONTEXT, b""),
        (LineKind.REMOVED, b"a"),
        (LineKind.ADDED, b"b"),
        (LineKind.CONTEXT, b"\r"),
        (LineKind.CONTEXT, b"c"),
    ]


def test_line_numbers_are_right_in_whatever_order_they_are_asked() -> None:
    reader = Reader(b"a\nb\nc\nd\n", "x")

    assert [reader.line_at(position) for position in (4, 0, 2, 6, 3, 8)] == [3, 1, 2, 4, 2, 5]
