"""Records of several people, through real repositories and remotes: all of it arrives, and nothing hostile does."""

import os
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import permutations
from pathlib import Path
from threading import Thread, Timer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import CannotDetermine, RecordDamaged, ReviewerError
from reviewer.repository import Repository, discover, exchange, journals
from reviewer.repository.exchange import Synced, put_records, sync
from reviewer.repository.journals import file_in_commit, records_in_commit, records_in_refs, union
from tests.scratch import SUBMODULE, SYMLINK, Entry, Scratch

REVIEW, OTHER = "2026-01-01-0123456789", "2026-02-01-fedcba9876"
ADA, BEN = "ada.1.jsonl", "ben.1.jsonl"
# The start of one journal, which both may have, and two ways to go on.
_COPIES = st.sampled_from([b"", b"a\n", b"a\nb\n", b"a\nb\nc\n", b"a\nx\n"])
_SIDES = st.dictionaries(st.sampled_from([ADA, BEN, "cy.1.jsonl"]), _COPIES)

Make = Callable[..., Scratch]
Files = Mapping[str, bytes]


def _united(*sides: Files | None) -> Files | None:
    """Return the union, or None where copies disagree; what disagrees once always does."""
    if None in sides:
        return None
    try:
        return union(*(side for side in sides if side is not None))
    except RecordDamaged:
        return None


@given(_SIDES, _SIDES)
def test_a_union_is_the_same_in_both_orders(left: Files, right: Files) -> None:
    assert _united(left, right) == _united(right, left)


@given(_SIDES, _SIDES, _SIDES)
def test_a_union_is_the_same_however_it_is_grouped(first: Files, second: Files, third: Files) -> None:
    assert _united(_united(first, second), third) == _united(first, _united(second, third))
    assert _united(_united(first, second), third) == _united(first, second, third)


@given(_SIDES, _SIDES)
def test_uniting_again_changes_nothing(left: Files, right: Files) -> None:
    once = _united(left, right)

    assert _united(left) == left
    assert _united(once, left) == once
    assert _united(once, once) == once


@given(_SIDES, _SIDES)
def test_a_union_begins_with_every_byte_of_every_side_and_adds_none(left: Files, right: Files) -> None:
    whole = _united(left, right)

    if whole is None:
        assert any(not _is_prefix(left[name], right[name]) for name in left.keys() & right.keys())
        return
    for side in (left, right):
        assert all(whole[name].startswith(content) for name, content in side.items())
    assert all(content in (left.get(name), right.get(name)) for name, content in whole.items())


def _is_prefix(left: bytes, right: bytes) -> bool:
    return left.startswith(right) or right.startswith(left)


@given(st.permutations([{ADA: b"a\n"}, {ADA: b"a\nb\n"}, {ADA: b"a\n", BEN: b"x\n"}, {}]))
def test_what_was_written_is_there_whatever_came_first(sides: list[Files]) -> None:
    assert reduce(union, sides, {}) == {ADA: b"a\nb\n", BEN: b"x\n"}


def test_a_repository_without_records_has_none(scratch: Scratch) -> None:
    assert records_in_refs(scratch.repository) == {}
    assert records_in_refs(scratch.repository).damages == ()


def test_what_is_put_is_read_byte_for_byte(scratch: Scratch) -> None:
    files = {ADA: b"\xff\0\r\n\n", BEN: b"", "cy.1.jsonl": b"no line feed"}

    assert put_records(scratch.repository, REVIEW, files)

    assert records_in_refs(scratch.repository) == {REVIEW: files}


