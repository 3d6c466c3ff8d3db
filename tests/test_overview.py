"""`--version` and `--help` are answered at once, and say what the commands themselves would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviewer import overview
from reviewer.cli.main import commands


def test_the_help_is_the_one_the_commands_give() -> None:
    # Click's own runner would set another width.
    code = "import sys; sys.argv = ['reviewer', '--help']; from reviewer.cli import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    ).stdout

    assert Path(overview.FILE).read_text(encoding="utf-8") == told, "this is what belongs into overview.txt"


def test_the_version_is_the_one_the_commands_give() -> None:
    told = CliRunner().invoke(commands, ["--version"], prog_name="reviewer").stdout

    asked = subprocess.run([sys.executable, "-m", "reviewer", "--version"], capture_output=True, text=True, check=True)

    assert asked.stdout == told


@pytest.mark.parametrize("word", ["--version", "--help", "-h"])
def test_neither_loads_the_command_line(word: str) -> None:
    code = (
        "import os, sys; sys.argv = ['reviewer', sys.argv[1]]; os._exit = lambda status: sys.exit(status)\n"
        "from reviewer.entry import main\n"
        "try: main()\n"
        "except SystemExit: print([name for name in ('click', 're', 'dataclasses', 'textual') if name in sys.modules])"
    )

    result = subprocess.run([sys.executable, "-I", "-c", code, word], capture_output=True, text=True, check=True)

    assert result.stdout.rstrip().endswith("[]")


def test_a_narrow_terminal_gets_help_that_fits() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "reviewer", "--help"], capture_output=True, text=True, check=True,
        env={"COLUMNS": "50", "PATH": ""},
    )  # fmt: skip

    commands_told = asked.stdout.partition("Commands:")[2].splitlines()
    assert len(commands_told) > 10
    assert max(map(len, commands_told)) <= 50
