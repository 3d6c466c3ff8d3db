"""The programs compared, each with its command, its keys, and the texts that tell how far it is."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.diffs import Subject

_DIFF = "git diff HEAD~1 HEAD"
_OPEN_REVIEW = "hunks 0/"


@dataclass(frozen=True, slots=True)
class Program:
    """`interface` is the name of the process that draws.

    `texts` are waited for in turn: the first is the first paint, the last what is needed before keys
    do something. `home` is the key that leads back to the top; `typed` waits in the terminal from the start.
    """

    name: str
    command: tuple[str, ...]
    interface: str
    texts: tuple[str, ...]
    keys: Mapping[str, bytes] = field(default_factory=dict)
    home: bytes = b"g"
    typed: bytes = b""


def programs(subject: Subject, checkouts: Sequence[Path]) -> tuple[Program, ...]:
    """Return what is installed, and `reviewer` as it is in each checkout, ready to show the subject."""
    goal = (subject.goal,)
    less_keys = {"line": b"j", "page": b" "}
    tig_keys = {"line": b"j", "page": b" ", "hunk": b"@"}
    smallest = str(Path(__file__).with_name("smallest.py"))
    tig = Program("tig", _shell(f"{_DIFF} | tig"), "tig", goal, tig_keys, home=b"\x1bOH")
    return (
        Program("less", _shell(f"{_DIFF} | less -R"), "less", goal, less_keys),
        *([tig] if shutil.which("tig") else []),
        Program("smallest", (sys.executable, smallest, str(subject.text)), Path(sys.executable).name, goal),
        reviewer("reviewer", subject),
        *(reviewer(checkout.name, subject, f"PYTHONPATH={checkout.resolve()}") for checkout in checkouts),
    )


def reviewer(name: str, subject: Subject, *variables: str) -> Program:
    """Return `reviewer`, started with a line key waiting for it."""
    script = str(Path(sys.executable).with_name("reviewer"))
    keys = {"line": b"j", "page": b"\x1b[6~", "hunk": b"]", "end": b"G", "unreviewed": b"u", "mark": b" "}
    texts = (subject.goal, subject.moved, _OPEN_REVIEW)
    return Program(name, ("env", *variables, script, "review", "HEAD"), "reviewer", texts, keys, typed=b"j")


def _shell(line: str) -> tuple[str, ...]:
    return ("sh", "-c", line)
