import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.cli.viewing import configuration_of_walk
from reviewer.configuration.preferences import AS_SHIPPED, Layout
from reviewer.errors import ConfigInvalid
from reviewer.session.subject import Subject
from tests.scratch import Scratch


def _subject(scratch: Scratch) -> Subject:
    scratch.commit({"a.py": "a = 1\n"})
    return Subject(scratch.diff(), "test", scratch.repository)


def test_flags_of_the_command_line_are_preferences(scratch: Scratch) -> None:
    flags = {"theme": "nord", "layout": "split", "mouse": False, "wrap": True, "tree": None, "context": "whole"}

    read = configuration_of_walk(_subject(scratch), flags).preferences

    assert (read.theme, read.layout, read.mouse, read.wrap) == ("nord", Layout.SPLIT, False, True)
    assert (read.tree, read.context) == (AS_SHIPPED.tree, 1_000_000)


def test_a_theme_that_cannot_be_one_is_a_mistake_of_its_flag(scratch: Scratch) -> None:
    with pytest.raises(ConfigInvalid, match=r'\A--theme: "theme" must be the name of a theme'):
        configuration_of_walk(_subject(scratch), {"theme": "x" * 101})


@pytest.mark.parametrize("flag", ["--layout=sideways", "--context=7"])
def test_a_word_that_no_flag_knows_is_a_usage_error(flag: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reviewer", flag]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "is not one of" in done.stderr
