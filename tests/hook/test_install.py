import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.errors import ReviewerError
from reviewer.hook.install import install, uninstall
from reviewer.hook.script import KEPT
from reviewer.hook.status import status
from tests.hook.pushing import Pushing, Recorder, run_hook, snapshot
from tests.scratch import Scratch

needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def _nothing(pushing: Pushing) -> None:
    pass


def _script(pushing: Pushing) -> Recorder:
    return pushing.put_hook()


def _without_shebang(pushing: Pushing) -> Recorder:
    return pushing.put_hook(shebang="")


def _in_python(pushing: Pushing) -> Recorder:
    other = pushing.put_hook()
    inner = other.path.with_name("inner")
    other.path.rename(inner)
    other.path.write_text(
        f"#!/usr/bin/env python3\nimport os, sys\nos.execv({str(inner)!r}, [{str(inner)!r}] + sys.argv[1:])\n"
    )
    other.path.chmod(0o755)
    return other


def _only_for_the_owner(pushing: Pushing) -> Recorder:
    other = pushing.put_hook()
    other.path.chmod(0o700)
    return other


def _link(pushing: Pushing) -> Recorder:
    other = pushing.put_hook(pushing.hooks / "mine")
    (pushing.hooks / "pre-push").symlink_to("mine/pre-push")
    return other


def _link_to_elsewhere(pushing: Pushing) -> Recorder:
    other = pushing.put_hook(pushing.remote.parent / "dotfiles")
    (pushing.hooks / "pre-push").symlink_to(other.path)
    return other


def _that_needs_its_name(pushing: Pushing) -> Recorder:
    return pushing.put_hook(before='[ "$(basename "$0")" = pre-push ] || exit 9\n')


RUN_BY_GIT = [
    _script, _without_shebang, _in_python, _only_for_the_owner, _link, _link_to_elsewhere, _that_needs_its_name
]  # fmt: skip


def _not_executable(pushing: Pushing) -> None:
    pushing.put_hook().path.chmod(0o644)


def _dangling_link(pushing: Pushing) -> None:
    (pushing.hooks / "pre-push").symlink_to("nowhere")


def _link_to_a_file_not_executable(pushing: Pushing) -> None:
    _link(pushing).path.chmod(0o600)


NOT_RUN_BY_GIT = [_not_executable, _dangling_link, _link_to_a_file_not_executable]


def test_a_push_asks_the_program_with_gits_arguments_and_lines(pushing: Pushing):
    installed = install(pushing.scratch.repository, pushing.program)

    assert installed.is_changed
    assert installed.path == pushing.hooks / "pre-push"
    assert pushing.push()
    assert pushing.gate.arguments == ["-x", "it's $HOME", "hook", "pre-push", "origin", str(pushing.remote)]
    assert pushing.gate.stdin == pushing.line()


def test_nothing_is_pushed_when_the_program_refuses(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    pushing.gate.refuse()

    assert not pushing.push()
    assert not pushing.has_arrived()


@pytest.mark.parametrize("put", RUN_BY_GIT)
def test_a_hook_that_was_there_gets_the_same_arguments_and_lines(pushing: Pushing, put: Callable[[Pushing], Recorder]):
    other = put(pushing)

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, other.runs) == (1, 1)
    assert other.arguments == ["origin", str(pushing.remote)]
    assert other.stdin == pushing.gate.stdin == pushing.line()


@pytest.mark.parametrize("put", RUN_BY_GIT)
def test_a_hook_that_was_there_does_not_run_when_the_gate_refuses(pushing: Pushing, put: Callable[[Pushing], Recorder]):
    other = put(pushing)
    install(pushing.scratch.repository, pushing.program)
    pushing.gate.refuse()

    assert not pushing.push()
    assert other.runs == 0


@pytest.mark.parametrize("put", RUN_BY_GIT)
def test_a_hook_that_was_there_may_refuse_too(pushing: Pushing, put: Callable[[Pushing], Recorder]):
    put(pushing).refuse(7)
    install(pushing.scratch.repository, pushing.program)

    assert not pushing.push()
    assert not pushing.has_arrived()
    assert run_hook(pushing.hooks / "pre-push", b"", "origin", "url") == 7


