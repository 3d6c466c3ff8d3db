"""The reviewer's own editor on a file of the working tree: never a program that the repository brought along.

An editor is what the environment names; a relative entry of PATH is skipped, and a file that a patch names must lie
where the patch belongs.
"""

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.repository.git import place_in
from reviewer.visible import show


def editor_command(
    environ: Mapping[str, str], top: Path | None, path: bytes, line: int, *, preferred: str = ""
) -> list[str]:
    """Return the command that opens the editor on the line. Raises ReviewerError if there is none, or no such file.

    `preferred` is what the user's own configuration names.
    """
    editor = editor_words(environ, preferred)
    file = place_in(top, path) if top is not None else None
    if file is None or not file.is_file():
        raise ReviewerError(f"{show(path)}: is not in the working tree")
    return [*editor, f"+{line}", str(file)]


def editor_words(environ: Mapping[str, str], preferred: str = "") -> list[str]:
    """Return the command of the editor, the program as PATH has it. Raises ReviewerError if there is none."""
    named = preferred or environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise ReviewerError(f"{show(named)}: no editor ({error}); set VISUAL or EDITOR") from error
    if not words:
        raise ReviewerError("no editor; set VISUAL or EDITOR, or `editor` in your own configuration")
    folders = [folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if Path(folder).is_absolute()]
    program = shutil.which(words[0], path=os.pathsep.join(folders))
    if program is None:
        raise ReviewerError(f"{show(words[0])}: no such editor; set VISUAL or EDITOR")
    return [program, *words[1:]]
