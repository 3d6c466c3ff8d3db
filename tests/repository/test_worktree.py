"""Untracked, announced, unmerged, hidden and merely touched files of the working tree."""

import os
import stat
from pathlib import Path

import pytest

from reviewer.diff.model import Diff, Status
from reviewer.repository import TargetKind
from reviewer.repository.worktree import filters_off, strays
from tests.oracle import assert_faithful, paths_of
from tests.scratch import EXECUTABLE, SYMLINK, Scratch

_UNMERGED = {
    "both changed": ({"f": "base\n"}, {"f": "ours\n"}, {"f": "theirs\n"}),
    "both added": ({}, {"f": "ours\n"}, {"f": "theirs\n"}),
    "we deleted": ({"f": "base\n"}, {}, {"f": "theirs\n"}),
    "they deleted": ({"f": "base\n"}, {"f": "ours\n"}, {}),
    "binary": ({"f": "\0base"}, {"f": "\0ours"}, {"f": "\0theirs"}),
    "no newline": ({"f": "base"}, {"f": "ours"}, {"f": "theirs"}),
    "odd name": ({"f\ndiff --git a/g b/g": "b\n"}, {"f\ndiff --git a/g b/g": "o\n"}, {"f\ndiff --git a/g b/g": "t\n"}),
}
_GIVEN = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _UNMERGED.items()])

Case = tuple[dict[str, str], dict[str, str], dict[str, str]]


def _merge(scratch: Scratch, case: Case) -> str:
    """Leave the repository in the middle of a merge that does not work out, and return its one conflicting path."""
    base, ours, theirs = (
        {**{name.encode(): text.encode() for name, text in tree.items()}, b"same": b"same\n"} for tree in case
    )
    _, right = scratch.import_commits(base, theirs, branch="theirs")
    left = scratch.import_commits(base, ours)[1]
    scratch.git("reset", "--quiet", "--hard", left)
    scratch.git("merge", "--quiet", right, check=False)
    return next(iter(case[1] or case[2]))


@_GIVEN
def test_an_unmerged_file_is_listed_with_what_stands_in_the_working_tree(scratch: Scratch, case: Case) -> None:
    name = _merge(scratch, case)
    scratch.write("other", "x\n")

    diff = scratch.diff()

    assert _statuses(diff)[name.encode()] is Status.UNMERGED
    scratch.git("add", "--all")
    with_content = Diff(tuple(file for file in diff.files if file.old_oid or file.new_oid))
    assert_faithful(scratch, with_content, scratch.oid("HEAD"), scratch.git("write-tree").decode().strip())


@_GIVEN
def test_an_unmerged_file_is_listed_among_the_staged(scratch: Scratch, case: Case) -> None:
    name = _merge(scratch, case)
    scratch.write("a first", "x\n")
    scratch.write("z last", "x\n")
    scratch.git("add", "a first", "z last")

    diff = scratch.diff(kind=TargetKind.STAGED)

    assert _statuses(diff) == {b"a first": Status.ADDED, name.encode(): Status.UNMERGED, b"z last": Status.ADDED}
    assert [file.added for file in diff.files if file.status is Status.ADDED] == [1, 1]


@_GIVEN
def test_an_unmerged_file_that_is_gone_is_still_listed(scratch: Scratch, case: Case) -> None:
    name = _merge(scratch, case)
    (scratch.folder / name).unlink(missing_ok=True)

    (file,) = scratch.diff().files

    assert (file.status, file.path, file.hunks[0].is_textless) == (Status.UNMERGED, name.encode(), True)


def test_each_side_of_a_renaming_conflict_is_listed(scratch: Scratch) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    _merge(scratch, ({"f": text}, {"ours": text}, {"theirs": text}))

    assert _statuses(scratch.diff()) == {b"f": Status.UNMERGED, b"ours": Status.UNMERGED, b"theirs": Status.UNMERGED}
    assert _statuses(scratch.diff(kind=TargetKind.STAGED)) == _statuses(scratch.diff())


def test_unmerged_paths_are_filtered_like_others(scratch: Scratch) -> None:
    _merge(scratch, _UNMERGED["both changed"])

    assert scratch.diff(paths=(b"same",)) == Diff(())


def test_untracked_files_are_added_ones(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})

    scratch.write("new", "a\nb")
    scratch.write("deep/er/tool", "#!/bin/sh\n", EXECUTABLE)
    scratch.write("empty")
    scratch.write("link", "nowhere", SYMLINK)
    diff = scratch.diff()

    assert {file.path: (file.status, file.new_mode, file.added) for file in diff.files} == {
        b"deep/er/tool": (Status.ADDED, "100755", 1),
        b"empty": (Status.ADDED, "100644", 0),
        b"link": (Status.ADDED, "120000", 1),
        b"new": (Status.ADDED, "100644", 2),
    }


def test_ignored_files_are_left_out(scratch: Scratch) -> None:
    scratch.commit({".gitignore": "*.log\nbuild/\n", "kept.py": "a\n"})

    scratch.write("x.log", "a\n")
    scratch.write("build/x", "a\n")
    scratch.write("seen", "a\n")

    assert paths_of(scratch.diff()) == [b"seen"]
    assert paths_of(scratch.diff(paths=(b"x.log", b"seen"))) == [b"seen"]


def test_a_link_to_a_folder_is_a_link_and_not_followed(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"f": "a\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret\n")

    scratch.write("link", str(outside), SYMLINK)
    (file,) = scratch.diff().files

    assert (file.path, file.new_mode, file.added) == (b"link", SYMLINK, 1)


