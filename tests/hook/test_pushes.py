"""Git's lines read as they are written, and the change each of them brings, by its object ids."""

import os
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import CannotDetermine, PolicyInvalid
from reviewer.hook.pushes import Asked, Push, asked, parse_pushes
from reviewer.hook.remote import look_at
from reviewer.repository.target import empty_tree
from reviewer.review.policy import Policy
from reviewer.verification.rules import rules_at
from tests.scratch import Scratch

ZEROS = "0" * 40
MAIN = "refs/heads/main"
POLICY = ".reviews/policy.toml"

_oids = st.text("0123456789abcdef", min_size=40, max_size=40) | st.text("0123456789abcdef", min_size=64, max_size=64)
# What may be pushed is named as the user likes; a ref of the remote has no white space.
_refs = st.text(st.characters(codec="utf-8", exclude_characters=" \t\n\r\v\f"), min_size=1).map("refs/heads/".__add__)
_expressions = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)
_pushes = st.builds(Push, _expressions, _oids, _refs, _oids)


def _line(push: Push) -> bytes:
    return os.fsencode(f"{push.local_ref} {push.local} {push.remote_ref} {push.remote}\n")


@given(st.lists(_pushes, max_size=5))
def test_lines_are_read_as_git_writes_them(pushes: list[Push]) -> None:
    assert parse_pushes(b"".join(map(_line, pushes))) == tuple(pushes)


def test_a_name_that_looks_like_a_line_hides_nothing() -> None:
    other = Push(f"HEAD {'1' * 40} refs/heads/harmless {'2' * 40}", "3" * 40, MAIN, "4" * 40)

    assert parse_pushes(_line(other)) == (other,)


def test_names_need_not_be_utf_8() -> None:
    (push,) = parse_pushes(b"refs/heads/\xe9 %s refs/heads/\xe9 %s\n" % (b"1" * 40, b"0" * 40))

    assert os.fsencode(push.remote_ref) == b"refs/heads/\xe9"


def test_the_last_line_may_lack_its_end_and_nothing_is_nothing() -> None:
    push = Push("HEAD", "1" * 40, MAIN, "2" * 40)

    assert parse_pushes(_line(push).rstrip()) == (push,)
    assert parse_pushes(b"") == parse_pushes(b"\n") == ()


@pytest.mark.parametrize(
    "line",
    [
        b"refs/heads/main",
        b"HEAD %s refs/heads/main" % (b"1" * 40),
        b"HEAD %s refs/heads/main %s" % (b"1" * 39, b"2" * 40),
        b"HEAD %s refs/heads/main %s" % (b"1" * 41, b"2" * 40),
        b"HEAD %s refs/heads/main %s" % (b"G" * 40, b"2" * 40),
        b"HEAD %s refs/heads/main  %s" % (b"1" * 40, b"2" * 40),
        b"HEAD %s refs/heads/main %s " % (b"1" * 40, b"2" * 40),
        b"HEAD %s refs/heads/main %s\r" % (b"1" * 40, b"2" * 40),
        b" %s refs/heads/main %s" % (b"1" * 40, b"2" * 40),
        b"\0",
    ],
)
def test_what_git_would_not_write_is_refused_and_the_line_named(line: bytes) -> None:
    good = _line(Push("HEAD", "1" * 40, MAIN, "2" * 40))

    with pytest.raises(CannotDetermine, match="line 2"):
        parse_pushes(good + line + b"\n")


def test_more_than_git_would_write_is_refused() -> None:
    with pytest.raises(CannotDetermine, match="larger"):
        parse_pushes(b"x" * 16_000_001)


@pytest.mark.parametrize("digits", [40, 64])
def test_zeros_of_either_length_stand_for_nothing(digits: int) -> None:
    nothing, thing = "0" * digits, "0" * (digits - 1) + "1"

    assert Push("(delete)", nothing, MAIN, thing).is_delete
    assert Push(MAIN, thing, MAIN, nothing).is_new
    assert not Push(MAIN, thing, MAIN, thing).is_delete
    assert not Push(MAIN, thing, MAIN, thing).is_new


@pytest.fixture
def repo(scratch: Scratch) -> Scratch:
    """A history of four commits, the first of which is `main` of the remote."""
    scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"}, {b"f": b"c\n"}, {b"f": b"d\n"})
    scratch.git("config", "remote.origin.url", "elsewhere")
    scratch.git("update-ref", "refs/remotes/origin/main", "main~3")
    return scratch


def _asked(scratch: Scratch, local: str, there: str | None, ref: str = MAIN, remote: str = "origin") -> list[Asked]:
    repository = scratch.repository
    policy_at = cache(lambda commit: rules_at(repository, commit).policy)
    local_ref = f"refs/heads/{local}" if local == "main" else local
    push = Push(local_ref, scratch.oid(local), ref, ZEROS if there is None else scratch.oid(there))
    return list(asked(repository, push, look_at(repository, remote), policy_at))