def test_what_is_put_again_changes_nothing(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\nb\n", BEN: b"x\n"})
    before = scratch.oid(f"refs/reviews/{REVIEW}")

    assert not put_records(scratch.repository, REVIEW, {ADA: b"a\nb\n"})
    assert not put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    assert not put_records(scratch.repository, OTHER, {})
    assert scratch.oid(f"refs/reviews/{REVIEW}") == before
    assert list(records_in_refs(scratch.repository)) == [REVIEW]


def test_a_journal_that_grew_replaces_its_beginning(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    first = scratch.oid(f"refs/reviews/{REVIEW}")

    assert put_records(scratch.repository, REVIEW, {ADA: b"a\nb\n"})

    assert records_in_refs(scratch.repository) == {REVIEW: {ADA: b"a\nb\n"}}
    assert scratch.oid(f"refs/reviews/{REVIEW}^") == first


def test_a_journal_that_was_changed_is_refused_and_the_ref_stays(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\nb\n"})
    before = scratch.oid(f"refs/reviews/{REVIEW}")

    with pytest.raises(RecordDamaged, match=f"{REVIEW}: {ADA}: two copies differ"):
        put_records(scratch.repository, REVIEW, {ADA: b"a\nB\n", BEN: b"x\n"})
    assert scratch.oid(f"refs/reviews/{REVIEW}") == before


def test_the_same_files_make_the_same_tree_in_whatever_order_they_came(make_scratch: Make) -> None:
    one, two = make_scratch("one"), make_scratch("two")

    put_records(one.repository, REVIEW, {BEN: b"x\n", ADA: b"a\n"})
    put_records(two.repository, REVIEW, {ADA: b"a\n"})
    put_records(two.repository, REVIEW, {BEN: b"x\n"})

    assert one.oid(f"refs/reviews/{REVIEW}^{{tree}}") == two.oid(f"refs/reviews/{REVIEW}^{{tree}}")


@pytest.mark.parametrize(
    "review", ["", ".", "..", ".a", "a..b", "a.lock", "a.", "a/b", "../a", "A", "a b", "a\n", "é", "x" * 101]
)
def test_a_review_must_have_the_name_of_a_folder_and_a_ref(scratch: Scratch, review: str) -> None:
    with pytest.raises(ReviewerError, match="no name for a review"):
        put_records(scratch.repository, review, {ADA: b"a\n"})


@pytest.mark.parametrize(
    "name", ["", ".jsonl", ".a.jsonl", "a/b.jsonl", "../a.jsonl", "a.json", "a.jsonl\n", "é.jsonl"]
)
def test_a_journal_must_have_the_name_of_one(scratch: Scratch, name: str) -> None:
    with pytest.raises(ReviewerError, match="no name for a journal"):
        put_records(scratch.repository, REVIEW, {name: b"a\n"})


def test_only_the_reviews_asked_for_are_read(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    put_records(scratch.repository, OTHER, {BEN: b"x\n"})

    assert records_in_refs(scratch.repository, [OTHER, "missing"]) == {OTHER: {BEN: b"x\n"}}


@pytest.mark.parametrize("options", [(), ("--bare",), ("--object-format=sha256",)])
def test_repositories_of_every_kind_hold_records_before_their_first_commit(
    make_scratch: Make, options: tuple[str, ...]
) -> None:
    scratch = make_scratch("kind", *options)

    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    put_records(scratch.repository, REVIEW, {BEN: b"x\n"})

    assert records_in_refs(scratch.repository) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}}


def test_linked_worktrees_share_their_records(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"f": "a\n"})
    scratch.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    linked = discover(tmp_path / "linked")

    put_records(linked, REVIEW, {ADA: b"a\n"})

    assert records_in_refs(scratch.repository) == {REVIEW: {ADA: b"a\n"}}


def test_the_commit_is_the_users_and_neither_signed_nor_seen_by_a_hook(scratch: Scratch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        scratch.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch '{seen}'\n", "100755")
    for setting in ("commit.gpgSign", "gpg.program", "i18n.commitEncoding"):
        scratch.git("config", setting, {"commit.gpgSign": "true", "gpg.program": "false"}.get(setting, "latin1"))

    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})

    commit = scratch.git("cat-file", "commit", f"refs/reviews/{REVIEW}")
    assert b"author Ada <ada@example.org> 1700000000 +0000\n" in commit
    assert commit.endswith(b"+0000\n\nreview %s\n" % REVIEW.encode())
    assert not seen.exists()


def test_someone_without_a_name_puts_records_all_the_same(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    scratch.git("config", "user.useConfigOnly", "true")

    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})

    who = scratch.git("log", "-1", "--format=%an <%ae> %cn <%ce>", f"refs/reviews/{REVIEW}").decode().strip()
    assert who == " ".join(["reviewer <reviewer@localhost.invalid>"] * 2)


def test_writers_at_the_same_time_all_get_in(scratch: Scratch) -> None:
    repository = scratch.repository
    names = [f"writer.{number}.jsonl" for number in range(6)]
    writers = [Thread(target=put_records, args=(repository, REVIEW, {name: name.encode()})) for name in names]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert records_in_refs(repository) == {REVIEW: {name: name.encode() for name in names}}


def test_a_ref_that_cannot_be_written_is_reported(scratch: Scratch) -> None:
    scratch.git("commit", "--quiet", "--allow-empty", "-m", "x")
    scratch.git("update-ref", f"refs/reviews/{REVIEW}/in-the-way", "HEAD")

    with pytest.raises(CannotDetermine, match=f"refs/reviews/{REVIEW}: cannot be written"):
        put_records(scratch.repository, REVIEW, {ADA: b"a\n"})


# Refs and trees that others may have made.


