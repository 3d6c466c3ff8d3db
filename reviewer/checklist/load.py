"""Checklist files to Checklists, or to every mistake of them at once.

A team's file comes with the repository under review: it may be of any size and hold anything.
"""

import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec

from reviewer.checklist.mistakes import mistakes_in
from reviewer.checklist.model import NINE_POINT, Checklist, Question, QuestionId, Trigger
from reviewer.checklist.tables import ChecklistTable, QuestionTable
from reviewer.errors import ChecklistInvalid, ReviewerError
from reviewer.tables import LARGEST_FILE, Unreadable, in_our_words, quoted, read_tables, told
from reviewer.visible import show

_FIRST = f"{NINE_POINT}.toml"


def load_checklist(path: Path) -> Checklist:
    """Return the checklist a file holds; raise ChecklistInvalid with all its mistakes."""
    name = show(str(path))
    try:
        file = read_tables(_read(path))
    except Unreadable as error:
        raise ChecklistInvalid([f"{name}: {error}"]) from error
    mistakes = told(mistakes_in(file), name)
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


def _read(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("not a regular file")
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"cannot be read: {in_our_words(reason)}") from error


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
