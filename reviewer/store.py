"""The only door to review files: one append-only journal a writer's session, in the git common directory.

Two writers never touch one file. A file that could not be written to its end is closed for good;
the next event begins another.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.review.events import Entry, Event, Open
from reviewer.review.model import EventId, ReviewId
from reviewer.review.record import decode_journal, encode, event_id
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
        folders = [folder for root in self._roots() for folder in _folders(root)]
        newest: dict[str, float] = {}
        for folder in folders:
            newest[folder.name] = max(newest.get(folder.name, 0.0), folder.stat().st_mtime)
        return tuple(ReviewId(name) for name in sorted(newest, key=lambda name: (-newest[name], name)))

    def read(self, review: ReviewId) -> Record:
        """Return the union of the review's live and published journals.

        Raises RecordTooNew; damage is reported in the record, not raised.
        """
        entries: dict[EventId, Entry] = {}
        damages: list[str] = []
        for file in self._journals(review):
            journal = decode_journal(_content(file))
            entries.update((entry.id, entry) for entry in journal.entries)
            if journal.damage is not None:
                damages.append(f"{show(file.name)}: {journal.damage}")
        ordered = sorted(entries.values(), key=lambda entry: (entry.clock, entry.id))
        return Record(review, tuple(ordered), tuple(damages))

    def journal(self, review: ReviewId, writer: str, session: str) -> "JournalFile":
        """Return a journal to write to; its file appears with the first event."""
        return JournalFile(self.home / review / f"{writer}.{session}{_SUFFIX}")

    def publish(self, review: ReviewId) -> Path | None:
        """Copy the live journals byte for byte to where they may be committed; None if there is no such place."""
        if self.published is None:
            return None
        folder = self.published / review
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in _files(self.home / review):
                _replace(folder / file.name, file.read_bytes())
        except OSError as error:
            raise ReviewerError(f"{show(str(folder))}: cannot write the review file ({error.strerror})") from error
        return folder

    def _roots(self) -> tuple[Path, ...]:
        return (self.home,) if self.published is None else (self.home, self.published)

    def _journals(self, review: ReviewId) -> Iterable[Path]:
        for root in self._roots():
            yield from _files(root / review)


@dataclass(slots=True)
class JournalFile:
    """One writer's session on disk. Not thread-safe; nobody else writes to it."""

    path: Path
    _descriptor: int | None = field(default=None, init=False)
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


def _folders(root: Path) -> list[Path]:
    try:
        return [entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    # A symlink in a repository under review could point at any file of the reviewer's.
    try:
        if folder.is_symlink():
            return []
        return sorted(
            file for file in folder.iterdir() if file.suffix == _SUFFIX and file.is_file() and not file.is_symlink()
        )
    except OSError:
        return []


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST_JOURNAL:
            raise ReviewerError(f"{show(str(file))}: too large for a review record; move it away")
        return file.read_bytes()
    except OSError as error:
        raise ReviewerError(f"{show(str(file))}: cannot be read ({error.strerror})") from error


def _replace(file: Path, content: bytes) -> None:
    """Write the file so that a reader sees the old content or the new, never half."""
    draft = file.with_suffix(".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
