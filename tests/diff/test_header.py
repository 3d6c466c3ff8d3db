"""A header tells status, modes and ids, or what is wrong with it."""

import pytest

from reviewer.diff.header import fault_of, file_of
from reviewer.diff.model import FileDiff, Hunk, Status
from reviewer.diff.parse import Section
from tests.diff.patches import hunk

_ADDS, _EDITS, _REMOVES = hunk(b"+b\n"), hunk(b"-a\n+b\n"), hunk(b"-a\n")
_TEXT = "--- a/x\n+++ b/x"


def _section(header: str, *hunks: Hunk, is_binary: bool = False) -> Section:
    return Section(tuple(f"diff --git a/x b/x\n{header}".encode().rstrip(b"\n").split(b"\n")), hunks, is_binary)


def _read(header: str, *hunks: Hunk, is_binary: bool = False) -> FileDiff:
    section = _section(header, *hunks, is_binary=is_binary)
    assert fault_of(section) is None
    return file_of(section)


def test_a_modified_file_has_mode_and_ids_of_its_index_line() -> None:
    file = _read(f"index 1111111..2222222 100644\n{_TEXT}", _EDITS)

    assert (file.status, file.old_mode, file.new_mode, file.old_oid, file.new_oid) == (
        Status.MODIFIED, "100644", "100644", "1111111", "2222222",
    )  # fmt: skip
    assert (file.added, file.removed, file.hunks) == (1, 1, (_EDITS,))


def test_an_added_file_has_no_old_side() -> None:
    file = _read("new file mode 100755\nindex 0000000..2222222\n--- /dev/null\n+++ b/x", _ADDS)

    assert (file.status, file.old_path, file.old_mode, file.old_oid) == (Status.ADDED, None, None, None)
    assert (file.new_mode, file.new_oid, len(file.hunks)) == ("100755", "2222222", 2)


def test_a_deleted_file_has_no_new_side() -> None:
    file = _read("deleted file mode 100644\nindex 1111111..0000000\n--- a/x\n+++ /dev/null", _REMOVES)

    assert (file.status, file.path, file.new_path, file.new_mode, file.new_oid) == (
        Status.DELETED,
        b"x",
        None,
        None,
        None,
    )


def test_a_change_of_mode_is_a_change_to_walk() -> None:
    file = _read("old mode 100644\nnew mode 100755")

    assert (file.status, file.old_mode, file.new_mode) == (Status.MODIFIED, "100644", "100755")
    assert [each.is_textless for each in file.hunks] == [True]


@pytest.mark.parametrize(("verb", "status"), [("rename", Status.RENAMED), ("copy", Status.COPIED)])
def test_a_moved_file_has_both_names_and_a_similarity(verb: str, status: Status) -> None:
    section = Section(
        (b"diff --git a/x b/y", b"similarity index 87%", *(f"{verb} {end}".encode() for end in ("from x", "to y"))),
        (),
        False,
    )

    file = file_of(section)

    assert fault_of(section) is None
    assert (file.status, file.old_path, file.new_path, file.similarity) == (status, b"x", b"y", 87)


def test_a_binary_file_has_no_counts() -> None:
    file = _read("index 1111111..2222222 100644\nBinary files a/x and b/x differ", is_binary=True)

    assert (file.is_binary, file.added, file.removed) == (True, None, None)


@pytest.mark.parametrize(
    "header",
    ["new file mode 100644\nindex 0000000..e69de29", "deleted file mode 100644\nindex e69de29bb2d1..000000000000",
     "new file mode 100644\nindex 0000000..473a0f4", "new file mode 100644"],
)  # fmt: skip
def test_an_empty_file_needs_no_lines(header: str) -> None:
    assert len(_read(header).hunks) == 1


_NO_LINES = "the lines of this file are missing"
_GONE = "deleted file mode 100644\n--- a/x\n+++ /dev/null"
_NEW = "new file mode 100644\n--- /dev/null\n+++ b/x"
_FAULTS = {
    "nothing changed": (_section(""), "does not say what changed"),
    "names without lines": (_section(_TEXT), _NO_LINES),
    "content without lines": (_section("index 1111111..2222222 100644"), _NO_LINES),
    "new content without lines": (_section("new file mode 100644\nindex 0000000..2222222"), _NO_LINES),
    "broken ids without lines": (_section("index what..ever"), _NO_LINES),
    "a renamed file's lines": (
        Section((b"diff --git a/x b/y", b"rename from x", b"rename to y", b"index 1111111..2222222"), (), False),
        _NO_LINES,
    ),
    "twice": (_section(f"{_TEXT}\n{_TEXT}", _EDITS), "stands twice"),
    "two modes": (_section("old mode 100644\nold mode 100755\nnew mode 100644"), "stands twice"),
    "a mode of words": (_section("old mode rwx\nnew mode 100644"), "a broken file mode"),
    "a mode too long": (_section("new file mode 1006440"), "a broken file mode"),
    "no mode": (_section("new file mode "), "a broken file mode"),
    "half a change of mode": (_section("old mode 100644"), "contradict each other"),
    "new and gone": (_section("new file mode 100644\ndeleted file mode 100644"), "contradict each other"),
    "new and changed": (_section("new file mode 100644\nold mode 100644\nnew mode 100755"), "contradict each other"),
    "another name": (_section("--- a/x\n+++ b/y", _EDITS), "cannot tell the file's name"),
    "binary with lines": (_section("Binary files a and b differ", _EDITS, is_binary=True), "a binary file with lines"),
    "new with old lines": (_section(_NEW, _EDITS), "a new file with old lines"),
    "gone with new lines": (_section(_GONE, _EDITS), "a deleted file with new lines"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _FAULTS.items()])
def test_what_no_diff_program_prints_is_a_fault(case: tuple[Section, str]) -> None:
    section, fault = case

    assert fault in (fault_of(section) or "")
