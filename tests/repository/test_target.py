"""Names of commits, ranges, branches and paths are resolved as git does, or refused."""

import os
from collections.abc import Callable

import pytest

from reviewer.errors import CannotDetermine, UnknownRevision
from reviewer.repository import Target, TargetKind, choose_target, discover, read_diff
from reviewer.repository.target import branch_target, empty_tree
from tests.oracle import assert_faithful, paths_of
from tests.scratch import Scratch

_HOSTILE = ("--output=PWNED", "-OPWNED", "--output=PWNED..HEAD", "HEAD..--output=PWNED", "HEAD...--output=PWNED",
            "--no-index", "-", "--", "--all", "--git-dir=x", "--end-of-options")  # fmt: skip
_UNKNOWN = ("missing", "HEAD..missing", "missing..HEAD", "missing...HEAD", "HEAD:f", "HEAD^{tree}", "HEAD~99", "", " ",
            "....", "0" * 40, "1" * 40, "HEAD\n", "HEAD f", "a\x1b[2Jb", "refs/heads")  # fmt: skip


def _chosen(scratch: Scratch, revision: str) -> tuple[str, str | None]:
    target = choose_target(scratch.repository, revision)
    return target.old, target.new


def test_without_a_name_the_working_tree_is_compared_with_head(scratch: Scratch) -> None:
    commit = scratch.commit({"f": "a\n"})

    target = choose_target(scratch.repository)

    assert target == Target(TargetKind.WORKTREE, commit, None, "uncommitted changes")


def test_staged_changes_are_compared_with_head(scratch: Scratch) -> None:
    commit = scratch.commit({"f": "a\n"})

    target = choose_target(scratch.repository, kind=TargetKind.STAGED)

    assert target == Target(TargetKind.STAGED, commit, None, "staged changes")


def test_one_commit_is_compared_with_its_parent(scratch: Scratch) -> None:
    first, second, _ = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"}, {b"f": b"c\n"})

    assert _chosen(scratch, second) == _chosen(scratch, "main~1") == (first, second)


def test_a_root_commit_is_compared_with_nothing(scratch: Scratch) -> None:
    commit = scratch.commit({"f": "a\n", "g": ""})

    target = choose_target(scratch.repository, "HEAD")

    assert target.old == empty_tree(scratch.repository)
    assert_faithful(scratch, read_diff(scratch.repository, target), target.old, commit)


def test_any_commit_can_be_compared_with_nothing(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    commit = scratch.commit({"g": "a\n"})

    target = choose_target(scratch.repository, "HEAD", root=True)

    assert_faithful(scratch, read_diff(scratch.repository, target), target.old, commit)
    assert target.old == empty_tree(scratch.repository)


def test_a_merge_is_compared_with_its_first_parent(scratch: Scratch) -> None:
    _, side = scratch.import_commits({b"f": b"a\n"}, {b"f": b"a\n", b"side": b"s\n"}, branch="side")
    _, ours = scratch.import_commits({b"f": b"a\n"}, {b"f": b"a\n", b"main": b"m\n"})
    scratch.git("reset", "--quiet", "--hard", ours)
    scratch.git("merge", "--quiet", "--no-edit", side)
    merge = scratch.oid("HEAD")

    diff = scratch.diff(merge)

    assert_faithful(scratch, diff, ours, merge)
    assert paths_of(diff) == [b"side"]


def test_two_dots_compare_the_two_ends(scratch: Scratch) -> None:
    first, second = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})

    assert _chosen(scratch, f"{first}..{second}") == (first, second)
    assert _chosen(scratch, f"{second}..{first}") == (second, first)


def test_three_dots_compare_with_where_the_two_parted(scratch: Scratch) -> None:
    fork, side = scratch.import_commits({b"f": b"a\n"}, {b"f": b"a\n", b"side": b"s\n"}, branch="side")
    _, ours = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})

    assert _chosen(scratch, f"{ours}...{side}") == (fork, side)
    assert _chosen(scratch, "main..side") == (ours, side)