@pytest.mark.parametrize("put", NOT_RUN_BY_GIT)
def test_what_git_would_not_run_is_not_run_by_the_gate(pushing: Pushing, put: Callable[[Pushing], None]):
    put(pushing)

    installed = install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert pushing.gate.runs == 1
    assert not (pushing.gate.folder.parent / "other" / "calls").exists()
    assert any("does not run" in line for line in installed.lines)


@pytest.mark.parametrize("put", [_nothing, *RUN_BY_GIT, *NOT_RUN_BY_GIT])
def test_uninstalling_leaves_the_folder_as_it_was(pushing: Pushing, put: Callable[[Pushing], object]):
    put(pushing)
    before = snapshot(pushing.hooks)
    install(pushing.scratch.repository, pushing.program)

    uninstalled = uninstall(pushing.scratch.repository)

    assert uninstalled.is_changed
    assert snapshot(pushing.hooks) == before


@pytest.mark.parametrize("put", [_nothing, *RUN_BY_GIT, *NOT_RUN_BY_GIT])
def test_a_second_install_changes_nothing(pushing: Pushing, put: Callable[[Pushing], object]):
    put(pushing)
    install(pushing.scratch.repository, pushing.program)
    before = snapshot(pushing.hooks)

    again = install(pushing.scratch.repository, pushing.program)

    assert not again.is_changed
    assert snapshot(pushing.hooks) == before


def test_the_hook_that_was_there_is_kept_with_its_times(pushing: Pushing):
    path = pushing.put_hook().path
    os.utime(path, (1_600_000_000, 1_600_000_000))

    install(pushing.scratch.repository, pushing.program)
    uninstall(pushing.scratch.repository)

    assert path.stat().st_mtime == 1_600_000_000


def test_an_install_of_another_program_takes_the_place_of_the_first(pushing: Pushing):
    other = pushing.put_hook()
    install(pushing.scratch.repository, ("/nowhere/reviewer",))
    assert not pushing.push()

    again = install(pushing.scratch.repository, pushing.program)

    assert again.is_changed
    assert pushing.push()
    assert (pushing.gate.runs, other.runs) == (1, 1)


def test_an_install_makes_the_gate_executable_again(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    (pushing.hooks / "pre-push").chmod(0o644)
    assert not status(pushing.scratch.repository).is_in_force

    assert install(pushing.scratch.repository, pushing.program).is_changed
    assert status(pushing.scratch.repository).is_in_force


def test_a_missing_hook_folder_is_made_and_taken_away_again(pushing: Pushing):
    for sample in pushing.hooks.iterdir():
        sample.unlink()
    pushing.hooks.rmdir()

    install(pushing.scratch.repository, pushing.program)
    assert pushing.push()
    assert pushing.gate.runs == 1

    uninstall(pushing.scratch.repository)
    assert not pushing.hooks.exists()


def test_a_folder_in_the_place_of_the_hook_is_refused(pushing: Pushing):
    (pushing.hooks / "pre-push").mkdir()

    with pytest.raises(ReviewerError, match="is no file"):
        install(pushing.scratch.repository, pushing.program)


def test_an_edited_gate_is_left_alone_by_all_commands(pushing: Pushing):
    pushing.put_hook()
    install(pushing.scratch.repository, pushing.program)
    gate = pushing.hooks / "pre-push"
    gate.write_text(gate.read_text().replace("set -u\n", "set -u\nexit 0\n"))
    before = snapshot(pushing.hooks)

    with pytest.raises(ReviewerError, match="edited by hand"):
        uninstall(pushing.scratch.repository)
    with pytest.raises(ReviewerError, match="edited by hand"):
        install(pushing.scratch.repository, pushing.program)
    assert not status(pushing.scratch.repository).is_in_force
    assert snapshot(pushing.hooks) == before


def test_a_hook_put_over_the_gate_is_left_alone_by_uninstall(pushing: Pushing):
    pushing.put_hook()
    install(pushing.scratch.repository, pushing.program)
    (pushing.hooks / "pre-push").write_text("#!/bin/sh\necho over\n")
    before = snapshot(pushing.hooks)

    uninstalled = uninstall(pushing.scratch.repository)

    assert not uninstalled.is_changed
    assert any(KEPT in line for line in uninstalled.lines)
    assert snapshot(pushing.hooks) == before


def test_a_hook_put_over_the_gate_is_chained_by_the_next_install(pushing: Pushing):
    first = b"#!/bin/sh\necho first\n"
    (pushing.hooks / "pre-push").write_bytes(first)
    (pushing.hooks / "pre-push").chmod(0o755)
    install(pushing.scratch.repository, pushing.program)
    other = pushing.put_hook()
    second = other.path.read_bytes()

    installed = install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, other.runs) == (1, 1)
    assert (pushing.hooks / KEPT).read_bytes() == second
    assert (pushing.hooks / f"{KEPT}.1").read_bytes() == first
    assert any(f"{KEPT}.1" in line for line in installed.lines)


