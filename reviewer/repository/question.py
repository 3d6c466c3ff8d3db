"""One diff to ask git for, with everything pinned that decides what an edit is."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from reviewer.diff.model import FileDiff
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.records import join, parse_records
from reviewer.pins import CONTEXT_LINES, DIFF_OPTIONS, PATCH
from reviewer.repository.git import Repository

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
        # The verb's own options come last, so that they may differ from the common ones.
        verb, *own = self.verb
        return self.repository.run(
            verb, *DIFF_OPTIONS, *own, *formats, *self.ends, "--", *self.paths,
            environment=self.environment, settings=self.settings,
        )  # fmt: skip

    def files(self, *more: str) -> tuple[FileDiff, ...]:
        # Each of the two looks at every changed file; a large one in the working tree takes seconds to hash.
        with ThreadPoolExecutor(1) as beside:
            records = beside.submit(copy_context().run, self.ask, *_RECORDS, *more)
            patch = self.ask(*PATCH, f"-U{self.context}", *more)
        named, counts = parse_records(records.result())
        return join(named, counts, parse_git_patch(patch))

    def about(self, paths: tuple[bytes, ...]) -> "Question":
        """Return the question about these paths, and what is below them.

        A path that leads out of the repository, as a tree may hold it, git takes from nobody: then it is about all.
        """
        is_inside = all(b".." not in path.split(b"/") for path in paths)
        return replace(self, paths=paths) if is_inside else self

    def names(self) -> set[bytes]:
        """Return every path that was or is; quick, for nothing is compared."""
        return set(self.ask("--name-only", "--no-renames", "-z").split(b"\0")) - {b""}