def _tree(scratch: Scratch, *entries: tuple[str, bytes | str, str]) -> str:
    """Write a tree as it is, however odd: mode, name, id of each entry."""
    raw = b"".join(f"{mode} ".encode() + os.fsencode(name) + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return _object(scratch, "tree", raw)


def _object(scratch: Scratch, kind: str, content: bytes) -> str:
    return scratch.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", stdin=content).decode().strip()


def _point(scratch: Scratch, ref: str, tree: str) -> None:
    commit = scratch.git("commit-tree", "-m", "x", tree).decode().strip()
    scratch.git("update-ref", ref, commit)


def test_only_plain_files_with_the_name_of_a_journal_are_read(scratch: Scratch) -> None:
    blob = _object(scratch, "blob", b"a\n")
    folder = _tree(scratch, ("100644", ADA, blob))
    _point(
        scratch,
        f"refs/reviews/{REVIEW}",
        _tree(
            scratch,
            ("100644", "..", blob), ("40000", "...jsonl", folder), ("100644", ".a.jsonl", blob),
            ("100644", "../../evil.jsonl", blob), ("100644", "a b.jsonl", blob), ("100644", b"\xff.jsonl", blob),
            ("100644", "a.jsonl\n", blob), ("100755", "executable.jsonl", blob), ("40000", "folder.jsonl", folder),
            ("120000", "link.jsonl", blob), ("100644", "plain.jsonl", blob), ("100644", "policy.toml", blob),
            ("160000", "submodule.jsonl", "1" * 40), ("100664", "odd-mode.jsonl", blob),
        ),
    )  # fmt: skip

    records = records_in_refs(scratch.repository)

    assert records == {REVIEW: {"executable.jsonl": b"a\n", "plain.jsonl": b"a\n"}}
    assert records.damages == ()


def test_refs_that_are_no_reviews_are_passed_over(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    for name in ("refs/reviews/Upper", "refs/reviews/a_b", "refs/reviews/deep/er", "refs/reviews/é", "refs/reviewer/x",
                 f"refs/reviews/{'x' * 101}", "refs/reviewsx"):  # fmt: skip
        scratch.git("update-ref", name, f"refs/reviews/{REVIEW}")

    assert list(records_in_refs(scratch.repository)) == [REVIEW]


def test_a_ref_that_is_no_commit_is_reported_and_the_others_are_read(scratch: Scratch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a\n"})
    scratch.git("tag", "-a", "-m", "x", "tagged", f"refs/reviews/{REVIEW}")
    scratch.git("update-ref", "refs/reviews/a-tag", scratch.oid("tagged"))
    scratch.git("update-ref", "refs/reviews/a-blob", _object(scratch, "blob", b"a\n"))
    scratch.git("update-ref", "refs/reviews/a-tree", _tree(scratch))

    records = records_in_refs(scratch.repository)

    assert records == {REVIEW: {ADA: b"a\n"}}
    assert records.damages == tuple(
        f"refs/reviews/a-{kind}: is a {kind}, and must be a commit" for kind in ("blob", "tag", "tree")
    )
    with pytest.raises(RecordDamaged, match="a-blob: is a blob"):
        put_records(scratch.repository, "a-blob", {ADA: b"a\n"})


def test_trees_that_are_broken_are_reported(scratch: Scratch) -> None:
    blob = _object(scratch, "blob", b"a\n")
    broken = {
        "cut": _object(scratch, "tree", b"100644 a.jsonl\0" + bytes.fromhex(blob)[:7]),
        "missing": _tree(scratch, ("100644", ADA, "1" * 40)),
        "no-blob": _tree(scratch, ("100644", ADA, _tree(scratch))),
        "no-mode": _object(scratch, "tree", b"garbage"),
        "twice": _tree(scratch, ("100644", ADA, blob), ("100644", ADA, _object(scratch, "blob", b"b\n"))),
    }
    for review, tree in broken.items():
        commit = _object(scratch, "commit", f"tree {tree}\nauthor A <a> 1 +0\ncommitter A <a> 1 +0\n\nx\n".encode())
        scratch.git("update-ref", f"refs/reviews/{review}", commit)

    records = records_in_refs(scratch.repository)

    assert records == {}
    assert [damage.partition(": ")[0] for damage in records.damages] == [f"refs/reviews/{it}" for it in broken]


def test_a_journal_too_large_is_reported_and_not_read(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    put_records(scratch.repository, REVIEW, {ADA: b"a" * 2_000})
    put_records(scratch.repository, OTHER, {ADA: b"a" * 1_000})
    for module in (journals, exchange):
        monkeypatch.setattr(module, "LARGEST_REVIEW", 1_000)

    records = records_in_refs(scratch.repository)

    assert list(records) == [OTHER]
    assert len(records.damages) == 1
    assert f"refs/reviews/{REVIEW}: holds more than" in records.damages[0]
    with pytest.raises(RecordDamaged, match="holds more than"):
        put_records(scratch.repository, OTHER, {BEN: b"x"})


def test_one_blob_many_times_counts_as_often_as_it_is_named(scratch: Scratch) -> None:
    blob = _object(scratch, "blob", b"a" * 1_000_000)
    _point(scratch, f"refs/reviews/{REVIEW}", _tree(scratch, *(("100644", f"{n:03}.jsonl", blob) for n in range(65))))

    records = records_in_refs(scratch.repository)

    assert records == {}
    assert "holds more than the 64,000,000 bytes" in records.damages[0]


def test_a_tree_too_long_is_reported_and_not_read(scratch: Scratch) -> None:
    blob = _object(scratch, "blob", b"")
    _point(
        scratch, f"refs/reviews/{REVIEW}", _tree(scratch, *(("100644", f"{n:05}.jsonl", blob) for n in range(3_000)))
    )
    put_records(scratch.repository, OTHER, {ADA: b"a\n"})

    records = records_in_refs(scratch.repository)

    assert records == {OTHER: {ADA: b"a\n"}}
    assert records.damages == (f"refs/reviews/{REVIEW}: its list of files is missing, damaged or too large",)


def test_what_is_too_much_together_is_read_as_far_as_it_goes(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        put_records(scratch.repository, f"review-{number}", {ADA: b"%d" % number * 100})
    monkeypatch.setattr(journals, "_MOST_OF_REVIEWS", 250)

    records = records_in_refs(scratch.repository)

    assert list(records) == ["review-0", "review-1"]
    assert len(records.damages) == 2


def test_a_tree_of_endless_depth_is_not_walked(scratch: Scratch) -> None:
    bomb = _tree(scratch, ("100644", ADA, _object(scratch, "blob", b"a\n")))
    for _ in range(12):
        bomb = _tree(scratch, *(("40000", f"{number:02}", bomb) for number in range(10)))
    _point(scratch, f"refs/reviews/{REVIEW}", bomb)
    _point(scratch, "refs/heads/main", _tree(scratch, ("40000", ".reviews", bomb)))

    assert records_in_refs(scratch.repository) == {REVIEW: {}}
    assert all(files == {} for files in records_in_commit(scratch.repository, "refs/heads/main").values())


# Out of commits.


def test_records_of_a_commit_are_those_in_its_folder_and_no_other(scratch: Scratch) -> None:
    (commit,) = scratch.import_commits(
        {
            b".reviews/%s/ada.1.jsonl" % REVIEW.encode(): b"a\n",
            b".reviews/%s/deeper/ben.1.jsonl" % REVIEW.encode(): b"x\n",
            b".reviews/%s/link.jsonl" % REVIEW.encode(): Entry(b"/etc/passwd", SYMLINK),
            b".reviews/%s/ben.1.jsonl" % OTHER.encode(): b"x\n",
            b".reviews/Upper/ada.1.jsonl": b"a\n",
            b".reviews/\xff/ada.1.jsonl": b"a\n",
            b".reviews/ada.1.jsonl": b"a\n",
            b".reviews/linked": Entry(REVIEW.encode(), SYMLINK),
            b"sub/.reviews/%s/ada.2.jsonl" % REVIEW.encode(): b"a\n",
        }
    )

    records = records_in_commit(scratch.repository, commit)

    assert records == {REVIEW: {ADA: b"a\n"}, OTHER: {BEN: b"x\n"}}
    assert records.damages == ()


@pytest.mark.parametrize(
    "entry", [None, Entry(b"elsewhere", SYMLINK), Entry(b"1" * 40, SUBMODULE), b"a file\n"], ids=str
)
def test_a_commit_without_the_folder_has_no_records(scratch: Scratch, entry: Entry | bytes | None) -> None:
    (commit,) = scratch.import_commits({b"f": b"a\n"} if entry is None else {b".reviews": entry})

    assert records_in_commit(scratch.repository, commit) == {}


@pytest.mark.parametrize("commit", ["1" * 40, "no-such-branch", "--output=x", "HEAD:f", "a\nb"])
def test_what_is_no_commit_cannot_be_read(scratch: Scratch, commit: str) -> None:
    scratch.commit({"f": "a\n"})

    with pytest.raises(CannotDetermine):
        records_in_commit(scratch.repository, commit)
    with pytest.raises(CannotDetermine):
        file_in_commit(scratch.repository, commit, b".reviews/policy.toml", 100)


def test_a_commit_is_read_from_below_the_top_and_without_a_working_tree(scratch: Scratch, make_scratch: Make) -> None:
    commit = scratch.commit({f".reviews/{REVIEW}/{ADA}": "a\n", "sub/f": "a\n"})
    bare = make_scratch("bare.git", "--bare")
    bare.git("fetch", "--quiet", str(scratch.folder), "main:main")

    for repository in (discover(scratch.folder / "sub"), bare.repository):
        assert records_in_commit(repository, commit) == {REVIEW: {ADA: b"a\n"}}
        assert file_in_commit(repository, commit, b"sub/f", 100) == b"a\n"


POLICY = b".reviews/policy.toml"


def test_a_file_of_a_commit_is_read_whole_or_is_none(scratch: Scratch) -> None:
    tree = {POLICY: b"\xff\0\r\n", b".reviews/run": Entry(b"x", "100755"), b".reviews/link": Entry(b"run", SYMLINK)}
    (commit,) = scratch.import_commits(tree)

    assert file_in_commit(scratch.repository, commit, POLICY, 4) == b"\xff\0\r\n"
    assert file_in_commit(scratch.repository, commit, b".reviews/run", 100) == b"x"
    assert file_in_commit(scratch.repository, commit, b".reviews/missing", 100) is None
    assert file_in_commit(scratch.repository, commit, b"missing/policy.toml", 100) is None
    assert file_in_commit(scratch.repository, commit, b".reviews/*", 100) is None
    with pytest.raises(CannotDetermine, match="has 4 bytes, and such a file may have 3"):
        file_in_commit(scratch.repository, commit, POLICY, 3)


@pytest.mark.parametrize(
    "tree",
    [
        {POLICY: Entry(b"other", SYMLINK)},
        {POLICY: Entry(b"1" * 40, SUBMODULE)},
        {POLICY + b"/deeper": b"a\n"},
        {b".reviews": Entry(b"other", SYMLINK)},
        {b".reviews": Entry(b"1" * 40, SUBMODULE)},
        {b".reviews": b"a file\n"},
    ],
    ids=str,
)
def test_what_stands_in_a_files_place_never_passes_for_a_missing_one(
    scratch: Scratch, tree: Mapping[bytes, Entry | bytes]
) -> None:
    (commit,) = scratch.import_commits(tree)

    with pytest.raises(CannotDetermine, match="no plain file"):
        file_in_commit(scratch.repository, commit, POLICY, 100)


@pytest.mark.parametrize("lost", ["", ":.reviews", ":.reviews/policy.toml"])
def test_an_object_that_is_lost_never_passes_for_a_missing_file(scratch: Scratch, lost: str) -> None:
    commit = scratch.commit({POLICY.decode(): "a\n"})
    oid = scratch.oid(f"{commit}{lost}")
    (scratch.folder / ".git" / "objects" / oid[:2] / oid[2:]).unlink()

    with pytest.raises(CannotDetermine, match="fetch what is missing"):
        file_in_commit(scratch.repository, commit, POLICY, 100)


def test_a_shallow_clone_reads_the_commits_it_has(scratch: Scratch, tmp_path: Path) -> None:
    first = scratch.commit({POLICY.decode(): "1\n"})
    second = scratch.commit({POLICY.decode(): "2\n", f".reviews/{REVIEW}/{ADA}": "a\n"})
    scratch.git("clone", "--quiet", "--depth=1", f"file://{scratch.folder}", str(tmp_path / "shallow"))
    shallow = discover(tmp_path / "shallow")

    assert file_in_commit(shallow, second, POLICY, 100) == b"2\n"
    assert records_in_commit(shallow, second) == {REVIEW: {ADA: b"a\n"}}
    with pytest.raises(CannotDetermine, match="fetch what is missing"):
        file_in_commit(shallow, first, POLICY, 100)


# With a remote.


@pytest.fixture
def far(make_scratch: Make) -> Scratch:
    return make_scratch("far.git", "--bare")


@pytest.fixture
def join(make_scratch: Make, far: Scratch) -> Callable[..., Repository]:
    """Return a function that makes a person's repository with the remote `origin`."""

    def make(name: str, *options: str) -> Repository:
        scratch = make_scratch(name, *options)
        scratch.git("remote", "add", "origin", str(far.folder))
        return scratch.repository

    return make


Join = Callable[..., Repository]


def test_a_sync_with_nothing_to_exchange_does_nothing(join: Join) -> None:
    assert sync(join("ada"), "origin") == Synced(0, 0)


def test_records_go_from_one_person_to_the_other(join: Join, far: Scratch) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ada, REVIEW, {ADA: b"a\n"})

    assert sync(ada, "origin") == Synced(0, 1)
    assert sync(ben, "origin") == Synced(1, 0)
    assert records_in_refs(ben) == {REVIEW: {ADA: b"a\n"}}
    put_records(ben, REVIEW, {BEN: b"x\n"})
    assert sync(ben, "origin") == Synced(0, 1)
    assert sync(ada, "origin") == Synced(1, 0)
    assert sync(ada, "origin") == sync(ben, "origin") == Synced(0, 0)
    assert records_in_refs(ada) == records_in_refs(ben) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}}
    assert records_in_refs(far.repository) == records_in_refs(ada)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_two_who_write_at_once_end_with_the_same_in_whatever_order_they_write_and_sync(
    join: Join, order: tuple[int, ...]
) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    put_records(ben, REVIEW, {ADA: b"a\nb\n", BEN: b"x\n"})
    put_records(ben, OTHER, {BEN: b"y\n"})
    steps = (
        lambda: sync(ada, "origin"),
        lambda: sync(ben, "origin"),
        lambda: put_records(ada, OTHER, {ADA: b"c\n"}),
        lambda: put_records(ben, REVIEW, {BEN: b"x\nz\n"}),
    )

    for step in order:
        steps[step]()
    results = [sync(person, "origin") for person in (ada, ben, ada, ben, ada)]

    whole = {REVIEW: {ADA: b"a\nb\n", BEN: b"x\nz\n"}, OTHER: {ADA: b"c\n", BEN: b"y\n"}}
    assert records_in_refs(ada) == records_in_refs(ben) == whole
    assert results[-2:] == [Synced(0, 0), Synced(0, 0)]
    assert all(result.damages == result.refused == () for result in results)


def test_people_who_sync_at_the_same_time_all_get_everything(join: Join) -> None:
    people = [join(f"person-{number}") for number in range(4)]
    for number, person in enumerate(people):
        put_records(person, REVIEW, {f"writer.{number}.jsonl": b"%d\n" % number})
    results: list[Synced] = []
    racing = [Thread(target=lambda person=person: results.append(sync(person, "origin"))) for person in people]

    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()

    assert [result.refused for result in results] == [()] * 4
    whole = {REVIEW: {f"writer.{number}.jsonl": b"%d\n" % number for number in range(4)}}
    for person in people:
        sync(person, "origin")
        assert records_in_refs(person) == whole


def test_syncs_of_one_repository_at_the_same_time_do_not_trip_over_each_other(join: Join, far: Scratch) -> None:
    ada, ben = join("ada"), join("ben")
    for number in range(8):
        put_records(ben, f"review-{number}", {BEN: b"x\n"})
    sync(ben, "origin")
    put_records(ada, "review-0", {ADA: b"a\n"})
    results: list[Synced] = []
    racing = [Thread(target=lambda: results.append(sync(ada, "origin"))) for _ in range(4)]

    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()

    assert [(result.damages, result.refused) for result in results] == [((), ())] * 4
    assert records_in_refs(ada) == records_in_refs(far.repository)
    assert records_in_refs(ada)["review-0"] == {ADA: b"a\n", BEN: b"x\n"}


def test_a_sync_waits_for_another_that_holds_a_lock(join: Join) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ben, REVIEW, {BEN: b"x\n"})
    sync(ben, "origin")
    sync(ada, "origin")
    put_records(ben, REVIEW, {BEN: b"x\ny\n"})
    sync(ben, "origin")
    (place,) = (ada.git_dir / "refs" / "reviewer" / "remotes").iterdir()
    lock = place / f"{REVIEW}.lock"
    lock.touch()
    release = Timer(0.4, lock.unlink)

    release.start()
    result = sync(ada, "origin")
    release.join()

    assert result == Synced(1, 0)


def _move_before_a_push(far: Scratch, tip: str, *, times: int) -> None:
    """Let the remote move its review once a push has begun, and refuse the push, as a faster writer would."""
    script = f"""#!/bin/sh
unset GIT_QUARANTINE_PATH
left=$(cat left 2>/dev/null || echo {times})
test "$left" -gt 0 || exit 0
echo $((left - 1)) > left
git update-ref refs/reviews/{REVIEW} {tip}
exit 0
"""
    far.write("hooks/pre-receive", script, "100755")


def test_a_remote_that_moves_between_fetch_and_push_is_united_with_and_sent_to_again(join: Join, far: Scratch) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    put_records(ben, REVIEW, {BEN: b"x\n"})
    Scratch(ben.folder).git("push", "--quiet", "origin", f"refs/reviews/{REVIEW}:refs/heads/waiting")
    _move_before_a_push(far, far.oid("waiting"), times=1)

    assert sync(ada, "origin") == Synced(1, 1)

    assert (far.folder / "left").read_text() == "0\n"
    assert records_in_refs(far.repository) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}}
    assert records_in_refs(ada) == records_in_refs(far.repository)


