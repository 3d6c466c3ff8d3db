"""All that is recorded of one scope, in whichever review and place it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from reviewer.diff.identity import ScopeId
from reviewer.errors import RecordTooNew
from reviewer.review.events import Entry, Range
from reviewer.review.model import EventId, ReviewId
from reviewer.store import Record, Store


@dataclass(frozen=True, slots=True)
class Gathered:
    """The union of the reviews that were about the scope at some time.

    `damages` are of records that are about it, or could be; `warnings` of others.
    """

    entries: tuple[Entry, ...]
    signed_lines: Mapping[EventId, bytes]
    damages: tuple[str, ...]
    warnings: tuple[str, ...]


def gather(store: Store, scope: ScopeId) -> Gathered:
    """Return what is recorded of the scope. Raises RecordTooNew if none but a newer version can tell."""
    records: list[Record] = []
    warnings: list[str] = []
    too_new: RecordTooNew | None = None
    for review in store.reviews():
        try:
            records.append(store.read(review))
        except RecordTooNew as error:
            if _is_named_after(review, scope):
                raise
            too_new = error
    about = [record for record in records if _is_about(record, scope)]
    if not about and too_new is not None:
        raise too_new
    for record in records:
        if record not in about:
            warnings += record.damages
    return Gathered(
        tuple({entry.id: entry for record in about for entry in record.entries}.values()),
        {event: line for record in about for event, line in record.signed_lines.items()},
        tuple(damage for record in about for damage in record.damages),
        (*warnings, *([str(too_new)] if too_new is not None else [])),
    )


def _is_about(record: Record, scope: ScopeId) -> bool:
    ranges = [entry.event.reviewed.scope for entry in record.entries if isinstance(entry.event, Range)]
    # Of a record that was damaged before it says what it is about, only the name is left to tell.
    return scope in ranges or _is_named_after(record.review, scope) or (bool(record.damages) and not ranges)


def _is_named_after(review: ReviewId, scope: ScopeId) -> bool:
    return review.endswith(f"-{scope[:10]}")
