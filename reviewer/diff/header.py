"""What the header of one file in a patch file says of it: status, modes, ids; and what is wrong with it."""

import re
from collections import Counter
from dataclasses import replace

from reviewer.diff.model import FileDiff, Status
from reviewer.diff.names import names_of
from reviewer.diff.parse import GIT_HEADERS, Section
from reviewer.diff.records import with_walkable_hunks

_INDEX = re.compile(rb"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_MODE = re.compile(rb"[0-7]{6}")
_PERCENT = re.compile(rb"(\d{1,3})%")
_MODES = (b"old mode ", b"new mode ", b"deleted file mode ", b"new file mode ")
_NO_NAME = "cannot tell the file's name: the header does not say it, or names two"
_NO_LINES = "the lines of this file are missing"
# The ids of the empty file in SHA-1 and SHA-256 repositories.
_EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)


def fault_of(section: Section) -> str | None:
    """Return why the section cannot be what a diff program printed, None if it can."""
    if any(count > 1 for count in Counter(_keys(section)).values()):
        return "a header line stands twice"
    modes = [section.header_value(key) for key in _MODES]
    if any(mode is not None and _MODE.fullmatch(mode) is None for mode in modes):
        return "a broken file mode"
    old, new, deleted, added = (mode is not None for mode in modes)
    if old != new or old + deleted + added > 1:
        return "file modes that contradict each other"
    if names_of(section) is None:
        return _NO_NAME
    if section.hunks:
        return _fault_of_text(section)
    return None if section.is_binary else _fault_without_text(section)


def file_of(section: Section) -> FileDiff:
    """Return the file of a section that has no fault."""
    old_path, new_path = names_of(section) or (None, None)
    old_mode, new_mode = _modes(section)
    old_oid, new_oid = _oids(section)
    percent = _PERCENT.fullmatch(section.header_value(b"similarity index ") or b"")
    file = FileDiff(
        _status(section, old_path, new_path), old_path, new_path, old_mode, new_mode, old_oid, new_oid,
        added=None if section.is_binary else sum(hunk.added for hunk in section.hunks),
        removed=None if section.is_binary else sum(hunk.removed for hunk in section.hunks),
        hunks=(),
        similarity=int(percent[1]) if percent else None,
    )  # fmt: skip
    return with_walkable_hunks(_without_missing_side(file), section.hunks)


def _keys(section: Section) -> list[bytes]:
    return [key for line in section.header for key in GIT_HEADERS if line.startswith(key)]


def _fault_of_text(section: Section) -> str | None:
    if section.is_binary:
        return "a binary file with lines"
    status = _status(section, *(names_of(section) or (None, None)))
    if status is Status.ADDED and any(hunk.old_count for hunk in section.hunks):
        return "a new file with old lines"
    if status is Status.DELETED and any(hunk.new_count for hunk in section.hunks):
        return "a deleted file with new lines"
    return None


def _fault_without_text(section: Section) -> str | None:
    if not _keys(section):
        return "a header that does not say what changed"
    if section.header_value(b"--- ") is not None:
        return _NO_LINES
    oids = [oid for oid in _oids(section) if oid is not None]
    is_empty = len(oids) == 1 and oids[0].startswith(tuple(empty[: len(oids[0])] for empty in _EMPTY))
    return None if section.header_value(b"index ") is None or is_empty else _NO_LINES


def _without_missing_side(file: FileDiff) -> FileDiff:
    if file.status is Status.ADDED:
        return replace(file, old_path=None, old_mode=None, old_oid=None)
    if file.status is Status.DELETED:
        return replace(file, new_path=None, new_mode=None, new_oid=None)
    return file


def _status(section: Section, old_path: bytes | None, new_path: bytes | None) -> Status:
    if old_path is None or section.header_value(b"new file mode ") is not None:
        return Status.ADDED
    if new_path is None or section.header_value(b"deleted file mode ") is not None:
        return Status.DELETED
    if section.header_value(b"copy from ") is not None:
        return Status.COPIED
    if section.header_value(b"rename from ") is not None or old_path != new_path:
        return Status.RENAMED
    return Status.MODIFIED


def _modes(section: Section) -> tuple[str | None, str | None]:
    old_key, new_key, deleted_key, added_key = _MODES
    index = _INDEX.fullmatch(section.header_value(b"index ") or b"")
    same = index[3] if index else None
    old = section.header_value(old_key) or section.header_value(deleted_key) or same
    new = section.header_value(new_key) or section.header_value(added_key) or same
    return (old.decode() if old else None), (new.decode() if new else None)


def _oids(section: Section) -> tuple[str | None, str | None]:
    index = _INDEX.fullmatch(section.header_value(b"index ") or b"")
    if index is None:
        return None, None
    old, new = (oid.decode() if oid.strip(b"0") else None for oid in (index[1], index[2]))
    return old, new
