"""Checklist files to Checklists, or to every mistake of them at once.

A team's file comes with the repository under review: it may be of any size and hold anything.
"""

import re
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from reviewer.checklist.mistakes import in_our_words, mistakes_in, quoted
from reviewer.checklist.model import NINE_POINT, Checklist, Question, QuestionId, Trigger
from reviewer.checklist.tables import ChecklistTable, QuestionTable
from reviewer.errors import ChecklistInvalid, ReviewerError
from reviewer.visible import show

_FIRST = f"{NINE_POINT}.toml"
_LARGEST_FILE = 1_000_000
# tomllib takes time that grows with the square of a dotted key, and a key ends with its line.
_LONGEST_LINE = 2_000
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def load_checklist(path: Path) -> Checklist:
    """Return the checklist a file holds; raise ChecklistInvalid with all its mistakes."""
    name = show(str(path))
    try:
        text = _read_text(path)
        file = _read_toml(text)
    except _Unreadable as error:
        raise ChecklistInvalid([f"{name}: {error}"]) from error
    mistakes = [f"{name}: {mistake}" for mistake in mistakes_in(file)]
    if mistakes:
        raise ChecklistInvalid(mistakes)
    return _checklist(file)


def load_checklists(paths: Iterable[Path], *, beside: tuple[Checklist, ...] = ()) -> tuple[Checklist, ...]:
    """Return the files' checklists in order; raise ChecklistInvalid with the mistakes of all of them.

    No two may have the same id, nor one the id of a checklist in `beside`.
    """
    taken = {checklist.id for checklist in beside}
    loaded: list[Checklist] = []
    mistakes: list[str] = []
    for path in paths:
        try:
            checklist = load_checklist(path)
        except ChecklistInvalid as error:
            mistakes += error.mistakes
            continue
        if checklist.id in taken:
            mistakes.append(f'{show(str(path))}: "id" must be its own; another checklist is {quoted(checklist.id)}')
        taken.add(checklist.id)
        loaded.append(checklist)
    if mistakes:
        raise ChecklistInvalid(mistakes)
    return tuple(loaded)


def built_in_checklists() -> tuple[Checklist, ...]:
    """Return the checklists that come with the program: the nine points, then the others by id."""
    folder = shipped_folder(Path(__file__).resolve().parents[1])
    others = sorted(path for path in folder.glob("*.toml") if path.name != _FIRST)
    return load_checklists([folder / _FIRST, *others])


def shipped_folder(package: Path) -> Path:
    """Return where the package's checklists lie: inside it once installed, beside it in a checkout."""
    folders = (package / "checklists", package.parent / "checklists")
    for folder in folders:
        if (folder / _FIRST).is_file():
            return folder
    places = " or ".join(show(str(folder)) for folder in folders)
    raise ReviewerError(f'no "{_FIRST}" in {places}; install git-reviewer anew')


class _Unreadable(Exception):
    """Why a file never came to have tables."""


def _read_text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Unreadable("not a regular file")
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _Unreadable(f"cannot be read: {in_our_words(reason)}") from error
    if len(raw) > _LARGEST_FILE:
        raise _Unreadable(f"larger than {_LARGEST_FILE:,} bytes; split it")
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise _Unreadable(f"line {number}: longer than {_LONGEST_LINE:,} bytes; break it")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line_number = raw.count(b"\n", 0, error.start) + 1
        raise _Unreadable(f"line {line_number}: not UTF-8 (byte {raw[error.start]:02X})") from error


def _read_toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.fullmatch(str(error))
        reason = place[1] if place else str(error)
        line = place[2] if place and place[2] else text.rstrip("\n").count("\n") + 1
        column = f", column {place[3]}" if place and place[3] else ""
        raise _Unreadable(f"line {line}{column}: {in_our_words(reason)}") from error
    except RecursionError as error:
        raise _Unreadable("lists or tables stand too deep in each other") from error
    except ValueError as error:
        # Python reads whole numbers up to a number of digits that its environment may set to 640.
        raise _Unreadable("a number has too many digits") from error


def _checklist(file: dict[str, object]) -> Checklist:
    table = msgspec.convert(file, ChecklistTable)
    return Checklist(
        table.id,
        show(table.title),
        msgspec.convert(table.when, Trigger) if table.when is not None else None,
        tuple(_question(table.id, msgspec.convert(question, QuestionTable)) for question in table.question),
    )


def _question(checklist: str, table: QuestionTable) -> Question:
    key = QuestionId(f"{checklist}/{table.id}")
    return Question(key, table.point, show(table.ask), tuple(show(item) for item in table.look_for))
