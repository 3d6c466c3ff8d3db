"""Whatever changed, from whichever side one looks, the diff leads from the old bytes to the new."""

import os

import pytest

from reviewer.diff.model import Diff, Status
from reviewer.repository import TargetKind
from tests.oracle import assert_faithful, paths_of
from tests.repository.cases import CONTENTS, NAMES
from tests.scratch import EXECUTABLE, SUBMODULE, Entry, Scratch, Tree

Case = tuple[Tree, Tree]

_NAMED: Case = (dict.fromkeys(NAMES, b"a\nb\n"), {name: b"a\n%s\n" % name for name in NAMES})
_MODES: Case = (dict.fromkeys(NAMES, b"a\n"), dict.fromkeys(NAMES, Entry(b"a\n", EXECUTABLE)))
_BORN: Tree = {name: b"" if number % 2 else b"text\n" for number, name in enumerate(NAMES)}
_CASES: dict[str, Case] = {
    **CONTENTS,
    "names": _NAMED,
    "names of files whose mode changes": _MODES,
    "names of new files": ({}, _BORN),
    "names of deleted files": (_BORN, {}),
}
_GIVEN = pytest.mark.parametrize("case", [pytest.param(pair, id=name) for name, pair in _CASES.items()])


def _check_out(scratch: Scratch, case: Case) -> str:
    """Have the first tree committed and in the working tree, then put the second there."""
    (commit,) = scratch.import_commits(case[0])
    scratch.git("reset", "--quiet", "--hard", commit)
    scratch.put(case[1])
    return commit


def _tree_of_worktree(scratch: Scratch) -> str:
    """Return what a commit of everything would hold; asked only after the diff was read."""
    scratch.git("add", "--all")
    return scratch.git("write-tree").decode().strip()


@_GIVEN
def test_a_diff_of_two_commits_is_faithful(scratch: Scratch, case: Case) -> None:
    old, new = scratch.import_commits(*case)

    diff = scratch.diff(f"{old}..{new}")

    assert_faithful(scratch, diff, old, new)


@_GIVEN
def test_the_working_tree_and_the_index_are_read_like_commits(scratch: Scratch, case: Case) -> None:
    old = _check_out(scratch, case)

    in_worktree = scratch.diff()
    new = _tree_of_worktree(scratch)
    in_index = scratch.diff(kind=TargetKind.STAGED)

    assert in_worktree == in_index == scratch.diff_of(old, new)