def test_a_remote_that_refuses_one_review_takes_the_others_and_says_why(join: Join, far: Scratch) -> None:
    ada = join("ada")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    put_records(ada, OTHER, {ADA: b"b\n"})
    far.write("hooks/update", f"#!/bin/sh\necho $1 >> asked\ncase $1 in *{REVIEW}) exit 1; esac\n", "100755")

    result = sync(ada, "origin")

    assert result == Synced(0, 1, (), (f"refs/reviews/{REVIEW}: [remote rejected] (hook declined)",))
    assert records_in_refs(far.repository) == {OTHER: {ADA: b"b\n"}}
    # What is refused for good is not asked for again and again.
    assert (far.folder / "asked").read_text().count(REVIEW) == 2


def test_a_review_that_cannot_be_written_here_does_not_hold_up_the_others(join: Join) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ben, REVIEW, {BEN: b"x\n"})
    put_records(ben, OTHER, {BEN: b"y\n"})
    sync(ben, "origin")
    Scratch(ada.folder).commit({"f": "a\n"})
    Scratch(ada.folder).git("update-ref", f"refs/reviews/{REVIEW}/in-the-way", "HEAD")

    result = sync(ada, "origin")

    assert (result.received, result.sent, result.damages) == (1, 0, ())
    assert len(result.refused) == 1
    assert result.refused[0].startswith(f"refs/reviews/{REVIEW}: git update-ref: ")
    assert records_in_refs(ada) == {OTHER: {BEN: b"y\n"}}


