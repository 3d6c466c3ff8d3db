"""What `verify` ends with, by the contract: 0 fine, 1 something is missing, 2 usage, 3, 4 and 5 as below."""

import json
import sys
from pathlib import Path

import pytest

from reviewer.review.record import event_id
from tests.scratch import Scratch
from tests.verification.reviews import (
    BEN,
    RANGE,
    RITA,
    begin,
    chained,
    edited,
    plant,
    run,
    sign,
    sit_down,
    verify,
)

FINE, UNSATISFIED, USAGE, UNKNOWN, DAMAGED, TOO_NEW = range(6)


@pytest.fixture
def changed(scratch: Scratch) -> Scratch:
    return begin(scratch)


def test_what_is_signed_off_is_fine(changed: Scratch) -> None:
    sign(changed)

    assert verify(changed) == (FINE, "verified: 2 edits, approved by Rita <rita@example.org> (unsigned)\n", "")


def test_what_is_not_says_what_is_missing_where_and_what_to_run(changed: Scratch) -> None:
    status, said, _ = verify(changed, RANGE)

    assert status == UNSATISFIED
    assert "shop.py:6: not read" in said
    assert said.endswith(f"run `reviewer review {RANGE}`\n")


def test_json_has_the_same_exit_code_and_stands_on_standard_output(changed: Scratch) -> None:
    status, said, error = verify(changed, RANGE, "--format=json")

    assert status == UNSATISFIED
    assert json.loads(said)["satisfied"] is False
    assert error == ""


def test_trailers_stand_alone_on_standard_output(changed: Scratch) -> None:
    unsigned = verify(changed, RANGE, "--trailers")
    sign(changed)

    assert unsigned[:2] == (UNSATISFIED, "")
    assert verify(changed, RANGE, "--trailers") == (FINE, "Reviewed-by: Rita <rita@example.org>\n", "")


@pytest.mark.parametrize(
    "arguments", [("--nonsense",), ("--format", "xml"), ("main", "feature"), ("--target",), ("--", "a", "b")]
)
def test_what_cannot_be_asked_is_usage(changed: Scratch, arguments: tuple[str, ...]) -> None:
    assert verify(changed, *arguments)[0] == USAGE


@pytest.mark.parametrize("arguments", [("nowhere",), ("main...nowhere",), ("--", "--all"), (RANGE, "--target", "nope")])
def test_a_name_that_git_does_not_know_cannot_be_determined(changed: Scratch, arguments: tuple[str, ...]) -> None:
    status, said, error = verify(changed, *arguments)

    assert (status, said) == (UNKNOWN, "")
    assert "git knows no such commit or range" in error


def test_without_a_repository_nothing_can(tmp_path: Path, changed: Scratch) -> None:
    status, _, error = verify(changed, folder=tmp_path)

    assert status == UNKNOWN
    assert "not a git repository" in error


def test_a_branch_without_a_base_cannot(scratch: Scratch) -> None:
    scratch.commit({"shop.py": "1\n"})

    status, _, error = verify(scratch)

    assert status == UNKNOWN
    assert "name a range" in error


def test_a_repository_without_a_commit_cannot(scratch: Scratch) -> None:
    assert verify(scratch)[0] == UNKNOWN
    assert verify(scratch, "HEAD")[0] == UNKNOWN


def test_a_branch_that_its_base_holds_has_nothing_to_verify(changed: Scratch) -> None:
    changed.git("checkout", "-q", "main")
    changed.git("merge", "-q", "feature")
    changed.git("checkout", "-q", "feature")

    assert verify(changed)[:2] == (FINE, "nothing to verify: the branch has no commit that its base has not\n")
    assert json.loads(verify(changed, "--format=json")[1])["satisfied"] is True


def _shallow(changed: Scratch, *options: str) -> Path:
    changed.git("checkout", "-q", "main")
    changed.commit({"other.py": edited(2)})
    changed.git("checkout", "-q", "feature")
    folder = changed.folder.parent / "shallow"
    changed.git("clone", "-q", "--depth=1", *options, changed.folder.as_uri(), str(folder))
    return folder


@pytest.mark.parametrize("arguments", [(), ("origin/main...HEAD",), ("HEAD",)])
def test_a_shallow_clone_without_the_base_cannot(changed: Scratch, arguments: tuple[str, ...]) -> None:
    # Its upstream holds all that it has, and would pass for a base that the branch adds nothing to.
    folder = _shallow(changed, "--no-single-branch", "--branch=feature")

    status, said, error = verify(changed, *arguments, folder=folder)

    assert (status, said) == (UNKNOWN, "")
    assert "git fetch --unshallow" in error


def test_a_shallow_clone_of_one_branch_knows_no_base_by_name(changed: Scratch) -> None:
    folder = _shallow(changed, "--single-branch", "--branch=feature")

    assert verify(changed, "origin/main...HEAD", folder=folder)[0] == UNKNOWN


def test_a_lost_object_cannot_be_judged(changed: Scratch) -> None:
    oid = changed.oid("feature:shop.py")
    (changed.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
    # Else git takes what lies in the working tree for it.
    changed.git("checkout", "-q", "main")

    assert verify(changed, RANGE)[0] == UNKNOWN


def test_a_damaged_record_is_damaged(changed: Scratch) -> None:
    sign(changed)
    (copy,) = (changed.folder / ".reviews").rglob("*.jsonl")
    copy.write_bytes(copy.read_bytes()[:-40])

    status, said, _ = verify(changed, RANGE)

    assert status == DAMAGED
    assert "  damaged: " in said
    assert "remove or restore the damaged file" in said


def test_a_record_of_a_newer_schema_is_too_new(changed: Scratch) -> None:
    sign(changed)

    plant(changed, chained(BEN, []).replace(b"reviewer.review/1", b"reviewer.review/2"), sit_down(changed).review)

    status, _, error = verify(changed, RANGE)
    assert status == TOO_NEW
    assert "update reviewer" in error


def test_an_event_of_a_newer_version_that_may_be_passed_over_is(changed: Scratch) -> None:
    sign(changed)
    content = chained(RITA, [])
    line = {"e": "future", "n": 1, "lc": 1, "at": "", "prev": event_id(content.rstrip(b"\n"))}

    plant(changed, content + json.dumps(line).encode() + b"\n", sit_down(changed).review)

    assert verify(changed, RANGE)[0] == FINE


def test_a_folder_that_is_gone_is_no_crash(changed: Scratch) -> None:
    command = f'mkdir gone && cd gone && rmdir ../gone && "{sys.executable}" -m reviewer verify'

    done = run("sh", "-c", command, folder=changed.folder)

    assert done.returncode != FINE
    assert b"verified" not in done.stdout
