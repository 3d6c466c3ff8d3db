"""What all tests share: an environment without the developer's settings, and repositories in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from reviewer.provenance.agents import AGENTS
from tests.scratch import ENVIRONMENT, Scratch

# A busy machine is no reason to fail: time is measured in benchmarks/.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def pinned_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no variable and no file of the developer's reach git."""
    of_git = [name for name in os.environ if name.startswith("GIT_") and not name.startswith("GIT_PYTHON")]
    # Whoever runs the tests, the sessions in them are a person's.
    of_agents = [name for _, conditions, _ in AGENTS for name, _ in conditions if name not in ("HOME", "USER")]
    for name in {*of_git, *of_agents, "AI_AGENT"}:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    for name, value in {
        **ENVIRONMENT,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def scratch(tmp_path: Path, pinned_environment: None) -> Scratch:
    return Scratch(tmp_path / "repo")


@pytest.fixture
def make_scratch(tmp_path: Path, pinned_environment: None) -> Callable[..., Scratch]:
    """Return a function that makes repositories: its name, and options of `git init`."""
    return lambda name, *options: Scratch(tmp_path / name, *options)
