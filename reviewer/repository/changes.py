"""The diff of a target, read by git plumbing with everything pinned and checked against itself."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from os import fsdecode, fstat
from pathlib import Path

from reviewer.diff.model import Diff, FileDiff, Status
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.records import join, parse_records, with_walkable_hunks
from reviewer.errors import CannotDetermine
from reviewer.pins import CONTEXT_LINES, DIFF_OPTIONS, PATCH
from reviewer.repository.git import Repository
from reviewer.repository.target import Target, TargetKind
from reviewer.repository.worktree import add_to_index, filters_off, strays
from reviewer.visible import show

_RECORDS = ("--raw", "--numstat", "-z")
_COMMITS = ("diff-tree",)
# What is only announced by `add --intent-to-add` is not part of the next commit.
_STAGED = ("diff-index", "--cached", "--ita-invisible-in-index")
# Else git would run `git status` in each submodule, under that submodule's own configuration.
_WORKTREE = ("diff-index", "--ignore-submodules=dirty")
# With an index, git takes a file of the working tree for a commit's content if size and times agree with it;
# and whoever can write an index can make them agree. No file has an empty name.
_NO_INDEX = {"GIT_INDEX_FILE": ""}
_RECORD_FOLDER = b".reviews/"
# What judges later changes lies beside the records, and is reviewed like everything else.
_RULES = (b".reviews/policy.toml", b".reviews/allowed_signers")
# Git takes content for binary if there is a NUL in this many bytes.
_BINARY_PROBE = 8_000
# What an attribute calls binary is shown as text up to this size; git holds both texts, and the patch, in memory.
_LARGEST_TEXT = 64_000_000


@dataclass(frozen=True, slots=True)
class _Question:
    """One diff to ask git for, in several formats; `ends` are the revisions compared."""

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


def read_diff(repository: Repository, target: Target, *, context: int = CONTEXT_LINES) -> Diff:
    """Return what changed between the two ends of the target; review records are left out.

    `context` is how many lines are shown around an edit; it joins hunks, but no edit's id depends on it.
    Raises CannotDetermine if git fails or contradicts itself.
    """
    if target.kind is TargetKind.COMMITS:
        ends = (target.old, target.new or "")
        return Diff(_read(_Question(repository, _COMMITS, ends, target.paths, _NO_INDEX, context=context)))
    settings = filters_off(repository)
    with repository.scratch_index() as index:
        # Without it, a file whose time changed but not its content would count as modified.
        repository.ask("update-index", "-q", "--refresh", environment=index, settings=settings)
        question = _Question(repository, _STAGED, (target.old,), target.paths, index, settings, context)
        if target.kind is TargetKind.STAGED:
            return Diff(_read(question))
        return Diff(_read_worktree(replace(question, verb=_WORKTREE)))


def _read_worktree(question: _Question) -> tuple[FileDiff, ...]:
    repository, index = question.repository, question.environment
    beyond = strays(repository, question.paths, index)
    unknown_oid = "1" * len(question.ends[0])
    untracked = (path for path in beyond.untracked if not _is_record(path))
    add_to_index(repository, untracked, unknown_oid, index=index, settings=question.settings)
    # A repository without a commit inside this one keeps the unknown id: git could not record it either.
    files = [file for file in _read(question) if file.new_oid != unknown_oid]
    missing = beyond.unmerged - {path for file in files for path in (file.old_path, file.new_path)}
    return tuple(_marked_unmerged(file, beyond.unmerged) for file in files) + tuple(
        with_walkable_hunks(FileDiff(Status.UNMERGED, path, path, None, None, None, None, 0, 0, ()), ())
        for path in sorted(missing)
        if not _is_record(path)
    )


def _marked_unmerged(file: FileDiff, unmerged: frozenset[bytes]) -> FileDiff:
    """Against one commit, git calls a file with conflict marks in it merely modified."""
    if unmerged.isdisjoint((file.old_path or b"", file.new_path or b"")):
        return file
    return with_walkable_hunks(replace(file, status=Status.UNMERGED), file.text_hunks)


def _read(question: _Question) -> tuple[FileDiff, ...]:
    files = [file for found in question.files() for file in _reviewed(question, found)]
    governed = _paths_with_attribute(question.repository, [file for file in files if file.is_binary])
    return tuple(_as_text(question, file) if governed & set(_paths_of(file)) else file for file in files)


def _reviewed(question: _Question, file: FileDiff) -> tuple[FileDiff, ...]:
    """Return the file unless it is a record; one renamed across that border is added, or deleted."""
    sides = {_is_record(path) for path in (file.old_path, file.new_path) if path is not None}
    if len(sides) == 1:
        return () if sides.pop() else (file,)
    outside = {path for path in _paths_of(file) if not _is_record(path)}
    # A path stands for what is below it, too: another file, which is listed already.
    return tuple(
        each for each in replace(question, paths=_paths_of(file)).files("--no-renames") if each.path in outside
    )


def _is_record(path: bytes) -> bool:
    return path.startswith(_RECORD_FOLDER) and path not in _RULES


def _paths_of(file: FileDiff) -> tuple[bytes, ...]:
    return tuple(sorted({path for path in (file.old_path, file.new_path) if path is not None}))


def _as_text(question: _Question, file: FileDiff) -> FileDiff:
    if not file.is_binary or not _is_text(question.repository, file):
        return file
    for candidate in replace(question, paths=_paths_of(file)).files("--text"):
        if (candidate.status, candidate.old_path, candidate.new_path) == (file.status, file.old_path, file.new_path):
            # Numstat still says binary: `--text` speaks to the patch alone.
            hunks = candidate.text_hunks
            added, removed = sum(hunk.added for hunk in hunks), sum(hunk.removed for hunk in hunks)
            return with_walkable_hunks(replace(candidate, added=added, removed=removed), hunks)
    raise CannotDetermine(f"{show(file.path)!r}: git named it once, but not again; try again when nothing writes to it")


def _paths_with_attribute(repository: Repository, files: list[FileDiff]) -> set[bytes]:
    """Return the paths of which an attribute says whether they are text; git looks into all others itself."""
    if not files:
        return set()
    lines = b"".join(path + b"\0" for file in files for path in _paths_of(file))
    fields = repository.batch("check-attr", "-z", "--stdin", "diff", lines=lines).split(b"\0")
    return {path for path, value in zip(fields[0::3], fields[2::3], strict=False) if value != b"unspecified"}


def _is_text(repository: Repository, file: FileDiff) -> bool:
    """True if only an attribute (`*.py -diff`, say in this very change) makes git hide the lines."""
    sides = ((file.old_path, file.old_oid), (file.new_path, file.new_oid))
    return not any(b"\0" in _head_of(repository, path, oid) for path, oid in sides if path is not None)


def _head_of(repository: Repository, path: bytes, oid: str | None) -> bytes:
    """Return how the content begins; as if it were binary where it cannot be read or is too large to be shown."""
    size = repository.ask("cat-file", "-s", oid) if oid else None
    if size is not None and size.status == 0:
        return (
            repository.run("cat-file", "blob", oid or "")[:_BINARY_PROBE] if int(size.output) < _LARGEST_TEXT else b"\0"
        )
    if repository.top is None:
        return b"\0"
    try:
        with Path(repository.top, fsdecode(path)).open("rb") as stream:
            is_large = fstat(stream.fileno()).st_size >= _LARGEST_TEXT
            return b"\0" if is_large else stream.read(_BINARY_PROBE)
    except OSError:
        return b"\0"