def test_what_is_no_file_is_left_out(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})

    os.mkfifo(scratch.folder / "pipe")

    assert scratch.diff() == Diff(())


def test_a_file_in_place_of_a_folder_and_the_other_way_round(scratch: Scratch) -> None:
    scratch.commit({"folder/f": "a\n", "file": "b\n"})

    (scratch.folder / "folder" / "f").unlink()
    (scratch.folder / "folder").rmdir()
    (scratch.folder / "file").unlink()
    scratch.write("folder", "c\n")
    scratch.write("file/f", "d\n")
    diff = scratch.diff()

    assert _statuses(diff) == {
        b"file": Status.DELETED, b"file/f": Status.ADDED, b"folder": Status.ADDED, b"folder/f": Status.DELETED,
    }  # fmt: skip


def test_a_file_announced_by_the_user_is_new_in_the_working_tree_and_not_staged(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("new", "b\n")
    scratch.git("add", "--intent-to-add", "new")

    (file,) = scratch.diff().files

    assert (file.status, file.path, file.added) == (Status.ADDED, b"new", 1)
    assert scratch.diff(kind=TargetKind.STAGED) == Diff(())


def test_a_repository_inside_is_shown_by_its_commit(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    inner = Scratch(scratch.folder / "inner")
    commit = inner.commit({"g": "a\n"})

    (file,) = scratch.diff().files

    assert (file.status, file.path, file.is_submodule, file.new_oid) == (Status.ADDED, b"inner", True, commit)


def test_a_repository_inside_without_a_commit_does_not_hide_other_files(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    Scratch(scratch.folder / "inner").write("g", "a\n")
    scratch.write("later", "a\n")

    assert paths_of(scratch.diff()) == [b"later"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_does_not_hide_other_files(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    closed = scratch.write("closed/x", "a\n").parent
    scratch.write("later", "a\n")

    closed.chmod(0)
    diff = scratch.diff()
    closed.chmod(stat.S_IRWXU)

    assert paths_of(diff) == [b"later"]


def test_a_path_that_does_not_exist_does_not_hide_other_files(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("new", "a\n")

    assert paths_of(scratch.diff(paths=(b"missing", b"new"))) == [b"new"]


def test_a_touched_file_is_no_change(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})

    os.utime(scratch.folder / "f", (1, 1))

    assert scratch.diff() == Diff(())


def test_a_change_within_one_tick_of_the_clock_is_seen(scratch: Scratch) -> None:
    scratch.git("config", "core.trustctime", "false")
    scratch.git("config", "core.checkStat", "minimal")
    scratch.commit({"f": "a\n"})
    tick = (scratch.folder / "f").stat().st_mtime_ns
    os.utime(scratch.folder / ".git" / "index", ns=(tick, tick))

    (scratch.folder / "f").write_text("b\n")
    os.utime(scratch.folder / "f", ns=(tick, tick))

    assert paths_of(scratch.diff()) == [b"f"]


def test_files_outside_a_sparse_checkout_are_not_deleted(scratch: Scratch) -> None:
    scratch.commit({"in/f": "a\n", "out/f": "a\n"})
    scratch.git("sparse-checkout", "set", "--sparse-index", "in")

    scratch.write("in/f", "b\n")

    assert _statuses(scratch.diff()) == {b"in/f": Status.MODIFIED}


def test_a_split_index_is_read(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n", "g": "a\n"})
    scratch.git("update-index", "--split-index")

    scratch.write("f", "b\n")
    scratch.write("new", "b\n")

    assert paths_of(scratch.diff()) == [b"f", b"new"]


def test_without_an_index_everything_is_staged_for_deletion(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    (scratch.folder / ".git" / "index").unlink()

    assert _statuses(scratch.diff(kind=TargetKind.STAGED)) == {b"f": Status.DELETED}
    assert scratch.diff() == Diff(())


def test_another_index_may_be_named_by_the_environment(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", "b\n")
    scratch.git("add", "f", GIT_INDEX_FILE=".git/other")

    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other")

    assert _statuses(scratch.diff(kind=TargetKind.STAGED)) == {b"f": Status.MODIFIED}


def test_a_file_and_its_unsaved_deletion_are_told_apart(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.git("rm", "--quiet", "--cached", "f")

    assert _statuses(scratch.diff(kind=TargetKind.STAGED)) == {b"f": Status.DELETED}
    assert scratch.diff() == Diff(())


def test_strays_are_listed_by_kind(scratch: Scratch) -> None:
    _merge(scratch, _UNMERGED["both changed"])
    scratch.write("new\nline", "x\n")

    found = strays(scratch.repository, (), {})

    assert (found.untracked, found.unmerged) == ((b"new\nline",), frozenset({b"f"}))


def test_each_filter_is_turned_off_once_and_whole(scratch: Scratch) -> None:
    for key in ("filter.a.b.clean", "filter.a.b.required", "filter.lfs.process", "filters.x.clean"):
        scratch.git("config", key, "x")

    settings = filters_off(scratch.repository)

    assert settings == tuple(
        f"filter.{name}.{setting}"
        for name in ("a.b", "lfs")
        for setting in ("clean=", "smudge=", "process=", "required=false")
    )


def _statuses(diff: Diff) -> dict[bytes, Status]:
    return {file.path: file.status for file in diff.files}
