"""What a command line names as the change to look at: a range, the working tree, the index, a patch."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.completing import BEHIND_DASHES, files, revisions
from reviewer.errors import CannotDetermine

if TYPE_CHECKING:
    from reviewer.repository import Repository, TargetKind
    from reviewer.session.subject import Subject


class DiffCommand(click.Command):
    """Keeps what stands behind `--` apart: click would mix it with the words before."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            context.meta[BEHIND_DASHES] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(context, args)


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments of every command about a change; they are handed on to `chosen_subject`."""
    for decorate in (
        click.argument("revision", nargs=-1, shell_complete=revisions),
        click.option("--patch", metavar="FILE", shell_complete=files, help="Read a patch file; - for standard input."),
        click.option("--root", is_flag=True, help="Take everything in a commit as new; for a first commit."),
        click.option("--worktree", is_flag=True, help="Uncommitted changes, untracked files included."),
        click.option("--staged", is_flag=True, help="What the index holds."),
    ):
        command = decorate(command)
    return command


def chosen_subject(
    context: int | None = None,
    *,
    staged: bool,
    worktree: bool,
    root: bool,
    patch: str | None,
    revision: tuple[str, ...],
    with_paths: bool = True,
) -> "Subject | None":
    """Return what the command line names; None if nothing changed there.

    `context` is the number of lines shown around an edit, git's three without it.
    """
    from reviewer.repository import TargetKind

    name, paths = _revision_and_paths(revision, with_paths=with_paths)
    if staged + worktree + (name is not None) + (patch is not None) > 1:
        raise click.UsageError("name one of --staged, --worktree, --patch, or a range")
    if patch is not None:
        return _patch_subject(patch)
    kind = TargetKind.STAGED if staged else TargetKind.WORKTREE if worktree else None
    subject = _repository_subject(name, kind, root=root, paths=paths, context=context)
    return subject if subject is not None and subject.diff.files else None


def say_nothing_changed(revision: tuple[str, ...], *, staged: bool, worktree: bool, with_paths: bool = True) -> None:
    """Tell the user that the answer is empty, not missing."""
    reason = "no uncommitted change, and no commit that is not in the base branch"
    name, paths = _revision_and_paths(revision, with_paths=with_paths)
    where = " or ".join(visible.show(path) for path in paths)
    if name is not None:
        reason = f"{visible.show(name)} changes nothing{f' at {where}' if where else ''}"
    elif paths:
        reason = f"no change at {where}"
    elif staged or worktree:
        reason = "no staged change" if staged else "no uncommitted change"
    click.echo(f"nothing to review: {reason}", err=True)


def repository_or_none() -> "Repository | None":
    from reviewer.repository import discover

    try:
        return discover(here())
    except CannotDetermine:
        return None


def here() -> Path:
    """Return the folder one stands in. Raises CannotDetermine if it was deleted."""
    try:
        return Path.cwd()
    except OSError as error:
        raise CannotDetermine("the folder you stand in is gone; go to another one") from error


def words_behind_dashes() -> tuple[str, ...]:
    """Return what stands behind `--` on the command line of a DiffCommand."""
    words: tuple[str, ...] = click.get_current_context().meta.get(BEHIND_DASHES, ())
    return words


def _revision_and_paths(revision: tuple[str, ...], *, with_paths: bool) -> tuple[str | None, tuple[bytes, ...]]:
    """Tell revision and paths apart: what stands behind `--` is a path, the word before it a revision."""
    if len(revision) > 1:
        raise click.UsageError(f"one range or commit, please; paths go behind `--`: {revision[0]} -- {revision[1]}")
    paths = words_behind_dashes() if with_paths else ()
    return (revision[0] if revision else None), tuple(os.fsencode(path) for path in paths)


def _repository_subject(
    revision: str | None, kind: "TargetKind | None", *, root: bool, paths: tuple[bytes, ...], context: int | None
) -> "Subject | None":
    from reviewer.repository import CONTEXT_LINES, branch_target, choose_target, discover, read_diff
    from reviewer.session.subject import Subject

    repository = discover(here())
    is_default = revision is None and kind is None
    target = changes = None
    if repository.top is not None or not is_default:
        target = choose_target(repository, revision, kind=kind, root=root, paths=paths)
        changes = read_diff(repository, target, context=context or CONTEXT_LINES)
    if is_default and (changes is None or not changes.files):
        target = branch_target(repository, paths)
        changes = read_diff(repository, target, context=context or CONTEXT_LINES) if target is not None else None
    if target is None or changes is None:
        return None
    return Subject(changes, target.label, repository, target.old, target.new)


def _patch_subject(patch: str) -> "Subject":
    from reviewer.diff.patchfile import parse_patch_file
    from reviewer.session.subject import Subject

    name = "standard input" if patch == "-" else visible.show(patch)
    try:
        content = sys.stdin.buffer.read() if patch == "-" else Path(patch).read_bytes()
    except OSError as error:
        raise CannotDetermine(f"{name}: cannot be read ({error.strerror})") from error
    return Subject(parse_patch_file(content, name), name, repository_or_none(), is_patch=True)
