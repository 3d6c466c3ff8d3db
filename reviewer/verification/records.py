"""All that is recorded of one scope, in whichever review and place it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from reviewer.diff.identity import EditId, ScopeId
from reviewer.review.events import Entry, Range, View
from reviewer.review.model import EventId, ReviewId
from reviewer.store import Record, Store
from reviewer.verification.places import damages_in_git

# The share of edits two states of a change must have in common, of the smaller one.
_SAME_WORK = 0.25


@dataclass(frozen=True, slots=True)
class Gathered:
    """The union of the reviews that were about the scope at some time.

    `damages` are of records that are about it, or could be; `warnings` of others. `related` are reviews of
    other states of the change, which never saw this one.
    """

    entries: tuple[Entry, ...]
    signed_lines: Mapping[EventId, bytes]
    damages: tuple[str, ...]
    warnings: tuple[str, ...]
    related: tuple[Record, ...] = ()


def gather(store: Store, scope: ScopeId, edits: frozenset[EditId], commits: frozenset[str]) -> Gathered:
    """Return what is recorded of the scope with these edits, and of states of it that ended at one of the commits.

    Raises RecordTooNew if there is a record that only a newer version can read: it could be about it.
    """
    records = [store.read(review) for review in store.reviews()]
    about = [record for record in records if _is_about(record, scope)]
    related = [record for record in records if record not in about and _is_related(record, edits, commits)]
    damages = {damage for record in (*about, *related) for damage in record.damages}
    others = [record for record in records if record not in about and record not in related]
    harmless = {record.review for record in others}
    for damage in damages_in_git(store):
        # Of a review that nothing else is known of, anything can be hidden by what cannot be read.
        if damage.partition(": ")[0].rpartition("/")[2] not in harmless:
            damages.add(damage)
    warnings = {damage for record in others for damage in record.damages} | set(damages_in_git(store)) - damages
    return Gathered(
        tuple({entry.id: entry for record in about for entry in record.entries}.values()),
        {event: line for record in about for event, line in record.signed_lines.items()},
        tuple(sorted(damages)),
        tuple(sorted(warnings)),
        tuple(sorted(related, key=lambda record: record.review)),
    )


def _is_about(record: Record, scope: ScopeId) -> bool:
    ranges = [entry.event.reviewed.scope for entry in record.entries if isinstance(entry.event, Range)]
    # Of a record that was damaged before it says what it is about, only the name is left to tell.
    return scope in ranges or _is_named_after(record.review, scope) or (bool(record.damages) and not ranges)


def _is_related(record: Record, edits: frozenset[EditId], commits: frozenset[str]) -> bool:
    """True if the review was about commits that are part of the change, or read a good part of its edits."""
    ends = {entry.event.reviewed.new for entry in record.entries if isinstance(entry.event, Range)}
    viewed = frozenset[EditId]().union(
        *(entry.event.edits for entry in record.entries if isinstance(entry.event, View))
    )
    shared = len(viewed & edits)
    return bool(ends & commits) or (shared > 0 and shared >= _SAME_WORK * min(len(viewed), len(edits)))


def _is_named_after(review: ReviewId, scope: ScopeId) -> bool:
    return review.endswith(f"-{scope[:10]}")