def test_what_is_staged_is_told_from_what_is_not(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.write("f", "b\n")
    scratch.git("add", "f")
    scratch.write("f", "c\n")
    scratch.write("g", "new\n")

    staged, worktree = scratch.diff(kind=TargetKind.STAGED), scratch.diff()

    assert _bodies(staged) == b"-a\n+b\n"
    assert _bodies(worktree) == b"-a\n+c\n+new\n"


def test_a_file_in_both_diff_and_tree_may_have_any_name(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees(*_NAMED)

    assert paths_of(diff) == sorted(NAMES)


def test_a_pure_rename_is_one_file_without_lines(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees(*CONTENTS["a pure rename"])

    (file,) = diff.files
    assert (file.status, file.old_path, file.new_path, file.similarity) == (Status.RENAMED, b"old", b"new", 100)
    assert [hunk.is_textless for hunk in file.hunks] == [True]


def test_a_rename_with_edits_is_one_file_with_a_change_to_walk_for_its_name(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees(*CONTENTS["a rename with edits"])

    (file,) = diff.files
    assert file.status is Status.RENAMED
    assert [hunk.is_textless for hunk in file.hunks] == [True, False, False]


def test_a_thousand_and_more_renames_are_still_renames(scratch: Scratch) -> None:
    texts = [b"".join(b"%d %d\n" % (number, line) for line in range(8)) for number in range(1100)]
    old = {b"old/%d" % number: text for number, text in enumerate(texts)}
    new = {b"new/%d" % number: text + b"more\n" for number, text in enumerate(texts)}

    diff = scratch.diff_of_trees(old, new)

    assert {file.status for file in diff.files} == {Status.RENAMED}


def test_a_submodule_is_shown_by_its_commit(scratch: Scratch) -> None:
    first, second = (Entry(b"%040x" % number, SUBMODULE) for number in (1, 2))
    old, new = scratch.import_commits({b"sub": first, b"gone": first}, {b"sub": second, b"new": first})

    diff = scratch.diff(f"{old}..{new}")

    assert_faithful(scratch, diff, old, new)
    assert b"-Subproject commit %s\n+Subproject commit %s\n" % (first.content, second.content) in _bodies(diff)


@pytest.mark.parametrize("other", [b"text\n", b"", Entry(b"target", "120000")])
def test_a_file_turned_to_a_submodule_changes_its_type(scratch: Scratch, other: bytes | Entry) -> None:
    submodule = Entry(b"1" * 40, SUBMODULE)
    old, new = scratch.import_commits({b"x": other, b"y": submodule}, {b"x": submodule, b"y": other})

    diff = scratch.diff(f"{old}..{new}")

    assert_faithful(scratch, diff, old, new)


def test_no_change_is_an_empty_diff(scratch: Scratch) -> None:
    commit = scratch.commit({"f": "a\n"})

    assert scratch.diff() == scratch.diff(kind=TargetKind.STAGED) == scratch.diff(f"{commit}..{commit}") == Diff(())


def test_one_file_with_a_broken_name_hides_no_other(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees({}, {b"a": b"a\n", b"\xff": b"b\n", b"z": b"c\n"})

    assert paths_of(diff) == [b"a", b"z", b"\xff"]


def test_review_records_are_no_part_of_any_diff(scratch: Scratch) -> None:
    old = scratch.commit({"f": "a\n", ".reviews/r/one.jsonl": "{}\n"})
    new = scratch.commit({"f": "b\n", ".reviews/r/one.jsonl": "{}\n{}\n", ".reviews/r/two.jsonl": "{}\n"})
    scratch.write(".reviews/r/three.jsonl", "{}\n")
    scratch.write("g", "x\n")

    assert paths_of(scratch.diff(f"{old}..{new}")) == [b"f"]
    assert paths_of(scratch.diff()) == [b"g"]


def test_a_folder_merely_named_like_the_records_is_shown(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees({}, {b".reviews": b"a\n", b"sub/.reviews/x": b"b\n", b".reviewsx/y": b"c\n"})

    assert paths_of(diff) == [b".reviews", b".reviewsx/y", b"sub/.reviews/x"]


def test_a_file_moved_among_the_records_is_shown_as_deleted(scratch: Scratch) -> None:
    code = b"".join(b"line %d\n" % number for number in range(20))

    diff = scratch.diff_of_trees({b"guard.py": code}, {b".reviews/guard.py": code + b"more\n"})

    (file,) = diff.files
    assert (file.status, file.path, file.removed) == (Status.DELETED, b"guard.py", 20)


def test_a_file_moved_out_of_the_records_over_a_folder_is_shown_once(scratch: Scratch) -> None:
    code = b"".join(b"line %d\n" % number for number in range(20))

    diff = scratch.diff_of_trees({b".reviews/x": code, b"a/b": b"b\n"}, {b"a": code})

    assert paths_of(diff) == [b"a", b"a/b"]


def test_a_file_moved_out_of_the_records_is_shown_whole(scratch: Scratch) -> None:
    code = b"".join(b"line %d\n" % number for number in range(20))

    diff = scratch.diff_of_trees({b".reviews/evil.py": code}, {b"evil.py": code})

    (file,) = diff.files
    assert (file.status, file.path, file.added) == (Status.ADDED, b"evil.py", 20)


def _bodies(diff: Diff) -> bytes:
    return b"".join(hunk.body for _, hunk in diff.walk())


def test_the_diff_of_commits_shows_what_is_committed_not_what_lies_in_the_working_tree(scratch: Scratch) -> None:
    scratch.commit({"a.py": "base = 1\n"})
    scratch.git("config", "core.trustctime", "false")
    file = scratch.write("a.py", "x = system()\n")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    scratch.git("commit", "-qam", "change")
    with file.open("r+") as stream:
        stream.write("x = harmless")
    os.utime(file, (1_700_000_000, 1_700_000_000))

    (hunk,) = scratch.diff("HEAD~1..HEAD").files[0].hunks

    assert b"system" in hunk.body
