import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reviewer.cli.main import commands
from reviewer.cli.man_page import manual
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS

_MAN = Path(__file__).parents[2] / "man"
_PAGE = (_MAN / "git-reviewer.1").read_text("utf-8")


def test_the_committed_page_is_what_the_commands_make() -> None:
    made = CliRunner().invoke(commands, ["man-page"], prog_name="reviewer").stdout

    assert made == _PAGE, "run `reviewer man-page > man/git-reviewer.1`"


def test_the_short_name_leads_to_the_same_page() -> None:
    assert (_MAN / "reviewer.1").read_text("utf-8") == ".so man1/git-reviewer.1\n"


@pytest.mark.parametrize(
    "section",
    ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "KEYS", "FILES", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"],
)
def test_every_section_a_reader_looks_for_is_there(section: str) -> None:
    assert f"\n.SH {section}\n" in _PAGE


def test_every_key_and_every_variable_has_its_place() -> None:
    for key in (*REVIEW_KEYS, *CHECKLIST_KEYS, *SIGN_OFF_KEYS):
        assert f"({key.name})\n" in _PAGE
    assert "REVIEWER_WORD_EMPHASIS" in _PAGE


def test_text_of_a_command_is_no_troff() -> None:
    group = click.Group(help=".SH PWNED with \\fB and 'quotes' ⇒\n\n\b\n.so /etc/passwd\n")

    page = manual(click.Context(group, info_name="x"))

    assert "\n\\&.SH PWNED with \\efB and \\[aq]quotes\\[aq] \\[u21D2]\n" in page
    assert "\n\\&.so /etc/passwd\n" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_troff_has_nothing_to_complain_of() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(_MAN / "git-reviewer.1")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
