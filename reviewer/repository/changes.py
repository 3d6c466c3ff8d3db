"""The diff of a target, read by git plumbing with everything pinned and checked against itself."""

from dataclasses import replace

from reviewer.diff.model import Diff, FileDiff, Status
from reviewer.diff.records import with_walkable_hunks
from reviewer.pins import CONTEXT_LINES
from reviewer.repository.attributes import attributes_of, drivers_off
from reviewer.repository.binary import by_content
from reviewer.repository.git import Repository
from reviewer.repository.question import Question
from reviewer.repository.target import Target, TargetKind
from reviewer.repository.worktree import add_to_index, filters_off, strays

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


def read_diff(repository: Repository, target: Target, *, context: int = CONTEXT_LINES) -> Diff:
    """Return what changed between the two ends of the target; review records are left out.

    `context` is how many lines are shown around an edit; it joins hunks, but no edit's id depends on it.
    Raises CannotDetermine if git fails or contradicts itself.
    """
    if target.kind is TargetKind.COMMITS:
        ends = (target.old, target.new or "")
        return Diff(_read(Question(repository, _COMMITS, ends, target.paths, _NO_INDEX, context=context)))
    settings = filters_off(repository)
    with repository.scratch_index() as index:
        # Without it, a file whose time changed but not its content would count as modified.
        repository.ask("update-index", "-q", "--refresh", environment=index, settings=settings)
        question = Question(repository, _STAGED, (target.old,), target.paths, index, settings, context)
        if target.kind is TargetKind.STAGED:
            return Diff(_read(question))
        return Diff(_read_worktree(replace(question, verb=_WORKTREE)))


def _read_worktree(question: Question) -> tuple[FileDiff, ...]:
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


def _read(question: Question) -> tuple[FileDiff, ...]:
    repository, settings = question.repository, question.settings
    attributes = attributes_of(repository, question.names(), index=question.environment, settings=settings)
    with drivers_off(attributes.drivers) as neutral:
        question = replace(question, settings=(*settings, *neutral))
        files = [file for found in question.files() for file in _reviewed(question, found)]
        return by_content(question, files, attributes)


def _reviewed(question: Question, file: FileDiff) -> tuple[FileDiff, ...]:
    """Return the file unless it is a record; one renamed across that border is added, or deleted."""
    sides = {_is_record(path) for path in (file.old_path, file.new_path) if path is not None}
    if len(sides) == 1:
        return () if sides.pop() else (file,)
    outside = {path for path in file.paths if not _is_record(path)}
    # What is below a path is another file, which is listed already.
    return tuple(each for each in question.about(file.paths).files("--no-renames") if each.path in outside)


def _is_record(path: bytes) -> bool:
    return path.startswith(_RECORD_FOLDER) and path not in _RULES
