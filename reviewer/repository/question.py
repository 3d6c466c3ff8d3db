"""One diff to ask git for, with everything pinned that decides what an edit is."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from reviewer.diff.model import FileDiff
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.records import join, parse_records
from reviewer.diff.written import Patch
from reviewer.errors import CannotDetermine
from reviewer.pins import CONTEXT_LINES, DIFF_OPTIONS, PATCH
from reviewer.preview.begun import take
from reviewer.repository.git import Repository
from reviewer.repository.runners import Stoppable, current_runner

_RECORDS = ("--raw", "--numstat", "-z")


@dataclass(frozen=True, slots=True)
class Question:
    """A diff that can be asked for in several formats; `ends` are the revisions compared."""

    repository: Repository
    verb: tuple[str, ...]
    ends: tuple[str, ...]
    paths: tuple[bytes, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    context: int = CONTEXT_LINES

    def ask(self, *formats: str) -> bytes:
        return self.repository.run(*self._words(formats), environment=self.environment, settings=self.settings)

    def files(self, *more: str) -> tuple[FileDiff, ...]:
        # Each of the two looks at every changed file; a large one in the working tree takes seconds to hash.
        with ThreadPoolExecutor(1) as beside:
            records = beside.submit(copy_context().run, self.ask, *_RECORDS, *more)
            begun = self._begun_patch() if not more else None
            sections = parse_git_patch(begun if begun is not None else self._patch(*more))
        named, counts = parse_records(records.result())
        try:
            return join(named, counts, sections)
        except CannotDetermine:
            if begun is None:
                raise
        # A moment ago a name may have meant another commit.
        return join(named, counts, parse_git_patch(self._patch()))

    def _patch(self, *more: str) -> Patch:
        words = self._words((*PATCH, f"-U{self.context}", *more))
        return self.repository.patch(*words, environment=self.environment, settings=self.settings)

    def _words(self, formats: tuple[str, ...]) -> tuple[str | bytes, ...]:
        # The verb's own options come last, so that they may differ from the common ones.
        verb, *own = self.verb
        return (verb, *DIFF_OPTIONS, *own, *formats, *self.ends, "--", *self.paths)

    def _begun_patch(self) -> Patch | None:
        """Return the patch that was begun for the first screen, if it could be this one; the records tell if it is."""
        is_plain = self.verb == ("diff-tree",) and not (self.paths or self.settings)
        top, runner = self.repository.top, current_runner()
        if not is_plain or self.context != CONTEXT_LINES or top is None or not isinstance(runner, Stoppable):
            return None
        begun = take(str(top))
        return runner.wait_for(begun) if begun is not None else None

    def about(self, paths: tuple[bytes, ...]) -> "Question":
        """Return the question about these paths, and what is below them.

        A path that leads out of the repository, as a tree may hold it, git takes from nobody: then it is about all.
        """
        is_inside = all(b".." not in path.split(b"/") for path in paths)
        return replace(self, paths=paths) if is_inside else self

    def names(self) -> set[bytes]:
        """Return every path that was or is; quick, for nothing is compared."""
        return set(self.ask("--name-only", "--no-renames", "-z").split(b"\0")) - {b""}
