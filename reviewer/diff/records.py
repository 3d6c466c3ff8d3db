"""What git says of each changed file (`--raw -z`, `--numstat -z`), joined with the patch's text.

Names, modes and ids come only from the raw records, counts only from numstat, text only from the
patch: in a patch a name can be ambiguous or forged. The three must agree, or nothing is shown.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reviewer.diff.model import TEXTLESS, FileDiff, Hunk, Status
from reviewer.diff.parse import Section
from reviewer.errors import CannotDetermine
from reviewer.visible import show

_STATUS = {
    b"A": Status.ADDED, b"M": Status.MODIFIED, b"D": Status.DELETED, b"R": Status.RENAMED,
    b"C": Status.COPIED, b"T": Status.TYPE_CHANGED, b"U": Status.UNMERGED,
}  # fmt: skip
_NO_MODE = "000000"
_INDEX = re.compile(rb"([0-9a-f]*)\.\.([0-9a-f]*)(?: [0-7]{6})?")
_QUOTED = re.compile(rb'[\x00-\x1f"\\\x7f-\xff]')
_ESCAPES = {
    b'"': b'\\"', b"\\": b"\\\\", b"\a": b"\\a", b"\b": b"\\b", b"\t": b"\\t", b"\n": b"\\n", b"\v": b"\\v",
    b"\f": b"\\f", b"\r": b"\\r",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numstat:
    """Line counts of one file; None for what git takes for binary. `path` is the new one."""

    added: int | None
    removed: int | None
    path: bytes


def parse_records(output: bytes) -> tuple[tuple[FileDiff, ...], tuple[Numstat, ...]]:
    """Read the output of `--raw --numstat -z`: first all raw records, then all counts.

    The files come back without hunks and counts. Raises CannotDetermine for a record git does not print.
    """
    fields = iter(output.split(b"\0")[:-1])
    files: list[FileDiff] = []
    counts: list[Numstat] = []
    try:
        for field in fields:
            if field.startswith(b":"):
                files.append(_raw_record(field, fields))
            else:
                counts.append(_numstat_record(field, fields))
    except (ValueError, KeyError, StopIteration) as error:
        raise CannotDetermine("git lists changed files in a form unknown here; install git 2.30 or newer") from error
    return tuple(files), tuple(counts)


def join(
    files: tuple[FileDiff, ...], counts: tuple[Numstat, ...], sections: tuple[Section, ...]
) -> tuple[FileDiff, ...]:
    """Return the files with their counts and hunks; without those that only look changed.

    Raises CannotDetermine if the three answers of git do not fit together.
    """
    counts_left, sections_left = deque(counts), deque(sections)
    joined = []
    for file in files:
        count = counts_left.popleft() if counts_left and counts_left[0].path == file.path else None
        parts = [part for part in (_next_of(file, sections_left) for _ in range(_section_count(file))) if part]
        if parts or not _may_be_the_same(file, count):
            joined.append(_with_text(file, count, parts))
    if counts_left or sections_left:
        raise _contradiction(counts_left[0].path if counts_left else sections_left[0].header[0], "git did not list it")
    return tuple(joined)


def with_walkable_hunks(file: FileDiff, hunks: tuple[Hunk, ...]) -> FileDiff:
    """Return the file with the hunks, and one without lines before them if their text does not say all."""
    file = replace(file, hunks=hunks)
    return replace(file, hunks=(TEXTLESS, *hunks)) if file.has_change_without_text else file


def _raw_record(field: bytes, fields: Iterator[bytes]) -> FileDiff:
    old_mode, new_mode, old_oid, new_oid, letter = field[1:].decode("ascii").split(" ")
    status = _STATUS[letter[:1].encode()]
    first = next(fields)
    second = next(fields) if status in (Status.RENAMED, Status.COPIED) else first
    return FileDiff(
        status,
        old_path=None if status is Status.ADDED else first,
        new_path=None if status is Status.DELETED else second,
        old_mode=None if old_mode == _NO_MODE else old_mode,
        new_mode=None if new_mode == _NO_MODE else new_mode,
        old_oid=_known(old_oid),
        new_oid=_known(new_oid),
        added=0,
        removed=0,
        hunks=(),
        similarity=int(letter[1:]) if letter[1:] and second is not first else None,
    )


def _numstat_record(field: bytes, fields: Iterator[bytes]) -> Numstat:
    added, removed, path = field.split(b"\t", 2)
    if not path:
        next(fields)
        path = next(fields)
    return Numstat(_count(added), _count(removed), path)


def _count(digits: bytes) -> int | None:
    return None if digits == b"-" else int(digits)


def _known(oid: str) -> str | None:
    return oid if oid.strip("0") else None


def _section_count(file: FileDiff) -> int:
    """Return how many sections of the patch are the file's: a type change is printed as deletion and addition."""
    return {Status.UNMERGED: 0, Status.TYPE_CHANGED: 2}.get(file.status, 1)


