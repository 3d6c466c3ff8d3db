"""What a person adds to a review besides reading: tests that ran on the change, and what is let go with a reason."""

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import DiffCommand, chosen_subject, say_nothing_changed, words_behind_dashes
from reviewer.cli.completing import revisions
from reviewer.errors import CannotDetermine, ReviewerError

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.review.events import Event
    from reviewer.session.session import Session
    from reviewer.session.subject import Subject

_REQUIREMENTS = ("ai-tag", "ai-tests", "humans", "signatures")


@click.command(cls=DiffCommand)
@click.argument("revision", metavar="[RANGE] -- COMMAND...", nargs=-1, shell_complete=revisions)
def tests(revision: tuple[str, ...]) -> None:
    """Run a test command on exactly the change under review, and record how it ended.

    It runs at the top of the working tree, and this ends as the command does. The working tree must hold
    what is reviewed, before and after.
    """
    command = words_behind_dashes()
    if not command:
        raise click.UsageError("no command; write it behind `--`, such as `reviewer tests main...HEAD -- pytest`")
    subject = _subject(revision)
    top = _require_content(subject)
    status = _run(command, top)
    _require_content(subject)
    from reviewer.review.events import RunTests

    session = _session(subject)
    _record(session, RunTests(session.scope.id, shlex.join(command), status))
    _tell_whose(session, f"recorded: ended with {status}")
    sys.exit(status)


@click.command()
@click.argument("requirement", type=click.Choice(_REQUIREMENTS))
@click.argument("revision", metavar="[RANGE]", nargs=-1, shell_complete=revisions)
@click.option("--reason", required=True, help="Why; everybody who looks at the review will see it.")
def waive(requirement: str, revision: tuple[str, ...], reason: str) -> None:
    """Let one requirement of the policy go for exactly this change, and say why.

    What reading itself proves cannot be waived.
    """
    from reviewer.review.events import Waive

    session = _session(_subject(revision))
    _record(session, Waive(requirement, reason, session.scope.id))
    _tell_whose(session, f"waived for this change: {requirement}")


def _subject(revision: tuple[str, ...]) -> "Subject":
    subject = chosen_subject(staged=False, worktree=False, root=False, patch=None, revision=revision, with_paths=False)
    if subject is None:
        say_nothing_changed(revision, staged=False, worktree=False, with_paths=False)
        sys.exit(0)
    return subject


def _session(subject: "Subject") -> "Session":
    from reviewer.session.opening import open_session

    if subject.repository is None:
        raise CannotDetermine("there is no git repository here")
    return open_session(subject, subject.repository.folder)


def _run(command: tuple[str, ...], top: "Path") -> int:
    """Run at the top of the working tree; return what a shell would: 128 and its number for a signal."""
    try:
        status = subprocess.run(command, cwd=top, check=False).returncode
    except OSError as error:
        name = visible.show(command[0])
        raise ReviewerError(f"'{name}': cannot be started ({error.strerror}); nothing was recorded") from error
    return status if status >= 0 else 128 - status


def _record(session: "Session", event: "Event") -> None:
    """Save what was added, also where the sign-off that came before it was copied to be committed."""
    from reviewer.session.opening import store_for

    session.dispatch(event)
    session.close()
    repository = session.subject.repository
    store = store_for(repository, repository.folder) if repository is not None else None
    if store is None or store.published is None or not (store.published / session.review).is_dir():
        return
    try:
        store.publish(session.review)
    except ReviewerError as error:
        click.echo(f"not copied to where it may be committed: {visible.show_lines(str(error))}", err=True)


def _require_content(subject: "Subject") -> "Path":
    """Return the top of the working tree if it holds what is reviewed: else a test would speak of something else."""
    from reviewer.diff.identity import scope_of
    from reviewer.repository import Target, TargetKind, read_diff

    repository = subject.repository
    if repository is None or repository.top is None:
        raise CannotDetermine("no working tree here to run tests in")
    # Uncommitted changes are compared with what they were compared with before, commits with themselves.
    now = read_diff(repository, Target(TargetKind.WORKTREE, subject.new or subject.old or "", None, subject.label))
    if now.files if subject.new is not None else scope_of(now).id != scope_of(subject.diff).id:
        raise ReviewerError("the working tree is not what is reviewed; commit or stash what differs, then run it again")
    return repository.top


def _tell_whose(session: "Session", words: str) -> None:
    agent = session.reviewer.agent
    aside = f"; {agent} started this, so it does not count as a person's word" if agent else ""
    click.echo(f"{words}{aside}", err=True)