def test_an_empty_end_is_head(scratch: Scratch) -> None:
    first, second = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})

    assert _chosen(scratch, f"{first}..") == _chosen(scratch, f"{first}...") == (first, second)
    assert _chosen(scratch, f"..{first}") == (second, first)


def test_a_tag_stands_for_its_commit(scratch: Scratch) -> None:
    first, second = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})
    scratch.git("tag", "-a", "-m", "release", "v1", first)
    scratch.git("tag", "v2", second)

    assert _chosen(scratch, "v1..v2") == (first, second)


def test_the_users_own_words_are_the_label(scratch: Scratch) -> None:
    scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})

    assert choose_target(scratch.repository, "main~1..main").label == "main~1..main"


@pytest.mark.parametrize("revision", _HOSTILE)
def test_a_revision_that_looks_like_an_option_creates_no_file(scratch: Scratch, revision: str) -> None:
    scratch.commit({"f": "a\n"})
    before = sorted(scratch.folder.rglob("*"))

    with pytest.raises(UnknownRevision):
        scratch.diff(revision)

    assert sorted(scratch.folder.rglob("*")) == before


@pytest.mark.parametrize("revision", _UNKNOWN)
def test_what_is_no_commit_is_refused_and_named_without_control_characters(scratch: Scratch, revision: str) -> None:
    scratch.commit({"f": "a\n"})

    with pytest.raises(UnknownRevision) as caught:
        scratch.diff(revision)

    assert "git knows no such commit" in str(caught.value)
    assert str(caught.value).isprintable()


def test_histories_without_a_common_commit_are_refused(scratch: Scratch) -> None:
    scratch.import_commits({b"f": b"a\n"}, branch="one")
    scratch.import_commits({b"f": b"b\n"}, branch="two")
    scratch.git("commit", "--quiet", "--allow-empty", "-m", "other root")

    with pytest.raises(CannotDetermine, match="no common ancestor"):
        scratch.diff("HEAD...two")


def test_a_name_of_a_branch_and_a_tag_is_refused_until_it_is_written_in_full(scratch: Scratch) -> None:
    first, second = scratch.commit({"f": "a\n"}), scratch.commit({"f": "b\n"})
    scratch.git("branch", "v1", second)
    scratch.git("tag", "v1", first)

    with pytest.raises(UnknownRevision, match="'v1': a branch, a tag or an id"):
        choose_target(scratch.repository, "v1..HEAD")

    assert choose_target(scratch.repository, "tags/v1..heads/v1").old == first


def test_a_branch_named_head_is_no_trap(scratch: Scratch) -> None:
    first, second = scratch.commit({"f": "a\n"}), scratch.commit({"f": "b\n"})
    scratch.git("update-ref", "refs/heads/HEAD", first)

    assert choose_target(scratch.repository, "HEAD").new == second


def test_the_beginning_of_several_ids_is_refused(scratch: Scratch) -> None:
    ids = list(scratch.import_commits(*({b"f": b"%d\n" % number} for number in range(400))))
    short = next(short for short in (oid[:4] for oid in ids) if sum(oid.startswith(short) for oid in ids) > 1)

    with pytest.raises(UnknownRevision, match="several objects begin like that"):
        choose_target(scratch.repository, short)


def test_a_branch_named_like_a_file_is_the_branch(scratch: Scratch) -> None:
    first, second = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})
    scratch.git("branch", "f", first)
    scratch.git("reset", "--quiet", "--hard")

    assert _chosen(scratch, "f..main") == (first, second)


def test_before_the_first_commit_everything_is_new(scratch: Scratch) -> None:
    scratch.write("staged", "a\n")
    scratch.git("add", "staged")
    scratch.write("loose", "b\n")

    assert paths_of(scratch.diff(kind=TargetKind.STAGED)) == [b"staged"]
    assert paths_of(scratch.diff()) == [b"loose", b"staged"]