def _next_of(file: FileDiff, sections: deque[Section]) -> Section | None:
    """Take the next section if it is the file's: nobody else's name is quoted like that."""
    old_path = file.old_path if file.old_path is not None else file.path
    header = b"diff --git %s %s" % (_quoted(b"a/" + old_path), _quoted(b"b/" + file.path))
    return sections.popleft() if sections and sections[0].header[0] == header else None


def _quoted(name: bytes) -> bytes:
    """Return the name as git prints it with `core.quotePath`."""
    if _QUOTED.search(name) is None:
        return name
    return b'"%s"' % _QUOTED.sub(lambda char: _ESCAPES.get(char.group(), b"\\%03o" % char.group()[0]), name)


def _may_be_the_same(file: FileDiff, count: Numstat | None) -> bool:
    """True for a file whose time or size in the working tree made git list it, before it looked at the content."""
    is_listed_only = count is None or count.added is None
    is_unknown = file.new_oid is None and file.old_mode == file.new_mode
    return file.status is Status.MODIFIED and is_unknown and is_listed_only


def _with_text(file: FileDiff, count: Numstat | None, parts: list[Section]) -> FileDiff:
    if count is None or len(parts) != _section_count(file):
        raise _contradiction(file.path, "git lists it but does not show it")
    if not parts:
        return with_walkable_hunks(file, ())
    old_oid, new_oid = _oids(file.path, parts)
    if _differ(file.old_oid, old_oid) or _differ(file.new_oid, new_oid):
        raise _contradiction(file.path, "git lists one content and shows another")
    hunks = tuple(hunk for part in parts for hunk in part.hunks)
    shown = sum(hunk.added for hunk in hunks), sum(hunk.removed for hunk in hunks)
    if count.added is not None and shown != (count.added, count.removed):
        what = f"git counts {count.added} added and {count.removed} removed lines but shows {shown[0]} and {shown[1]}"
        raise _contradiction(file.path, what)
    # The raw record has no new id for a file of the working tree; the patch has, unless the content is the same.
    if file.new_oid is None and file.new_path is not None:
        file = replace(file, new_oid=new_oid or file.old_oid)
    return with_walkable_hunks(replace(file, added=count.added, removed=count.removed), hunks)


def _oids(path: bytes, parts: list[Section]) -> tuple[str | None, str | None]:
    """Return the ids of the `index` lines, if there are any: the first part's old one, the last part's new one."""
    pairs = [_INDEX.fullmatch(part.header_value(b"index ") or b"..") for part in parts]
    if pairs[0] is None or pairs[-1] is None:
        raise _contradiction(path, "git does not say which content it shows")
    return _known(pairs[0][1].decode()), _known(pairs[-1][2].decode())


def _differ(named: str | None, shown: str | None) -> bool:
    return named is not None and shown is not None and named != shown


def _contradiction(path: bytes, what: str) -> CannotDetermine:
    return CannotDetermine(f"{show(path)!r}: {what}; try again when nothing writes to the tree")