def test_copies_that_disagree_leave_both_sides_as_they_are_and_the_rest_is_exchanged(join: Join, far: Scratch) -> None:
    ada, ben = join("ada"), join("ben")
    put_records(ada, REVIEW, {ADA: b"a\nb\n", BEN: b"x\n"})
    put_records(ben, REVIEW, {ADA: b"a\nFORGED\n"})
    put_records(ben, OTHER, {BEN: b"y\n"})
    sync(ada, "origin")
    before = far.oid(f"refs/reviews/{REVIEW}"), Scratch(ben.folder).oid(f"refs/reviews/{REVIEW}")

    result = sync(ben, "origin")

    assert (result.received, result.sent, result.refused) == (0, 1, ())
    assert len(result.damages) == 1
    assert result.damages[0].startswith(f"{REVIEW}: {ADA}: two copies differ")
    assert before == (far.oid(f"refs/reviews/{REVIEW}"), Scratch(ben.folder).oid(f"refs/reviews/{REVIEW}"))
    assert records_in_refs(far.repository)[OTHER] == {BEN: b"y\n"}


def test_what_is_hostile_at_the_remote_stays_there(join: Join, far: Scratch) -> None:
    blob = _object(far, "blob", b"a\n")
    far.git("update-ref", "refs/reviews/a-blob", blob)
    far.git("update-ref", "refs/reviews/Upper", blob)
    _point(far, "refs/reviews/huge", _tree(far, *(("100644", f"{n:05}.jsonl", blob) for n in range(3_000))))
    _point(far, f"refs/reviews/{OTHER}/deeper", _tree(far))
    _point(far, f"refs/reviews/{REVIEW}", _tree(far, ("100644", ADA, blob)))
    ada = join("ada")
    put_records(ada, "a-blob", {ADA: b"mine\n"})

    result = sync(ada, "origin")

    assert (result.received, result.sent) == (1, 0)
    assert [damage.partition(":")[0] for damage in result.damages] == ["a-blob", "huge"]
    assert records_in_refs(ada) == {REVIEW: {ADA: b"a\n"}, "a-blob": {ADA: b"mine\n"}}
    assert far.oid("refs/reviews/a-blob") == blob


