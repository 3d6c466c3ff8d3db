"""The files around a change: those of its newer end, be that a commit or the working tree."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from reviewer.repository.git import Repository
from reviewer.repository.texts import Texts

_PLAIN = (b"100644", b"100755")
_LISTED = ("ls-files", "-z", "--others", "--exclude-standard")


class Surroundings:
    """`commit` is an object id, None for the working tree with what is not tracked and not ignored."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self._repository = repository
        self._commit = commit
        self._oids: dict[bytes, str] = {}

    def paths(self) -> frozenset[bytes]:
        """Return all plain files, from the top of the repository."""
        if self._oids:
            return frozenset(self._oids)
        if self._commit is None:
            listed = self._repository.run(*_LISTED, "--cached")
            return frozenset(listed.split(b"\0")) - {b""}
        listed = self._repository.run("ls-tree", "-r", "-z", "--full-tree", self._commit)
        entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry)
        for facts, _, path in entries:
            mode, _, oid = facts.split(b" ")[:3]
            if mode in _PLAIN:
                self._oids[path] = oid.decode()
        return frozenset(self._oids)

    def state(self) -> bytes:
        """Return what stands for all the files and what is in them: it differs when one of them does."""
        if self._commit is not None:
            return self._commit.encode()
        top = self._repository.top or Path()
        digest = sha256(self._repository.run("ls-files", "-z", "--stage"))
        for path in self._repository.run(*_LISTED, "--modified").split(b"\0"):
            digest.update(path + b"\0")
            with suppress(OSError):
                facts = (top / os.fsdecode(path)).lstat()
                digest.update(b"%d %d %d\0" % (facts.st_mode, facts.st_size, facts.st_mtime_ns))
        return digest.digest()

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the texts of those that are plain files and not too large."""
        texts = Texts(self._repository)
        if self._commit is None:
            return {path: text for path in paths if (text := texts.on_disk(path)) is not None}
        self.paths()
        oids = {path: self._oids[path] for path in paths if path in self._oids}
        blobs = texts.blobs(oids.values())
        return {path: blobs[oid] for path, oid in oids.items() if oid in blobs}
