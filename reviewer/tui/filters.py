"""Which files the tree shows, and the keys from file to file keep to. Pure; nothing leaves the walk by it."""

from collections.abc import Callable
from enum import Enum

from reviewer.diff.kinds import Kind, kind_of
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot


class FileFilter(Enum):
    ALL = "all"
    TO_REVIEW = "to review"
    FLAGGED = "flagged"
    NOTED = "noted"
    SOURCE = "source"
    TESTS = "tests"
    DOCS = "docs"
    CONFIG = "config"
    GENERATED = "generated"


MEANINGS = {
    FileFilter.ALL: "every file of the change",
    FileFilter.TO_REVIEW: "with a hunk that is not reviewed",
    FileFilter.FLAGGED: "with an open flag",
    FileFilter.NOTED: "with a note",
    FileFilter.SOURCE: "what is none of the kinds below, by its name",
    FileFilter.TESTS: "tests, by their names",
    FileFilter.DOCS: "documentation, by its name",
    FileFilter.CONFIG: "configuration, by its name",
    FileFilter.GENERATED: "generated, vendored, minified, lock files, by their names",
}


def files_in(chosen: FileFilter, rows: RowMap, snapshot: Snapshot | None) -> list[int]:
    """Return the files that the filter lets through, by their places in the walk."""
    passes = _test_of(chosen, rows, snapshot)
    return [number for number in range(len(rows.files)) if passes(number)]


def _test_of(chosen: FileFilter, rows: RowMap, snapshot: Snapshot | None) -> Callable[[int], bool]:
    if chosen is FileFilter.ALL:
        return lambda _: True
    if chosen in (FileFilter.TO_REVIEW, FileFilter.FLAGGED, FileFilter.NOTED):
        return _test_of_state(chosen, rows, snapshot) if snapshot is not None else lambda _: True
    kind = Kind(chosen.value)
    return lambda number: kind_of(rows.files[number].path) is kind


def _test_of_state(chosen: FileFilter, rows: RowMap, snapshot: Snapshot) -> Callable[[int], bool]:
    if chosen is FileFilter.TO_REVIEW:
        return lambda number: not all(snapshot.viewed[hunk] for hunk in rows.hunks_of_file(number))
    if chosen is FileFilter.FLAGGED:
        return lambda number: any(flag.is_open for flag in snapshot.flags_of(rows.files[number].path))
    noted = {note.spot.path for note in snapshot.notes.values() if note.spot is not None}
    return lambda number: rows.files[number].path in noted
