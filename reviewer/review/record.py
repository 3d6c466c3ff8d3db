"""Events to lines of JSON and back: strict, chained, and readable up to the first fault.

Each line names the SHA-256 of the line before it, so any edit shows. A line's own hash is its
event's id. What is not understood is kept and passed over, unless it says that it must be.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import Annotated, NoReturn

from msgspec import Meta

from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.review.codec import Json, WrongShape, fields_to_json, from_json
from reviewer.review.events import EVENT_TYPES, SCHEMA, Entry, Event, Open
from reviewer.review.model import EventId, Reviewer
from reviewer.visible import show

LONGEST_LINE = 8_000_000
_DEEPEST = 12
# Every reader of JSON agrees on numbers up to here; a forged clock beyond it could not be counted on from.
LATEST_CLOCK = 2**53
_Clock = Annotated[int, Meta(ge=0, le=LATEST_CLOCK)]
_SCHEMA_MAJOR = re.compile(r"reviewer\.review/(\d{1,9})(?!\d)", re.ASCII)
_TYPES: dict[str, type[Event]] = {kind.kind: kind for kind in EVENT_TYPES}


@dataclass(frozen=True, slots=True)
class Journal:
    """One writer's session as far as it can be read. `damage` says what stopped the reading, if anything."""

    entries: tuple[Entry, ...]
    damage: str | None = None


class _Fault(Exception):
    """A line that is no event."""


def encode(event: Event, *, number: int, clock: int, at: str, prev: EventId | None) -> bytes:
    """Return the event's line, without the line feed.

    Raises ReviewerError for what `decode_journal` would not read back.
    """
    if clock > LATEST_CLOCK:
        raise ReviewerError(f"the review's clock stands at {clock - 1}, its end; remove the file that claims so")
    line = _dump({"e": event.kind, "n": number, "lc": clock, "at": at, **fields_to_json(event), "prev": prev})
    if len(line) > LONGEST_LINE:
        raise ReviewerError(
            f"this {event.kind} takes {len(line):,} bytes and a line of the record {LONGEST_LINE:,} at the most; "
            "say it in parts"
        )
    return line


def event_id(line: bytes) -> EventId:
    return EventId(sha256(line).hexdigest())


def decode_journal(content: bytes) -> Journal:
    """Return the longest valid prefix of a journal file.

    Raises RecordTooNew for a newer schema, or an unknown event that says it must be understood.
    """
    entries: list[Entry] = []
    writer: Reviewer | None = None
    prev: EventId | None = None
    for number, line in enumerate(content.split(b"\n")[:-1]):
        try:
            raw = _parse(line)
            _check_place(raw, number, prev)
            event = _event(raw)
            writer = _writer(event, writer)
            entries.append(_entry(line, raw, event, writer))
        except (_Fault, WrongShape) as fault:
            return Journal(tuple(entries), f"line {number + 1}: {show(str(fault))}")
        prev = entries[-1].id
    torn = bool(content) and not content.endswith(b"\n")
    return Journal(tuple(entries), f"line {len(entries) + 1}: cut off while it was written" if torn else None)


def _dump(line: dict[str, Json]) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair stands for a byte that was no UTF-8; only its escape can be written.
        return json.dumps(line, separators=(",", ":"), allow_nan=False).encode()


def _parse(line: bytes) -> dict[str, Json]:
    if len(line) > LONGEST_LINE:
        raise _Fault("is longer than any event")
    # JSON allows space around it, which is how a changed line ending would go unseen.
    if not (line.startswith(b"{") and line.endswith(b"}")):
        raise _Fault("is no JSON object, or not only that")
    try:
        raw: dict[str, Json] = json.loads(
            line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise _Fault(f"is no JSON ({error})") from error
    if _depth(raw) > _DEEPEST:
        raise _Fault("is nested too deeply")
    return raw


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if isfinite(value) else _no_constant(digits)


def _depth(value: Json) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if depth > _DEEPEST:
            break
    return depth


def _check_place(raw: dict[str, Json], number: int, prev: EventId | None) -> None:
    """Check the schema, which says how all else is to be read, and that the line follows the one before."""
    if raw.get("e") == Open.kind:
        _check_schema(raw.get("schema"))
    if raw.get("prev") != prev or from_json(raw.get("n"), int) != number:
        raise _Fault("does not follow the line before it")


def _check_schema(schema: Json) -> None:
    match = _SCHEMA_MAJOR.match(schema) if isinstance(schema, str) else None
    if match is None or int(match[1]) == 0:
        raise _Fault(f'has a "schema" that is not {SCHEMA!r}')
    if int(match[1]) > int(SCHEMA.rpartition("/")[2]):
        raise RecordTooNew(f"the record has the schema {show(schema)!r}; update reviewer, which knows {SCHEMA!r}")


def _event(raw: dict[str, Json]) -> Event | None:
    """Return the event, or None for a type of another version that may be passed over."""
    kind = raw.get("e")
    if not isinstance(kind, str):
        raise _Fault('has no event type "e"')
    event_type = _TYPES.get(kind)
    if event_type is None:
        if raw.get("must") == 1:
            raise RecordTooNew(f"the event {show(kind)!r} must be understood and is not; update reviewer")
        return None
    event: Event = from_json(raw, event_type)
    return event


def _writer(event: Event | None, writer: Reviewer | None) -> Reviewer:
    """Return whose words follow: who opened the journal."""
    if isinstance(event, Open):
        return event.reviewer
    if writer is None:
        raise _Fault("the first event is not `open`")
    return writer


def _entry(line: bytes, raw: dict[str, Json], event: Event | None, writer: Reviewer) -> Entry:
    at, number, clock = (from_json(raw.get(key), kind) for key, kind in (("at", str), ("n", int), ("lc", _Clock)))
    return Entry(event_id(line), event, writer, at, number, clock)