def test_a_remote_that_shortened_a_journal_gets_it_back(join: Join, far: Scratch) -> None:
    ada = join("ada")
    put_records(ada, REVIEW, {ADA: b"a\nb\n", BEN: b"x\n"})
    sync(ada, "origin")
    shorter = _tree(far, ("100644", ADA, _object(far, "blob", b"a\n")))
    tip = far.git("commit-tree", "-p", f"refs/reviews/{REVIEW}", "-m", "x", shorter).decode().strip()
    far.git("update-ref", f"refs/reviews/{REVIEW}", tip)

    assert sync(ada, "origin") == Synced(0, 1)

    assert records_in_refs(far.repository) == records_in_refs(ada) == {REVIEW: {ADA: b"a\nb\n", BEN: b"x\n"}}


def test_a_review_the_remote_lost_is_sent_again(join: Join, far: Scratch) -> None:
    ada = join("ada")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    sync(ada, "origin")
    assert sync(ada, "origin") == Synced(0, 0)
    far.git("update-ref", "-d", f"refs/reviews/{REVIEW}")

    assert sync(ada, "origin") == Synced(0, 1)


def test_two_remotes_end_with_the_same(join: Join, make_scratch: Make) -> None:
    second = make_scratch("second.git", "--bare")
    ada, ben = join("ada"), join("ben")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    put_records(ben, REVIEW, {ADA: b"a\n", BEN: b"x\n"})
    sync(ben, "origin")
    sync(ada, str(second.folder))

    results = [sync(ada, remote) for remote in ("origin", str(second.folder), "origin")]

    assert results == [Synced(1, 0), Synced(0, 1), Synced(0, 0)]
    assert records_in_refs(second.repository) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}}
    assert sync(ada, str(second.folder)) == Synced(0, 0)


