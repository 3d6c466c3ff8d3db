"""Patches of one file, made by hand, and ways to look at what was read of them."""

from collections.abc import Iterator

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff, Hunk, Line, LineKind
from reviewer.diff.parse import parse_git_patch

GIT_HEADER = b"diff --git a/f b/f\nindex 1111111..2222222 100644\n--- a/f\n+++ b/f\n"


def git_patch(body: bytes, header: bytes = GIT_HEADER) -> bytes:
    """Return a patch of one file with one hunk, its counts taken from the lines of the body."""
    return header + with_counts(body)


def with_counts(body: bytes, *, old_start: int = 1, new_start: int = 1) -> bytes:
    lines = body.split(b"\n")
    old = sum(line[:1] in (b" ", b"-") for line in lines)
    new = sum(line[:1] in (b" ", b"+") for line in lines)
    starts = old_start if old else old_start - 1, new_start if new else new_start - 1
    return b"@@ -%d,%d +%d,%d @@\n%s" % (starts[0], old, starts[1], new, body)


def hunk(body: bytes, *, old_start: int = 1, new_start: int = 1) -> Hunk:
    patch = GIT_HEADER + with_counts(body, old_start=old_start, new_start=new_start)
    (section,) = parse_git_patch(patch)
    (only,) = section.hunks
    return only


def shown(diff: Diff) -> list[tuple[str, str, bytes]]:
    """Return status, path and hunk text of each hunk; what a reviewer would see."""
    return [(file.status.value, file.path.decode("utf-8", "surrogateescape"), each.body) for file, each in diff.walk()]


def counted(lines: Iterator[Line]) -> tuple[int, int]:
    kinds = [line.kind for line in lines]
    return kinds.count(LineKind.ADDED), kinds.count(LineKind.REMOVED)


def assert_counts_agree_with_lines(diff: Diff) -> None:
    """Assert that no number of the diff contradicts its text."""
    for file in diff.files:
        for each in file.text_hunks:
            lines = list(lines_of(each))
            assert counted(iter(lines)) == (each.added, each.removed)
            assert len(lines) == each.line_count == each.new_count + each.removed
            assert [line.old for line in lines if line.old is not None] == list(
                range(each.old_start, each.old_start + each.old_count)
            )
            assert [line.new for line in lines if line.new is not None] == list(
                range(each.new_start, each.new_start + each.new_count)
            )
        if not file.is_binary:
            assert file.added == sum(each.added for each in file.text_hunks)
            assert file.removed == sum(each.removed for each in file.text_hunks)
