"""Repositories of every kind are found and read, and failures of git are told in its own words."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.errors import CannotDetermine
from reviewer.repository import TargetKind, choose_target, discover, read_diff
from tests.oracle import assert_faithful, paths_of
from tests.scratch import Scratch, Tree

_OLD: Tree = {b"f": b"a\n", b"gone": b"x\n"}
_NEW: Tree = {b"f": b"b\n", b"new": b"y\n"}


def _assert_readable(scratch: Scratch) -> None:
    old, new = scratch.import_commits(_OLD, _NEW)
    assert_faithful(scratch, scratch.diff(f"{old}..{new}"), old, new)
    root = scratch.diff(old)
    assert paths_of(root) == [b"f", b"gone"]


@pytest.mark.parametrize("name", ["with space", "quo'te", "é", "-dash", "back\\slash", "$(x)"])
def test_a_repository_may_lie_in_a_folder_of_any_name(make_scratch: Callable[..., Scratch], name: str) -> None:
    scratch = make_scratch(f"outer/{name}")

    _assert_readable(scratch)


def test_a_repository_with_sha256_ids_is_read(make_scratch: Callable[..., Scratch]) -> None:
    scratch = make_scratch("sha256", "--object-format=sha256")

    _assert_readable(scratch)
    scratch.git("reset", "--quiet", "--hard")
    scratch.write("f", "c\n")
    scratch.write("untracked", "z\n")
    assert [len(file.new_oid or "") for file in scratch.diff().files] == [64, 64]


def test_commits_of_a_bare_repository_are_read(make_scratch: Callable[..., Scratch]) -> None:
    scratch = make_scratch("bare.git", "--bare")

    _assert_readable(scratch)
    assert scratch.repository.top is None


@pytest.mark.parametrize("kind", [None, TargetKind.STAGED, TargetKind.WORKTREE])
def test_a_bare_repository_has_no_uncommitted_changes(
    make_scratch: Callable[..., Scratch], kind: TargetKind | None
) -> None:
    scratch = make_scratch("bare.git", "--bare")
    scratch.import_commits(_OLD)

    with pytest.raises(CannotDetermine, match="a bare repository has no working tree"):
        scratch.diff(kind=kind)


def test_an_attribute_hides_nothing_in_a_bare_repository(make_scratch: Callable[..., Scratch]) -> None:
    scratch = make_scratch("bare.git", "--bare")
    (scratch.folder / "info").mkdir(exist_ok=True)
    (scratch.folder / "info" / "attributes").write_text("* -diff\n")

    _assert_readable(scratch)


def test_a_linked_worktree_has_its_own_index_and_shares_the_rest(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"f": "a\n"})
    scratch.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    (tmp_path / "linked" / "f").write_text("b\n")

    linked = discover(tmp_path / "linked")

    assert paths_of(read_diff(linked, choose_target(linked))) == [b"f"]
    assert paths_of(scratch.diff()) == []
    assert linked.common_dir == scratch.repository.common_dir
    assert linked.git_dir != scratch.repository.git_dir


def test_a_shallow_clone_is_read_as_far_as_it_goes(scratch: Scratch, tmp_path: Path) -> None:
    scratch.import_commits({b"f": b"1\n"}, {b"f": b"2\n"}, {b"f": b"3\n"})
    scratch.git("clone", "--quiet", "--depth=2", f"file://{scratch.folder}", str(tmp_path / "shallow"))
    shallow = discover(tmp_path / "shallow")

    diff = read_diff(shallow, choose_target(shallow, "HEAD"))

    assert [hunk.body for _, hunk in diff.walk()] == [b"-2\n+3\n"]
    with pytest.raises(CannotDetermine, match="git fetch --unshallow"):
        choose_target(shallow, "HEAD~1")


def test_a_separate_git_folder_is_found(make_scratch: Callable[..., Scratch], tmp_path: Path) -> None:
    scratch = make_scratch("tree", f"--separate-git-dir={tmp_path / 'elsewhere'}")
    scratch.commit({"f": "a\n"})
    scratch.write("f", "b\n")

    assert paths_of(scratch.diff()) == [b"f"]
    assert scratch.repository.git_dir == tmp_path / "elsewhere"


def test_a_submodule_is_a_repository_of_its_own(scratch: Scratch, make_scratch: Callable[..., Scratch]) -> None:
    inner = make_scratch("inner")
    inner.commit({"g": "a\n"})
    scratch.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    scratch.write("sub/g", "b\n")

    repository = discover(scratch.folder / "sub")

    assert paths_of(read_diff(repository, choose_target(repository))) == [b"g"]


@pytest.mark.parametrize("folder", ["sub/folder", "sub/with space"])
def test_a_folder_inside_leads_to_its_repository(scratch: Scratch, folder: str) -> None:
    (scratch.folder / folder).mkdir(parents=True)

    repository = discover(scratch.folder / folder)

    assert repository.top == scratch.folder
    assert repository.prefix == folder.encode() + b"/"
    assert repository.common_dir == repository.git_dir == scratch.folder / ".git"


def test_the_environment_may_say_where_the_repository_is(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.commit({"f": "a\n", "sub/g": "a\n"})
    scratch.write("sub/g", "b\n")
    monkeypatch.setenv("GIT_DIR", "../.git")
    monkeypatch.setenv("GIT_WORK_TREE", "..")

    repository = discover(scratch.folder / "sub")

    assert paths_of(read_diff(repository, choose_target(repository, paths=(b"g",)))) == [b"sub/g"]


def test_outside_a_repository_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotDetermine, match=r"not a git repository.*; run reviewer inside a git repository"):
        discover(tmp_path)


def test_inside_the_git_folder_there_is_no_working_tree(scratch: Scratch) -> None:
    with pytest.raises(CannotDetermine, match="no working tree here"):
        discover(scratch.folder / ".git")


def test_a_missing_folder_does_not_lead_to_the_current_one(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scratch.folder)

    with pytest.raises(CannotDetermine, match="no such folder"):
        discover(scratch.folder / "missing")


def test_a_line_feed_in_the_name_of_a_folder_is_refused(make_scratch: Callable[..., Scratch]) -> None:
    scratch = make_scratch("line\nfeed")

    with pytest.raises(CannotDetermine, match="a line feed in the name of a folder") as caught:
        discover(scratch.folder)

    assert str(caught.value).isprintable()


def test_a_missing_git_is_said(scratch: Scratch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotDetermine, match="git was not found"):
        discover(scratch.folder)


def test_a_failing_git_is_quoted_without_control_characters(scratch: Scratch) -> None:
    with pytest.raises(CannotDetermine) as caught:
        scratch.repository.run("cat-file", "-p", "\x1b[2Jmissing")

    assert str(caught.value).startswith("git cat-file: fatal: ")
    assert "\x1b" not in str(caught.value)


def test_an_index_that_cannot_be_read_is_said(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    (scratch.folder / ".git" / "index").unlink()
    (scratch.folder / ".git" / "index").mkdir()

    with pytest.raises(CannotDetermine, match="index: "):
        scratch.diff()


def test_a_damaged_index_is_said(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    (scratch.folder / ".git" / "index").write_bytes(b"damaged")

    with pytest.raises(CannotDetermine, match="index file"):
        scratch.diff()


def test_a_missing_object_is_said(scratch: Scratch) -> None:
    old, new = scratch.import_commits(_OLD, _NEW)
    blob = scratch.oid(f"{new}:new")
    (scratch.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(CannotDetermine, match="git diff-tree"):
        scratch.diff(f"{old}..{new}")


def test_output_is_returned_byte_for_byte(scratch: Scratch) -> None:
    content = b"\xff\r\n\n\0end\n\n"
    oid = scratch.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    assert scratch.repository.run("cat-file", "blob", oid) == content
    batch = scratch.repository.batch("cat-file", "--batch=", lines=f"{oid}\n".encode())
    assert batch == b"\n" + content + b"\n"


def test_a_question_may_be_answered_with_no(scratch: Scratch) -> None:
    answer = scratch.repository.ask("rev-parse", "--verify", "--quiet", "missing")

    assert (answer.status, answer.output) == (1, b"")


def test_the_scratch_index_is_gone_afterwards(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})

    with scratch.repository.scratch_index() as environment:
        place = Path(environment["GIT_INDEX_FILE"])
        is_lent = place.read_bytes() == (scratch.folder / ".git" / "index").read_bytes()

    assert is_lent
    assert not place.parent.exists()
    assert os.environ.get("GIT_INDEX_FILE") is None


def test_a_dollar_sign_in_a_folders_name_is_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", "elsewhere")
    scratch = Scratch(tmp_path / "q$PLACE" / "r")
    scratch.write("sub/f", b"x")
    scratch.write("top", b"x")

    repository = discover(scratch.folder / "sub")

    assert repository.run("ls-files", "--others", "-z") == b"sub/f\0top\0"


def test_no_program_of_the_repository_is_taken_for_git(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = scratch.write("bin/git", "#!/bin/sh\ntouch ran\n")
    trap.chmod(0o755)
    monkeypatch.chdir(scratch.folder)
    monkeypatch.setenv("PATH", f"bin{os.pathsep}.{os.pathsep}{os.environ['PATH']}")

    discover(scratch.folder)

    assert not (scratch.folder / "ran").exists()