def _ends(scratch: Scratch, found: list[Asked]) -> list[tuple[str, str | None, str]]:
    return [(each.target.old, each.target.new, each.target.label) for each in found]


def test_an_update_is_compared_with_what_is_there(repo: Scratch) -> None:
    found = _asked(repo, "main", "main~1")

    assert _ends(repo, found)[0] == (repo.oid("main~1"), repo.oid("main"), f"{repo.oid('main~1')[:12]}...main")
    assert found[0].base == repo.oid("main~1")


def test_the_name_of_what_is_there_is_used_if_it_has_one(repo: Scratch) -> None:
    (found,) = _asked(repo, "main", "main~3")

    assert found.target.label == "origin/main...main"


def test_a_name_that_means_another_commit_is_not_used(repo: Scratch) -> None:
    new = repo.oid("main~1")
    push = Push("refs/heads/main", new, MAIN, repo.oid("main~3"))

    (found,) = asked(repo.repository, push, look_at(repo.repository, "origin"), lambda _: Policy())

    assert found.target.new == new
    assert found.target.label == f"origin/main...{new[:12]}"


def test_a_new_ref_is_compared_with_all_the_remote_has(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/other", "main~1")

    (found,) = _asked(repo, "main", None, "refs/heads/new")

    assert _ends(repo, [found]) == [(repo.oid("main~1"), repo.oid("main"), "origin/other...main")]
    assert found.base == repo.oid("origin/main")


@pytest.mark.parametrize("merged", [0, 1])
def test_a_new_ref_with_merges_is_compared_with_the_last_of_what_it_took(repo: Scratch, merged: int) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("checkout", "--quiet", "-b", "new", "main~3")
    repo.commit({"x": "x\n"})
    parents = ["main", "new"] if merged else ["new", "main"]
    tree = repo.oid("main^{tree}")
    tip = repo.git("commit-tree", tree, "-m", "merge", "-p", parents[0], "-p", parents[1]).decode().strip()
    repo.git("reset", "--quiet", "--hard", tip)

    (found,) = _asked(repo, "new", None, "refs/heads/new")

    assert found.target.old == repo.oid("main")


def test_a_new_ref_for_what_the_remote_has_brings_nothing(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/other", "main~1")

    assert _asked(repo, "main~1", None, "refs/heads/new") == []
    assert _asked(repo, "main~2", None, "refs/tags/new") == []


def test_what_another_remote_has_counts_for_nothing(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/fork/main", "main")

    (found,) = _asked(repo, "main", None, "refs/heads/new")

    assert found.target.old == repo.oid("main~3")


def test_where_nothing_is_known_all_is_new(repo: Scratch) -> None:
    (found,) = _asked(repo, "main", None, remote="https://example.org/unknown.git")

    assert found.target.old == empty_tree(repo.repository)
    assert (found.target.label, found.base) == ("--root main", None)


def test_a_history_of_its_own_is_new_as_a_whole(repo: Scratch) -> None:
    repo.git("checkout", "--quiet", "--orphan", "own")
    repo.commit({"g": "own\n"})

    for there in (None, "main~3"):
        (found,) = _asked(repo, "own", there)
        assert found.target.old == empty_tree(repo.repository)
        assert found.target.label == "--root own"
        assert found.base == repo.oid("main~3")


def test_records_are_no_change_whatever_is_protected(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", _with_policy(repo, "refs/*"))
    repo.commit({"g": "g\n"})

    for there in (None, "main~2"):
        assert _asked(repo, "main", there, "refs/reviews/rita") == []
    for ref in ("refs/reviews-not", "refs/reviewsx/rita", "refs/x/refs/reviews/rita"):
        assert len(_asked(repo, "main", None, ref)) == 1


def test_a_deletion_is_no_change(repo: Scratch) -> None:
    push = Push("(delete)", ZEROS, MAIN, repo.oid("main"))

    assert asked(repo.repository, push, look_at(repo.repository, "origin"), lambda _: Policy()) == ()


def test_going_back_is_no_change(repo: Scratch) -> None:
    assert _asked(repo, "main~2", "main") == []


def test_tags_of_tags_are_the_commit_they_lead_to(repo: Scratch) -> None:
    repo.git("tag", "--annotate", "--message=x", "one", "main~1")
    repo.git("tag", "--annotate", "--message=x", "two", "one")

    (found,) = _asked(repo, "two", None, "refs/tags/two")

    assert (found.target.new, found.target.label) == (repo.oid("main~1"), "origin/main...two")


@pytest.mark.parametrize("thing", ["main^{tree}", "main:f"])
def test_no_commit_is_no_change_that_can_be_told(repo: Scratch, thing: str) -> None:
    repo.git("tag", "thing", thing)

    with pytest.raises(CannotDetermine, match="thing is no commit"):
        _asked(repo, "thing", None, "refs/tags/thing")
    repo.git(
        "update-ref", "refs/remotes/origin/main", repo.commit({POLICY: 'schema = 1\nprotected = ["refs/heads/*"]\n'})
    )
    assert _asked(repo, "thing", None, "refs/tags/thing") == []


def test_what_is_not_here_cannot_be_compared(repo: Scratch) -> None:
    push = Push("refs/heads/main", repo.oid("main"), MAIN, "1" * 40)

    with pytest.raises(CannotDetermine, match=r"remote is at 111111111111, .*`git fetch`"):
        asked(repo.repository, push, look_at(repo.repository, "origin"), lambda _: Policy())


def _with_policy(scratch: Scratch, *protected: str) -> str:
    refs = ", ".join(f'"{ref}"' for ref in protected)
    return scratch.commit({POLICY: f"schema = 1\nprotected = [{refs}]\n"})


def test_only_what_the_policy_there_protects_is_asked(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", _with_policy(repo, MAIN))
    repo.commit({"g": "g\n"})

    assert len(_asked(repo, "main", "origin/main")) == 1
    assert _asked(repo, "main", "origin/main", "refs/heads/x") == []
    assert _asked(repo, "main", None, "refs/heads/x") == []
    assert len(_asked(repo, "main", None, MAIN)) == 1


def test_the_policy_of_a_default_branch_holds_for_a_new_one(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("update-ref", "refs/remotes/origin/dev", _with_policy(repo, "refs/heads/none"))
    repo.commit({"g": "g\n"})
    assert len(_asked(repo, "main", None, "refs/heads/x")) == 1

    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/dev")

    assert _asked(repo, "main", None, "refs/heads/x") == []


def test_without_a_default_branch_the_policy_where_it_forked_holds(repo: Scratch) -> None:
    repo.git("update-ref", "-d", "refs/remotes/origin/main")
    repo.git("update-ref", "refs/remotes/origin/dev", _with_policy(repo, "refs/heads/none"))
    repo.commit({"g": "g\n"})

    assert _asked(repo, "main", None, "refs/heads/x") == []
    repo.git("update-ref", "refs/remotes/origin/dev", "main~2")
    assert len(_asked(repo, "main", None, "refs/heads/x")) == 1


def test_what_an_unprotected_branch_has_is_new_to_a_protected_one(repo: Scratch) -> None:
    policy = _with_policy(repo, MAIN, "refs/tags/*")
    repo.git("update-ref", "refs/remotes/origin/main", policy)
    new = repo.commit({"g": "g\n"})
    repo.git("update-ref", "refs/remotes/origin/x", new)

    (found,) = _asked(repo, "main", None, "refs/tags/v1")

    assert (found.target.old, found.target.new) == (policy, new)


def test_a_policy_with_mistakes_is_no_policy(repo: Scratch) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", repo.commit({POLICY: "schema = 2\n"}))
    repo.commit({"g": "g\n"})

    for there in (None, "origin/main"):
        with pytest.raises(PolicyInvalid):
            _asked(repo, "main", there, "refs/heads/x")


@pytest.fixture
def rebased(repo: Scratch) -> Scratch:
    """`x` was published from the first commit; now it stands on what `main` of the remote has since."""
    repo.git("checkout", "--quiet", "-b", "x", "main~3")
    repo.commit({"x": "x\n"})
    repo.git("update-ref", "refs/remotes/origin/x", "x")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("rebase", "--quiet", "main")
    return repo


def test_what_was_rebased_may_be_seen_from_its_old_place_or_its_new_one(rebased: Scratch) -> None:
    new = rebased.oid("x")

    found = _asked(rebased, "x", "origin/x", "refs/heads/x")

    assert _ends(rebased, found) == [
        (rebased.oid("main~3"), new, "origin/x...x"),
        (rebased.oid("main"), new, "origin/main...x"),
    ]
    assert {each.base for each in found} == {rebased.oid("origin/x")}


def test_an_unprotected_default_branch_is_no_place_to_see_it_from(rebased: Scratch) -> None:
    rebased.git("checkout", "--quiet", "--detach", "origin/x")
    rebased.git("update-ref", "refs/remotes/origin/x", _with_policy(rebased, "refs/heads/x"))

    found = _asked(rebased, "x", "origin/x", "refs/heads/x")

    assert [each.target.label for each in found] == ["origin/x...x"]


def test_the_default_branch_itself_is_seen_from_where_it_is(rebased: Scratch) -> None:
    found = _asked(rebased, "x", "origin/main", MAIN)

    assert [each.target.old for each in found] == [rebased.oid("main")]


def test_another_branch_is_no_place_to_see_the_default_branch_from(rebased: Scratch) -> None:
    rebased.git("update-ref", "refs/remotes/origin/x", "x")

    (found,) = _asked(rebased, "x", "origin/main", MAIN)

    assert found.target.old == rebased.oid("main")


def test_a_branch_set_to_the_default_branch_brings_nothing(rebased: Scratch) -> None:
    assert _asked(rebased, "main", "origin/x", "refs/heads/x") == []
