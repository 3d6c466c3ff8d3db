"""What the README says can be typed: every command in it is run here, on the demo's repository."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviewer.analysis.rules import all_rules
from reviewer.cli.main import commands
from reviewer.configuration.preferences import Layout, Preferences
from reviewer.configuration.read import read_configuration
from reviewer.demo import RANGE, build_demo
from reviewer.diff.identity import scope_of
from reviewer.repository import choose_target, read_diff
from reviewer.review.events import View
from reviewer.review.model import Reviewer
from reviewer.review.policy_file import read_policy
from reviewer.session.opening import store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.tui.keymap import key_map, key_mistakes

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text("utf-8")
_NEEDS_TERMINAL = ("", "review")
# What a change leads to that nobody signed off, in a repository without a remote, with something else uncommitted.
_ENDS_WITH = {"verify": 1, "push": 3, "sync": 2, "hook status": 1, "tests": 2}


def _commands() -> list[list[str]]:
    """Return the arguments of each `reviewer …` line in the README's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", _README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if re.match(r"reviewer\b", line)]
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The demo's repository with a review begun and a patch file in it."""
    repository = build_demo(tmp_path)
    target = choose_target(repository, RANGE)
    diff = read_diff(repository, target)
    session = Session(
        Subject(diff, RANGE, repository), store_for(repository, tmp_path), Reviewer("Rita", "r@example.org")
    )
    session.dispatch(View(scope_of(diff).by_hunk[0]))
    session.close()
    tmp_path.joinpath("fix.patch").write_bytes(repository.run("diff-tree", "-p", "main", "faster-checkout"))
    with tmp_path.joinpath("README.md").open("a", encoding="utf-8") as readme:
        readme.write("One more line.\n")
    repository.run("add", "README.md")
    return tmp_path


def _run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reviewer", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


@pytest.mark.parametrize("arguments", _commands(), ids=" ".join)
def test_a_command_of_the_readme_does_what_it_says(arguments: list[str], shop: Path) -> None:
    result = _run(arguments, shop)

    if (arguments[0] if arguments else "") in _NEEDS_TERMINAL:
        assert result.returncode == 2
        assert "a walk needs a terminal; use `reviewer scan`" in result.stderr
    else:
        expected = _ENDS_WITH.get(" ".join(arguments[:2]), _ENDS_WITH.get(arguments[0], 0))
        assert result.returncode == expected, result.stderr
        assert result.stdout or result.stderr
    assert "Traceback" not in result.stderr


def test_the_demo_scans_where_there_is_no_terminal(tmp_path: Path) -> None:
    result = _run(["demo"], tmp_path)

    assert result.returncode == 0
    assert "no terminal" in result.stderr
    assert "swallowed-exception" in result.stdout


def test_the_readme_asks_the_nine_questions_in_the_words_of_the_checklist() -> None:
    from reviewer.checklist import built_in_checklists

    nine_point = built_in_checklists()[0]

    for question in nine_point.questions:
        assert question.ask in _README


def test_the_setup_commands_are_one_line_each_and_ci_takes_the_second_from_here() -> None:
    setup = [line for line in _README.splitlines() if line.startswith("python3 -m venv")]
    ci = (_ROOT / ".ci" / "run").read_text("utf-8")

    assert [line.rpartition("&& ")[2] for line in setup] == [".venv/bin/reviewer demo", ".venv/bin/python -m pytest"]
    assert 'grep -m1 "python -m pytest" README.md' in ci


def test_the_policy_of_the_readme_is_one() -> None:
    assert read_policy(_toml("[require]").encode(), "README.md").humans == 2


def test_the_picture_of_the_readme_is_there() -> None:
    picture = re.search(r"!\[.+?\]\((.+?)\)", _README)

    assert picture is not None
    assert (_ROOT / picture[1]).is_file()


def test_every_rule_can_be_explained() -> None:
    for rule in all_rules():
        result = CliRunner().invoke(commands, ["explain", rule.slug])

        assert result.exit_code == 0
        assert rule.manual.ask in result.stdout


def test_the_table_of_rules_is_what_the_command_prints(tmp_path: Path) -> None:
    shown = _README.partition("--format markdown` -->\n")[2].partition("<!-- end -->")[0]

    assert shown == _run(["rules", "--format", "markdown"], tmp_path).stdout


def test_the_configuration_shown_is_read() -> None:
    assert read_configuration(_toml("[rules]").encode(), "README.md").uses_ruff


def test_the_preferences_shown_are_read() -> None:
    read = read_configuration(_toml("[view]").encode(), "README.md")

    assert read.preferences.layout is Layout.SPLIT
    assert read.view.keys() == {field.name for field in fields(Preferences)}


def test_the_keys_shown_are_to_be_had() -> None:
    choice = read_configuration(_toml("[keys]").encode(), "README.md", check_keys=key_mistakes).keys

    assert key_map(choice).lost == ()


def _toml(heading: str) -> str:
    """Return the README's TOML block with this heading."""
    blocks = re.findall(r"^```toml\n(.*?)^```", _README, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if heading in block)
