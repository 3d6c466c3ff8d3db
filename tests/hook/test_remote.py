"""What is known of the other side of a push: its branches, its default branch, and names for commits."""

import pytest

from reviewer.hook.remote import Branch, Remote, is_over_ssh, is_plain, look_at
from tests.scratch import Scratch

URL = "https://example.org/a.git"


@pytest.fixture
def repo(scratch: Scratch) -> Scratch:
    """A repository with two commits, and a remote whose branches `one` and `main` are at them."""
    scratch.commit({"f": "a\n"})
    scratch.commit({"f": "b\n"})
    scratch.git("config", "remote.origin.url", URL)
    scratch.git("update-ref", "refs/remotes/origin/main", "main~1")
    scratch.git("update-ref", "refs/remotes/origin/one", "main")
    return scratch


def test_the_branches_of_a_remote_are_known_by_both_names(repo: Scratch) -> None:
    remote = look_at(repo.repository, "origin")

    assert remote.branches == (
        Branch("origin/main", "refs/heads/main", repo.oid("main~1")),
        Branch("origin/one", "refs/heads/one", repo.oid("main")),
    )
    assert remote.home == remote.branches[0]


def test_the_default_branch_is_the_one_the_remote_says(repo: Scratch) -> None:
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/one")

    remote = look_at(repo.repository, "origin")

    assert remote.home == Branch("origin/one", "refs/heads/one", repo.oid("main"))
    assert "origin/HEAD" not in [branch.name for branch in remote.branches]


def test_a_default_branch_that_is_gone_is_none(repo: Scratch) -> None:
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")

    assert look_at(repo.repository, "origin").home == Branch("origin/main", "refs/heads/main", repo.oid("main~1"))


@pytest.mark.parametrize("address", [URL, "file.git", "../file.git", "host:file.git"])
def test_the_address_of_a_remote_is_the_remote(repo: Scratch, address: str) -> None:
    repo.git("config", "remote.origin.url", address)

    assert look_at(repo.repository, address) == look_at(repo.repository, "origin") != Remote()


def test_the_address_a_remote_is_pushed_to_is_not_where_it_was_looked_at(repo: Scratch) -> None:
    repo.git("config", "remote.origin.pushurl", "https://example.org/mine.git")

    assert look_at(repo.repository, "https://example.org/mine.git") == Remote()


def test_a_name_comes_before_an_address(repo: Scratch) -> None:
    repo.git("config", "remote.other.url", "origin")

    assert look_at(repo.repository, "origin").branches


@pytest.mark.parametrize("unknown", ["https://example.org/b.git", "", "*", "..", "origin/", "orig", "-x", "a b\nc"])
def test_of_anything_else_nothing_is_known(repo: Scratch, unknown: str) -> None:
    assert look_at(repo.repository, unknown) == Remote()


def test_a_remote_with_an_odd_name_is_found(repo: Scratch) -> None:
    repo.git("config", "remote.a.b/größe.url", "elsewhere")
    repo.git("update-ref", "refs/remotes/a.b/größe/main", "main")

    assert [branch.name for branch in look_at(repo.repository, "a.b/größe").branches] == ["a.b/größe/main"]


def test_a_commit_goes_by_the_name_of_the_ref_then_the_default_branch_then_any() -> None:
    main, one, two = (Branch(f"origin/{name}", f"refs/heads/{name}", "a" * 40) for name in ("main", "one", "two"))
    remote = Remote((one, main, two), home=main)

    assert remote.name_of("a" * 40, "refs/heads/two") == "origin/two"
    assert remote.name_of("a" * 40) == "origin/main"
    assert Remote((one, two)).name_of("a" * 40) == "origin/one"
    assert remote.name_of("b" * 40) == "b" * 12


def test_a_name_that_a_shell_would_run_is_not_given() -> None:
    remote = Remote((Branch("origin/$(x)", "refs/heads/$(x)", "a" * 40),))

    assert remote.name_of("a" * 40, "refs/heads/$(x)") == "a" * 12


@pytest.mark.parametrize("name", ["main", "origin/feature-1.2", "HEAD~1", "x^2", "größe", "日本", "v1+b@2"])
def test_plain_names_stay(name: str) -> None:
    assert is_plain(name)


@pytest.mark.parametrize("character", " $;'\"`|&()!\\<>*?[]{}#\n\u202e\u3164\udce9")
def test_names_with_other_characters_are_not_plain(character: str) -> None:
    assert not is_plain(f"a{character}b")
    assert not is_plain(f"a{character}")


@pytest.mark.parametrize("name", ["", "-x", "--root", "~x", "=x", "@{u}", ".hidden"])
def test_names_that_begin_oddly_are_not_plain(name: str) -> None:
    assert not is_plain(name)


@pytest.mark.parametrize("address", ["host:repo.git", "me@host:repo.git", "ssh://host/repo", "git+ssh://host/repo"])
def test_addresses_over_ssh(address: str) -> None:
    assert is_over_ssh(address)


@pytest.mark.parametrize(
    "address", ["", "https://host/repo", "/a:b", "./a:b", "../repo.git", "file:///a", "git://host/a"]
)
def test_addresses_not_over_ssh(address: str) -> None:
    assert not is_over_ssh(address)
