"""What shells are offered, asked for as they do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scratch import Scratch

_REVIEWER = [sys.executable, "-P", "-m", "reviewer"]


def _asked(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask as the bash script does; the word being typed is the last one."""
    words = line.split(" ")
    asking = {"_REVIEWER_COMPLETE": "bash_complete", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    return subprocess.run(
        _REVIEWER, cwd=folder, env={**os.environ, **asking}, capture_output=True, text=True, check=False
    )


def _offered(line: str, folder: Path) -> list[str]:
    done = _asked(line, folder)
    assert done.stderr == ""
    return [offer.removeprefix("plain,") for offer in done.stdout.splitlines() if offer]


@pytest.fixture
def branches(scratch: Scratch) -> Path:
    scratch.commit({"a.py": "a = 1\n"})
    for name in ("feature", "fix/one", "$(touch${IFS}PWNED)", "a;b", "`x`", "'q'"):
        scratch.git("branch", name)
    scratch.git("tag", "v1.0")
    scratch.git("remote", "add", "upstream", "nowhere")
    return scratch.folder


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("reviewer com", ["completions"]),
        ("reviewer --lay", ["--layout"]),
        ("reviewer --layout s", ["split"]),
        ("reviewer review f", ["feature", "fix/one"]),
        ("reviewer review main...v", ["main...v1.0"]),
        ("reviewer review H", ["HEAD"]),
        ("reviewer diff --staged m", ["main"]),
        ("reviewer review HEAD -- sh", ["file,sh"]),
        ("reviewer review --patch x", ["file,x"]),
        ("reviewer verify --target fe", ["feature"]),
        ("reviewer explain magic-n", ["magic-number"]),
        ("reviewer scan --fail-on m", ["medium"]),
        ("reviewer scan --format = sa", ["sarif"]),
        ("reviewer waive sig", ["signatures"]),
        ("reviewer sync u", ["upstream"]),
        ("reviewer push -f u", ["upstream"]),
        ("reviewer push upstream fe", ["feature"]),
        ("reviewer checklist show nine", ["nine-point"]),
        ("reviewer config ", ["keys", "show"]),
        ("reviewer completions z", ["zsh"]),
        ("reviewer show x", []),
    ],
)
def test_what_fits_is_offered(line: str, offered: list[str], branches: Path) -> None:
    assert _offered(line, branches) == offered


def test_every_command_is_offered_first(branches: Path) -> None:
    assert {"review", "scan", "config", "hook", "completions"} <= set(_offered("reviewer ", branches))


def test_a_name_that_a_shell_would_read_something_into_is_not_offered(branches: Path) -> None:
    offered = _offered("reviewer review ", branches)

    assert offered == ["HEAD", "feature", "fix/one", "main", "v1.0"]


@pytest.mark.parametrize("line", ["reviewer review m", "reviewer show ", "reviewer sync ", "reviewer review ' ", "x"])
def test_where_nothing_can_be_known_nothing_is_said(line: str, tmp_path: Path) -> None:
    done = _asked(line, tmp_path)

    assert done.stderr == ""
    assert "Traceback" not in done.stdout


def test_asking_for_names_of_commands_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom reviewer.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    print(sorted({'textual', 'libcst', 'pygments', 'git', 'msgspec'} & set(sys.modules)), file=sys.stderr)\n"
    )
    asking = {"_REVIEWER_COMPLETE": "bash_complete", "COMP_WORDS": "reviewer explain b", "COMP_CWORD": "2"}

    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **asking}, capture_output=True, text=True, check=False
    )

    assert "plain,bare-except" in done.stdout
    assert done.stderr.strip() == "[]"


def _script(shell: str) -> str:
    return subprocess.run([*_REVIEWER, "completions", shell], capture_output=True, text=True, check=True).stdout


def _in_bash(words: list[str], function: str, folder: Path) -> list[str]:
    typed = " ".join(f"'{word}'" for word in words)
    asking = f'COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; {function}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    command = ["bash", "--norc", "-c", f"{_script('bash')}\n{asking}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("words", "function"),
    [
        (["reviewer", "review", "fe"], "_reviewer"),
        (["git-reviewer", "review", "fe"], "_reviewer"),
        (["git", "reviewer", "review", "fe"], "_git_reviewer"),
        (["git", "-C", "x", "reviewer", "review", "fe"], "_git_reviewer"),
    ],
)
def test_the_script_for_bash_completes(words: list[str], function: str, branches: Path) -> None:
    assert _in_bash(words, function, branches) == ["feature"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_a_program_of_the_folder_is_not_run(branches: Path) -> None:
    trap = branches / "reviewer"
    trap.write_text("#!/bin/sh\ntouch PWNED\n")
    trap.chmod(0o755)

    assert _in_bash(["./reviewer", "review", "fe"], "_reviewer", branches) == ["feature"]
    assert not (branches / "PWNED").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
@pytest.mark.parametrize("line", ["reviewer review fe", "git-reviewer review fe", "git reviewer review fe"])
def test_the_script_for_fish_completes(line: str, branches: Path) -> None:
    command = ["fish", "--no-config", "-c", f"{_script('fish')}\ncomplete -C '{line}'"]

    done = subprocess.run(command, cwd=branches, capture_output=True, text=True, check=False)

    assert "feature" in done.stdout.split()
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
def test_zsh_reads_its_script(tmp_path: Path) -> None:
    command = ["zsh", "-f", "-c", f"autoload -Uz compinit; compinit -D\n{_script('zsh')}\nprint ${{_comps[reviewer]}}"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("_reviewer", "")