def test_an_install_that_was_stopped_half_way_is_finished_by_the_next(pushing: Pushing):
    other = pushing.put_hook()
    before = snapshot(pushing.hooks)["pre-push"]
    os.link(other.path, pushing.hooks / KEPT)

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, other.runs) == (1, 1)
    uninstall(pushing.scratch.repository)
    assert snapshot(pushing.hooks) == {"pre-push": before}


def test_uninstalling_where_nothing_is_installed_says_so(pushing: Pushing):
    pushing.put_hook()
    before = snapshot(pushing.hooks)

    uninstalled = uninstall(pushing.scratch.repository)

    assert not uninstalled.is_changed
    assert "no gate is installed here" in uninstalled.lines[0]
    assert snapshot(pushing.hooks) == before


def test_a_copy_of_the_gate_under_the_name_of_the_kept_hook_does_not_call_itself(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    kept = pushing.hooks / KEPT
    kept.write_bytes((pushing.hooks / "pre-push").read_bytes())
    kept.chmod(0o755)

    assert pushing.push()
    assert pushing.gate.runs == 2


def test_a_hook_folder_that_cannot_be_written_is_named(pushing: Pushing):
    blocked = pushing.scratch.folder / ".git" / "file"
    blocked.write_text("")
    pushing.scratch.git("config", "core.hooksPath", ".git/file/hooks")

    with pytest.raises(ReviewerError, match=r"\.git/file/hooks: the hook cannot be written"):
        install(pushing.scratch.repository, pushing.program)


@needs_permissions
def test_a_read_only_hook_folder_stays_as_it_is(pushing: Pushing):
    pushing.put_hook()
    before = snapshot(pushing.hooks)
    pushing.hooks.chmod(0o555)

    try:
        with pytest.raises(ReviewerError, match="cannot be written"):
            install(pushing.scratch.repository, pushing.program)
    finally:
        pushing.hooks.chmod(0o755)
    assert snapshot(pushing.hooks) == before


def test_a_linked_worktree_pushes_through_the_hook_of_its_repository(pushing: Pushing, tmp_path: Path):
    linked = tmp_path / "linked"
    pushing.scratch.git("worktree", "add", "--quiet", "-b", "side", str(linked))

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push("side", cwd=linked)
    assert pushing.gate.stdin == pushing.line("side")


def test_gits_own_variables_reach_both_hooks(pushing: Pushing):
    seen = pushing.remote.parent / "seen"
    pushing.put_hook(before=f'printf %s "$GIT_DIR:$GIT_PREFIX" > "{seen}"\n')
    folder = pushing.scratch.folder / "sub"
    folder.mkdir()
    install(pushing.scratch.repository, pushing.program)

    assert pushing.push(cwd=folder, GIT_DIR=str(pushing.scratch.folder / ".git"))
    assert seen.read_text().startswith(f"{pushing.scratch.folder / '.git'}:")


def test_a_deletion_and_several_refs_reach_both(pushing: Pushing):
    other = pushing.put_hook()
    pushing.push("main", "main:refs/heads/old")
    install(pushing.scratch.repository, pushing.program)

    assert pushing.push(":old", "main:one", "main:two")
    assert pushing.gate.stdin == other.stdin
    assert pushing.gate.stdin.count(b"\n") == 3
    assert b"(delete)" in pushing.gate.stdin


def test_a_repository_with_long_ids_is_gated(pushing: Pushing, tmp_path: Path):
    remote = tmp_path / "long.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--object-format=sha256", str(remote)], check=True)
    long = Scratch(tmp_path / "long", "--object-format=sha256")
    long.commit({"a": "a"})
    long.git("remote", "add", "origin", str(remote))

    install(long.repository, pushing.program)
    long.git("push", "--quiet", "origin", "main")

    assert pushing.gate.stdin == f"refs/heads/main {long.oid('HEAD')} refs/heads/main {'0' * 64}\n".encode()
