"""The whole text of changed files, old and new, for rules and for context around a hunk."""

from collections.abc import Iterable
from hashlib import sha1, sha256

from reviewer.diff.model import FileDiff
from reviewer.repository.blobs import read_blobs, sizes_of
from reviewer.repository.git import Repository

_LARGEST = 4_000_000


class Texts:
    """Reads blobs many at a time and files of the working tree as they are; keeps what was prefetched.

    A text of more than four megabytes is not read: no rule would finish with it.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        # None for a blob git does not have; one too large is not in here.
        self._blobs: dict[str, bytes | None] = {}

    def prefetch(self, files: Iterable[FileDiff]) -> None:
        """Read the old and new blobs of these files with one call of git, in place of earlier ones."""
        self._blobs = {}
        self._read({oid for file in files if not file.is_binary for oid in (file.old_oid, file.new_oid) if oid})

    def old(self, file: FileDiff) -> bytes | None:
        """Return the file's text before the change; None if there was none, or it cannot be read."""
        return self._blob(file.old_oid) if file.old_path is not None else None

    def new(self, file: FileDiff) -> bytes | None:
        """Return the file's text after the change; None if there is none, or it cannot be read.

        What git does not have stands in the working tree, unless it changed since the diff was taken.
        """
        if file.new_path is None or file.is_submodule or file.is_symlink:
            return None
        text = self._blob(file.new_oid)
        if text is not None or (file.new_oid is not None and file.new_oid not in self._blobs):
            return text
        text = self.on_disk(file.new_path)
        return text if text is None or file.new_oid is None else _as_hashed(text, file.new_oid)

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the blobs git has, without those too large, by their ids."""
        asked = set(oids)
        self._read(asked - self._blobs.keys())
        return {oid: text for oid in asked if (text := self._blobs.get(oid)) is not None}

    def on_disk(self, path: bytes) -> bytes | None:
        """Return what a plain file of the working tree holds; None for a link, and for what lies behind one."""
        file = self._repository.place_of(path)
        try:
            if file is None or file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
                return None
            return file.read_bytes()
        except OSError:
            return None

    def _blob(self, oid: str | None) -> bytes | None:
        if oid is None:
            return None
        if oid not in self._blobs:
            self._read({oid})
        return self._blobs.get(oid)

    def _read(self, oids: set[str]) -> None:
        sizes = sizes_of(self._repository, oids)
        self._blobs |= dict.fromkeys(oids - sizes.keys())
        small = sorted(oid for oid, size in sizes.items() if size <= _LARGEST)
        self._blobs |= read_blobs(self._repository, small)


def _as_hashed(text: bytes, oid: str) -> bytes | None:
    """Return the text if it is what the id stands for, as it is or after git turned its line ends; else None."""
    # An id in a patch may be cut short; then it proves nothing.
    if len(oid) not in (40, 64):
        return text
    return next((form for form in (text, text.replace(b"\r\n", b"\n")) if _blob_id(form, len(oid)) == oid), None)


def _blob_id(text: bytes, length: int) -> str:
    content = b"blob %d\0%s" % (len(text), text)
    return (sha256(content) if length == 64 else sha1(content, usedforsecurity=False)).hexdigest()
