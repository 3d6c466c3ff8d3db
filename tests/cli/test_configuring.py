import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS


def _config(
    folder: Path, monkeypatch: pytest.MonkeyPatch, keys: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    folder.joinpath("mine.toml").write_text(keys, "utf-8")
    monkeypatch.setenv("REVIEWER_CONFIG", str(folder / "mine.toml"))
    command = [sys.executable, "-m", "reviewer", "config", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_key_is_listed_with_its_action_and_who_chose_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = '[keys]\npreset = "plain"\nmark = ["m", "enter"]\n'

    text = _config(tmp_path, monkeypatch, keys, "keys").stdout
    data = json.loads(_config(tmp_path, monkeypatch, keys, "keys", "--format", "json").stdout)

    assert "  m enter          mark                 user           mark the hunk reviewed" in text
    assert [row["action"] for row in data["keys"]] == [
        key.name for table in (REVIEW_KEYS, CHECKLIST_KEYS, SIGN_OFF_KEYS) for key in table
    ]
    by_name = {row["action"]: row for row in data["keys"] if row["screen"] == "review"}
    assert by_name["mark"]["keys"] == ["m", "enter"]
    assert (by_name["next_hunk"]["origin"], by_name["dispose"]["origin"]) == ("preset plain", "default")


@pytest.mark.parametrize("command", ["show", "keys"])
def test_mistakes_in_keys_are_told_with_all_others(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _config(tmp_path, monkeypatch, '[rule]\n[keys]\nnext_hnuk = "]"\nleave = false\n', command)

    assert done.returncode == 2
    assert [line.rpartition(".toml: ")[2] for line in done.stderr.splitlines()] == [
        'key "rule" is unknown; did you mean "rules"?',
        '[keys]: there is no action "next_hnuk"; did you mean "next_hunk"?',
        "[keys]: leave must have a key (leave; all is saved, the next start goes on here)",
    ]
