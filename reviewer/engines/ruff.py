"""Ruff's word on changed Python files, where the configuration asks for it.

Ruff sees copies of the files in a folder of ours and none of the repository's configuration. The program is the
user's own: one that lies in the repository under review is not run.
"""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.engines.report import Report
from reviewer.errors import ReviewerError
from reviewer.visible import show_lines

_SELECTED = "E9,F,B,S,BLE,ASYNC,DTZ,LOG,G,PLE,PLW,PGH,TRY002,TRY400,RUF006,RUF008,RUF009,RUF012"
_PATIENCE = 120


class _Place(msgspec.Struct):
    row: int


class _Diagnostic(msgspec.Struct):
    filename: str
    message: str
    location: _Place
    code: str | None = None
    end_location: _Place | None = None


def ruff_reports(files: Sequence[ChangedFile], top: Path | None) -> Mapping[bytes, Sequence[Report]]:
    """Return what ruff reports, by path. Raises ReviewerError where there is no ruff, or it fails."""
    wanted = [file for file in files if file.is_python and file.new_text and file.added]
    if not wanted:
        return {}
    program = _program(top)
    with TemporaryDirectory(prefix="reviewer-") as folder:
        for number, file in enumerate(wanted):
            Path(folder, f"{number}{'.pyi' if file.suffix == '.pyi' else '.py'}").write_bytes(file.new_text or b"")
        diagnostics = _run(program, folder)
    found: dict[bytes, list[Report]] = defaultdict(list)
    for one in diagnostics:
        file = wanted[int(Path(one.filename).stem)]
        if one.code is None or (one.code == "S101" and file.is_test):
            continue
        last = max(one.location.row, one.end_location.row if one.end_location else 0)
        report = Report("ruff", one.code, one.message, file.path, one.location.row, last, Severity.LOW)
        found[file.path].append(report)
    return found


def _program(top: Path | None) -> str:
    """Return the user's ruff, by its whole path."""
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(place).is_absolute()]
    outside = [place for place in places if top is None or not Path(place).resolve().is_relative_to(top.resolve())]
    program = shutil.which("ruff", path=os.pathsep.join(outside))
    if program is None:
        raise ReviewerError(
            "the configuration asks for ruff, but there is none on the PATH; install it, or set ruff = false"
        )
    return program


def _run(program: str, folder: str) -> list[_Diagnostic]:
    command = [
        program, "check", "--isolated", "--no-cache", "--exit-zero", "--ignore-noqa", "--quiet",
        "--select", _SELECTED, "--output-format", "json", folder,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, timeout=_PATIENCE, cwd=folder, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0:
            return msgspec.json.decode(done.stdout, type=list[_Diagnostic])
        reason = show_lines(done.stderr).strip().rpartition("\n")[2]
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        reason = str(error)
    raise ReviewerError(f"ruff failed, so its flags are missing: {reason}")
