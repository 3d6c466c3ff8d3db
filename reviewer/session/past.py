"""What commits made of some lines of the change, asked of git beside the interface until somebody stops it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from reviewer.diff.model import Hunk
from reviewer.errors import CannotDetermine, ReviewerError
from reviewer.repository import Repository
from reviewer.repository.blame import MOST_TOUCHES, Lines, Stretch, Touch, blame, touches
from reviewer.repository.history import Commit, commits_by_id
from reviewer.repository.runners import Stoppable, running_with
from reviewer.session.subject import Subject
from reviewer.visible import show

_MOST_BYTES = 16_000_000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a file of the diff, by its place there; of the old side as they were before the change."""

    file: int
    first: int
    last: int
    is_old: bool


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit that some of the lines are from (`left`), or that touched them before: then `hunks` say how.

    `hunks` are None where that cannot be told, or is not known yet. `is_edge` if what came before is not here.
    """

    commit: Commit
    left: tuple[tuple[int, int], ...] = ()
    hunks: tuple[Hunk, ...] | None = None
    is_edge: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is known so far, the newest commit first. `trouble` says why there is no more."""

    commits: tuple[PastCommit, ...] = ()
    is_done: bool = False
    is_cut: bool = False
    trouble: str = ""


class Past:
    """One question about lines; git answers first who changed them last, and then who did before."""

    def __init__(self, subject: Subject, span: Span) -> None:
        self._subject = subject
        self._span = span
        self._git = Stoppable(most=_MOST_BYTES)

    @property
    def title(self) -> str:
        file, span = self._subject.diff.files[self._span.file], self._span
        path = file.old_path if span.is_old else file.new_path
        numbers = f"{span.first}" if span.first == span.last else f"{span.first}-{span.last}"
        return f"{show(path or b'')}:{numbers}, {'before' if span.is_old else 'within'} this change"

    async def told(self) -> AsyncGenerator[Told, None]:
        """Yield what is known each time it is more."""
        told = Told()
        try:
            repository, lines = await self._ask(self._lines)
            stretches = await self._ask(lambda: blame(repository, lines))
            told = replace(told, commits=await self._ask(lambda: _blamed(repository, stretches)))
            yield told
            found = await self._ask(lambda: touches(repository, lines, most=MOST_TOUCHES + 1))
            commits = await self._ask(lambda: _together(repository, stretches, found[:MOST_TOUCHES]))
            yield Told(commits, is_done=True, is_cut=len(found) > MOST_TOUCHES)
        except ReviewerError as error:
            yield replace(told, is_done=True, trouble=str(error))
        finally:
            self.stop()

    def stop(self) -> None:
        self._git.stop()

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        def answer() -> Answer:
            with running_with(self._git):
                return question()

        return await asyncio.to_thread(answer)

    def _lines(self) -> tuple[Repository, Lines]:
        """Return what to ask git about. Raises CannotDetermine if no commit has the lines."""
        subject, span = self._subject, self._span
        file = subject.diff.files[span.file]
        if subject.repository is None or subject.is_patch:
            raise CannotDetermine("a patch does not say which commits its lines are from")
        old = subject.old if subject.old is not None and _is_commit(subject.repository, subject.old) else None
        commit, path = (old, file.old_path) if span.is_old else (subject.new, file.new_path)
        if commit is None or path is None:
            raise CannotDetermine("these lines are not committed yet; lines that were removed, or stayed, have a past")
        return subject.repository, Lines(commit, path, span.first, span.last, None if span.is_old else old)


def _is_commit(repository: Repository, oid: str) -> bool:
    return repository.run("cat-file", "-t", oid).strip() == b"commit"


def _blamed(repository: Repository, stretches: Iterable[Stretch]) -> tuple[PastCommit, ...]:
    left: dict[str, tuple[tuple[int, int], ...]] = {}
    for stretch in stretches:
        left[stretch.commit] = (*left.get(stretch.commit, ()), (stretch.first, stretch.last))
    commits = _with_edges(repository, commits_by_id(repository, left))
    known = [replace(commits[oid], left=lines) for oid, lines in left.items() if oid in commits]
    return tuple(sorted(known, key=lambda past: past.commit.authored or _LONG_AGO, reverse=True))


def _together(repository: Repository, stretches: Iterable[Stretch], found: Iterable[Touch]) -> tuple[PastCommit, ...]:
    """Return the commits that touched the lines in git's order, behind them those further back that some are from."""
    blamed = {past.commit.oid: past for past in _blamed(repository, stretches)}
    hunks = {touch.commit: touch.hunks for touch in found}
    commits = _with_edges(repository, commits_by_id(repository, hunks))
    touched = [replace(blamed.get(oid, commits[oid]), hunks=how) for oid, how in hunks.items() if oid in commits]
    return (*touched, *(past for oid, past in blamed.items() if oid not in hunks))


def _with_edges(repository: Repository, commits: Mapping[str, Commit]) -> dict[str, PastCommit]:
    """Return the commits by their ids, those marked whose parents are not here: a shallow clone ends there."""
    parents = {parent for commit in commits.values() for parent in commit.parents}
    here = commits_by_id(repository, parents)
    return {
        oid: PastCommit(commit, is_edge=not all(parent in here for parent in commit.parents))
        for oid, commit in commits.items()
    }
