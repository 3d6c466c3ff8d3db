"""The editor is the reviewer's own, on a file that lies where it says, or it is said why not."""

from pathlib import Path

import pytest

from reviewer.errors import ReviewerError
from reviewer.session.editor import editor_command


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top" / "bin").mkdir(parents=True)
    (tmp_path / "top" / "f").write_text("a\n")
    for folder in (tmp_path / "top" / "bin", tmp_path):
        (folder / "ed-it").write_text("#!/bin/sh\n")
        (folder / "ed-it").chmod(0o755)
    return tmp_path / "top"


def _environ(top: Path, **variables: str) -> dict[str, str]:
    return {"PATH": f"bin:.::{top.parent}", **variables}


def test_the_editor_is_told_line_and_file(top: Path) -> None:
    command = editor_command(_environ(top, EDITOR="ed-it --wait 'a b'"), top, b"f", 7)

    assert command == [str(top.parent / "ed-it"), "--wait", "a b", "+7", str(top / "f")]


def test_a_program_in_the_folder_one_stands_in_is_not_the_editor(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)

    assert editor_command(_environ(top, VISUAL="ed-it"), top, b"f", 1)[0] == str(top.parent / "ed-it")
    with pytest.raises(ReviewerError, match="ed-it: no such editor; set VISUAL or EDITOR"):
        editor_command({"PATH": "bin:.:", "VISUAL": "ed-it"}, top, b"f", 1)


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("", "no editor"),
        (" ", "no editor"),
        ("vi 'x", "vi 'x: no editor"),
        ("\x1b[2J\u202e", "␛[2J⟦U+202E⟧: no such editor"),
    ],
)
def test_what_cannot_be_started_is_said_in_words_that_steer_nothing(top: Path, editor: str, words: str) -> None:
    with pytest.raises(ReviewerError) as caught:
        editor_command(_environ(top, EDITOR=editor), top, b"f", 1)

    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("path", [b"../secret", b"link/secret", b"round/f", b"a\0b", b"gone", b"bin", b"/etc/passwd"])
def test_a_file_elsewhere_is_not_opened(top: Path, path: bytes) -> None:
    (top.parent / "secret").write_text("s\n")
    (top / "link").symlink_to(top.parent)
    (top / "round").symlink_to("round")

    with pytest.raises(ReviewerError, match="is not in the working tree"):
        editor_command(_environ(top, EDITOR="ed-it"), top, path, 1)
    with pytest.raises(ReviewerError, match="is not in the working tree"):
        editor_command(_environ(top, EDITOR="ed-it"), None, path, 1)
