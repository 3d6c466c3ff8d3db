import os
from pathlib import Path

import pytest

from reviewer.errors import ReviewerError
from reviewer.hook.install import install, uninstall
from reviewer.hook.place import Reach, find_place
from reviewer.hook.status import status
from reviewer.repository import discover
from tests.hook.pushing import Pushing, snapshot
from tests.scratch import Scratch


@pytest.mark.parametrize(
    ("value", "folder", "reach"),
    [
        (None, ".git/hooks", Reach.REPOSITORY),
        (".git/mine", ".git/mine", Reach.REPOSITORY),
        (".husky/_", ".husky/_", Reach.WORKTREE),
        ("a//b/../c/", "a/c", Reach.WORKTREE),
        ("../shared", "../shared", Reach.BEYOND),
        ("~/hooks", "../home/hooks", Reach.BEYOND),
    ],
)
def test_git_and_the_gate_agree_on_the_folder(
    pushing: Pushing, monkeypatch: pytest.MonkeyPatch, value: str | None, folder: str, reach: Reach
):
    home = pushing.scratch.folder.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    if value is not None:
        (pushing.scratch.folder / "a" / "b").mkdir(parents=True)
        pushing.scratch.git("config", "core.hooksPath", value)

    place = find_place(pushing.scratch.repository)
    install(pushing.scratch.repository, pushing.program, everywhere=True)

    assert place.folder == Path(os.path.normpath(pushing.scratch.folder / folder))
    assert place.reach is reach
    assert pushing.push()
    assert pushing.gate.runs == 1


def test_a_relative_folder_is_taken_from_the_top_wherever_the_user_stands(pushing: Pushing):
    below = pushing.scratch.folder / "sub"
    below.mkdir()
    pushing.scratch.git("config", "core.hooksPath", ".githooks")

    install(discover(below), pushing.program)

    assert pushing.push(cwd=below)
    assert pushing.gate.runs == 1
    assert (pushing.scratch.folder / ".githooks" / "pre-push").exists()


def test_each_worktree_has_its_own_relative_folder(pushing: Pushing, tmp_path: Path):
    linked = tmp_path / "linked"
    pushing.scratch.git("worktree", "add", "--quiet", "-b", "side", str(linked))
    pushing.scratch.git("config", "core.hooksPath", ".githooks")

    install(discover(linked), pushing.program)

    assert pushing.push("side", cwd=linked)
    assert pushing.gate.runs == 1
    assert not status(pushing.scratch.repository).is_in_force


def test_the_configuration_of_one_worktree_holds_there_alone(pushing: Pushing, tmp_path: Path):
    linked = tmp_path / "linked"
    pushing.scratch.git("worktree", "add", "--quiet", "-b", "side", str(linked))
    pushing.scratch.git("config", "extensions.worktreeConfig", "true")
    pushing.scratch.git("-C", str(linked), "config", "--worktree", "core.hooksPath", "mine")

    assert find_place(discover(linked)).folder == linked / "mine"
    assert find_place(pushing.scratch.repository).folder == pushing.hooks


@pytest.mark.parametrize("variable", ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"])
def test_a_folder_of_the_user_or_the_machine_is_not_written_unasked(
    pushing: Pushing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
):
    shared = tmp_path / "shared"
    shared.mkdir()
    configuration = tmp_path / "gitconfig"
    configuration.write_text(f"[core]\n\thooksPath = {shared}\n")
    monkeypatch.setenv(variable, str(configuration))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "0")

    with pytest.raises(ReviewerError, match="outside this repository"):
        install(pushing.scratch.repository, pushing.program)
    assert list(shared.iterdir()) == []

    install(pushing.scratch.repository, pushing.program, everywhere=True)
    assert pushing.push()
    assert pushing.gate.runs == 1
    with pytest.raises(ReviewerError, match="outside this repository"):
        uninstall(pushing.scratch.repository)
    uninstall(pushing.scratch.repository, everywhere=True)
    assert list(shared.iterdir()) == []


