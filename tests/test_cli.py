"""What the command line promises other programs: exit codes, messages, and what it does not load."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.stage import make_repository


def _reviewer(*arguments: str, folder: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reviewer", *arguments]
    result = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        command, result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8")
    )


@pytest.mark.parametrize("arguments", ["--version", "--help"])
def test_asking_for_the_version_loads_nothing_heavy(arguments: str) -> None:
    code = (
        "import sys\nfrom reviewer.cli import main\n"
        f"sys.argv = ['reviewer', {arguments!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    loaded = {'textual', 'libcst', 'pygments', 'git'} & set(sys.modules)\n"
        "    print(sorted(loaded), file=sys.stderr)\n"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert result.returncode == 0
    assert result.stderr.strip() == "[]"


def test_a_module_of_the_repository_is_not_imported(tmp_path: Path) -> None:
    tmp_path.joinpath("click.py").write_text("open('PWNED', 'w')\n", "utf-8")

    result = _reviewer("--version", folder=tmp_path)

    assert result.returncode == 0
    assert not tmp_path.joinpath("PWNED").exists()


def test_no_repository_is_said_with_what_to_do(tmp_path: Path) -> None:
    result = _reviewer("scan", folder=tmp_path)

    assert result.returncode == 3
    assert "not a git repository" in result.stderr
    assert "--patch FILE" in result.stderr


def test_an_unknown_revision_cannot_be_determined(tmp_path: Path) -> None:
    result = _reviewer("scan", "nonsense", folder=make_repository(tmp_path))

    assert result.returncode == 3
    assert "'nonsense': git knows no such commit or range" in result.stderr


def test_settings_are_shown_with_where_they_come_from(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    (folder / ".reviewer.toml").write_text('[rules]\ndisable = ["todo-left"]\n', "utf-8")

    shown = _reviewer("config", "show", folder=folder)
    (folder / ".reviewer.toml").write_text("[rules\n", "utf-8")
    broken = _reviewer("config", "show", folder=folder)

    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["rules.disable.todo-left", "=", "true", ".reviewer.toml", "default", "false"] in lines
    assert ["view.layout", "=", '"auto"', "default"] in lines
    assert (broken.returncode, ".reviewer.toml: line 1" in broken.stderr) == (2, True)


def test_two_revisions_are_a_usage_error(tmp_path: Path) -> None:
    assert _reviewer("diff", "HEAD", "HEAD~1", folder=make_repository(tmp_path)).returncode == 2


def test_a_patch_that_is_cut_off_is_refused_with_its_line(tmp_path: Path) -> None:
    patch = b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n"

    result = _reviewer("diff", "--patch", "-", folder=tmp_path, stdin=patch)

    assert result.returncode == 3
    assert "standard input: line 6:" in result.stderr
    assert not result.stdout


def test_flags_as_grave_as_asked_for_fail_a_scan(tmp_path: Path) -> None:
    code = "def _send(order):\n    try:\n        ship(order)\n    except Exception:\n        pass\n"
    make_repository(tmp_path, {"shop.py": ("", code)})

    assert _reviewer("scan", "--fail-on", "high", folder=tmp_path).returncode == 1
    assert _reviewer("scan", folder=tmp_path).returncode == 0


def test_nothing_to_review_is_no_error(tmp_path: Path) -> None:
    result = _reviewer("scan", "--staged", folder=make_repository(tmp_path))

    assert result.returncode == 0
    assert "nothing to review: no staged change" in result.stderr
