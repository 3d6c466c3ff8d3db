import os
import sys
from pathlib import Path

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.engines.ruff import ruff_reports
from reviewer.errors import ReviewerError

FAULTY = b"import os\n\n\ndef run(word):\n    os.system(word)\n"


@pytest.fixture(autouse=True)
def ruff_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the ruff that was installed beside the Python that runs the tests."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


def _file(text: bytes = FAULTY, path: bytes = b"shop/pay.py") -> ChangedFile:
    return ChangedFile(path, None, text, frozenset(range(1, text.count(b"\n") + 1)), frozenset())


def test_ruff_is_asked_about_changed_python_files() -> None:
    found = ruff_reports([_file(), _file(path=b"a.js"), _file(b"", b"empty.py")], None)

    assert list(found) == [b"shop/pay.py"]
    assert [(report.code, report.line) for report in found[b"shop/pay.py"]] == [("S605", 5)]


def test_no_name_of_a_file_reaches_ruff() -> None:
    found = ruff_reports([_file(path=b"--fix \n../../x\xff.py")], None)

    assert [report.code for report in found[b"--fix \n../../x\xff.py"]] == ["S605"]


def test_an_assert_in_a_test_is_what_tests_are_made_of() -> None:
    text = b"def test_it():\n    assert 1\n"

    assert ruff_reports([_file(text, b"tests/test_a.py")], None) == {}
    assert ruff_reports([_file(text, b"shop/a.py")], None)


def test_a_ruff_of_the_repository_under_review_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "bin" / "ruff"
    trap.parent.mkdir()
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{trap.parent}{os.pathsep}.")

    with pytest.raises(ReviewerError, match="there is none on the PATH"):
        ruff_reports([_file()], tmp_path)

    assert not (tmp_path / "sprung").exists()


def test_a_ruff_that_fails_is_told_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ruff"
    broken.write_text("#!/bin/sh\necho 'no \033[2J luck' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ReviewerError, match=r"ruff failed, so its flags are missing: no .*luck") as caught:
        ruff_reports([_file()], None)

    assert "\033" not in str(caught.value)
