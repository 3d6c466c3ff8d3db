"""The only door to review files: one append-only journal a writer's session, in the git common directory.

Two writers never touch one file. A file that could not be written to its end is closed for good;
the next event begins another.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.review.events import Entry, Event, Open
from reviewer.review.model import EventId, ReviewId
from reviewer.review.record import Journal, decode_journal, encode, event_id
from reviewer.visible import show

PUBLISHED = ".reviews"
_SUFFIX = ".jsonl"
_LARGEST_JOURNAL = 256_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """All that can be read of one review, from every writer; `damages` names files and what is wrong."""

    review: ReviewId
    entries: tuple[Entry, ...]
    damages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """`home` holds the live journals, a folder a review; `published` the copies that may be committed."""

    home: Path
    published: Path | None

    def reviews(self) -> tuple[ReviewId, ...]:
        """Return the ids of all reviews here, the latest written first."""
        newest: dict[str, float] = {}
        for file in (file for root in self._roots() for folder in _folders(root) for file in _files(folder)):
            name = file.parent.name
            newest[name] = max(newest.get(name, 0.0), _time_written(file))
        return tuple(ReviewId(name) for name in sorted(newest, key=lambda name: (-newest[name], name)))

    def read(self, review: ReviewId) -> Record:
        """Return the union of the review's live and published journals.

        Raises RecordTooNew; damage is reported in the record, not raised.
        """
        entries: dict[EventId, Entry] = {}
        damages: list[str] = []
        originals: dict[str, bytes] = {}
        for file in (file for root in self._roots() for file in _files(root / review)):
            journal = _read_journal(file, originals)
            entries.update((entry.id, entry) for entry in journal.entries)
            if journal.damage is not None:
                damages.append(f"{show(file.name)}: {journal.damage}")
        ordered = sorted(entries.values(), key=lambda entry: (entry.clock, entry.id))
        return Record(review, tuple(ordered), tuple(dict.fromkeys(damages)))

    def journal(self, review: ReviewId, writer: str, session: str) -> "JournalFile":
        """Return a journal to write to; its file appears with the first event."""
        return JournalFile(self.home / review / f"{writer}.{session}{_SUFFIX}")

    def publish(self, review: ReviewId) -> Path | None:
        """Copy the live journals byte for byte to where they may be committed; None if there is no such place."""
        if self.published is None:
            return None
        folder = self.published / review
        # The repository under review could hold a link to wherever it wants files written.
        if self.published.is_symlink() or folder.is_symlink():
            raise ReviewerError(f"{show(str(folder))}: lies behind a symbolic link; remove the link")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in _files(self.home / review):
                _replace(folder / file.name, file.read_bytes())
        except OSError as error:
            raise ReviewerError(f"{show(str(folder))}: cannot write the review file ({error.strerror})") from error
        return folder

    def _roots(self) -> Iterator[Path]:
        yield self.home
        if self.published is not None and not self.published.is_symlink():
            yield self.published


@dataclass(slots=True)
class JournalFile:
    """One writer's session on disk. Not thread-safe; nobody else writes to it."""

    path: Path
    _descriptor: int | None = field(default=None, init=False)
    _size: int = field(default=0, init=False)
    _number: int = field(default=0, init=False)
    _last: EventId | None = field(default=None, init=False)
    _is_closed: bool = field(default=False, init=False)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def append(self, event: Event, opening: Open, *, clock: int, at: str, durable: bool) -> Entry:
        """Write one event with one `write`; a durable one is on disk before this returns.

        Raises ReviewerError if it could not be written; then the file is closed for good.
        """
        line = encode(event, number=self._number, clock=clock, at=at, prev=self._last)
        try:
            self._write(line + b"\n", durable=durable)
        except OSError as error:
            self._take_back()
            self.close()
            raise ReviewerError(
                f"{show(str(self.path))}: not saved ({error.strerror}); make room or check permissions, then try again"
            ) from error
        entry = Entry(event_id(line), event, opening.reviewer, at, self._number, clock)
        self._number += 1
        self._last = entry.id
        return entry

    def close(self) -> None:
        self._is_closed = True
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _write(self, line: bytes, *, durable: bool) -> None:
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
            self._descriptor = os.open(self.path, flags, 0o644)
        written = os.write(self._descriptor, line)
        if written != len(line):
            raise OSError(28, "the disk is full")
        if durable:
            os.fsync(self._descriptor)
        self._size += written

    def _take_back(self) -> None:
        """Cut off what a failed write left: half a line is damage, and a whole one was reported as not saved."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)


def _folders(root: Path) -> list[Path]:
    return [entry for entry in _entries(root) if entry.is_dir() and not entry.is_symlink()]


def _files(folder: Path) -> list[Path]:
    # A symlink in a repository under review could point at any file of the reviewer's.
    if folder.is_symlink():
        return []
    files = (entry for entry in _entries(folder) if entry.suffix == _SUFFIX)
    return sorted(file for file in files if file.is_file() and not file.is_symlink())


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ReviewerError(f"{show(str(folder))}: cannot be read ({error.strerror})") from error


def _time_written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _read_journal(file: Path, originals: dict[str, bytes]) -> Journal:
    """Return the journal a file holds; `originals` are the contents read so far, by name."""
    try:
        if file.stat().st_size > _LARGEST_JOURNAL:
            return Journal((), "is too large for a review record, and was not read")
        content = file.read_bytes()
    except OSError as error:
        return Journal((), f"cannot be read ({error.strerror})")
    original = originals.setdefault(file.name, content)
    # Nothing in a journal binds its last line; only another copy can show that it was changed.
    if not (original.startswith(content) or content.startswith(original)):
        return Journal((), "the published copy differs from the live journal, and was not read")
    try:
        return decode_journal(content)
    except RecordTooNew as error:
        raise RecordTooNew(f"{show(str(file))}: {error}") from error


def _replace(file: Path, content: bytes) -> None:
    """Write the file so that a reader sees the old content or the new, never half."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
