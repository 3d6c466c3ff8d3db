"""Review records on their way to others: exchanged with a remote, and published with a push."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from signal import SIGPIPE
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import here
from reviewer.cli.completing import push_words, remotes

if TYPE_CHECKING:
    from reviewer.errors import ReviewerError
    from reviewer.hook.pushes import Push
    from reviewer.repository import Repository
    from reviewer.repository.exchange import Synced
    from reviewer.repository.runners import Answer
    from reviewer.review.model import ReviewId

# Keeps what git would tell a hook of this push, once for each address of the remote. A submodule that goes
# first is pushed from a repository of its own, which may have a gate of its own.
_LISTENER = """#!/bin/sh
[ "$(git rev-parse --absolute-git-dir)" = '{git_dir}' ] || exit 0
printf '%s' "$1" > '{folder}/remote' && cat >> '{folder}/refs' && [ ! -e '{folder}/refuse' ]
"""
# As far as git lets its options be shortened; behind one with a value stands no option.
_DRY_RUN = re.compile(r"--dry?(-(r(un?)?)?)?$|-[46dfquv]*n")
_NO_DRY_RUN = re.compile(r"--no-dr")
_WITH_VALUE = ("-o", "--push-option", "--repo", "--receive-pack", "--exec", "--recurse-submodules")
_EXIT_USAGE_OF_GIT = 129


@click.command()
@click.argument("remote", default="origin", shell_complete=remotes)
def sync(remote: str) -> None:
    """Exchange review records with a remote, through refs/reviews: 3 if some did not arrive, 4 if some are damaged."""
    from reviewer.errors import CannotDetermine, RecordDamaged
    from reviewer.repository import discover

    done = exchanged(discover(here()), remote)
    click.echo(f"{_count(done.received)} received, {_count(done.sent)} sent")
    for line in (*done.damages, *done.refused):
        click.echo(visible.show(line), err=True)
    sys.exit(RecordDamaged.exit_code if done.damages else CannotDetermine.exit_code if done.refused else 0)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument(
    "arguments", metavar="[ARGUMENTS OF GIT PUSH]...", nargs=-1, type=click.UNPROCESSED, shell_complete=push_words
)
def push(arguments: tuple[str, ...]) -> None:
    """Review what is missing, publish the records, then `git push`, all arguments handed on.

    Publishes every review that is begun here, also what is not signed off yet.
    """
    from reviewer.cli.hooks import settle_pushes
    from reviewer.hook.pushes import parse_pushes
    from reviewer.repository import discover

    repository = discover(here())
    remote, refs = _what_git_would_push(repository, arguments)
    pushes = parse_pushes(refs)
    status = settle_pushes(repository, pushes, remote, asks=False)
    if status:
        sys.exit(status)
    if not _is_dry_run(arguments):
        # Also where the branch has arrived already: what proves it may still be here.
        _publish(repository, remote)
    _require_unmoved(repository, pushes)
    os.execvp("git", ["git", "push", *arguments])  # noqa: S606  # the user's own git, with the user's own words


def exchanged(repository: "Repository", remote: str) -> "Synced":
    """Put the live records into refs, then exchange these with the remote; one that is damaged stays where it is."""
    from reviewer.errors import CannotDetermine, ReviewerError
    from reviewer.repository.exchange import sync as exchange
    from reviewer.repository.journals import records_in_refs
    from reviewer.verification.places import record_store

    store = record_store(repository)
    held = records_in_refs(repository)
    damages, refused = [], []
    for review in store.reviews():
        try:
            journals = store.live(review)
            # To find this out one by one would take git a while where there are many.
            if not journals.items() <= held.get(review, {}).items():
                _put(repository, review, journals)
        except CannotDetermine as error:
            refused.append(str(error))
        except ReviewerError as error:
            damages.append(str(error))
    done = exchange(repository, remote, may_ask=_may_ask())
    return replace(done, damages=(*damages, *done.damages), refused=(*refused, *done.refused))


def _put(repository: "Repository", review: "ReviewId", journals: "Mapping[str, bytes]") -> None:
    """Put the live journals of a review into its ref. Raises RecordDamaged for what others could not read either."""
    from reviewer.errors import RecordDamaged, RecordTooNew
    from reviewer.repository.exchange import put_records
    from reviewer.review.record import decode_journal

    for name, content in journals.items():
        # What only a newer version can read is for others who have it.
        with suppress(RecordTooNew):
            damage = decode_journal(content).damage
            if damage:
                raise RecordDamaged(f"{review}: {visible.show(name)}: {damage}; this review was not sent")
    put_records(repository, review, journals)


def _may_ask() -> bool:
    """True if git may ask for a password: never where nobody is, or where it is told not to."""
    return sys.stdin.isatty() and not os.environ.get("CI") and _prompts() != "0"


def _prompts() -> str:
    return os.environ.get("GIT_TERMINAL_PROMPT", "1")


def _is_dry_run(arguments: tuple[str, ...]) -> bool:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(_DRY_RUN.match(word) for before, word in pairwise(("", *options)) if before not in _WITH_VALUE)


def _what_git_would_push(repository: "Repository", arguments: tuple[str, ...]) -> tuple[str, bytes]:
    """Return the remote and the ref lines that git would give a hook. Raises CannotDetermine if it gives none."""
    from reviewer.errors import CannotDetermine, ReviewerError

    if any(_NO_DRY_RUN.match(word) for word in arguments):
        raise ReviewerError("--no-dry-run: leave it out; what would be pushed is found out by a dry run")
    with _listening(repository) as (folder, settings):
        answer = _try_push(repository, arguments, settings)
        if answer.status == -SIGPIPE:
            # Even in a dry run git sends push options, and may die of a remote that is gone by then. Refused by
            # the hook, it sends nothing; then the refs it would not push anyway are left for it to name.
            for file in ("remote", "refs"):
                (folder / file).unlink(missing_ok=True)
            (folder / "refuse").touch()
            answer = _try_push(repository, arguments, settings)
        is_told, is_refused = (folder / "remote").exists(), (folder / "refuse").exists()
        if answer.status and not (is_told and is_refused):
            raise _failure(answer)
        if not is_told:
            raise CannotDetermine(
                "git calls no hook before this push, so what it brings cannot be judged; "
                "past the gate it goes with `git push --no-verify`"
            )
        return os.fsdecode((folder / "remote").read_bytes()), (folder / "refs").read_bytes()


def _try_push(repository: "Repository", arguments: tuple[str, ...], settings: tuple[str, ...]) -> "Answer":
    environment = {"GIT_TERMINAL_PROMPT": _prompts()}
    return repository.ask("push", "--dry-run", *arguments, settings=settings, environment=environment)


def _failure(answer: "Answer") -> "ReviewerError":
    from reviewer.errors import CannotDetermine, ReviewerError

    words = visible.show_lines(answer.error).strip()
    # Git prints all of its manual behind what was wrong.
    is_usage = answer.status == _EXIT_USAGE_OF_GIT
    return ReviewerError(words.partition("\n")[0]) if is_usage else CannotDetermine(words)


@contextmanager
def _listening(repository: "Repository") -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Lend a folder with a hook that only writes down what git tells it, and the settings that call it.

    With a file `refuse` beside it, it lets git go no further.
    """
    with TemporaryDirectory(prefix="reviewer-") as name:
        folder = Path(name)
        listener = folder / "pre-push"
        script = _LISTENER.format(git_dir=_quoted(str(repository.git_dir)), folder=_quoted(name))
        listener.write_bytes(os.fsencode(script))
        listener.chmod(0o700)
        # Git remarks on the file of grafts even where it is set to none, and would do so in front of every error.
        yield folder, (f"core.hooksPath={name}", "advice.graftFileDeprecated=false")


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''")