def test_a_sync_touches_nothing_but_its_own_refs_and_starts_no_hook(join: Join, far: Scratch, tmp_path: Path) -> None:
    ada, ben = join("ada"), join("ben")
    mine = Scratch(ada.folder)
    mine.commit({"f": "a\n"})
    mine.git("tag", "-a", "-m", "x", "v1")
    mine.git("config", "push.followTags", "true")
    far.git("fetch", "--quiet", "--no-tags", str(ada.folder), "main:main", "main:topic")
    (ada.git_dir / "FETCH_HEAD").write_bytes(b"mine")
    mine.write(".git/hooks/pre-push", f"#!/bin/sh\ntouch '{tmp_path / 'seen'}'\nexit 1\n", "100755")
    put_records(ada, REVIEW, {ADA: b"a\n"})
    put_records(ben, OTHER, {BEN: b"x\n"})
    sync(ben, "origin")
    far.git("tag", "-a", "-m", "x", "theirs", f"refs/reviews/{OTHER}")

    sync(ada, "origin")

    refs = mine.git("for-each-ref", "--format=%(refname)").decode().split()
    assert [ref for ref in refs if not ref.startswith("refs/reviewer/remotes/")] == [
        "refs/heads/main", f"refs/reviews/{REVIEW}", f"refs/reviews/{OTHER}", "refs/tags/v1",
    ]  # fmt: skip
    assert far.git("tag", "--list") == b"theirs\n"
    assert (ada.git_dir / "FETCH_HEAD").read_bytes() == b"mine"
    assert not (tmp_path / "seen").exists()
    assert records_in_refs(ada) == {REVIEW: {ADA: b"a\n"}, OTHER: {BEN: b"x\n"}}


@pytest.mark.parametrize("mirror", ["push", "fetch"])
def test_a_mirror_takes_records_too(join: Join, far: Scratch, mirror: str) -> None:
    ada = join("ada")
    Scratch(ada.folder).git("remote", "add", f"--mirror={mirror}", "mirror", str(far.folder))
    put_records(ada, REVIEW, {ADA: b"a\n"})

    assert sync(ada, "mirror") == Synced(0, 1)
    assert list(records_in_refs(far.repository)) == [REVIEW]


