"""What all tests share: an environment without the developer's settings, and repositories in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.scratch import Scratch, pin_environment

# A busy machine is no reason to fail: time is measured in benchmarks/.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def pinned_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no variable and no file of the developer's reach git."""
    pin_environment(monkeypatch, tmp_path_factory.getbasetemp() / "home")


@pytest.fixture
def scratch(tmp_path: Path, pinned_environment: None) -> Scratch:
    return Scratch(tmp_path / "repo")


@pytest.fixture
def make_scratch(tmp_path: Path, pinned_environment: None) -> Callable[..., Scratch]:
    """Return a function that makes repositories: its name, and options of `git init`."""
    return lambda name, *options: Scratch(tmp_path / name, *options)
