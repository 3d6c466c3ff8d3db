"""Notes without a walk: listed, added, answered; by people, and by agents that say so."""

import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import chosen_subject, here, repository_or_none, say_nothing_changed
from reviewer.errors import RecordDamaged, ReviewerError

if TYPE_CHECKING:
    from reviewer.diff.model import Diff
    from reviewer.review.model import Reviewer, Spot

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<first>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9}))?)?", re.DOTALL)
_LONGEST_NAME = 60
_AS_AGENT = click.option("--as-agent", "agent", metavar="NAME", help="Say it as an agent of this name.")
_TEXT = click.option(
    "-m", "--message", "text", required=True, metavar="TEXT", help="What to say; - for standard input."
)


@click.group()
def note() -> None:
    """List, add and answer notes of a review without opening it."""


@note.command("list")
@click.argument("review", metavar="[REVIEW]", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only notes that are not settled.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(review: str | None, only_open: bool, form: str) -> None:
    """Print the notes of a review with their answers; without a name, of the latest one here."""
    from reviewer.cli.records import read_review
    from reviewer.reports.notes import notes_json, notes_text

    record, state = read_review(review)
    tell = notes_json if form == "json" else notes_text
    click.echo(tell(record.review, state, only_open=only_open), nl=False)
    if record.damages:
        raise RecordDamaged("\n".join((*record.damages, "what is above is all that can be read")))


@note.command()
@click.argument("place", metavar="[PATH[:LINE[-LINE]]]", required=False)
@_TEXT
@click.option("--blocking", is_flag=True, help="Nothing is approved until a person settles it.")
@click.option("--question", "intent", flag_value="question", help="It wants an answer.")
@click.option("--change", "intent", flag_value="change", help="It wants a change.")
@click.option("--old", is_flag=True, help="The lines are of the old file.")
@click.option("--range", "revision", metavar="RANGE", help="Which change, as `reviewer review` takes it.")
@_AS_AGENT
def add(
    place: str | None,
    text: str,
    blocking: bool,
    intent: str | None,
    old: bool,
    revision: str | None,
    agent: str | None,
) -> None:
    """Add a note on lines, on a file, or on the whole review if no place is named.

    Paths and lines are those that the walk shows.
    """
    from reviewer.review.events import TakeNote
    from reviewer.review.model import Intent
    from reviewer.session.correspondence import publish_again
    from reviewer.session.opening import store_for
    from reviewer.session.session import Session

    names = (revision,) if revision else ()
    subject = chosen_subject(staged=False, worktree=False, root=False, patch=None, revision=names)
    if subject is None:
        say_nothing_changed(names, staged=False, worktree=False)
        return
    spot = _spot(place, subject.diff, is_old=old) if place is not None else None
    said = TakeNote(_read(text), spot, None, blocking, Intent(intent or "remark"))
    folder = subject.repository.folder if subject.repository is not None else here()
    store, reviewer = store_for(subject.repository, folder), _writer(agent)
    session = Session(subject, store, reviewer)
    entry = session.dispatch(said)
    session.close()
    _tell(entry.id, reviewer, publish_again(store, store.read(session.review)))


@note.command()
@click.argument("name", metavar="NOTE")
@_TEXT
@click.option("--propose-resolve", "proposes", is_flag=True, help="Say that it looks settled; a person decides.")
@_AS_AGENT
def reply(name: str, text: str, proposes: bool, agent: str | None) -> None:
    """Answer a note, named by the beginning of its id."""
    from reviewer.review.events import Resolve, TakeNote
    from reviewer.session.correspondence import find_note, publish_again, say
    from reviewer.session.opening import store_for

    store, reviewer = store_for(repository_or_none(), here()), _writer(agent)
    found = find_note(store, name)
    root = found.note.answers or found.note.id
    answer = TakeNote(_read(text), found.note.spot, answers=root)
    said = say(store, found, reviewer, [answer, *([Resolve(proposes=root)] if proposes else [])])
    _tell(said[0].id, reviewer, publish_again(store, found.record))


def _spot(place: str, diff: "Diff", *, is_old: bool) -> "Spot":
    """Return the place with the text of its lines. Raises ReviewerError for what the change does not show."""
    from reviewer.review.anchor import spot_in
    from reviewer.review.model import Side, Spot

    whole = next((file for file in diff.files if place == os.fsdecode(file.path)), None)
    if whole is not None:
        return Spot(whole.path)
    match = _PLACE.fullmatch(place)
    if match is None or match["first"] is None:
        raise ReviewerError(f"{visible.show(place)}: is not in the change; `reviewer diff` shows what is")
    first = int(match["first"])
    side = Side.OLD if is_old else Side.NEW
    spot = spot_in(diff, os.fsencode(match["path"]), side, first, int(match["last"] or first))
    if spot is None:
        raise ReviewerError(f"{visible.show(place)}: not all of it is in one hunk of the change")
    return spot


def _writer(agent: str | None) -> "Reviewer":
    """Return whose words they are: an agent's if one says so, or started this."""
    from reviewer.session.people import reviewer_of

    reviewer = reviewer_of(repository_or_none())
    if agent is None:
        return reviewer
    name = agent.strip()
    if not name or len(name) > _LONGEST_NAME or visible.show(name) != name:
        raise click.UsageError(f"--as-agent: a name of 1 to {_LONGEST_NAME} plain characters, please")
    return replace(reviewer, agent=name)


def _read(text: str) -> str:
    if text != "-":
        return text
    return sys.stdin.buffer.read().decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")


def _tell(identity: str, reviewer: "Reviewer", unpublished: str | None) -> None:
    whose = f", as {visible.show(reviewer.called)}" if reviewer.agent else ""
    click.echo(f"noted{whose}: {identity[:8]}")
    if unpublished is not None:
        click.echo(f"not copied to where it may be committed: {visible.show_lines(unpublished)}", err=True)
