"""Records, counts and patch must tell of the same files, or nothing is shown."""

import pytest

from reviewer.diff.model import FileDiff, Status
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.records import Numstat, join, parse_records
from reviewer.errors import CannotDetermine

_OLD, _NEW, _NONE = "1" * 40, "2" * 40, "0" * 40
_PATCH = f"diff --git a/f b/f\nindex {_OLD}..{_NEW} 100644\n--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n-a\n+b\n+c\n".encode()


def _raw(letter: str, *paths: str, modes: str = "100644 100644", oids: str = f"{_OLD} {_NEW}") -> bytes:
    return "\0".join((f":{modes} {oids} {letter}", *paths, "")).encode()


def _files(output: bytes) -> tuple[FileDiff, ...]:
    return parse_records(output)[0]


@pytest.mark.parametrize(
    ("letter", "paths", "status", "old", "new", "similarity"),
    [
        ("M", ["f"], Status.MODIFIED, b"f", b"f", None),
        ("A", ["f"], Status.ADDED, None, b"f", None),
        ("D", ["f"], Status.DELETED, b"f", None, None),
        ("T", ["f"], Status.TYPE_CHANGED, b"f", b"f", None),
        ("U", ["f"], Status.UNMERGED, b"f", b"f", None),
        ("R087", ["old", "new"], Status.RENAMED, b"old", b"new", 87),
        ("C100", ["old", "new"], Status.COPIED, b"old", b"new", 100),
        ("M042", ["f"], Status.MODIFIED, b"f", b"f", None),
        ("M", [":100644 100644 x y M"], Status.MODIFIED, b":100644 100644 x y M", b":100644 100644 x y M", None),
        ("R100", ["a\nb", "1\t1\tx"], Status.RENAMED, b"a\nb", b"1\t1\tx", 100),
    ],
)
def test_a_raw_record_names_status_and_paths(
    letter: str, paths: list[str], status: Status, old: bytes | None, new: bytes | None, similarity: int | None
) -> None:
    (file,) = _files(_raw(letter, *paths))

    assert (file.status, file.old_path, file.new_path, file.similarity) == (status, old, new, similarity)


def test_modes_and_ids_that_do_not_exist_are_none() -> None:
    (file,) = _files(_raw("A", "f", modes="000000 100755", oids=f"{_NONE} {_NEW}"))

    assert (file.old_mode, file.new_mode, file.old_oid, file.new_oid) == (None, "100755", None, _NEW)


def test_counts_follow_the_records() -> None:
    _, counts = parse_records(_raw("M", "f") + b"1\t2\tf\0-\t-\tbin\0003\t4\t\0old\0new\0000\t0\ttab\tin name\0")

    assert counts == (
        Numstat(1, 2, b"f"), Numstat(None, None, b"bin"), Numstat(3, 4, b"new"), Numstat(0, 0, b"tab\tin name"),
    )  # fmt: skip


def test_no_output_is_no_change() -> None:
    assert parse_records(b"") == ((), ())


@pytest.mark.parametrize(
    "output",
    [b":100644\0f\0", _raw("X", "f"), _raw("R100", "old"), b"1\t2\0", b"a\tb\tf\0", b"1\t2\t\0old\0", b":\xff\0"],
)
def test_a_record_git_does_not_print_is_refused(output: bytes) -> None:
    with pytest.raises(CannotDetermine, match="in a form unknown here"):
        parse_records(output)


def test_counts_and_hunks_are_joined_with_the_record() -> None:
    (file,) = join(_files(_raw("M", "f")), (Numstat(2, 1, b"f"),), parse_git_patch(_PATCH))

    assert (file.path, file.added, file.removed, len(file.hunks)) == (b"f", 2, 1, 1)


def test_the_new_id_of_a_file_in_the_working_tree_comes_from_the_patch() -> None:
    (file,) = join(_files(_raw("M", "f", oids=f"{_OLD} {_NONE}")), (Numstat(2, 1, b"f"),), parse_git_patch(_PATCH))

    assert file.new_oid == _NEW


def test_a_file_that_only_looked_changed_is_left_out() -> None:
    touched = _raw("M", "e", oids=f"{_OLD} {_NONE}")

    (file,) = join(_files(touched + _raw("M", "f")), (Numstat(2, 1, b"f"),), parse_git_patch(_PATCH))

    assert file.path == b"f"


def test_a_binary_file_that_only_looked_changed_is_left_out() -> None:
    touched = _raw("M", "e", oids=f"{_OLD} {_NONE}")
    counts = (Numstat(None, None, b"e"), Numstat(2, 1, b"f"))

    (file,) = join(_files(touched + _raw("M", "f")), counts, parse_git_patch(_PATCH))

    assert file.path == b"f"


def test_an_unmerged_file_has_a_count_and_no_text() -> None:
    counts = (Numstat(0, 0, b"e"), Numstat(2, 1, b"f"))

    unmerged, other = join(_files(_raw("U", "e") + _raw("M", "f")), counts, parse_git_patch(_PATCH))

    assert (unmerged.status, [hunk.is_textless for hunk in unmerged.hunks]) == (Status.UNMERGED, [True])
    assert other.added == 2


_TWO = _raw("M", "f") + _raw("M", "g")
_G = _PATCH.replace(b"a/f", b"a/g").replace(b"b/f", b"b/g")
_CONTRADICTIONS = {
    "no count": (_raw("M", "f"), (), _PATCH),
    "no text": (_raw("M", "f"), (Numstat(2, 1, b"f"),), b""),
    "no record": (b"", (Numstat(2, 1, b"f"),), _PATCH),
    "a count too many": (_raw("M", "f"), (Numstat(2, 1, b"f"), Numstat(2, 1, b"g")), _PATCH),
    "a section too many": (_raw("M", "f"), (Numstat(2, 1, b"f"),), _PATCH + _G),
    "another order": (_TWO, (Numstat(2, 1, b"f"), Numstat(2, 1, b"g")), _G + _PATCH),
    "counts in another order": (_TWO, (Numstat(2, 1, b"g"), Numstat(2, 1, b"f")), _PATCH + _G),
    "another name": (_raw("M", "f"), (Numstat(2, 1, b"f"),), _G),
    "more lines": (_raw("M", "f"), (Numstat(1, 1, b"f"),), _PATCH),
    "fewer lines": (_raw("M", "f"), (Numstat(2, 2, b"f"),), _PATCH),
    "another old content": (_raw("M", "f", oids=f"{'3' * 40} {_NEW}"), (Numstat(2, 1, b"f"),), _PATCH),
    "another new content": (_raw("M", "f", oids=f"{_OLD} {'3' * 40}"), (Numstat(2, 1, b"f"),), _PATCH),
    "no id where one belongs": (_raw("M", "f"), (Numstat(2, 1, b"f"),), _PATCH.replace(_OLD.encode(), b"caf\xe9")),
    "half a type change": (_raw("T", "f", modes="100644 120000"), (Numstat(2, 1, b"f"),), _PATCH),
    "a committed file without text": (_raw("M", "f"), (), b""),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _CONTRADICTIONS.items()])
def test_a_contradiction_is_refused(case: tuple[bytes, tuple[Numstat, ...], bytes]) -> None:
    records, counts, patch = case

    with pytest.raises(CannotDetermine, match="try again when nothing writes to the tree"):
        join(_files(records), counts, parse_git_patch(patch))


def test_a_forged_name_is_shown_without_control_characters() -> None:
    with pytest.raises(CannotDetermine) as caught:
        join(_files(_raw("M", "\x1b[2J")), (), ())

    assert str(caught.value).isprintable()
