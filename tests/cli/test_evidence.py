"""What a person adds to a review besides reading: `reviewer tests` and `reviewer waive`, run as programs."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from reviewer.cli import evidence
from reviewer.review.policy import WAIVABLE
from tests.hook.gated import BASE, PROGRAM, Gated, Outcome, bare, introduce, run, sign
from tests.scratch import Scratch

RANGE = "main...feature"
ASSISTED = "[AI-ASSISTED] change\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"
UNTAGGED = "change\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"


@pytest.fixture
def changed(scratch: Scratch) -> Scratch:
    """A branch with a change that an assistant had a part in, read and approved."""
    return _begin(scratch)


def _begin(scratch: Scratch, message: str = ASSISTED, policy: str | None = None) -> Scratch:
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE, **({} if policy is None else {".reviews/policy.toml": policy})}, "base")
    scratch.git("checkout", "--quiet", "-b", "feature")
    scratch.commit({"f.py": BASE.replace("line 3\n", "edited 3\n")}, message)
    sign(scratch.folder, RANGE)
    return scratch


def _amend(scratch: Scratch) -> None:
    scratch.write("f.py", BASE.replace("line 3\n", "amended 3\n"))
    scratch.git("commit", "--quiet", "--amend", "--no-edit", "--no-verify", "f.py")


def _reviewer(scratch: Scratch, *arguments: str, **environment: str) -> Outcome:
    return run([*PROGRAM, *arguments], scratch.folder, **environment)


def _tests(scratch: Scratch, *command: str, revision: str | None = RANGE, **environment: str) -> Outcome:
    return _reviewer(scratch, "tests", *([revision] if revision else []), "--", *command, **environment)


def _waive(scratch: Scratch, requirement: str, reason: str = "as agreed", **environment: str) -> Outcome:
    return _reviewer(scratch, "waive", requirement, RANGE, "--reason", reason, **environment)


def _status(scratch: Scratch, requirement: str, revision: str = RANGE) -> str:
    """Return what `verify` says of one requirement."""
    answer = json.loads(_reviewer(scratch, "verify", revision, "--format", "json").words)
    (found,) = (each for each in answer["requirements"] if each["id"] == requirement)
    return str(found["status"])


# tests


def test_a_run_on_exactly_this_change_is_what_was_missing(changed: Scratch) -> None:
    before = _reviewer(changed, "verify", RANGE)

    ran = _tests(changed, "true")

    assert before.status == 1
    assert "none run on it; `reviewer tests -- COMMAND` runs them" in before.words
    assert ran == Outcome(0, "recorded: ended with 0\n")
    assert _reviewer(changed, "verify", RANGE).status == 0
    assert "`true` ended with 0, run by Rita <rita@example.org>" in _reviewer(changed, "show").words


def test_a_run_that_fails_is_recorded_and_weighs(changed: Scratch) -> None:
    ran = _tests(changed, "false")

    assert ran == Outcome(1, "recorded: ended with 1\n")
    verified = _reviewer(changed, "verify", RANGE)
    assert verified.status == 1
    assert "`false` ended with 1 on this change" in verified.words


def test_the_last_run_of_a_command_counts(changed: Scratch) -> None:
    failing = _tests(changed, "test", "-e", "../ready").status
    (changed.folder.parent / "ready").touch()
    passing = _tests(changed, "test", "-e", "../ready").status

    assert (failing, passing) == (1, 0)
    assert _status(changed, "ai-tests") == "satisfied"


@pytest.mark.parametrize(
    ("command", "status"), [("exit 3", 3), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
)
def test_it_ends_as_the_command_does(changed: Scratch, command: str, status: int) -> None:
    ran = _tests(changed, "sh", "-c", command)

    assert ran == Outcome(status, f"recorded: ended with {status}\n")
    assert _status(changed, "ai-tests") == "unsatisfied"


def test_what_the_command_prints_is_left_alone(changed: Scratch) -> None:
    done = subprocess.run(
        [*PROGRAM, "tests", RANGE, "--", "sh", "-c", "echo out; echo err >&2"],
        cwd=changed.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("out\n", "err\nrecorded: ended with 0\n")


def test_the_command_is_recorded_so_that_it_can_be_typed_again(changed: Scratch) -> None:
    _tests(changed, "sh", "-c", "echo 'a  b'; exit 0")

    shown = _reviewer(changed, "show").words

    assert """`sh -c 'echo '"'"'a  b'"'"'; exit 0'` ended with 0""" in shown


def test_two_commands_of_the_same_words_are_two(changed: Scratch) -> None:
    _tests(changed, "sh", "-c", "false", "a b")
    _tests(changed, "sh", "-c", "false", "a", "b")
    _tests(changed, "sh", "-c", "true")

    verified = _reviewer(changed, "verify", RANGE).words

    assert verified.count("ended with 1 on this change") == 2


def test_a_command_that_is_no_text_is_recorded_all_the_same(changed: Scratch) -> None:
    ran = _tests(changed, "sh", "-c", "exit 0", os.fsdecode(b"\xff\x1b[31m"))

    assert ran.status == 0, ran.words
    assert _reviewer(changed, "verify", RANGE).status == 0
    assert "\x1b" not in _reviewer(changed, "show").words


def test_it_runs_at_the_top_of_the_working_tree(changed: Scratch) -> None:
    below = changed.folder / "a"
    below.mkdir()

    ran = run([*PROGRAM, "tests", RANGE, "--", "pwd"], below)

    assert ran.words == f"{changed.folder.resolve()}\nrecorded: ended with 0\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-command", "'no-such-command': cannot be started (No such file or directory)"),
        ("./f.py", "'./f.py': cannot be started (Permission denied)"),
        ("\x1b[31m", "␛[31m"),
        ("", "cannot be started"),
    ],
)
def test_a_command_that_cannot_be_started_is_no_run(changed: Scratch, command: str, words: str) -> None:
    refused = _tests(changed, command)

    assert refused.status == 2
    assert refused.words.startswith("reviewer: ")
    assert words in refused.words
    assert _status(changed, "ai-tests") == "unsatisfied"
    assert "ended with" not in _reviewer(changed, "show").words


@pytest.mark.parametrize("arguments", [(RANGE,), (RANGE, "--"), ()])
def test_without_a_command_it_says_how_to_give_one(changed: Scratch, arguments: tuple[str, ...]) -> None:
    refused = _reviewer(changed, "tests", *arguments)

    assert refused.status == 2
    assert "`reviewer tests main...HEAD -- pytest`" in refused.words


# tests: on what


def test_it_does_not_run_where_the_working_tree_holds_something_else(changed: Scratch) -> None:
    changed.write("f.py", "something else\n")

    refused = _tests(changed, "touch", "../ran")

    assert refused.status == 2
    assert "the working tree is not what is reviewed; commit or stash what differs" in refused.words
    assert not (changed.folder.parent / "ran").exists()


def test_it_does_not_run_on_another_commit_than_the_one_that_is_checked_out(changed: Scratch) -> None:
    changed.git("checkout", "--quiet", "main")

    refused = _tests(changed, "touch", "../ran")

    assert refused.status == 2
    assert not (changed.folder.parent / "ran").exists()


@pytest.mark.parametrize("leaves", ["f.py", "new.py", "a/new.py"])
def test_a_command_that_changes_a_file_is_no_run_on_this_change(changed: Scratch, leaves: str) -> None:
    (changed.folder / "a").mkdir()

    refused = _tests(changed, "sh", "-c", f"echo 1 >> {leaves}")

    assert refused.status == 2
    assert "the working tree is not what is reviewed" in refused.words
    assert "recorded" not in refused.words
    changed.git("checkout", "--quiet", "f.py")
    changed.git("clean", "--quiet", "-fd", "-e", ".reviews")
    assert _status(changed, "ai-tests") == "unsatisfied"


@pytest.mark.parametrize("leaves", ["f.py", "new.py"])
def test_a_command_that_changes_what_is_not_committed_yet_is_no_run_on_it(scratch: Scratch, leaves: str) -> None:
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE}, "base")
    scratch.write("f.py", BASE.replace("line 3\n", "edited 3\n"))

    refused = _tests(scratch, "sh", "-c", f"echo 1 >> {leaves}", revision=None)

    assert refused.status == 2
    assert "the working tree is not what is reviewed" in refused.words
    assert "no review here yet" in _reviewer(scratch, "show").words


def test_what_is_ignored_may_come_and_go(changed: Scratch) -> None:
    (changed.folder / ".git" / "info" / "exclude").write_text("__pycache__/\n")

    ran = _tests(changed, "sh", "-c", "mkdir __pycache__ && touch __pycache__/f.pyc")

    assert ran.status == 0
    assert _status(changed, "ai-tests") == "satisfied"


def test_a_run_on_an_earlier_state_does_not_count_for_a_later_one(changed: Scratch) -> None:
    _tests(changed, "true")
    assert _status(changed, "ai-tests") == "satisfied"

    _amend(changed)

    assert _status(changed, "ai-tests") == "unsatisfied"
    _tests(changed, "true")
    assert _status(changed, "ai-tests") == "satisfied"


def test_a_run_before_the_commit_counts_for_what_is_committed_as_it_is(scratch: Scratch) -> None:
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE}, "base")
    scratch.git("checkout", "--quiet", "-b", "feature")
    scratch.write("f.py", BASE.replace("line 3\n", "edited 3\n"))

    assert _tests(scratch, "true", revision=None).status == 0

    scratch.commit(message=ASSISTED)
    assert _status(scratch, "ai-tests") == "satisfied"


def test_a_run_of_an_agents_counts_for_nothing_and_says_so(changed: Scratch) -> None:
    ran = _tests(changed, "true", CLAUDECODE="1")

    assert ran == Outcome(
        0, "recorded: ended with 0; Claude Code started this, so it does not count as a person's word\n"
    )
    assert _status(changed, "ai-tests") == "unsatisfied"


def test_a_run_after_the_sign_off_is_committed_with_it(changed: Scratch, tmp_path: Path) -> None:
    _tests(changed, "true")
    changed.commit(message="records")
    remote = bare(tmp_path / "remote.git")
    changed.git("push", "--quiet", str(remote), "main", "feature")
    clone = tmp_path / "clone"

    subprocess.run(["git", "clone", "--quiet", str(remote), str(clone)], check=True)
    verified = run([*PROGRAM, "verify", "origin/main...origin/feature"], clone)

    assert verified.status == 0, verified.words


def test_before_any_sign_off_nothing_is_put_into_the_working_tree(scratch: Scratch) -> None:
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE}, "base")
    scratch.commit({"f.py": "x = 1\n"})

    assert _tests(scratch, "true", revision="HEAD").status == 0
    assert _reviewer(scratch, "waive", "ai-tag", "HEAD", "--reason", "old").status == 0

    assert not (scratch.folder / ".reviews").exists()


def test_a_record_that_cannot_be_copied_is_told_and_stands(changed: Scratch, tmp_path: Path) -> None:
    (review,) = (changed.folder / ".reviews").iterdir()
    review.rename(tmp_path / "aside")
    review.symlink_to(tmp_path / "aside")

    ran = _tests(changed, "true")

    assert ran.status == 0
    assert "not copied to where it may be committed: " in ran.words
    assert "recorded: ended with 0" in ran.words
    review.unlink()
    assert _status(changed, "ai-tests") == "satisfied"


def test_there_is_nothing_to_run_tests_on_in_a_bare_repository(tmp_path: Path, changed: Scratch) -> None:
    folder = bare(tmp_path / "bare.git")
    changed.git("push", "--quiet", str(folder), "main", "feature")

    refused = run([*PROGRAM, "tests", RANGE, "--", "true"], folder)

    assert refused.status == 3
    assert "no working tree here" in refused.words


# waive


def test_a_waiver_is_shown_wherever_the_review_is(changed: Scratch) -> None:
    waived = _waive(changed, "ai-tests", "no code in it")

    assert waived == Outcome(0, "waived for this change: ai-tests\n")
    text = _reviewer(changed, "verify", RANGE)
    assert text.status == 0
    assert "ai-tests waived by Rita <rita@example.org>: no code in it" in text.words
    assert _status(changed, "ai-tests") == "waived"
    shown = _reviewer(changed, "show").words
    assert "ai-tests waived by Rita <rita@example.org>" in shown
    assert "no code in it" in shown
    assert "no code in it" in _reviewer(changed, "show", "--format", "markdown").words


def test_a_waiver_holds_for_this_very_change_only(changed: Scratch) -> None:
    _waive(changed, "ai-tests")

    _amend(changed)

    assert _status(changed, "ai-tests") == "unsatisfied"
    assert "waived by Rita <rita@example.org>, for an earlier state of the change" in _show_after(changed)


def _show_after(changed: Scratch) -> str:
    """Return what is shown of the review once it went on with what the change is now."""
    sign(changed.folder, RANGE)
    return _reviewer(changed, "show").words


def test_a_waiver_of_one_requirement_leaves_the_others(scratch: Scratch) -> None:
    _begin(scratch, UNTAGGED)

    _waive(scratch, "ai-tests")

    assert (_status(scratch, "ai-tests"), _status(scratch, "ai-tag")) == ("waived", "unsatisfied")
    assert _reviewer(scratch, "verify", RANGE).status == 1


@pytest.mark.parametrize("reason", ["", "  \t"])
def test_a_waiver_without_a_reason_is_refused(changed: Scratch, reason: str) -> None:
    refused = _waive(changed, "ai-tests", reason)

    assert refused == Outcome(2, "reviewer: a waiver needs a reason\n")
    assert _status(changed, "ai-tests") == "unsatisfied"


@pytest.mark.parametrize("requirement", ["viewed", "answers", "flags", "notes", "verdict", "nonsense", ""])
def test_what_reading_proves_and_what_is_unknown_cannot_be_waived(changed: Scratch, requirement: str) -> None:
    refused = _waive(changed, requirement)

    assert refused.status == 2
    assert "'ai-tag', 'ai-tests', 'humans', 'signatures'" in refused.words


def test_a_reason_must_be_given(changed: Scratch) -> None:
    refused = _reviewer(changed, "waive", "ai-tag", RANGE)

    assert refused.status == 2
    assert "--reason" in refused.words


def test_a_waiver_of_an_agents_counts_for_nothing_and_says_so(changed: Scratch) -> None:
    waived = _waive(changed, "ai-tests", CLAUDECODE="1")

    assert "Claude Code started this, so it does not count as a person's word" in waived.words
    assert _status(changed, "ai-tests") == "unsatisfied"


def test_a_waiver_where_the_target_allows_none_changes_nothing(scratch: Scratch) -> None:
    _begin(scratch, policy="schema = 1\nwaivable = []\n")

    _waive(scratch, "ai-tests")

    assert _status(scratch, "ai-tests") == "unsatisfied"
    assert _reviewer(scratch, "verify", RANGE).status == 1


def test_a_policy_that_the_change_brings_allows_no_waiver(scratch: Scratch) -> None:
    _begin(scratch, policy="schema = 1\nwaivable = []\n")
    scratch.write(".reviews/policy.toml", 'schema = 1\nwaivable = ["ai-tests"]\n')
    scratch.git("add", ".reviews/policy.toml")
    scratch.git("commit", "--quiet", "--no-verify", "-m", "loosen")

    _waive(scratch, "ai-tests")

    assert _status(scratch, "ai-tests") == "unsatisfied"


def test_a_reason_does_not_steer_the_terminal(changed: Scratch) -> None:
    _waive(changed, "ai-tests", "\x1b[31mred\u202e" + os.fsdecode(b"\xff"))

    for command in (("verify", RANGE), ("show",)):
        words = _reviewer(changed, *command).words
        assert "␛[31mred⟦U+202E⟧" in words
        assert "\x1b" not in words


def test_what_is_waived_lets_a_push_pass_and_goes_with_it(changed: Scratch, tmp_path: Path) -> None:
    work = Gated(changed, bare(tmp_path / "remote.git"))
    changed.git("remote", "add", "origin", str(work.remote))
    work.publish("main")
    refused = _reviewer(changed, "push", "origin", "feature")
    _waive(changed, "ai-tests", "no code in it")

    pushed = _reviewer(changed, "push", "origin", "feature")

    assert (refused.status, pushed.status) == (1, 0)
    assert "ai-tests waived by Rita <rita@example.org>: no code in it" in pushed.words
    assert work.at("refs/heads/feature") == changed.oid("feature")


# both


BOTH = (("tests", "{}", "--", "true"), ("waive", "humans", "--reason", "x", "{}"))


@pytest.mark.parametrize("arguments", BOTH, ids=("tests", "waive"))
def test_where_nothing_changed_it_says_so(changed: Scratch, arguments: tuple[str, ...]) -> None:
    told = _reviewer(changed, *(word.format("HEAD..HEAD") for word in arguments))

    assert told == Outcome(0, "nothing to review: HEAD..HEAD changes nothing\n")


@pytest.mark.parametrize("arguments", BOTH, ids=("tests", "waive"))
def test_a_range_that_git_does_not_know_cannot_be_told(changed: Scratch, arguments: tuple[str, ...]) -> None:
    refused = _reviewer(changed, *(word.format("nonsense") for word in arguments))

    assert refused.status == 3
    assert "'nonsense': git knows no such commit or range" in refused.words


def test_the_requirements_that_can_be_named_are_those_that_can_be_waived() -> None:
    assert set(evidence._REQUIREMENTS) == {requirement.value for requirement in WAIVABLE}
