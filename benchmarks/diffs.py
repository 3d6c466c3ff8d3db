"""Repositories to look at: made of nothing, always the same; or copies of real ones, which stay untouched."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_WORDS = ("order", "price", "total", "invoice", "customer", "stock", "parcel", "refund", "voucher", "tax", "address")
_TEXT_CHARACTERS = 20_000
_GOAL_CHARACTERS = 24
_GOAL_WITHIN_LINES = 20
_HEADER = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LINES, _STATEMENTS, _FILES = 1_000_000, 160_000, 10_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How many files a change has, and how many hunks each of them."""

    files: int
    hunks_per_file: int


SHAPES = {"small": Shape(3, 19), "medium": Shape(60, 17), "large": Shape(500, 20), "huge": Shape(1000, 31)}
# Large in another way than by many hunks.
ODD_SHAPES = ("one-file", "one-line", "many-files")


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository whose last commit is looked at.

    `goal` stands in its first hunk; `text` is a file with more of its diff than a screen can show. `moved` is what
    `reviewer` shows once its cursor has gone down a line from where it begins.
    """

    name: str
    folder: Path
    text: Path
    hunks: int
    lines: int
    goal: str
    moved: str


def make(name: str, folder: Path, environment: Mapping[str, str]) -> Subject:
    """Make the repository of that shape: every function of every file is changed in one place."""
    shape = SHAPES[name]
    folder.mkdir()
    _git(folder, environment, "init", "--quiet", "--initial-branch=main")
    for version in (1, 2):
        for number in range(shape.files):
            package = folder / "shop" / f"part_{number // 20:02}"
            package.mkdir(parents=True, exist_ok=True)
            functions = (_function(number, index, version) for index in range(shape.hunks_per_file))
            (package / f"module_{number:03}.py").write_text("\n\n".join(functions))
        _git(folder, environment, "add", "--all")
        _git(folder, environment, "commit", "--quiet", "--message", f"version {version}")
    return _subject(name, folder, environment)


def make_odd(name: str, folder: Path, environment: Mapping[str, str]) -> Subject:
    """Make a repository whose last commit brings a file of a million lines, a line of 5 MB, or 10,000 files."""
    folder.mkdir()
    _git(folder, environment, "init", "--quiet", "--initial-branch=main")
    _git(folder, environment, "commit", "--quiet", "--allow-empty", "--message", "version 1")
    if name == "one-file":
        (folder / "one.py").write_text("".join(f"order_total_number_{number} = {number}\n" for number in range(_LINES)))
    elif name == "one-line":
        (folder / "line.js").write_text("order_total_of_everything = 1; " * _STATEMENTS + "\norder_total_of_it = 2;\n")
    else:
        for number in range(_FILES):
            file = folder / f"part_{number // 100:02}" / f"module_{number:05}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"order_total_of_the_file = {number}\norder_total_of_it = 2\n")
    _git(folder, environment, "add", "--all")
    _git(folder, environment, "commit", "--quiet", "--message", "version 2")
    return _subject(name, folder, environment)


def copy(original: Path, folder: Path, environment: Mapping[str, str]) -> Subject:
    """Clone the repository, for a review writes beside the history."""
    _git(folder.parent, environment, "clone", "--quiet", str(original.resolve()), str(folder))
    return _subject(original.resolve().name, folder, environment)


def _function(file: int, index: int, version: int) -> str:
    """Return a function of which 5 lines in the middle become 7 in the second version."""
    word = _WORDS[(file * 7 + index) % len(_WORDS)]
    other = _WORDS[(file + index * 3 + 1) % len(_WORDS)]
    lines = [
        f"def {word}_of_{other}_{file}_{index}(rows, limit={index + 3}):",
        f'    """Return every {word} within the limit."""',
    ]
    lines += [
        f"    {other}_{step} = rows[{step}].{word} * {file + step}  # {word} before {other}" for step in range(10)
    ]
    if version == 1:
        lines += [f"    if {other}_{step} > limit + {index}: return {word!r}, {other}_{step}" for step in range(5)]
    else:
        lines += [f"    if {other}_{step} > limit + {index + 1}: return {other!r}, {other}_{step}" for step in range(7)]
    lines += [f"    {word}_{step} = {other}_{step} + {step * index}" for step in range(10)]
    return "\n".join([*lines, f"    return {word}_0\n"])


def _subject(name: str, folder: Path, environment: Mapping[str, str]) -> Subject:
    diff = _git(folder, environment, "diff", "HEAD~1", "HEAD")
    text = folder.with_suffix(".txt")
    text.write_text(diff[:_TEXT_CHARACTERS])
    return Subject(name, folder, text, diff.count("\n@@ "), diff.count("\n"), _goal(diff), _moved(diff))


def _goal(diff: str) -> str:
    """Return the beginning of a changed line near the start, long enough to be no chance."""
    lines = diff[diff.index("\n@@ ") :].split("\n")[2:_GOAL_WITHIN_LINES]
    changed = [line[1:].strip() for line in lines if line.startswith(("+", "-"))]
    return next(
        line[:_GOAL_CHARACTERS].strip() for line in changed if len(line) >= _GOAL_CHARACTERS and "\t" not in line
    )


def _moved(diff: str) -> str:
    """Return what stands at the cursor when it is on the line below the first changed one."""
    headers = [[int(number) for number in header.groups("1")] for header in _HEADER.finditer(diff)]
    digits = max(3, len(str(max(max(old + old_count, new + new_count) for old, old_count, new, new_count in headers))))
    old, _, new, _ = headers[0]
    is_below = False
    for line in diff[diff.index("\n@@ ") + 1 :].split("\n", _GOAL_WITHIN_LINES)[1:]:
        if is_below:
            numbers = (str(old if line[0] != "+" else ""), str(new if line[0] != "-" else ""))
            return f"▶ {numbers[0].rjust(digits)} {numbers[1].rjust(digits)} {line[0]}"
        is_below = line[0] in "+-"
        old, new = old + (line[0] != "+"), new + (line[0] != "-")
    return "▶"


def _git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    answer = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    return answer.stdout
