"""Texts are those the diff was taken of, or there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.diff.model import FileDiff
from reviewer.repository import TargetKind, Texts
from tests.repository.cases import CONTENTS, NAMES
from tests.scratch import SUBMODULE, SYMLINK, Entry, Scratch


def _only(scratch: Scratch) -> FileDiff:
    (file,) = scratch.diff().files
    return file


@pytest.mark.parametrize("is_prefetched", [True, False])
def test_both_texts_of_every_file_are_those_of_the_commits(scratch: Scratch, is_prefetched: bool) -> None:
    texts_of = {name: (b"old %s\n" % name, b"new\0late %s" % name) for name in NAMES}
    diff = scratch.diff_of_trees(
        {name: pair[0] * 9999 for name, pair in texts_of.items()},
        {name: b" " * 8000 + pair[1] for name, pair in texts_of.items()},
    )
    texts = Texts(scratch.repository)

    if is_prefetched:
        texts.prefetch(diff.files)

    for file in diff.files:
        old, new = texts_of[file.path]
        assert (texts.old(file), texts.new(file)) == (old * 9999, b" " * 8000 + new)


def test_the_side_that_does_not_exist_has_no_text(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees({b"gone": b"a\n", b"same": b"b\n"}, {b"new": b"c\n", b"same": b"b\n"})
    texts = Texts(scratch.repository)

    assert {file.path: (texts.old(file), texts.new(file)) for file in diff.files} == {
        b"gone": (b"a\n", None),
        b"new": (None, b"c\n"),
    }


def test_an_empty_text_is_a_text(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees(*CONTENTS["empty file filled"])
    texts = Texts(scratch.repository)
    texts.prefetch(diff.files)

    assert texts.old(diff.files[0]) == b""


def test_a_changed_file_is_read_from_the_working_tree(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", "b\n")
    file = _only(scratch)
    texts = Texts(scratch.repository)
    texts.prefetch([file])

    assert (texts.old(file), texts.new(file)) == (b"a\n", b"b\n")


def test_a_staged_file_is_read_from_the_index(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", "staged\n")
    scratch.git("add", "f")
    scratch.write("f", "worktree\n")
    (file,) = scratch.diff(kind=TargetKind.STAGED).files

    assert Texts(scratch.repository).new(file) == b"staged\n"


def test_a_file_that_changed_since_has_no_text(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", "b\n")
    file = _only(scratch)

    scratch.write("f", "c\n")

    assert Texts(scratch.repository).new(file) is None


def test_a_file_whose_line_ends_git_converts_is_read_as_git_sees_it(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n", ".gitattributes": "* text=auto eol=crlf\n"})
    scratch.write("f", b"a\r\nb\r\n")

    assert Texts(scratch.repository).new(_only(scratch)) == b"a\nb\n"


def test_a_large_text_is_not_read_and_no_other_takes_its_place(scratch: Scratch) -> None:
    old, new = scratch.import_commits({b"f": b"a\n"}, {b"f": b"a\n" * 2_000_001})
    scratch.write("f", "another\n")
    (file,) = scratch.diff_of(old, new).files
    texts = Texts(scratch.repository)
    texts.prefetch([file])

    assert (texts.old(file), texts.new(file)) == (b"a\n", None)


def test_a_large_file_of_the_working_tree_is_not_read(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", b"a\n" * 2_000_001)

    assert Texts(scratch.repository).new(_only(scratch)) is None


@pytest.mark.parametrize("entry", [Entry(b"target", SYMLINK), Entry(b"1" * 40, SUBMODULE)])
def test_what_is_no_file_has_no_text(scratch: Scratch, entry: Entry) -> None:
    (file,) = scratch.diff_of_trees({}, {b"x": entry}).files

    assert Texts(scratch.repository).new(file) is None


@pytest.mark.parametrize("path", [b"../secret", b"/etc/passwd", b"link/secret", b"inside/../../secret", b"a\0b", b"."])
def test_no_path_of_a_patch_leads_out_of_the_repository(scratch: Scratch, tmp_path: Path, path: bytes) -> None:
    (tmp_path / "secret").write_text("secret\n")
    scratch.write("link", str(tmp_path), SYMLINK)
    (scratch.folder / "inside").mkdir()
    (file,) = scratch.diff_of_trees({}, {b"f": b"a\n"}).files

    assert Texts(scratch.repository).new(replace(file, new_path=path, new_oid=None)) is None


def test_an_id_cut_short_as_in_patches_is_enough(scratch: Scratch) -> None:
    (file,) = scratch.diff_of_trees({b"f": b"a\n"}, {b"f": b"b\n"}).files
    short = replace(file, old_oid=(file.old_oid or "")[:7], new_oid="1234567")
    scratch.write("f", "c\n")
    texts = Texts(scratch.repository)
    texts.prefetch([short])

    assert (texts.old(short), texts.new(short)) == (b"a\n", b"c\n")


def test_a_bare_repository_has_only_what_is_committed(make_scratch: object, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "bare", "--bare")
    (file,) = scratch.diff_of_trees({b"f": b"a\n"}, {b"f": b"b\n"}).files
    texts = Texts(scratch.repository)

    assert texts.new(file) == b"b\n"
    assert texts.new(replace(file, new_oid="1" * 40)) is None
