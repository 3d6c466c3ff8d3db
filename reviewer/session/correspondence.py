"""Words added to a review from outside a walk: answers and proposals. Nobody has to open the change for them."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reviewer import __version__
from reviewer.diff.identity import scope_of
from reviewer.diff.model import Diff
from reviewer.errors import Refused, ReviewerError
from reviewer.review.events import Entry, Event, Open
from reviewer.review.model import Note, Reviewer, ReviewState
from reviewer.review.refusal import refusal
from reviewer.review.state import fold, said_by_people
from reviewer.session.people import slug
from reviewer.store import Record, Store
from reviewer.visible import show

# Nobody answers in the fortieth last review.
_MOST_REVIEWS = 40
_SHORTEST = 4
_NOTHING = Diff(())


@dataclass(frozen=True, slots=True)
class Found:
    """A note, and the review it stands in."""

    record: Record
    state: ReviewState
    note: Note


def find_note(store: Store, name: str) -> Found:
    """Return the note whose id begins so, from the latest reviews here. Raises ReviewerError for none, or several."""
    if len(name) < _SHORTEST:
        raise ReviewerError(f"{show(name)!r}: too short for the id of a note; `reviewer note list` shows them")
    for review in store.reviews()[:_MOST_REVIEWS]:
        record = store.read(review)
        state = fold(said_by_people(record.entries))
        found = [note for identity, note in state.notes.items() if identity.startswith(name)]
        if len(found) > 1:
            raise ReviewerError(f"{show(name)!r}: begins the ids of {len(found)} notes; type more of it")
        if found:
            return Found(record, state, found[0])
    raise ReviewerError(f"{show(name)!r}: there is no such note here; `reviewer note list` shows them")


def say(
    store: Store,
    found: Found,
    reviewer: Reviewer,
    events: Sequence[Event],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Entry, ...]:
    """Write the events into the review, in a journal of their own. Raises Refused before any of them is written."""
    state, scope = found.state, scope_of(_NOTHING)
    for event in events:
        reason = refusal(event, state, _NOTHING, scope, ())
        if reason is not None:
            raise Refused(reason)
    record = found.record
    clock = max((entry.clock for entry in record.entries), default=-1)
    opening = Open(record.review, reviewer, f"git-reviewer {__version__}")
    journal = store.journal(record.review, slug(reviewer.email), secrets.token_hex(4))
    try:
        at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
        said = [
            journal.append(event, opening, clock=clock + number, at=at, durable=True)
            for number, event in enumerate((opening, *events), 1)
        ]
    finally:
        journal.close()
    return tuple(said[1:])


def publish_again(store: Store, found: Record) -> str | None:
    """Copy the record once more to where it may be committed, if it was; return why that failed, if so."""
    if store.published is None or not (store.published / found.review).is_dir():
        return None
    try:
        store.publish(found.review)
    except ReviewerError as error:
        return str(error)
    return None
