"""How contents begin and how large they are, read of many files in few calls, and never more of them."""

import os
from pathlib import Path

import pytest

from reviewer.diff.model import FileDiff
from reviewer.repository.blobs import heads_of, sizes_of, sizes_of_those_at_hand
from reviewer.repository.heads import Head, read_heads
from reviewer.repository.runners import Answer, Stoppable, running_with, through_gitpython
from tests.scratch import Scratch


def _heads(scratch: Scratch, *files: FileDiff, length: int = 4) -> list[tuple[Head | None, Head | None]]:
    return list(read_heads(scratch.repository, files, length))


def test_both_sides_of_a_file_are_known_by_their_first_bytes(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees({b"a": b"\0old", b"gone": b""}, {b"a": b"\0newer", b"new": b"abcdefgh"})

    assert _heads(scratch, *diff.files) == [
        (Head(4, b"\0old"), Head(6, b"\0new")),
        (Head(0, b""), None),
        (None, Head(8, b"abcd")),
    ]


def test_what_git_does_not_have_is_looked_for_in_the_working_tree(scratch: Scratch) -> None:
    scratch.commit({"f": b"\0old"})
    scratch.write("f", b"\0newer")

    assert _heads(scratch, *scratch.diff().files) == [(Head(4, b"\0old"), Head(6, b"\0new", is_on_disk=True))]


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "nothing"])
def test_only_a_plain_file_of_the_working_tree_is_looked_at(scratch: Scratch, tmp_path: Path, kind: str) -> None:
    scratch.commit({"f": b"\0old"})
    place = scratch.write("f", b"\0newer")
    (file,) = scratch.diff().files
    (tmp_path / "secret").write_bytes(b"secret")
    place.unlink()

    if kind == "link":
        place.symlink_to(tmp_path / "secret")
    elif kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)

    assert _heads(scratch, file) == [(Head(4, b"\0old"), None)]


def test_a_file_of_the_working_tree_behind_a_linked_folder_is_not_looked_at(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"folder/f": b"\0old"})
    scratch.write("folder/f", b"\0newer")
    (file,) = scratch.diff().files
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "f").write_bytes(b"secret")
    (scratch.folder / "folder").rename(tmp_path / "moved")

    (scratch.folder / "folder").symlink_to(tmp_path / "elsewhere")

    assert _heads(scratch, file) == [(Head(4, b"\0old"), None)]


def test_a_blob_that_is_missing_hides_no_other(scratch: Scratch) -> None:
    oids = [scratch.git("hash-object", "-w", "--stdin", stdin=b"x" * size).decode().strip() for size in range(5)]

    assert sizes_of(scratch.repository, [*oids, "1" * 40]) == dict(zip(oids, range(5), strict=True))


def test_a_blob_that_a_partial_clone_cannot_get_hides_no_other(scratch: Scratch) -> None:
    oids = [scratch.git("hash-object", "-w", "--stdin", stdin=b"x" * size).decode().strip() for size in range(5)]
    for name, value in (
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", str(scratch.folder / "nowhere")),
    ):
        scratch.git("config", name, value)
    scratch.git("config", "core.repositoryFormatVersion", "1")

    assert sizes_of_those_at_hand(scratch.repository, [*oids, "1" * 40]) == dict(zip(oids, range(5), strict=True))


def test_many_small_blobs_are_read_by_few_calls_and_a_large_one_is_not_held(scratch: Scratch) -> None:
    contents = [b"%d" % number * 100 for number in range(200)] + [b"L" * 17_000_000]
    oids = [scratch.git("hash-object", "-w", "--stdin", stdin=content).decode().strip() for content in contents]
    repository = scratch.repository
    answers: list[Answer] = []

    def counting(*asked: object) -> Answer:
        answers.append(through_gitpython(*asked))  # type: ignore[arg-type]  # as the runner is asked
        return answers[-1]

    with running_with(counting):
        heads = heads_of(repository, sizes_of(repository, oids), 6)

    assert heads == {oid: content[:6] for oid, content in zip(oids, contents, strict=True)}
    assert len(answers) <= 4
    assert max(len(answer.output) for answer in answers) < 100_000


@pytest.mark.parametrize("run", [through_gitpython, Stoppable()])
def test_the_beginning_of_what_git_prints_is_the_same_however_it_is_started(scratch: Scratch, run: Stoppable) -> None:
    oid = scratch.git("hash-object", "-w", "--stdin", stdin=bytes(range(256)) * 1_000).decode().strip()

    with running_with(run):
        start = scratch.repository.beginning("cat-file", "blob", oid, length=300)

    assert start == (bytes(range(256)) * 2)[:300]