def _require_unmoved(repository: "Repository", pushes: "tuple[Push, ...]") -> None:
    """Make sure that git will push what was judged: a review takes its time, and work may have gone on meanwhile."""
    from reviewer.errors import CannotDetermine

    judged = [push for push in pushes if not push.is_delete]
    names = "".join(f"{push.local_ref}\n" for push in judged)
    now = repository.batch("cat-file", "--batch-check=%(objectname)", lines=os.fsencode(names)).splitlines()
    for push, oid in zip(judged, now, strict=True):
        if oid.decode("ascii", "replace") != push.local:
            raise CannotDetermine(f"{visible.show(push.local_ref)}: was moved since it was judged; run it again")


def _publish(repository: "Repository", remote: str) -> None:
    """Send the records along; a remote that takes none does not keep the push from going."""
    from reviewer.errors import ReviewerError

    try:
        # To git, a path leads from the top of the working tree, wherever the user stands.
        done = exchanged(replace(repository, folder=repository.top or repository.folder), remote)
    except ReviewerError as error:
        click.echo(f"reviewer: the records stay here: {visible.show_lines(str(error))}", err=True)
        return
    if done.sent:
        click.echo(f"reviewer: {_count(done.sent)} published in refs/reviews", err=True)
    for line in (*done.damages, *done.refused):
        click.echo(f"reviewer: not published: {visible.show(line)}", err=True)


def _count(number: int) -> str:
    return "1 review" if number == 1 else f"{number} reviews"
