"""The only door to review files: one append-only journal a writer's session, in the git common directory.

Two writers never touch one file, so reading is the union of all files, and of their copies in other places.
"""

import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from reviewer.errors import CannotDetermine, RecordTooNew, ReviewerError
from reviewer.journal import JournalFile
from reviewer.review.events import Entry
from reviewer.review.model import EventId, ReviewId
from reviewer.review.record import Journal, decode_journal
from reviewer.visible import show
from reviewer.whole_file import write_whole

PUBLISHED = ".reviews"
Elsewhere = Callable[[], Mapping[ReviewId, Mapping[str, bytes]]]
_SUFFIX = ".jsonl"
_LARGEST_JOURNAL = 256_000_000
_LARGEST_REVIEW = 2 * _LARGEST_JOURNAL
# A name out of a ref becomes a path here; it must not lead anywhere.
_REVIEW_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class Record:
    """All that can be read of one review, from every writer; `damages` names files and what is wrong.

    `signed_lines` are the raw lines of sign-offs, without their line feeds: what signatures are made over.
    `live` are the events written in this repository; all others came with a commit or a ref.
    """

    review: ReviewId
    entries: tuple[Entry, ...]
    damages: tuple[str, ...] = ()
    signed_lines: Mapping[EventId, bytes] = field(default_factory=dict, compare=False, repr=False)
    live: frozenset[EventId] = frozenset()


@dataclass(frozen=True, slots=True)
class Store:
    """`home` holds the live journals, a folder a review; `published` the copies that may be committed.

    `elsewhere` returns further copies that lie in no folder, by review and file name; it is asked at
    each reading, and whoever gives it limits how much it takes from git.
    """

    home: Path
    published: Path | None
    elsewhere: Elsewhere | None = None

    def reviews(self) -> tuple[ReviewId, ...]:
        """Return the ids of all reviews here, the latest written first, and last those that are only elsewhere."""
        newest = {name: 0.0 for name, files in self._elsewhere().items() if any(map(_is_journal, files))}
        for folder in (folder for _, root in self._roots() for folder in _folders(root)):
            for time in (time for time in map(_time_written, _journals(folder)) if time is not None):
                newest[ReviewId(folder.name)] = max(newest.get(ReviewId(folder.name), 0.0), time)
        return tuple(sorted(newest, key=lambda name: (newest[name], name), reverse=True))

    def read(self, review: ReviewId) -> Record:
        """Return the union of the review's live and published journals, and of those elsewhere.

        Raises RecordTooNew; damage is reported in the record, not raised.
        """
        reading = _Reading()
        live = frozenset[EventId]()
        for place, root in self._roots():
            if _is_link(root / review):
                reading.damage(f"{root.name}/{review}", "is a symbolic link, and was not followed; remove it")
                continue
            for file in _journals(root / review):
                reading.take_file(file, place)
            if root == self.home:
                live = frozenset(reading.entries)
        for name, content in sorted(self._elsewhere().get(review, {}).items()):
            if _is_journal(name):
                reading.take(name, "the copy in git", content, at=name)
        if self.published is not None and _is_link(self.published):
            reading.damage(self.published.name, "is a symbolic link, and was not followed; remove it")
        ordered = sorted(reading.entries.values(), key=lambda entry: (entry.clock, entry.id))
        return Record(review, tuple(ordered), tuple(reading.damages), reading.signed_lines, live)

    def signs(self, review: ReviewId) -> dict[str, tuple[int, int]]:
        """Return size and time of each live journal: what tells, at the cost of one look, that somebody wrote."""
        signs = {}
        for entry in _entries(self.home / review):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if _is_journal(entry.name):
                    signs[entry.name] = (status.st_size, status.st_mtime_ns)
        return signs

    def journal(self, review: ReviewId, writer: str, session: str) -> JournalFile:
        """Return a journal to write to; its file appears with the first event."""
        return JournalFile(self.home / review / f"{writer}.{session}{_SUFFIX}")

    def live(self, review: ReviewId) -> dict[str, bytes]:
        """Return the live journals of a review as they are, by file name. Raises ReviewerError if one is none."""
        try:
            return {file.name: _content(file, _LARGEST_JOURNAL) for file in _journals(self.home / review)}
        except _Unread as error:
            raise ReviewerError(f"{show(str(self.home / review))}: cannot be published: a journal {error}") from error

    def publish(self, review: ReviewId) -> Path | None:
        """Copy the live journals byte for byte to where they may be committed; None if there is no such place."""
        if self.published is None:
            return None
        folder = self.published / review
        # The repository under review could hold a link to wherever it wants files written.
        if self.published.is_symlink() or folder.is_symlink():
            raise ReviewerError(f"{show(str(folder))}: lies behind a symbolic link; remove the link")
        journals = self.live(review)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in journals.items():
                _bring_up_to_date(folder / name, content)
        except OSError as error:
            raise ReviewerError(f"{show(str(folder))}: cannot write the review file ({error.strerror})") from error
        return folder

    def _roots(self) -> Iterator[tuple[str, Path]]:
        yield "the live journal", self.home
        if self.published is not None and not _is_link(self.published):
            yield "the published copy", self.published

    def _elsewhere(self) -> Mapping[ReviewId, Mapping[str, bytes]]:
        found = self.elsewhere() if self.elsewhere is not None else {}
        return {review: files for review, files in found.items() if _REVIEW_NAME.fullmatch(review)}


