import os

import pytest

from reviewer.hook.install import install, uninstall
from reviewer.hook.neighbour import manager_of, read_hook
from reviewer.hook.status import status
from tests.hook.managers import ALL, GIT_LFS, HUSKY_4, HUSKY_9, LEFTHOOK, PRE_COMMIT, StandIn
from tests.hook.pushing import Pushing, Snapshot, snapshot

every_manager = pytest.mark.parametrize("manager", ALL, ids=str)


def _folders(pushing: Pushing) -> tuple[Snapshot, Snapshot]:
    return snapshot(pushing.hooks), snapshot(pushing.scratch.folder / ".husky")


@every_manager
def test_both_get_the_same_lines_once(pushing: Pushing, manager: StandIn):
    manager.install(pushing)

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    other = manager.recorder(pushing)
    assert (pushing.gate.runs, other.runs) == (1, 1)
    assert pushing.gate.stdin == other.stdin == pushing.line()
    assert pushing.gate.arguments[-2:] == other.arguments == ["origin", str(pushing.remote)]


@every_manager
def test_without_the_gate_the_stand_in_runs(pushing: Pushing, manager: StandIn):
    manager.install(pushing)

    assert pushing.push()
    assert manager.recorder(pushing).stdin == pushing.line()


@every_manager
def test_when_the_gate_refuses_the_managed_hook_does_not_run(pushing: Pushing, manager: StandIn):
    manager.install(pushing)
    install(pushing.scratch.repository, pushing.program)
    pushing.gate.refuse()

    assert not pushing.push()
    assert manager.recorder(pushing).runs == 0


@every_manager
def test_the_managed_hook_may_refuse(pushing: Pushing, manager: StandIn):
    manager.install(pushing)
    install(pushing.scratch.repository, pushing.program)
    manager.recorder(pushing).refuse()

    assert not pushing.push()
    assert not pushing.has_arrived()


@every_manager
def test_uninstall_leaves_what_the_manager_wrote(pushing: Pushing, manager: StandIn):
    manager.install(pushing)
    before = _folders(pushing)
    install(pushing.scratch.repository, pushing.program)

    uninstall(pushing.scratch.repository)

    assert _folders(pushing) == before


@every_manager
def test_the_manager_is_told_apart_and_its_way_with_the_gate_is_said(pushing: Pushing, manager: StandIn):
    manager.install(pushing)

    installed = install(pushing.scratch.repository, pushing.program)

    kept = read_hook(installed.path.with_name("pre-push.before-reviewer"))
    found = None if kept is None else manager_of(kept)
    assert found is not None
    assert found.name == str(manager).split()[0]
    assert found.advice in installed.lines


@every_manager
@pytest.mark.parametrize("had_hook", [False, True])
def test_a_manager_that_writes_its_hook_anew_is_chained_again_without_loss(
    pushing: Pushing, manager: StandIn, had_hook: bool
):
    if had_hook:
        pushing.put_hook()
    manager.install(pushing)
    before = _folders(pushing)
    install(pushing.scratch.repository, pushing.program)

    manager.install(pushing)
    install(pushing.scratch.repository, pushing.program)

    assert status(pushing.scratch.repository).is_in_force
    assert pushing.push()
    assert pushing.gate.runs == 1
    pushing.gate.refuse()
    assert not pushing.push("main:refused")
    uninstall(pushing.scratch.repository)
    assert _folders(pushing) == before


@pytest.mark.parametrize("manager", [HUSKY_9, HUSKY_4], ids=str)
def test_status_tells_when_a_manager_wrote_its_hook_over_the_gate(pushing: Pushing, manager: StandIn):
    manager.install(pushing)
    install(pushing.scratch.repository, pushing.program)

    manager.install(pushing)

    found = status(pushing.scratch.repository)
    assert not found.is_in_force
    assert "a hook of husky stands in its place since; run `reviewer hook install`" in found.lines[0]


def test_lefthook_over_the_gate_over_a_hook_ends_as_if_the_gate_had_never_been(pushing: Pushing):
    user = pushing.put_hook().path.read_bytes()
    install(pushing.scratch.repository, pushing.program)
    LEFTHOOK.install(pushing)
    assert not status(pushing.scratch.repository).is_in_force

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, LEFTHOOK.recorder(pushing).runs) == (1, 1)
    assert (pushing.hooks / "pre-push.old").read_bytes() == user
    uninstall(pushing.scratch.repository)
    assert sorted(snapshot(pushing.hooks)) == ["pre-push", "pre-push.old"]