def test_a_damaged_head_is_not_taken_for_an_unborn_one(scratch: Scratch) -> None:
    commit = scratch.commit({"f": "a\n"})
    (scratch.folder / ".git" / "objects" / commit[:2] / commit[2:]).unlink()

    with pytest.raises(CannotDetermine, match="HEAD: its commit is missing"):
        scratch.diff()


class TestBranch:
    """`branch_target`: the current branch against where it left another."""

    @staticmethod
    def _upstream(scratch: Scratch, make_scratch: Callable[..., Scratch], branch: str = "main") -> str:
        """Give the repository a remote whose branch stands at the first commit, and return that."""
        scratch.git("checkout", "--quiet", "-B", branch)
        commit = scratch.commit({"f": "a\n"})
        make_scratch("remote", "--bare")
        scratch.git("remote", "add", "origin", "../remote")
        scratch.git("push", "--quiet", "--set-upstream", "origin", branch)
        return commit

    def test_it_is_compared_with_its_upstream(self, scratch: Scratch, make_scratch: Callable[..., Scratch]) -> None:
        fork = self._upstream(scratch, make_scratch)
        head = scratch.commit({"f": "b\n"})

        target = branch_target(scratch.repository)

        assert target == Target(TargetKind.COMMITS, fork, head, "origin/main...HEAD")

    def test_it_starts_where_the_two_parted(self, scratch: Scratch, make_scratch: Callable[..., Scratch]) -> None:
        fork = self._upstream(scratch, make_scratch)
        scratch.commit({"g": "theirs\n"})
        scratch.git("push", "--quiet")
        scratch.git("reset", "--quiet", "--hard", fork)
        head = scratch.commit({"f": "b\n"})

        target = branch_target(scratch.repository)

        assert target is not None
        assert (target.old, target.new) == (fork, head)

    def test_once_pushed_it_is_compared_with_the_default_branch(
        self, scratch: Scratch, make_scratch: Callable[..., Scratch]
    ) -> None:
        fork = self._upstream(scratch, make_scratch)
        scratch.git("checkout", "--quiet", "-b", "topic")
        head = scratch.commit({"f": "b\n"})
        scratch.git("push", "--quiet", "--set-upstream", "origin", "topic")

        target = branch_target(scratch.repository)

        assert target == Target(TargetKind.COMMITS, fork, head, "origin/main...HEAD")

    def test_the_remotes_own_default_comes_before_main(
        self, scratch: Scratch, make_scratch: Callable[..., Scratch]
    ) -> None:
        fork = self._upstream(scratch, make_scratch, branch="trunk")
        scratch.git("remote", "set-head", "origin", "trunk")
        scratch.git("branch", "main")
        scratch.git("checkout", "--quiet", "-b", "topic")
        head = scratch.commit({"f": "b\n"})

        target = branch_target(scratch.repository)

        assert target == Target(TargetKind.COMMITS, fork, head, "origin/trunk...HEAD")

    @pytest.mark.parametrize("default", ["main", "master"])
    def test_without_a_remote_it_is_compared_with_the_local_default(self, scratch: Scratch, default: str) -> None:
        scratch.git("checkout", "--quiet", "-B", default)
        fork = scratch.commit({"f": "a\n"})
        scratch.git("checkout", "--quiet", "-b", "topic")
        head = scratch.commit({"f": "b\n"})

        target = branch_target(scratch.repository)

        assert target == Target(TargetKind.COMMITS, fork, head, f"{default}...HEAD")

    def test_a_detached_head_is_compared_with_the_default_branch(self, scratch: Scratch) -> None:
        fork = scratch.commit({"f": "a\n"})
        scratch.git("checkout", "--quiet", "--detach")
        head = scratch.commit({"f": "b\n"})

        target = branch_target(scratch.repository)

        assert target == Target(TargetKind.COMMITS, fork, head, "main...HEAD")

    def test_the_default_branch_itself_has_nothing_to_compare(self, scratch: Scratch) -> None:
        scratch.commit({"f": "a\n"})

        assert branch_target(scratch.repository) is None

    def test_an_unborn_branch_has_nothing_to_compare(self, scratch: Scratch) -> None:
        assert branch_target(scratch.repository) is None

    def test_paths_are_kept(self, scratch: Scratch) -> None:
        scratch.commit({"f": "a\n"})
        scratch.git("checkout", "--quiet", "-b", "topic")
        scratch.commit({"f": "b\n", "sub/g": "b\n"})
        repository = discover(scratch.folder / "sub")

        target = branch_target(repository, (b"g",))

        assert target is not None
        assert paths_of(read_diff(repository, target)) == [b"sub/g"]


