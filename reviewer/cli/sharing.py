"""Review records on their way to others: exchanged with a remote, and published with a push."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from reviewer import visible

if TYPE_CHECKING:
    from reviewer.repository import Repository
    from reviewer.repository.exchange import Synced

# What git would tell a hook of this push, and nothing else: the words are kept, and the push goes no further.
_LISTENER = """#!/bin/sh
printf '%s\\n' "$1" "$2" > '{folder}/remote' && cat > '{folder}/refs'
"""


@click.command()
@click.argument("remote", default="origin")
def sync(remote: str) -> None:
    """Exchange review records with a remote, through refs/reviews: 3 if some did not arrive, 4 if some are damaged."""
    from reviewer.errors import CannotDetermine, RecordDamaged
    from reviewer.repository import discover

    done = exchanged(discover(Path.cwd()), remote)
    click.echo(f"{_count(done.received)} received, {_count(done.sent)} sent")
    for line in (*done.damages, *done.refused):
        click.echo(visible.show(line), err=True)
    sys.exit(RecordDamaged.exit_code if done.damages else CannotDetermine.exit_code if done.refused else 0)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def push(arguments: tuple[str, ...]) -> None:
    """Review what is missing, publish the records, then `git push`, all arguments handed on."""
    from reviewer.cli.hooks import settle_pushes
    from reviewer.hook.pushes import parse_pushes
    from reviewer.repository import discover

    repository = discover(Path.cwd())
    remote, refs = _what_git_would_push(repository, arguments)
    status = settle_pushes(repository, parse_pushes(refs), remote, asks=False)
    if status:
        sys.exit(status)
    if refs and remote:
        _publish(repository, remote)
    os.execvp("git", ["git", "push", *arguments])  # noqa: S606  # the user's own git, with the user's own words


def exchanged(repository: "Repository", remote: str) -> "Synced":
    """Put the live records into refs, then exchange these with the remote."""
    from reviewer.repository.exchange import put_records
    from reviewer.repository.exchange import sync as exchange
    from reviewer.verification.places import record_store

    store = record_store(repository)
    for review in store.reviews():
        journals = store.live(review)
        if journals:
            put_records(repository, review, journals)
    return exchange(repository, remote, may_ask=sys.stdin.isatty() and not os.environ.get("CI"))


def _what_git_would_push(repository: "Repository", arguments: tuple[str, ...]) -> tuple[str, bytes]:
    """Return the remote and the ref lines that git would give a hook; both empty if there is nothing to push."""
    from reviewer.errors import CannotDetermine

    with _listening() as (folder, settings):
        answer = repository.ask(
            "push", "--dry-run", *arguments, settings=settings, environment={"GIT_TERMINAL_PROMPT": "1"}
        )
        if answer.status:
            raise CannotDetermine(visible.show_lines(answer.error).strip())
        told = folder / "remote"
        if not told.exists():
            return "", b""
        return os.fsdecode(told.read_bytes().partition(b"\n")[0]), (folder / "refs").read_bytes()


@contextmanager
def _listening() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Lend a folder with a hook that only writes down what git tells it, and the settings that call it."""
    with TemporaryDirectory(prefix="reviewer-") as name:
        folder = Path(name)
        listener = folder / "pre-push"
        listener.write_text(_LISTENER.format(folder=name.replace("'", "'\\''")))
        listener.chmod(0o700)
        yield folder, (f"core.hooksPath={name}",)


def _publish(repository: "Repository", remote: str) -> None:
    """Send the records along; a remote that takes none does not keep the push from going."""
    from reviewer.errors import ReviewerError

    try:
        done = exchanged(repository, remote)
    except ReviewerError as error:
        click.echo(f"reviewer: the records stay here: {visible.show_lines(str(error))}", err=True)
        return
    if done.sent:
        click.echo(f"reviewer: {_count(done.sent)} published in refs/reviews", err=True)
    for line in (*done.damages, *done.refused):
        click.echo(f"reviewer: {visible.show(line)}", err=True)


def _count(number: int) -> str:
    return "1 review" if number == 1 else f"{number} reviews"