def test_uninstall_takes_the_gate_from_where_lefthook_put_it(pushing: Pushing):
    user = pushing.put_hook().path.read_bytes()
    install(pushing.scratch.repository, pushing.program)
    LEFTHOOK.install(pushing)
    lefthooks = (pushing.hooks / "pre-push").read_bytes()

    assert uninstall(pushing.scratch.repository).is_changed

    assert {name: content for name, (_, content) in snapshot(pushing.hooks).items()} == {
        "pre-push": lefthooks,
        "pre-push.old": user,
    }


@pytest.mark.parametrize("had_hook", [False, True])
def test_pre_commit_over_the_gate_keeps_it_in_force(pushing: Pushing, had_hook: bool):
    user = pushing.put_hook() if had_hook else None
    install(pushing.scratch.repository, pushing.program)
    PRE_COMMIT.install(pushing)
    before = _folders(pushing)

    again = install(pushing.scratch.repository, pushing.program)

    assert status(pushing.scratch.repository).is_in_force
    assert (again.is_changed, again.path.name) == (False, "pre-push.legacy")
    assert _folders(pushing) == before
    assert pushing.push()
    own = PRE_COMMIT.recorder(pushing)
    assert (pushing.gate.runs, own.runs) == (1, 1)
    assert pushing.gate.stdin == own.stdin == pushing.line()
    assert user is None or (user.runs, user.stdin) == (1, pushing.line())
    pushing.gate.refuse()
    assert not pushing.push("main:refused")


@pytest.mark.parametrize("had_hook", [False, True])
def test_uninstall_takes_the_gate_from_under_pre_commit(pushing: Pushing, had_hook: bool):
    user = pushing.put_hook().path.read_bytes() if had_hook else None
    install(pushing.scratch.repository, pushing.program)
    PRE_COMMIT.install(pushing)

    uninstall(pushing.scratch.repository)

    assert sorted(snapshot(pushing.hooks)) == ["pre-push", *(["pre-push.legacy"] if had_hook else [])]
    assert user is None or (pushing.hooks / "pre-push.legacy").read_bytes() == user
    assert pushing.push()
    assert (pushing.gate.runs, PRE_COMMIT.recorder(pushing).runs) == (0, 1)


def test_the_hook_pre_commit_had_found_still_runs_when_the_gate_is_moved_over_it(pushing: Pushing):
    user = pushing.put_hook()
    PRE_COMMIT.install(pushing)
    install(pushing.scratch.repository, pushing.program)
    PRE_COMMIT.install(pushing)

    assert pushing.push()
    assert (pushing.gate.runs, user.runs, PRE_COMMIT.recorder(pushing).runs) == (1, 1, 1)
    assert user.stdin == pushing.line()


def test_a_gate_under_pre_commit_that_does_not_run_is_not_in_force(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    PRE_COMMIT.install(pushing)
    (pushing.hooks / "pre-push.legacy").chmod(0o644)
    assert not status(pushing.scratch.repository).is_in_force

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, PRE_COMMIT.recorder(pushing).runs) == (1, 1)


def test_git_lfs_leaves_the_gate_alone(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    before = snapshot(pushing.hooks)

    GIT_LFS.install(pushing)

    assert snapshot(pushing.hooks) == before


def test_a_folder_of_husky_that_git_ignores_is_not_called_a_change(pushing: Pushing):
    HUSKY_9.install(pushing)
    pushing.scratch.commit()

    installed = install(pushing.scratch.repository, pushing.program)

    assert pushing.scratch.git("status", "--porcelain") == b""
    assert not any("do not commit" in line for line in installed.lines)


@pytest.mark.parametrize(
    "part", ['case "$(basename "$0")" in pre-push) ;; *) exit 9 ;; esac', '[ "${0##*/}" = pre-push ] || exit 9']
)
@pytest.mark.parametrize("shebang", ["#!/bin/sh\n", "#!/usr/bin/env bash\n", "#! /bin/sh -e\n", ""])
def test_a_shell_script_that_goes_by_its_name_is_given_it(pushing: Pushing, part: str, shebang: str):
    other = pushing.put_hook(shebang=shebang, before=f"{part}\n")

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert (pushing.gate.runs, other.runs) == (1, 1)


def test_a_script_that_asks_whether_it_is_read_or_run_is_run(pushing: Pushing):
    asks = '[[ "${BASH_SOURCE[0]}" == "$0" ]] || exit 9; name=$(basename "$0")\n'
    other = pushing.put_hook(shebang="#!/usr/bin/env bash\n", before=asks)

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert other.runs == 1


def test_a_part_of_a_hook_that_is_no_file_is_not_waited_for(pushing: Pushing):
    os.mkfifo(pushing.hooks / "part")
    pushing.put_hook(before='[ -p "$(dirname "$0")/part" ] ||\n. "$(dirname "$0")/part"\n')

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
