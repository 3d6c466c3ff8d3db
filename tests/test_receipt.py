"""A receipt answers only while nothing changed of what was judged, and never for what was not."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import reviewer
from reviewer.cli.gate import tell_gate
from reviewer.receipt import THREE, TWO, receipt_for, write_receipt
from reviewer.review.events import Sign, TakeNote
from reviewer.review.model import Verdict
from reviewer.verification.judge import Judgement
from reviewer.verification.remember import keep_receipt
from tests.scratch import Scratch
from tests.verification.reviews import (
    ASSISTED,
    BEN,
    RANGE,
    RITA,
    about,
    begin,
    chained,
    edited,
    judged,
    live,
    plant,
    put_in_ref,
    say,
    sign,
    sit_down,
    verify,
)

OTHER = "2025-12-01-fedcba9876"
HEAVY = {"textual", "libcst", "pygments", "git", "click", "msgspec"}
_IMPORTED = re.compile(r"^import time:[^|]*\|[^|]*\| +(\w+)", re.MULTILINE)


@pytest.fixture
def kept(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """A change that is signed off, and of which a receipt was kept."""
    begin(scratch)
    sign(scratch)
    tell_gate(scratch.repository, RANGE)
    monkeypatch.chdir(scratch.folder)
    return scratch


def _receipts(scratch: Scratch) -> list[Path]:
    return sorted((scratch.folder / ".git/reviewer/receipts").glob("*"))


def _is_kept(*arguments: str) -> bool:
    return receipt_for(list(arguments or (RANGE,))) is not None


def test_the_receipt_says_what_the_judgement_said(kept: Scratch) -> None:
    said = receipt_for([RANGE])

    for receipt in _receipts(kept):
        receipt.unlink()
    assert said is not None
    assert verify(kept, RANGE) == (0, said.decode(), "")


@pytest.mark.parametrize("revision", [RANGE, "main..feature", "main...", "main..HEAD", "feature", "HEAD"])
def test_all_ways_to_write_the_range_find_it(kept: Scratch, revision: str) -> None:
    assert _is_kept(revision)


def test_without_arguments_the_branch_finds_it(kept: Scratch) -> None:
    assert receipt_for([]) is not None


@pytest.mark.parametrize("folder", [".", "deep/er", ".reviews"])
def test_it_is_found_from_a_folder_below(kept: Scratch, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    below = kept.folder / folder
    below.mkdir(parents=True, exist_ok=True)

    monkeypatch.chdir(below)

    assert _is_kept()


def _files(scratch: Scratch) -> list[Path]:
    return sorted(file for root in (live(scratch), scratch.folder / ".reviews") for file in root.rglob("*.jsonl"))


def _rewrite(file: Path) -> None:
    """Change the content, and put size and time back as they were."""
    before = file.stat()
    # The clock of a file system ticks a few hundred times a second.
    time.sleep(0.02)
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"approve"', b'"comment"'))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def _swap_for_a_link(scratch: Scratch) -> None:
    elsewhere = scratch.folder.parent / "elsewhere"
    (scratch.folder / ".reviews").rename(elsewhere)
    (scratch.folder / ".reviews").symlink_to(elsewhere)


def _swap_a_review_for_a_link(scratch: Scratch) -> None:
    (review,) = (scratch.folder / ".reviews").iterdir()
    review.rename(scratch.folder.parent / "elsewhere")
    review.symlink_to(scratch.folder.parent / "elsewhere")


def _amend(scratch: Scratch) -> None:
    scratch.write("shop.py", edited(5, 31))
    scratch.git("commit", "-q", "-a", "--amend", "--no-edit", "--no-verify")


def _add_a_commit_to_the_target(scratch: Scratch) -> None:
    scratch.git("checkout", "-q", "main")
    scratch.commit({"more.py": "1\n"})


def _annotate(scratch: Scratch) -> None:
    note = 'shop.py\n  abc 5-6\n---\n{"sessions": {"abc": {"agent_id": {"tool": "cursor", "model": "x"}}}}'
    scratch.git("notes", "--ref=ai", "add", "-m", note, "feature")


def _review_ref(scratch: Scratch, name: str = OTHER) -> None:
    put_in_ref(scratch, name, x=chained(BEN, [about("0" * 64)], review=OTHER))


CHANGES: dict[str, Callable[[Scratch], object]] = {
    "a live journal says something else": lambda scratch: _rewrite(_files(scratch)[0]),
    "a published copy says something else": lambda scratch: _rewrite(_files(scratch)[1]),
    "a live journal goes on": lambda scratch: say(scratch, BEN, TakeNote("more")),
    "a record comes to the working tree": lambda scratch: plant(scratch, chained(BEN, []), OTHER),
    "a live journal goes": lambda scratch: _files(scratch)[0].unlink(),
    "a published copy goes": lambda scratch: _files(scratch)[1].unlink(),
    "the published folder becomes a link": _swap_for_a_link,
    "a published review becomes a link": _swap_a_review_for_a_link,
    "a ref of reviews comes": _review_ref,
    "a ref of reviews in a folder comes": lambda scratch: _review_ref(scratch, "team/one"),
    "a note of git-ai comes": _annotate,
    "the target goes on": _add_a_commit_to_the_target,
    "the tip is amended": _amend,
    "another branch is checked out": lambda scratch: scratch.git("checkout", "-q", "-b", "else", "main"),
    "history is cut off": lambda scratch: scratch.write(".git/shallow", scratch.oid("main") + "\n"),
    "a journal becomes unreadable": lambda scratch: scratch.write(f".git/reviewer/reviews/{OTHER}/x.jsonl", "junk"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_all_is_judged_anew(kept: Scratch, change: str) -> None:
    assert _is_kept("main...HEAD")

    CHANGES[change](kept)

    assert not _is_kept("main...HEAD")
    assert not _is_kept() or change == "another branch is checked out"


def test_a_ref_of_reviews_that_takes_another_name_is_a_change(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(scratch)
    sign(scratch)
    _review_ref(scratch, "Not.Read")
    tell_gate(scratch.repository, RANGE)
    monkeypatch.chdir(scratch.folder)
    before = _is_kept()

    scratch.git("update-ref", f"refs/reviews/{OTHER}", "refs/reviews/Not.Read")
    scratch.git("update-ref", "-d", "refs/reviews/Not.Read")

    assert before
    assert not _is_kept()


def test_another_version_of_the_program_judges_anew(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewer, "__version__", "99.0")

    assert not _is_kept()


@pytest.mark.parametrize(
    "arguments",
    [
        ["main...feature", "--format", "json"],
        ["--target=main"],
        ["--trailers"],
        ["main...feature^"],
        ["main...feature~1"],
        ["feature..main"],
        ["feature...main"],
        ["main"],
        [""],
        ["..."],
        ["main...nowhere"],
        ["main...{feature}"],
        ["@{upstream}"],
        ["main feature"],
        ["--all"],
    ],
)
def test_anything_else_that_is_asked_finds_none(kept: Scratch, arguments: list[str]) -> None:
    assert receipt_for(arguments) is None


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE"])
def test_a_repository_that_the_environment_points_elsewhere_finds_none(
    kept: Scratch, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(kept.folder / ".git"))

    assert not _is_kept()


def test_a_linked_working_tree_finds_none(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.git("worktree", "add", "-q", "--detach", str(kept.folder.parent / "linked"), "feature")

    monkeypatch.chdir(kept.folder.parent / "linked")

    assert not _is_kept()


def test_a_bare_repository_inside_the_proposal_finds_none(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    # To git the folder is a repository of its own, whose refs are whatever the proposal says.
    inside = kept.folder / "inside"
    kept.git("clone", "-q", "--bare", str(kept.folder), str(inside))
    kept.commit({"more.py": "1\n"})

    monkeypatch.chdir(inside)

    assert not _is_kept()


def test_a_git_that_lies_in_the_repository_is_not_run(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    git = kept.write("git", "#!/bin/sh\ntouch was-run\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", os.environ["PATH"])))

    assert _is_kept()
    assert not (kept.folder / "was-run").exists()


def test_without_git_on_the_path_there_is_none(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(kept.folder))

    assert not _is_kept()


def test_a_folder_that_is_gone_finds_none(kept: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = kept.folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert not _is_kept()


def test_a_ref_with_a_line_separator_in_its_name_is_no_error(kept: Scratch) -> None:
    kept.git("update-ref", "refs/heads/a\u2028b\x85c", "main")
    kept.git("update-ref", "refs/reviews/a\u2028b", "main")

    assert receipt_for([]) is None
    assert verify(kept)[0] == 0


def test_text_that_would_steer_the_terminal_is_not_printed(kept: Scratch) -> None:
    for receipt in _receipts(kept):
        receipt.write_bytes(receipt.read_bytes() + b"\x1b]0;owned\x07\n")

    assert not _is_kept()


def test_text_in_other_scripts_is(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(scratch)
    sign(scratch, RITA.__class__("Živa Müller", "z@example.org"))
    tell_gate(scratch.repository, RANGE)

    monkeypatch.chdir(scratch.folder)

    assert "Živa Müller" in (receipt_for([RANGE]) or b"").decode()


# Making one.


def _keep(scratch: Scratch, judgement: Judgement | None = None, base: str = "main") -> list[Path]:
    keep_receipt(scratch.repository, judgement or judged(scratch), scratch.oid(base), "verified: all")
    return _receipts(scratch)


def test_none_is_made_of_what_lacks_something(scratch: Scratch) -> None:
    begin(scratch)

    assert _keep(scratch) == []


def test_none_is_made_where_signatures_are_asked_for(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nsignatures = true\nviewed = false\nanswers = false\nhumans = 0\n")
    scratch.git("reset", "-q", "--hard", "main")
    scratch.commit({}, "nothing")

    judgement = judged(scratch)

    assert judgement.is_satisfied
    assert _keep(scratch, judgement) == []


def test_none_is_believed_where_signatures_are_asked_for(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    # An agent that cannot sign can still write a file.
    begin(scratch, policy="schema = 1\n[require]\nsignatures = true\n")
    sign(scratch)
    stamp = judged(scratch).stamp
    assert stamp is not None
    for kind in (TWO, THREE):
        ends = scratch.oid("main"), scratch.oid("feature")
        write_receipt(str(scratch.folder / ".git"), kind, *ends, stamp + b"verified: by hand\n")

    monkeypatch.chdir(scratch.folder)

    assert not _is_kept()
    assert not _is_kept("main..feature")
    assert verify(scratch, RANGE)[0] == 1


def test_one_for_a_base_that_was_not_compared_is_not_made(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    scratch.git("branch", "earlier", "main")
    judgement = judged(scratch)
    scratch.git("checkout", "-q", "main")
    scratch.commit({"more.py": "1\n"})

    assert _keep(scratch, judgement, "feature") == []


def test_two_dots_are_not_three_where_the_base_went_on(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(scratch)
    sign(scratch)
    scratch.git("checkout", "-q", "main")
    scratch.commit({"more.py": "1\n"})
    scratch.git("checkout", "-q", "feature")

    tell_gate(scratch.repository, RANGE)

    monkeypatch.chdir(scratch.folder)
    assert _is_kept()
    assert not _is_kept("main..feature")


def test_what_comes_while_the_judging_goes_on_is_not_in_the_receipt(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(scratch)
    sign(scratch)
    judgement = judged(scratch)

    say(scratch, BEN, lambda scope: Sign(Verdict.REQUEST_CHANGES, scope, 0.0))
    _keep(scratch, judgement)

    monkeypatch.chdir(scratch.folder)
    assert not _is_kept()


# The whole program.


def _imports(scratch: Scratch, *arguments: str) -> tuple[int, set[str]]:
    command = [sys.executable, "-X", "importtime", "-m", "reviewer", "verify", *arguments]
    done = subprocess.run(command, cwd=scratch.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, set(_IMPORTED.findall(done.stderr))


def test_an_answer_from_a_receipt_loads_nothing(kept: Scratch) -> None:
    status, loaded = _imports(kept, RANGE)

    assert status == 0
    assert loaded & HEAVY == set()
    assert "reviewer" in loaded


def test_the_whole_judgement_loads_nothing_that_draws_or_parses(kept: Scratch) -> None:
    say(kept, BEN, TakeNote("more"))

    status, loaded = _imports(kept, RANGE)

    assert status == 0
    assert loaded & {"textual", "libcst", "pygments"} == set()
    assert {"git", "msgspec"} <= loaded


def test_a_change_of_heart_is_heard_at_once(kept: Scratch) -> None:
    assert verify(kept, RANGE)[0] == 0

    say(kept, BEN, lambda scope: Sign(Verdict.REQUEST_CHANGES, scope, 0.0))

    assert verify(kept, RANGE)[0] == 1


def test_an_assistants_note_is_heard_at_once(kept: Scratch) -> None:
    assert verify(kept, RANGE)[0] == 0

    _annotate(kept)

    assert verify(kept, RANGE)[0] == 1


def test_nobody_listening_is_no_error_of_ours(kept: Scratch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "reviewer", "verify", RANGE]

    done = subprocess.run(command, cwd=kept.folder, stdout=writing, stderr=subprocess.PIPE, text=True)

    os.close(writing)
    assert "Traceback" not in done.stderr


def test_an_assisted_change_has_its_receipt_too(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(scratch, message=f"[AI-ASSISTED] {ASSISTED}")
    scratch.commit({"test_shop.py": "def test_it(): ...\n"}, "tests")
    sign(scratch)

    tell_gate(scratch.repository, RANGE)

    monkeypatch.chdir(scratch.folder)
    assert _is_kept()
    assert sit_down(scratch).scope.id == judged(scratch).scope.id
