"""The repository around a change, as the change leaves it: which files there are, and what is in them.

Knows nothing where nothing is known: a patch alone has no files around it. Runs and imports nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Protocol


class Files(Protocol):
    """Where the repository's files come from. Each call may cost a process: ask for many at a time."""

    def paths(self) -> frozenset[bytes]: ...

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the texts of those that are plain files and not too large."""
        ...


class Site(Protocol):
    """The packages installed for the project, in its own virtual environment; they are read, never imported."""

    def entries(self, folder: str) -> frozenset[str]:
        """Return the names in a folder of the packages; none if there is no such folder."""
        ...

    def text(self, path: str) -> bytes | None: ...


class _NoSite:
    def entries(self, folder: str) -> frozenset[str]:  # noqa: ARG002 - stands where packages would
        return frozenset()

    def text(self, path: str) -> bytes | None:  # noqa: ARG002 - same
        return None


class _NoFiles:
    def paths(self) -> frozenset[bytes]:
        return frozenset()

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:  # noqa: ARG002 - stands where files would
        return {}


@dataclass(frozen=True)
class Project:
    """Asks for nothing until a rule does, and for the same file once.

    `asked` holds a word as soon as a rule wants to know what is here; whoever inspects a file may clear it before.
    """

    files: Files = field(default_factory=_NoFiles)
    installed: Site = field(default_factory=_NoSite)
    asked: set[str] = field(default_factory=set)
    _texts: dict[bytes, bytes | None] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """What is installed for the project; nothing if nobody can tell."""
        self.asked.add("site")
        return self.installed

    @property
    def paths(self) -> frozenset[bytes]:
        """All files by their path from the top; empty if nobody can tell what is in the repository."""
        self.asked.add("paths")
        return self._paths

    @property
    def names(self) -> frozenset[str]:
        """The paths, decoded."""
        self.asked.add("names")
        return self._names

    @property
    def python_names(self) -> frozenset[str]:
        """The names by which files and folders here can be imported from some folder of the repository."""
        self.asked.add("python_names")
        return self._python_names

    @cached_property
    def _paths(self) -> frozenset[bytes]:
        return self.files.paths()

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(path.decode("utf-8", "surrogateescape") for path in self._paths)

    @cached_property
    def _python_names(self) -> frozenset[str]:
        names: set[str] = set()
        for name in self._names:
            path = PurePosixPath(name)
            if path.suffix in (".py", ".pyi", ".pyx", ".so", ".pyd"):
                names.update((*path.parts[:-1], path.name.partition(".")[0]))
        return frozenset(names)

    def texts(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the texts of the files by their paths; one that cannot be read is left out."""
        paths = {name.encode("utf-8", "surrogateescape"): name for name in names}
        unread = [path for path in paths if path not in self._texts and path in self.paths]
        if unread:
            held = self.files.read(unread)
            self._texts.update((path, held.get(path)) for path in unread)
        return {name: text for path, name in paths.items() if (text := self._texts.get(path)) is not None}
