"""Commands that read a review's record: for people, and as things to do."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import here, repository_or_none
from reviewer.cli.completing import reviews
from reviewer.errors import RecordDamaged, ReviewerError

if TYPE_CHECKING:
    from reviewer.reports.instructions import Instruction
    from reviewer.review.model import EventId, ReviewState
    from reviewer.store import Record


@click.command()
@click.argument("review", metavar="[REVIEW]", required=False, shell_complete=reviews)
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def show(review: str | None, form: str) -> None:
    """Print a review for people; without a name, the latest one here."""
    from reviewer.checklist import built_in_checklists
    from reviewer.reports.digest import digest
    from reviewer.reports.people import markdown, text
    from reviewer.review.progress import last_answer

    record, state = read_review(review)
    # What a trigger brought up is not in the record; of those sets, only what was answered is known to be asked.
    questions = tuple(
        question
        for checklist in built_in_checklists()
        for question in checklist.questions
        if checklist.trigger is None or last_answer(question.key, state) is not None
    )
    parts = digest(record, state, questions)
    click.echo(markdown(parts) if form == "markdown" else text(parts), nl=False)
    _fail_on_damage(record)


@click.command()
@click.argument("review", metavar="[REVIEW]", required=False, shell_complete=reviews)
@click.option("--for", "reader", type=click.Choice(["agent", "github", "markdown"]), default="agent", show_default=True)
def export(review: str | None, reader: str) -> None:
    """Print confirmed flags and notes as things to do; without a name, of the latest review here."""
    from reviewer.reports.instructions import as_markdown, for_agent, for_github, instructions

    record, state = read_review(review)
    own = _own_notes(record, state)
    forms: dict[str, Callable[[Sequence[Instruction]], str]] = {
        "agent": for_agent,
        "markdown": as_markdown,
        "github": partial(for_github, state=state),
    }
    click.echo(forms[reader](instructions(state, own)), nl=False)
    _fail_on_damage(record)


def read_review(name: str | None) -> "tuple[Record, ReviewState]":
    """Return a review by its id, or by the beginning of one; the latest without any."""
    from reviewer.review.state import fold, said_by_people
    from reviewer.session.opening import store_for

    store = store_for(repository_or_none(), here())
    found = [review for review in store.reviews() if review.startswith(name or "")]
    if not found:
        what = f"no review {visible.show(name)!r} here" if name else "no review here yet"
        raise ReviewerError(f"{what}; `reviewer` starts one")
    record = store.read(found[0])
    return record, fold(said_by_people(record.entries))


def _own_notes(record: "Record", state: "ReviewState") -> "frozenset[EventId]":
    """Return the notes that whoever asks wrote here: not what came with a commit, not what an agent wrote."""
    from reviewer.session.people import reviewer_of

    asks = reviewer_of(repository_or_none())
    return frozenset(
        note.id for note in state.notes.values() if asks.is_human and note.by == asks and note.id in record.live
    )


def _fail_on_damage(record: "Record") -> None:
    if record.damages:
        raise RecordDamaged("\n".join((*record.damages, "what is above is all that can be read")))