class TestPaths:
    """Path filters are literal, and meant from where the user stands."""

    @pytest.fixture
    def changed(self, scratch: Scratch) -> Scratch:
        scratch.commit()
        for path in ("f", "sub/f", "sub/deep/g", "*", "[f]", "sub/?", ":(glob)*", ":!f", "-f", "sub/ f"):
            scratch.write(path, "a\n")
        return scratch

    @pytest.mark.parametrize(
        ("folder", "paths", "expected"),
        [
            ("", ["f"], ["f"]),
            ("", ["sub"], ["sub/ f", "sub/?", "sub/deep/g", "sub/f"]),
            ("", ["sub/"], ["sub/ f", "sub/?", "sub/deep/g", "sub/f"]),
            ("", ["."], None),
            ("", ["./sub/./deep/../f"], ["sub/f"]),
            ("", ["*"], ["*"]),
            ("", ["[f]"], ["[f]"]),
            ("", [":(glob)*"], [":(glob)*"]),
            ("", [":!f"], [":!f"]),
            ("", ["-f"], ["-f"]),
            ("", ["nothing"], []),
            ("", ["f", "sub/f", "f"], ["f", "sub/f"]),
            ("sub", ["f"], ["sub/f"]),
            ("sub", ["?"], ["sub/?"]),
            ("sub", [" f"], ["sub/ f"]),
            ("sub", ["../f"], ["f"]),
            ("sub", [".."], None),
            ("sub/deep", ["."], ["sub/deep/g"]),
            ("sub/deep", ["../f", "g"], ["sub/deep/g", "sub/f"]),
        ],
    )
    def test_a_path_names_itself_and_what_is_below(
        self, changed: Scratch, folder: str, paths: list[str], expected: list[str] | None
    ) -> None:
        repository = discover(changed.folder / folder)
        everything = paths_of(changed.diff())
        target = choose_target(repository, paths=tuple(os.fsencode(path) for path in paths))

        in_worktree = read_diff(repository, target)
        commit = changed.commit()
        committed = choose_target(repository, commit, paths=tuple(os.fsencode(path) for path in paths))

        wanted = everything if expected is None else [os.fsencode(path) for path in expected]
        assert paths_of(in_worktree) == paths_of(read_diff(repository, committed)) == wanted

    def test_an_absolute_path_is_one_inside(self, changed: Scratch) -> None:
        repository = discover(changed.folder / "sub")
        target = choose_target(repository, paths=(os.fsencode(changed.folder / "f"),))

        assert paths_of(read_diff(repository, target)) == [b"f"]

    @pytest.mark.parametrize("path", [b"..", b"../x", b"sub/../../x", b"/", b"/etc/passwd"])
    def test_a_path_outside_is_refused(self, changed: Scratch, path: bytes) -> None:
        with pytest.raises(CannotDetermine, match="lies outside the repository"):
            choose_target(changed.repository, paths=(path,))

    def test_a_path_that_is_not_utf8_is_taken_as_it_is(self, scratch: Scratch) -> None:
        old, new = scratch.import_commits({}, {b"\xff": b"a\n", b"\xfe": b"a\n"})
        target = choose_target(scratch.repository, f"{old}..{new}", paths=(b"\xff",))

        assert paths_of(read_diff(scratch.repository, target)) == [b"\xff"]
