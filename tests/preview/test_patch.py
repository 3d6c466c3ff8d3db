"""What is asked of git before anything is loaded begins as the patch that is read later; in doubt nothing is asked."""

import os
import shutil
import sys
from ast import literal_eval
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from reviewer.preview.begun import forget
from tests.preview.beginning import patch_start
from tests.scratch import Scratch, Tree

_OLD: Tree = {b"a": b"a\n", b"b": b"b\n"}
_NEW: Tree = {b"a": b"a\n", b"b": b"c\n"}


@pytest.fixture
def scratch(make_scratch: Callable[..., Scratch], monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    made = make_scratch("preview")
    made.import_commits(_OLD, _NEW)
    made.git("reset", "--quiet", "--hard")
    monkeypatch.chdir(made.folder)
    monkeypatch.setattr("reviewer.preview.patch._LONGEST_WAIT_SECONDS", 60)
    yield made
    forget()


@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1..HEAD", "HEAD~1...", "HEAD~1..", "tip"])
def test_a_commit_and_ranges_of_all_forms_give_the_patch(scratch: Scratch, revision: str) -> None:
    scratch.git("branch", "tip")

    patch = patch_start(revision)

    assert patch is not None
    assert patch.startswith(b"diff --git a/b b/b\n")
    assert patch.endswith(b"-b\n+c\n")


@pytest.mark.parametrize("revision", ["--output=stolen", "HEAD^{tree}", "HEAD:a", "nothing", "", "HEAD~1"])
def test_what_is_no_plain_name_or_has_no_parent_gives_nothing(scratch: Scratch, revision: str) -> None:
    assert not patch_start(revision)
    assert not (scratch.folder / "stolen").exists()


def test_uncommitted_changes_are_shown_unless_an_untracked_file_comes_first(scratch: Scratch) -> None:
    scratch.write("b", "d\n")
    scratch.write("z", "new\n")
    assert (patch_start(None) or b"").endswith(b"-c\n+d\n")

    scratch.write("a-first", "new\n")

    assert patch_start(None) is None


def test_a_filter_of_the_repository_does_not_run(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    scratch.write(".gitattributes", "* filter=evil\n")
    scratch.write("b", "d\n")
    os.utime(scratch.folder / "a", (1, 1))

    patch_start(None)

    assert not (tmp_path / "ran").exists()


def test_of_more_filters_than_are_looked_at_none_runs(scratch: Scratch, tmp_path: Path) -> None:
    names = [f"{'long' * 50}{number}" for number in range(300)]
    with (scratch.folder / ".git" / "config").open("a") as config:
        config.writelines(f'[filter "{name}"]\n\tclean = cat\n' for name in names)
        config.write(f'[filter "last"]\n\tclean = "touch {tmp_path}/ran; cat"\n')
    scratch.write(".gitattributes", "* filter=last\n")
    scratch.write("b", "d\n")
    os.utime(scratch.folder / "a", (1, 1))

    assert patch_start(None) is None
    assert not (tmp_path / "ran").exists()


def test_where_the_filters_are_not_known_in_time_git_is_not_asked_for_what_may_run_them(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, program, log = shutil.which("git"), tmp_path / "bin" / "git", tmp_path / "log"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *get-regexp*) sleep 5 ;; esac\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("reviewer.preview.patch._LONGEST_WAIT_SECONDS", 1)
    scratch.write("b", "d\n")

    assert patch_start(None) is None
    assert "get-regexp" in log.read_text()
    assert "diff-index" not in log.read_text()


@pytest.mark.parametrize("place", [".gitattributes", ".git/info/attributes"])
def test_where_attributes_may_name_a_driver_nothing_is_said_too_early(scratch: Scratch, place: str) -> None:
    assert patch_start("HEAD") is not None

    (scratch.folder / place).parent.mkdir(exist_ok=True)
    (scratch.folder / place).write_text("* diff=python\n")

    assert patch_start("HEAD") is None


@pytest.mark.parametrize("setting", ["remote.origin.promisor", "include.path"])
def test_a_clone_that_might_fetch_is_left_alone(scratch: Scratch, setting: str) -> None:
    scratch.git("config", setting, "true")

    assert patch_start("HEAD") is None


def test_a_git_that_lies_in_the_folder_is_not_run(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = scratch.folder / "git"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", ".")

    assert patch_start("HEAD") is None
    assert not (tmp_path / "ran").exists()


def test_a_git_that_takes_long_is_not_waited_for_and_ends_with_the_program(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("reviewer.preview.patch._LONGEST_WAIT_SECONDS", 2)

    assert patch_start("HEAD") is None
    forget()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_nothing_is_loaded_that_the_start_would_wait_for(scratch: Scratch) -> None:
    code = (
        "import sys; before = set(sys.modules); from reviewer.preview import start, terminal\n"
        "start._are_keys_known = lambda: False; start.show_at_once(['review', 'HEAD']); drawn = set(sys.modules)\n"
        "taken = terminal.is_taken(); terminal.leave()\n"
        "print(taken, sorted(name for name in drawn - before if not name.startswith('reviewer')), 'end')"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REVIEWER_")}
    child = pexpect.spawn(
        sys.executable, ["-I", "-c", code], cwd=str(scratch.folder), env={**inherited, "TERM": "xterm"}, timeout=60
    )

    child.expect_exact("end")
    is_taken, _, loaded = (child.before or b"").rpartition(b"1049l")[2].decode().partition(" ")

    assert is_taken == "True"
    assert set(literal_eval(loaded.strip())) <= {"time", "termios", "_signal"}
