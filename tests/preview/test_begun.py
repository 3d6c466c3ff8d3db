"""The patch begun for the first screen is the one the walk reads; if it is another one by then, it is read again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from reviewer.diff.model import Diff
from reviewer.errors import CannotDetermine
from reviewer.preview.begun import forget, keep, take
from reviewer.preview.running import Running
from reviewer.repository import choose_target, discover, read_diff
from reviewer.repository.runners import Stoppable, running_with
from tests.preview.beginning import patch_start
from tests.scratch import Scratch


@pytest.fixture
def scratch(make_scratch: Callable[..., Scratch], monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    made = make_scratch("begun")
    made.import_commits({b"a": b"a\n"}, {b"a": b"b\n"}, {b"a": b"b\n", b"c": b"c\n"})
    made.git("reset", "--quiet", "--hard")
    monkeypatch.chdir(made.folder)
    monkeypatch.setattr("reviewer.preview.patch._LONGEST_WAIT_SECONDS", 60)
    yield made
    forget()


def _read(folder: Path, revision: str = "HEAD") -> Diff:
    repository = discover(folder)
    with running_with(Stoppable()):
        return read_diff(repository, choose_target(repository, revision))


def test_the_walk_reads_the_patch_that_was_begun_and_only_once(scratch: Scratch) -> None:
    plain = _read(scratch.folder)
    shown = patch_start("HEAD")

    diff = _read(scratch.folder)

    assert diff == plain
    assert diff.files[0].hunks[0].patch == shown
    assert take(str(scratch.folder)) is None


def test_a_name_that_means_another_commit_by_now_is_read_again(scratch: Scratch) -> None:
    shown = patch_start("HEAD")
    scratch.git("reset", "--quiet", "--hard", "HEAD~1")

    diff = _read(scratch.folder)

    assert [file.path for file in diff.files] == [b"a"]
    assert shown is not None
    assert diff.files[0].hunks[0].patch != shown


def test_what_was_begun_for_another_repository_stays(scratch: Scratch, tmp_path: Path) -> None:
    patch_start("HEAD")

    assert take(str(tmp_path)) is None
    assert take(str(scratch.folder)) is not None


def test_a_git_that_fails_is_asked_again_in_the_usual_way(scratch: Scratch) -> None:
    keep(Running("/usr/bin/env", str(scratch.folder), "false"))

    assert len(_read(scratch.folder).files) == 1


def test_stopping_ends_what_was_begun(scratch: Scratch) -> None:
    sleeper = scratch.folder / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o755)
    slow, stoppable = Running(str(sleeper), str(scratch.folder)), Stoppable()
    stoppable.stop()
    began = monotonic()

    with pytest.raises(CannotDetermine, match="stopped"):
        stoppable.wait_for(slow)

    assert monotonic() - began < 60
