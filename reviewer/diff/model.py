"""A diff as values: files and hunks that point into the patch's bytes. A line exists only while it is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from reviewer.diff.written import Patch

_SYMLINK = "120000"
_SUBMODULE = "160000"
_PLAIN = "100644"


class Status(Enum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type-changed"
    UNMERGED = "unmerged"


class LineKind(Enum):
    CONTEXT = " "
    ADDED = "+"
    REMOVED = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, without its line feed. `old` and `new` count from 1, None where it is not."""

    kind: LineKind
    text: bytes
    old: int | None
    new: int | None
    newline: bool = True


class Hunk(NamedTuple):
    """One hunk; `start` and `end` bound its lines in `patch`, which all hunks of a diff share.

    A hunk without lines stands for a change without text: mode, rename, binary, empty file. A diff has tens of
    thousands of them, and a tuple is made in a third of the time.
    """

    patch: Patch
    start: int
    end: int
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: bytes
    added: int
    removed: int

    def __repr__(self) -> str:
        return f"Hunk(-{self.old_start},{self.old_count} +{self.new_start},{self.new_count}, {self.body!r})"

    @property
    def body(self) -> bytes:
        return self.patch[self.start : self.end]

    def blocks(self, size: int = 1_000_000) -> Iterator[bytes]:
        """Yield its lines in blocks of about so many bytes: a hunk may have a million lines."""
        start = self.start
        while start < self.end:
            cut = self.patch.find(b"\n", start + size, self.end) + 1 if start + size < self.end else 0
            yield self.patch[start : cut or self.end]
            start = cut or self.end

    @property
    def is_textless(self) -> bool:
        return self.start == self.end

    @property
    def line_count(self) -> int:
        return self.old_count + self.added

    @property
    def old_first(self) -> int:
        """How many lines of the old file stand above: a hunk without old lines names the one it follows."""
        return self.old_start - (self.old_count > 0)

    @property
    def new_first(self) -> int:
        return self.new_start - (self.new_count > 0)


TEXTLESS = Hunk(b"", 0, 0, 0, 0, 0, 0, b"", 0, 0)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file. The path that does not exist is None, so is its mode.

    `added` and `removed` are None for binary content. `similarity` is git's percentage for renames
    and copies. Object ids are hexadecimal; None where unknown (a patch without an index line).
    """

    status: Status
    old_path: bytes | None
    new_path: bytes | None
    old_mode: str | None
    new_mode: str | None
    old_oid: str | None
    new_oid: str | None
    added: int | None
    removed: int | None
    hunks: tuple[Hunk, ...]
    similarity: int | None = None

    @property
    def path(self) -> bytes:
        """The name the file goes by now, or went by until it was deleted."""
        path = self.new_path if self.new_path is not None else self.old_path
        return path if path is not None else b""

    @property
    def paths(self) -> tuple[bytes, ...]:
        """Both names if it moved."""
        return tuple(sorted({path for path in (self.old_path, self.new_path) if path is not None}))

    @property
    def is_binary(self) -> bool:
        return self.added is None

    @property
    def is_symlink(self) -> bool:
        return _SYMLINK in (self.old_mode, self.new_mode)

    @property
    def is_submodule(self) -> bool:
        return _SUBMODULE in (self.old_mode, self.new_mode)

    @property
    def text_hunks(self) -> tuple[Hunk, ...]:
        return tuple(hunk for hunk in self.hunks if not hunk.is_textless)

    @property
    def has_change_without_text(self) -> bool:
        """True if reading every line of the file's hunks would still miss something that changed."""
        if not self.text_hunks or self.is_binary:
            return True
        if self.status in (Status.RENAMED, Status.COPIED, Status.UNMERGED):
            return True
        if self.status is Status.ADDED:
            return self.new_mode not in (_PLAIN, None)
        return self.status is not Status.DELETED and self.old_mode != self.new_mode


@dataclass(frozen=True, slots=True)
class Diff:
    files: tuple[FileDiff, ...]

    def walk(self) -> Iterator[tuple[FileDiff, Hunk]]:
        """Yield every hunk with its file, in the order a reviewer meets them."""
        for file in self.files:
            for hunk in file.hunks:
                yield file, hunk

    @property
    def changed_lines(self) -> int:
        return sum((file.added or 0) + (file.removed or 0) for file in self.files)
