"""The rules at work on a Diff: here, for `scan`; or in another process, so that no key waits for a parse.

LibCST holds the interpreter's lock while it parses; in a thread it made a key take 100 ms.
"""

import json
import os
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from reviewer.analysis.change import Change, ChangedFile, changed_file
from reviewer.analysis.finding import Finding
from reviewer.analysis.project import Project
from reviewer.beside import start, stop
from reviewer.diff.apply import apply_hunks
from reviewer.diff.model import Diff, FileDiff, Status
from reviewer.errors import ReviewerError
from reviewer.repository import Repository, Surroundings, Texts
from reviewer.review.codec import from_json, to_json
from reviewer.visible import show

_FILES_AT_ONCE = 64
_LONGEST_ANSWER = 64_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """What to inspect; without a repository, or for a patch, texts come from the patch itself.

    `commit` is the newer end, None if that is the working tree.
    """

    diff: Diff
    repository: Repository | None
    is_patch: bool = False
    commit: str | None = None


def inspect_here(job: Job) -> Iterator[tuple[Finding, ...]]:
    """Yield the findings of one file after another, then those about the whole change."""
    from reviewer.analysis.engine import inspect_change, inspect_file
    from reviewer.analysis.rules import all_rules

    rules, project = all_rules(), _project(job)
    changed: list[ChangedFile] = []
    for file in _with_texts(job, project):
        changed.append(file)
        if findings := inspect_file(file, rules):
            yield findings
    change = Change(tuple(changed), project)
    yield from (findings for _, findings in inspect_change(change, rules) if findings)


async def inspect_beside(job: Job) -> AsyncGenerator[tuple[Finding, ...], None]:
    """Yield what `inspect_here` does, computed by another process that is killed when nobody listens.

    Raises ReviewerError if that process did not come to its end.
    """
    process = await start(__name__, stderr=PIPE, limit=_LONGEST_ANSWER)
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("a pipe was asked for")
    try:
        process.stdin.write(pickle.dumps(job))
        process.stdin.write_eof()
        async for line in process.stdout:
            yield from_json(json.loads(line), tuple[Finding, ...])
        last_words = (await process.stderr.read()).decode("utf-8", "replace").strip().rpartition("\n")[2]
        if await process.wait():
            raise ReviewerError(f"the rules ended early, so flags are missing: {show(last_words)}")
    finally:
        await stop(process)


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


def _with_texts(job: Job, project: Project) -> Iterator[ChangedFile]:
    repository = job.repository
    files = iter([file for file in job.diff.files if not file.is_binary])
    if repository is None or job.is_patch:
        yield from (_changed(file, _PatchTexts(repository), project) for file in files)
        return
    texts = Texts(repository)
    while batch := list(islice(files, _FILES_AT_ONCE)):
        texts.prefetch(batch)
        yield from (_changed(file, texts, project) for file in batch)


def _changed(file: FileDiff, texts: _SourceOfTexts, project: Project) -> ChangedFile:
    return changed_file(file, old_text=texts.old(file), new_text=texts.new(file), project=project)


def _project(job: Job) -> Project:
    """Return the repository around the change; nothing for a patch, which need not belong to what lies here."""
    if job.repository is None or job.is_patch:
        return Project()
    return Project(Surroundings(job.repository, job.commit))


def _answer() -> None:
    os.nice(10)
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own process, through a pipe nobody else has
    for findings in inspect_here(job):
        sys.stdout.write(json.dumps(to_json(findings)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer()
