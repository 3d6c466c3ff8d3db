"""Values say of themselves what their parts imply."""

from dataclasses import replace

import pytest

from reviewer.diff.model import TEXTLESS, Diff, FileDiff, Status
from tests.diff.patches import hunk

_HUNK = hunk(b"-a\n+b\n")
_FILE = FileDiff(Status.MODIFIED, b"f", b"f", "100644", "100644", "1" * 40, "2" * 40, 1, 1, (_HUNK,))


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (_FILE, False),
        (replace(_FILE, hunks=()), True),
        (replace(_FILE, hunks=(), added=None, removed=None), True),
        (replace(_FILE, new_mode="100755"), True),
        (replace(_FILE, status=Status.RENAMED, old_path=b"g"), True),
        (replace(_FILE, status=Status.COPIED, old_path=b"g"), True),
        (replace(_FILE, status=Status.UNMERGED), True),
        (replace(_FILE, status=Status.TYPE_CHANGED, new_mode="120000"), True),
        (replace(_FILE, status=Status.ADDED, old_path=None, old_mode=None), False),
        (replace(_FILE, status=Status.ADDED, old_path=None, old_mode=None, new_mode=None), False),
        (replace(_FILE, status=Status.ADDED, old_path=None, old_mode=None, new_mode="100755"), True),
        (replace(_FILE, status=Status.ADDED, old_path=None, old_mode=None, new_mode="120000"), True),
        (replace(_FILE, status=Status.DELETED, new_path=None, new_mode=None), False),
        (replace(_FILE, status=Status.DELETED, new_path=None, new_mode=None, hunks=()), True),
    ],
)
def test_a_change_that_no_line_shows_is_known(file: FileDiff, expected: bool) -> None:
    assert file.has_change_without_text is expected


def test_a_deleted_file_goes_by_its_old_name() -> None:
    assert replace(_FILE, new_path=None).path == b"f"
    assert replace(_FILE, old_path=b"g", new_path=b"f").path == b"f"


def test_hunks_are_walked_file_by_file() -> None:
    other = replace(_FILE, new_path=b"g", hunks=(TEXTLESS, _HUNK))

    walked = [(file.path, each.is_textless) for file, each in Diff((_FILE, other)).walk()]

    assert walked == [(b"f", False), (b"g", True), (b"g", False)]


def test_binary_files_have_no_lines_to_count() -> None:
    assert Diff((_FILE, replace(_FILE, added=None, removed=None))).changed_lines == 2


@pytest.mark.parametrize(
    ("body", "old_first", "new_first"), [(b"-a\n+b\n", 4, 4), (b"+b\n", 4, 4), (b"-a\n", 4, 4), (b" a\n+b\n", 4, 4)]
)
def test_a_hunk_knows_how_many_lines_stand_above(body: bytes, old_first: int, new_first: int) -> None:
    each = hunk(body, old_start=5, new_start=5)

    assert (each.old_first, each.new_first) == (old_first, new_first)


def test_the_patch_is_left_out_of_what_is_printed() -> None:
    assert "diff --git" not in repr(_FILE)
