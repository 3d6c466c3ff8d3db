"""Keys are answered early only where nobody may have given them another meaning, or the walk another look."""

from pathlib import Path

import pytest

from reviewer.configuration.find import user_file
from reviewer.preview.settings import are_as_shipped


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REVIEWER_CONFIG", raising=False)
    for name in ("REVIEWER_NO_CACHE", "REVIEWER_NO_PREVIEW"):
        monkeypatch.delenv(name, raising=False)


def test_where_nobody_said_anything_all_is_as_shipped(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")

    assert are_as_shipped(str(tmp_path))


def test_the_users_file_is_looked_for_where_it_is_read(tmp_path: Path) -> None:
    file = user_file({})
    file.parent.mkdir(parents=True)
    file.write_text("")

    assert not are_as_shipped(str(tmp_path))


@pytest.mark.parametrize(("name", "text"), [(".reviewer.toml", ""), ("pyproject.toml", "[tool.reviewer.view]\n")])
def test_a_repository_may_have_said_how_the_walk_looks(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert not are_as_shipped(str(tmp_path))


@pytest.mark.parametrize("name", ["REVIEWER_CONFIG", "REVIEWER_VIEW_LAYOUT", "REVIEWER_KEYS_PRESET"])
def test_so_may_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "plain")

    assert not are_as_shipped(str(tmp_path))