def test_a_relative_folder_of_the_user_lies_in_each_repository(
    pushing: Pushing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    configuration = tmp_path / "gitconfig"
    configuration.write_text("[core]\n\thooksPath = .githooks\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))

    installed = install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert pushing.gate.runs == 1
    assert any("do not commit them" in line for line in installed.lines)


def test_the_setting_of_the_environment_is_the_one_git_obeys(
    pushing: Pushing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(tmp_path))

    assert find_place(pushing.scratch.repository).folder == tmp_path


@pytest.mark.parametrize("value", ["/dev/null", "", "a.txt"])
def test_hooks_that_are_switched_off_are_reported(pushing: Pushing, value: str):
    pushing.scratch.git("config", "core.hooksPath", value)

    for command in (
        lambda: install(pushing.scratch.repository, pushing.program),
        lambda: status(pushing.scratch.repository),
    ):
        with pytest.raises(ReviewerError, match="no hook runs here"):
            command()


def test_a_home_that_nobody_has_is_reported_in_gits_words(pushing: Pushing):
    pushing.scratch.git("config", "core.hooksPath", "~no-such-user-here/hooks")

    with pytest.raises(ReviewerError, match="no-such-user-here"):
        find_place(pushing.scratch.repository)


@pytest.mark.parametrize("target", ["outside", "repo/.git/refs/heads", "repo/other"])
@pytest.mark.parametrize("value", [".husky", ".husky/_", "{top}/.husky"])
def test_a_link_in_the_working_tree_does_not_choose_where_is_written(
    pushing: Pushing, tmp_path: Path, target: str, value: str
):
    place = tmp_path / target
    (place / "_").mkdir(parents=True)
    before = snapshot(place)
    (pushing.scratch.folder / ".husky").symlink_to(place)
    pushing.scratch.git("config", "core.hooksPath", value.format(top=pushing.scratch.folder))

    with pytest.raises(ReviewerError, match="symbolic link"):
        install(pushing.scratch.repository, pushing.program, everywhere=True)
    assert snapshot(place) == before


def test_a_link_to_the_working_tree_is_no_link_in_it(pushing: Pushing, tmp_path: Path):
    (tmp_path / "alias").symlink_to(pushing.scratch.folder)
    pushing.scratch.git("config", "core.hooksPath", str(tmp_path / "alias" / ".githooks"))

    install(pushing.scratch.repository, pushing.program)

    assert pushing.push()
    assert pushing.gate.runs == 1


def test_a_hook_folder_that_is_itself_a_link_is_followed(pushing: Pushing):
    pushing.hooks.rename(pushing.scratch.folder / "hooks")
    pushing.hooks.symlink_to("../hooks")

    installed = install(pushing.scratch.repository, pushing.program)

    assert installed.path == pushing.scratch.folder / "hooks" / "pre-push"
    assert pushing.push()
    assert pushing.gate.runs == 1


def test_a_hook_folder_that_leads_out_of_the_repository_is_not_written_unasked(pushing: Pushing, tmp_path: Path):
    pushing.hooks.rename(tmp_path / "hooks")
    pushing.hooks.symlink_to(tmp_path / "hooks")

    with pytest.raises(ReviewerError, match="outside this repository"):
        install(pushing.scratch.repository, pushing.program)


def test_a_bare_repository_is_gated(pushing: Pushing, tmp_path: Path):
    bare = tmp_path / "bare.git"
    pushing.scratch.git("clone", "--quiet", "--bare", ".", str(bare))
    pushing.scratch.git("-C", str(bare), "remote", "set-url", "origin", str(pushing.remote))

    install(discover(bare), pushing.program)

    assert pushing.push(cwd=bare)
    assert pushing.gate.stdin == pushing.line()


def test_a_submodule_is_gated_apart_from_the_repository_around_it(pushing: Pushing, tmp_path: Path):
    inner = Scratch(tmp_path / "inner")
    inner.commit({"a": "a"})
    pushing.scratch.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    sub = pushing.scratch.folder / "sub"

    install(discover(sub), pushing.program)

    pushing.scratch.git("-C", "sub", "push", "--quiet", "origin", "main:other")
    assert pushing.gate.runs == 1
    assert pushing.push()
    assert pushing.gate.runs == 1


def test_a_gate_in_the_folder_git_no_longer_looks_in_is_taken_away_too(pushing: Pushing):
    before = snapshot(pushing.hooks)
    install(pushing.scratch.repository, pushing.program)
    pushing.scratch.git("config", "core.hooksPath", ".husky")
    assert not status(pushing.scratch.repository).is_in_force

    assert uninstall(pushing.scratch.repository).is_changed
    assert snapshot(pushing.hooks) == before
