"""Both ways to start git give the same answers, and one of them can be stopped."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.errors import CannotDetermine
from reviewer.repository import choose_target, discover, read_diff
from reviewer.repository.runners import Answer, Stoppable, current_runner, running_with, through_gitpython
from tests.scratch import Scratch


@pytest.fixture
def changed(make_scratch: Callable[..., Scratch]) -> Scratch:
    scratch = make_scratch("changed")
    scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"})
    return scratch


def test_a_diff_is_the_same_however_git_is_started(changed: Scratch) -> None:
    def read() -> object:
        repository = discover(changed.folder)
        return read_diff(repository, choose_target(repository, "HEAD"))

    through = read()
    with running_with(Stoppable()):
        directly = read()

    assert through == directly


def test_standard_input_and_a_failure_arrive_either_way(changed: Scratch, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(b"HEAD\nnothing-of-that-name\n")

    def answers(run: Callable[..., Answer]) -> tuple[Answer, int]:
        with lines.open("rb") as stdin:
            found = run(["git", "-C", str(changed.folder), "cat-file", "--batch-check"], {"LC_ALL": "C"}, stdin)
        return found, run(["git", "-C", str(changed.folder), "rev-parse", "--verify", "nothing"], {}, None).status

    assert answers(through_gitpython) == answers(Stoppable())
    assert answers(Stoppable())[1] == 128


def test_what_runs_is_killed_by_a_stop_and_nothing_is_started_after_it() -> None:
    git = Stoppable()
    stopping = threading.Timer(0.2, git.stop)
    stopping.start()

    with pytest.raises(CannotDetermine, match="stopped"):
        git(["sleep", "600"], {}, None)
    with pytest.raises(CannotDetermine, match="stopped"):
        git(["true"], {}, None)


def test_a_missing_git_is_told_either_way() -> None:
    for run in (through_gitpython, Stoppable()):
        with pytest.raises(CannotDetermine, match="git was not found"):
            run(["/nonexistent/git", "version"], {}, None)


def test_the_way_holds_inside_its_block_only() -> None:
    git = Stoppable()

    with running_with(git):
        assert current_runner() is git
    assert current_runner() is through_gitpython


def test_a_git_that_says_too_much_is_ended() -> None:
    with pytest.raises(CannotDetermine, match="longer than 1,000 bytes"):
        Stoppable(most=1_000)(["yes"], {}, None)


def test_an_answer_of_just_the_size_is_heard() -> None:
    assert Stoppable(most=5)(["echo", "text"], {}, None).output == b"text\n"
    with pytest.raises(CannotDetermine, match="longer than 4 bytes"):
        Stoppable(most=4)(["echo", "text"], {}, None)
