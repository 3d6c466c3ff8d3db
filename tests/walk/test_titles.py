"""What a file's row says of a change that has no lines."""

from reviewer.diff.contents import Content, Contents
from reviewer.diff.patchfile import parse_patch_file
from reviewer.walk.titles import describe, pointed, status_of
from tests.scratch import SUBMODULE, Entry, Scratch

_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"


def _pointer(letter: str, size: int) -> bytes:
    return (_POINTER % (letter * 64, size)).encode()


def test_a_binary_file_is_told_by_its_kind_once_it_is_known_and_by_its_ids_until_then(scratch: Scratch) -> None:
    (file,) = scratch.diff_of_trees({b"f": b"\0a"}, {b"f": b"\0b"}).files

    assert describe(file) == f"binary content {(file.old_oid or '')[:10]} → {(file.new_oid or '')[:10]}"
    assert describe(file, Contents(None, None)) == describe(file)
    assert describe(file, Contents(Content("PDF", 1_000), Content("PDF", 2_000))) == "PDF, 1 kB → 2 kB"


def test_a_side_that_does_not_exist_has_no_id(scratch: Scratch) -> None:
    (file,) = scratch.diff_of_trees({}, {b"f": b"\0b"}).files

    assert describe(file) == f"new file, mode 100644; binary content {(file.new_oid or '')[:10]}"


def test_a_submodule_is_told_by_the_commits_it_stood_and_stands_at(scratch: Scratch) -> None:
    (new,) = scratch.diff_of_trees({}, {b"sub": Entry(b"1" * 40, SUBMODULE)}).files
    (moved,) = scratch.diff_of_trees({b"sub": Entry(b"1" * 40, SUBMODULE)}, {b"sub": Entry(b"2" * 40, SUBMODULE)}).files

    assert describe(new) == "new file, mode 160000; submodule at 1111111111"
    assert describe(moved) == "submodule at 1111111111 → 2222222222"
    # The row of a submodule that moved is not drawn, for its two lines say it in full.
    assert [hunk.body for hunk in moved.hunks] == [
        b"-Subproject commit %s\n+Subproject commit %s\n" % (b"1" * 40, b"2" * 40)
    ]


def test_a_file_that_lfs_keeps_is_told_by_the_sizes_its_pointers_name(scratch: Scratch) -> None:
    changed, gone, new, turned, plain = scratch.diff_of_trees(
        {b"a": _pointer("a", 12_000_000), b"b": _pointer("b", 1_000), b"d": b"text\n", b"e": b"size 1\n"},
        {b"a": _pointer("c", 15_000_000), b"c": _pointer("c", 2_000), b"d": _pointer("d", 1), b"e": b"size 2\n"},
    ).files

    assert [pointed(file) for file in (changed, gone, new)] == ["LFS, 12 MB → 15 MB", "LFS, 1 kB", "LFS, 2 kB"]
    assert [pointed(file) for file in (turned, plain)] == ["", ""]


def test_of_a_patch_that_shows_a_pointer_in_part_nothing_is_told() -> None:
    patch = b"--- a/f\n+++ b/f\n@@ -3 +3 @@ version https://git-lfs.github.com/spec/v1\n-size 1\n+size 2\n"

    assert pointed(parse_patch_file(patch, "x").files[0]) == ""


def test_a_file_that_moved_with_changes_says_how_much_of_it_stayed(scratch: Scratch) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(20))
    (moved,) = scratch.diff_of_trees({b"old": lines}, {b"new": lines + b"one more\n"}).files
    (changed,) = scratch.diff_of_trees({b"f": b"a\n"}, {b"f": b"b\n"}).files

    assert status_of(moved) == f"renamed, {moved.similarity} % alike"
    assert 90 < (moved.similarity or 0) < 100
    assert status_of(changed) == "modified"
