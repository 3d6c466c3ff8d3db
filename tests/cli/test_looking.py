import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviewer.cli.main import commands
from tests.scratch import Scratch

FAULTY = "import requests\n\n\ndef _pay(url):\n    return requests.get(url)\n"


@pytest.fixture(autouse=True)
def in_a_folder_with_a_fault(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch.commit({"pay.py": ""})
    scratch.write("pay.py", FAULTY)
    monkeypatch.chdir(scratch.folder)


def _scan(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["scan", *arguments])


def _log(folder: Path) -> Path:
    place = {"artifactLocation": {"uri": "pay.py"}, "region": {"startLine": 4}}
    result = {"ruleId": "X1", "message": {"text": "odd \x1b[2J name"}, "locations": [{"physicalLocation": place}]}
    run = {"tool": {"driver": {"name": "odd"}}, "results": [result]}
    file = folder / "log.sarif"
    file.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    return file


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("text", "pay.py:5: high missing-timeout"),
        ("json", '"rule": "missing-timeout"'),
        ("sarif", '"ruleId": "missing-timeout"'),
        ("github", "::error file=pay.py,line=5,title=missing-timeout::"),
        ("rdjson", '"value": "missing-timeout"'),
    ],
)
def test_each_format_holds_the_flag(form: str, word: str) -> None:
    result = _scan("--format", form)

    assert result.exit_code == 0
    assert word in result.stdout


def test_what_another_engine_found_stands_beside_ours(tmp_path: Path) -> None:
    result = _scan("--import", str(_log(tmp_path)))

    assert "pay.py:4: medium odd:X1 (Correctness): odd X1: odd ␛[2J name" in result.stdout
    assert "pay.py:5: high missing-timeout" in result.stdout


def test_a_log_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    result = _scan("--import", str(tmp_path / "none.sarif"))

    assert "none.sarif: cannot be read" in str(result.exception)


def test_a_disabled_rule_is_not_heard(scratch: Scratch) -> None:
    scratch.commit({".reviewer.toml": '[rules]\ndisable = ["missing-timeout"]\n'})
    scratch.write("pay.py", FAULTY + "\n")

    assert "missing-timeout" not in _scan("HEAD~1").stdout


def test_mistakes_in_the_configuration_are_told(scratch: Scratch) -> None:
    (scratch.folder / ".git" / "info" / "exclude").write_text(".reviewer.toml\n")
    scratch.write(".reviewer.toml", "[rule]\n")

    result = _scan()

    assert '.reviewer.toml: key "rule" is unknown; did you mean "rules"?' in str(result.exception)
