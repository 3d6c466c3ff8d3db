"""What is to be inspected, and the texts of its files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from reviewer.analysis.change import ChangedFile, changed_file
from reviewer.analysis.choice import Choice
from reviewer.analysis.project import Project
from reviewer.diff.apply import apply_hunks
from reviewer.diff.model import Diff, FileDiff, Status
from reviewer.inspection.site import InstalledPackages, installed_packages
from reviewer.repository import Repository, Surroundings, Texts

FILES_AT_ONCE = 64
# Files that take about as long as a process needs before it finds anything, 0.3 s.
_WORTH_A_PROCESS = 24
_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class Job:
    """What to inspect; without a repository, or for a patch, texts come from the patch itself.

    `commit` is the newer end, None if that is the working tree. `logs` are SARIF files of other engines.
    Several processes may share a job: each does one `part`, counted from 0, of `parts`. The first of them also
    sees the change as a whole.
    """

    diff: Diff
    repository: Repository | None
    is_patch: bool = False
    commit: str | None = None
    choice: Choice = field(default_factory=Choice)
    uses_ruff: bool = False
    logs: tuple[Path, ...] = ()
    part: int = 0
    parts: int = 1

    @property
    def files(self) -> tuple[FileDiff, ...]:
        """All files with a text, of every part."""
        return tuple(file for file in self.diff.files if not file.is_binary)

    def shared_out(self, *, spared: int = 0) -> "tuple[Job, ...]":
        """Return its parts, as many as are worth a process each on this machine, some cores of it spared."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        parts = max(1, min(cores - spared, _MOST_PARTS, len(self.files) // _WORTH_A_PROCESS))
        return tuple(replace(self, part=part, parts=parts) for part in range(parts))

    @property
    def steps(self) -> int:
        """How many times an inspection of all parts yields: once a file, and once for the whole change."""
        return len(self.files) + 1

    @property
    def own_files(self) -> tuple[FileDiff, ...]:
        """The files of this part: for the first, which has the whole change to see, half as many as for the others."""
        turns = [0, *(part for part in range(1, self.parts) for _ in range(2))]
        return tuple(file for number, file in enumerate(self.files) if turns[number % len(turns)] == self.part)

    @property
    def asks_others(self) -> bool:
        """True if other engines have a say."""
        return self.uses_ruff or bool(self.logs)

    @property
    def surroundings(self) -> Surroundings | None:
        """The repository around the change; None for a patch, which need not belong to what lies here."""
        return None if self.repository is None or self.is_patch else Surroundings(self.repository, self.commit)

    def project(self) -> Project:
        """Return the repository around the change as rules see it."""
        surroundings, packages = self.surroundings, self.packages
        if surroundings is None:
            return Project()
        return Project(surroundings) if packages is None else Project(surroundings, packages)

    @property
    def packages(self) -> InstalledPackages | None:
        """What is installed for the project, if it can be found beside it."""
        return installed_packages(self.repository.top) if self.repository is not None and not self.is_patch else None


def with_texts(job: Job, files: Sequence[FileDiff], project: Project) -> Iterator[ChangedFile]:
    """Yield the files as rules see them, in order; few of their texts are held at a time."""
    repository = job.repository
    if repository is None or job.is_patch:
        yield from (_changed(file, _PatchTexts(repository), project) for file in files)
        return
    texts, waiting = Texts(repository), iter(files)
    while batch := list(islice(waiting, FILES_AT_ONCE)):
        texts.prefetch(batch)
        yield from (_changed(file, texts, project) for file in batch)


class _SourceOfTexts(Protocol):
    def old(self, file: FileDiff) -> bytes | None: ...

    def new(self, file: FileDiff) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class _PatchTexts:
    """Texts of files in a patch: what is in the working tree now, with the patch applied to it."""

    repository: Repository | None

    def old(self, file: FileDiff) -> bytes | None:
        if file.old_path is None or self.repository is None:
            return None
        return Texts(self.repository).new(_as_it_was(file))

    def new(self, file: FileDiff) -> bytes | None:
        old = b"" if file.status is Status.ADDED else self.old(file)
        return None if old is None or file.new_path is None else apply_hunks(old, file.text_hunks)


def _as_it_was(file: FileDiff) -> FileDiff:
    return replace(file, new_path=file.old_path, new_oid=file.old_oid)


def _changed(file: FileDiff, texts: _SourceOfTexts, project: Project) -> ChangedFile:
    return changed_file(file, old_text=texts.old(file), new_text=texts.new(file), project=project)