class _Unread(Exception):
    """Why a file was not read."""


@dataclass(frozen=True, slots=True)
class _Copy:
    place: str
    digest: bytes
    ids: tuple[EventId, ...]


@dataclass(slots=True)
class _Reading:
    """A review while it is read, copy by copy; of two copies that differ the one that came first is believed."""

    entries: dict[EventId, Entry] = field(default_factory=dict)
    signed_lines: dict[EventId, bytes] = field(default_factory=dict)
    damages: dict[str, None] = field(default_factory=dict)
    _longest: dict[str, _Copy] = field(default_factory=dict)
    _room: int = field(default_factory=lambda: _LARGEST_REVIEW)

    def damage(self, name: str, reason: str) -> None:
        self.damages[f"{show(name)}: {reason}"] = None

    def take_file(self, file: Path, place: str) -> None:
        try:
            content = _content(file, min(self._room, _LARGEST_JOURNAL))
        except _Unread as error:
            self.damage(file.name, str(error))
            return
        self.take(file.name, place, content, at=str(file))

    def take(self, name: str, place: str, content: bytes, *, at: str) -> None:
        """Take in one copy of the journal of this name, unless it contradicts the one that came before it."""
        if len(content) > min(self._room, _LARGEST_JOURNAL):
            self.damage(name, "is too large for a review record, and was not read")
            return
        self._room -= len(content)
        known = self._longest.get(name)
        digest = sha256(content).digest()
        if known is not None and known.digest == digest:
            return
        try:
            journal = decode_journal(content)
        except RecordTooNew as error:
            raise RecordTooNew(f"{show(at)}: {error}") from error
        copy = _Copy(place, digest, tuple(entry.id for entry in journal.entries))
        # Nothing in a journal binds its last line; only another copy can show that it was changed.
        if known is not None and not _agree(known.ids, copy.ids):
            self.damage(name, f"{place} differs from {known.place}, and was not read")
            return
        self._add(name, journal)
        if known is None or len(copy.ids) > len(known.ids):
            self._longest[name] = copy

    def _add(self, name: str, journal: Journal) -> None:
        self.entries.update((entry.id, entry) for entry in journal.entries)
        self.signed_lines.update(journal.signed_lines)
        if journal.damage is not None:
            self.damage(name, journal.damage)


def _agree(one: tuple[EventId, ...], other: tuple[EventId, ...]) -> bool:
    """True if one journal only goes on where the other ends."""
    return all(left == right for left, right in zip(one, other, strict=False))


def _folders(root: Path) -> list[Path]:
    return [Path(entry) for entry in _entries(root) if entry.is_dir(follow_symlinks=False)]


def _journals(folder: Path) -> list[Path]:
    """Return what is named like a journal in the folder, whatever it is."""
    # A symlink in a repository under review could point at any file of the reviewer's.
    if _is_link(folder):
        return []
    return sorted(Path(entry) for entry in _entries(folder) if _is_journal(entry.name))


def _is_journal(name: str) -> bool:
    return name.endswith(_SUFFIX)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CannotDetermine(
            f"{show(str(folder))}: cannot be read ({error.strerror}); check the permissions of the folder"
        ) from error


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False


def _time_written(file: Path) -> float | None:
    """Return when the journal was last written to; None for what is no file.

    What cannot be looked at counts as a journal: reading it will say what is wrong.
    """
    try:
        status = file.lstat()
    except FileNotFoundError:
        return None
    except OSError:
        return 0.0
    return status.st_mtime if stat.S_ISREG(status.st_mode) else None


def _content(file: Path, most: int) -> bytes:
    """Return what a journal holds. Raises _Unread for what is none."""
    try:
        kind = file.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise _Unread("is a symbolic link, and was not followed; remove it")
        # To open a pipe can wait for ever, and to open a device can do anything.
        if not stat.S_ISREG(kind):
            raise _Unread("is no file, and was not read; remove it")
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            if os.fstat(stream.fileno()).st_size > most:
                raise _Unread("is too large for a review record, and was not read")
            return _whole_lines(stream)
    except OSError as error:
        raise _Unread(f"cannot be read ({error.strerror})") from error


def _whole_lines(stream: BinaryIO) -> bytes:
    """Return the content without a line that its writer has not finished yet."""
    content = stream.read()
    if not content or content.endswith(b"\n"):
        return content
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return content[: content.rfind(b"\n") + 1]
    except OSError:
        pass
    # The writer may have finished, and closed the file, since it was read.
    stream.seek(0)
    return stream.read()


def _bring_up_to_date(file: Path, content: bytes) -> None:
    """Write the live content over its copy, unless the copy is whole where the live journal was damaged."""
    with suppress(_Unread):
        copy = _content(file, _LARGEST_JOURNAL)
        if not content.startswith(copy) and _goes_beyond(decode_journal(copy), decode_journal(content)):
            return
    write_whole(file, content, mode=0o644, durable=True)


def _goes_beyond(copy: Journal, live: Journal) -> bool:
    ids = [[entry.id for entry in journal.entries] for journal in (copy, live)]
    return len(ids[0]) > len(ids[1]) and ids[0][: len(ids[1])] == ids[1]
