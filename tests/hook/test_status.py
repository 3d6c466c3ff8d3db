import hashlib
from collections.abc import Callable

import pytest

from reviewer.hook.configured import configured_hooks, names_of_hooks, runs_configured_hooks
from reviewer.hook.install import install
from reviewer.hook.script import Neighbour, compose
from reviewer.hook.status import status
from tests.hook.pushing import Pushing


def _aged(content: bytes) -> bytes:
    """Return the gate as a version before the first would have written it."""
    rest = content.split(b"\n", 2)[2].replace(b"set -u\n", b"set -eu\n")
    return b"#!/bin/sh\n# reviewer-pre-push 0 " + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def test_without_a_hook_the_gate_is_not_in_force(pushing: Pushing):
    found = status(pushing.scratch.repository)

    assert not found.is_in_force
    assert "run `reviewer hook install`" in found.lines[0]


def test_another_hook_is_no_gate(pushing: Pushing):
    pushing.put_hook()

    assert not status(pushing.scratch.repository).is_in_force


def test_an_installed_gate_is_in_force_and_names_what_runs_beside_it(pushing: Pushing):
    pushing.put_hook()
    install(pushing.scratch.repository, pushing.program)

    found = status(pushing.scratch.repository)

    assert found.is_in_force
    assert found.lines[0].startswith(f"{pushing.hooks / 'pre-push'}: the gate is in force")
    assert any("pre-push.before-reviewer" in line for line in found.lines)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda hook: hook.chmod(0o644),
        lambda hook: hook.write_text("#!/bin/sh\n"),
        lambda hook: hook.unlink(),
        lambda hook: hook.write_bytes(hook.read_bytes() + b"exit 0\n"),
    ],
    ids=["not executable", "overwritten", "deleted", "edited"],
)
def test_a_gate_that_was_tampered_with_is_not_in_force(pushing: Pushing, break_it: Callable[..., object]):
    install(pushing.scratch.repository, pushing.program)

    break_it(pushing.hooks / "pre-push")

    assert not status(pushing.scratch.repository).is_in_force


def test_a_gate_of_another_version_is_in_force_until_an_install_renews_it(pushing: Pushing):
    install(pushing.scratch.repository, pushing.program)
    hook = pushing.hooks / "pre-push"
    current = hook.read_bytes()
    hook.write_bytes(_aged(current))
    assert any("older version" in line for line in status(pushing.scratch.repository).lines)

    assert install(pushing.scratch.repository, pushing.program).is_changed
    assert hook.read_bytes() == current


def test_a_gate_that_came_with_a_commit_is_not_believed(pushing: Pushing):
    pushing.scratch.git("config", "core.hooksPath", ".githooks")
    hook = pushing.scratch.write(".githooks/pre-push", compose(["/bin/true"], Neighbour()), mode="100755")
    pushing.scratch.commit()
    assert not status(pushing.scratch.repository).is_in_force

    install(pushing.scratch.repository, pushing.program)

    assert status(pushing.scratch.repository).is_in_force
    assert hook.read_bytes() == compose(pushing.program, Neighbour())


def test_a_hostile_name_of_a_folder_is_shown_harmlessly(pushing: Pushing):
    pushing.scratch.git("config", "core.hooksPath", "\x1b]0;x\x07\u202e")

    installed = install(pushing.scratch.repository, pushing.program)

    assert not any(char in line for line in installed.lines for char in "\x1b\x07\u202e\n")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (b"git version 2.30.0\n", False),
        (b"git version 2.39.5 (Apple Git-154)\n", False),
        (b"git version 2.53.9\n", False),
        (b"git version 2.54.0\n", True),
        (b"git version 2.54.0.windows.1\n", True),
        (b"git version 2.100.0\n", True),
        (b"git version 3.0.0-rc1\n", True),
        (b"something else\n", False),
    ],
)
def test_the_version_tells_whether_git_reads_hooks_from_its_configuration(version: bytes, expected: bool):
    assert runs_configured_hooks(version) is expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], ()),
        (["a.event\npre-push"], ("a",)),
        (["a.event\npre-commit"], ()),
        (["a.event\npre-push", "b.c.event\npre-push", "a.event\npre-push"], ("b.c", "a")),
        (["a.event\npre-push", "a.event\n"], ()),
        (["a.event\npre-push", "a.enabled\nfalse"], ()),
        (["a.event\npre-push", "a.enabled\nfalse", "a.enabled\ntrue"], ("a",)),
        (["a.event\npre-push", "pre-push.enabled\nfalse"], ()),
    ],
)
def test_the_last_word_on_a_configured_hook_holds(settings: list[str], expected: tuple[str, ...]):
    assert names_of_hooks("".join(f"hook.{setting}\0" for setting in settings).encode()) == expected


def test_gits_answer_on_configured_hooks_is_understood(pushing: Pushing):
    pushing.scratch.git("config", "hook.My.Linter.event", "pre-push")
    answer = pushing.scratch.git("config", "-z", "--get-regexp", r"^hook\..*\.(event|enabled)$")
    is_new = runs_configured_hooks(pushing.scratch.git("version"))

    assert names_of_hooks(answer) == ("My.Linter",)
    assert configured_hooks(pushing.scratch.repository) == (("My.Linter",) if is_new else ())