@pytest.mark.parametrize("kind", ["shallow", "linked", "bare", "partial"])
def test_clones_of_every_kind_exchange_records(far: Scratch, scratch: Scratch, tmp_path: Path, kind: str) -> None:
    scratch.commit({"f": "1\n"})
    scratch.commit({"f": "2\n"})
    scratch.git("push", "--quiet", str(far.folder), "main")
    far.git("config", "uploadpack.allowFilter", "true")
    put_records(far.repository, REVIEW, {ADA: b"a\n"})
    options = {"shallow": ["--depth=1"], "bare": ["--bare"], "partial": ["--filter=blob:none"]}.get(kind, [])
    clone = tmp_path / "clone"
    scratch.git("clone", "--quiet", *options, f"file://{far.folder}", str(clone))
    if kind == "linked":
        Scratch(clone).git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    repository = discover(tmp_path / "linked" if kind == "linked" else clone)
    put_records(repository, REVIEW, {BEN: b"x\n"})
    put_records(repository, OTHER, {BEN: b"y\n"})

    assert sync(repository, "origin") == Synced(1, 2)

    assert records_in_refs(far.repository) == records_in_refs(repository)
    assert records_in_refs(repository) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}, OTHER: {BEN: b"y\n"}}


def test_repositories_with_sha256_ids_exchange_records(make_scratch: Make) -> None:
    near, far = make_scratch("near", "--object-format=sha256"), make_scratch("far", "--bare", "--object-format=sha256")
    put_records(near.repository, REVIEW, {ADA: b"a\n"})
    put_records(far.repository, REVIEW, {BEN: b"x\n"})

    assert sync(near.repository, str(far.folder)) == Synced(1, 1)
    assert records_in_refs(far.repository) == {REVIEW: {ADA: b"a\n", BEN: b"x\n"}}


def test_a_relative_path_is_seen_from_where_the_user_stands(join: Join, far: Scratch) -> None:
    ada = join("ada")
    (ada.folder / "sub").mkdir()
    put_records(ada, REVIEW, {ADA: b"a\n"})

    assert sync(discover(ada.folder / "sub"), "../../far.git") == Synced(0, 1)


@pytest.mark.parametrize("remote", ["--upload-pack=touch seen", "-host:x", "-", "", "nobody", "a\nb", "\x1b[2J", "."])
def test_a_remote_must_be_one_that_git_knows_or_a_place(join: Join, remote: str) -> None:
    ada = join("ada")

    with pytest.raises(ReviewerError, match=r"no such remote|no name of a remote") as caught:
        sync(ada, remote)
    assert caught.value.exit_code == 2
    assert not (ada.folder / "seen").exists()


def test_no_program_is_a_remote(join: Join, tmp_path: Path) -> None:
    with pytest.raises(CannotDetermine, match="ext"):
        sync(join("ada"), f"ext::touch {tmp_path / 'seen'}")

    assert not (tmp_path / "seen").exists()


def test_a_remote_that_is_not_there_is_reported_without_its_password(join: Join) -> None:
    ada = join("ada")

    with pytest.raises(CannotDetermine, match="cannot exchange reviews with it"):
        sync(ada, str(ada.folder / "nowhere"))
    with pytest.raises(CannotDetermine, match="bad://host") as caught:
        sync(ada, "bad://user:secret@host/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("may_ask", "prompt"), [(False, "0"), (True, "1")])
def test_git_asks_for_a_password_only_where_it_may(
    join: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_ask: bool, prompt: str
) -> None:
    transport = tmp_path / "transport"
    transport.write_text(f'#!/bin/sh\nprintf %s "$GIT_TERMINAL_PROMPT" > "{tmp_path}/prompt"\nexit 1\n')
    transport.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(transport))

    with pytest.raises(CannotDetermine, match="host:far"):
        sync(join("ada"), "host:far", may_ask=may_ask)

    assert (tmp_path / "prompt").read_text() == prompt


def test_what_a_remote_says_is_shown_visibly() -> None:
    report = b"To x\n*\t1:refs/reviews/a\t[new reference]\n!\t2:refs/reviews/b\t[remote rejected] (\x1b[2J)\nDone\n"

    assert dict(exchange._rejected(report)) == {"b": "[remote rejected] (␛[2J)"}


def test_hardly_any_process_is_started_where_there_is_nothing_to_read(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    wrapper = scratch.write("../bin/git", f'#!/bin/sh\necho x >> "{log}"\nexec "$REAL_GIT" "$@"\n', "100755")
    repository = scratch.repository
    monkeypatch.setenv("REAL_GIT", scratch.git("--exec-path").decode().strip() + "/git")
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")

    def started() -> int:
        log.write_text("")
        records_in_refs(repository)
        return len(log.read_text())

    assert started() == len("x\n")
    for number in range(12):
        put_records(repository, f"review-{number}", {ADA: b"%d\n" % number, BEN: b"x%d\n" % number})
    assert started() == 5 * len("x\n")
