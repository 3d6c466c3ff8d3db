"""A partial clone is read by fetching what it lacks; no program its own configuration names is started for that."""

import shutil
from pathlib import Path

import pytest

from reviewer.errors import CannotDetermine
from reviewer.repository import choose_target, discover, read_diff
from tests.scratch import Scratch


@pytest.fixture
def partial(scratch: Scratch) -> Scratch:
    """A clone without old blobs, and a program that nobody should start."""
    for number in (1, 2, 3):
        scratch.commit({"a.txt": "".join(f"line {line}\n" for line in range(number))})
    scratch.git("config", "uploadpack.allowFilter", "true")
    scratch.git("config", "uploadpack.allowAnySHA1InWant", "true")
    place = scratch.folder.parent / "partial"
    scratch.git("clone", "--quiet", "--filter=blob:none", f"file://{scratch.folder}", str(place))
    clone = object.__new__(Scratch)
    clone.folder = place
    return clone


def test_what_is_missing_is_fetched(partial: Scratch) -> None:
    repository = discover(partial.folder)

    diff = read_diff(repository, choose_target(repository, "HEAD~2..HEAD~1"))

    assert [(file.path, file.added, file.removed) for file in diff.files] == [(b"a.txt", 1, 0)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("remote.origin.uploadpack", "touch {marker}; git-upload-pack"),
        ("remote.origin.url", "ext::sh -c touch% {marker}"),
        ("remote.origin.vcs", "ext"),
    ],
)
def test_no_program_of_the_clones_configuration_is_started(
    partial: Scratch, tmp_path: Path, key: str, value: str
) -> None:
    marker = tmp_path / "PWNED"
    partial.git("config", "protocol.ext.allow", "always")
    partial.git("config", key, value.format(marker=marker))
    repository = discover(partial.folder)

    with pytest.raises(CannotDetermine, match="lacks objects"):
        read_diff(repository, choose_target(repository, "HEAD~2..HEAD~1"))

    assert not marker.exists()


def test_an_included_file_is_no_way_round(partial: Scratch, tmp_path: Path) -> None:
    marker = tmp_path / "PWNED"
    config = partial.folder / ".git" / "config"
    shutil.move(config, partial.folder / ".git" / "more")
    config.write_text("[core]\n\trepositoryformatversion = 0\n[include]\n\tpath = more\n")
    partial.git("config", "--file", ".git/more", "remote.origin.uploadpack", f"touch {marker}; git-upload-pack")
    repository = discover(partial.folder)

    with pytest.raises(CannotDetermine):
        read_diff(repository, choose_target(repository, "HEAD~2..HEAD~1"))

    assert not marker.exists()


def test_the_users_own_settings_stay(partial: Scratch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "own.gitconfig"
    own.write_text("[core]\n\tsshCommand = ssh -4\n[credential]\n\thelper = store\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    partial.git("config", "core.sshCommand", "touch PWNED")
    partial.git("config", "credential.helper", "!touch PWNED")

    guards = discover(partial.folder).guards

    assert set(guards.settings) == {"core.sshcommand=ssh -4", "credential.helper=", "credential.helper=store"}
    assert discover(partial.folder).as_the_users_own.guards.settings == ()


def test_a_whole_clone_has_no_guards(scratch: Scratch) -> None:
    scratch.git("config", "remote.origin.uploadpack", "git-upload-pack")

    assert discover(scratch.folder).guards.settings == ()
    assert discover(scratch.folder).guards.protocols is None
