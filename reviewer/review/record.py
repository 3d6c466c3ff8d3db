"""Events to lines of JSON and back: strict, chained, and readable up to the first fault.

Each line names the SHA-256 of the line before it, so any edit shows. A line's own hash is its
event's id. What is not understood is kept and passed over, unless it says that it must be.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from reviewer.errors import RecordTooNew
from reviewer.review.codec import Json, WrongShape, fields_to_json, from_json
from reviewer.review.events import EVENT_TYPES, SCHEMA, Entry, Event, Open
from reviewer.review.model import EventId, Reviewer
from reviewer.visible import show

LONGEST_LINE = 8_000_000
_DEEPEST = 12
_TYPES: dict[str, type[Event]] = {kind.kind: kind for kind in EVENT_TYPES}


@dataclass(frozen=True, slots=True)
class Journal:
    """One writer's session as far as it can be read. `damage` says what stopped the reading, if anything."""

    entries: tuple[Entry, ...]
    damage: str | None = None


class _Fault(Exception):
    """A line that is no event."""


def encode(event: Event, *, number: int, clock: int, at: str, prev: EventId | None) -> bytes:
    """Return the event's line, without the line feed."""
    line = {"e": event.kind, "n": number, "lc": clock, "at": at, **fields_to_json(event), "prev": prev}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def event_id(line: bytes) -> EventId:
    return EventId(sha256(line).hexdigest())


def decode_journal(content: bytes) -> Journal:
    """Return the longest valid prefix of a journal file.

    Raises RecordTooNew for a newer schema, or an unknown event that says it must be understood.
    """
    entries: list[Entry] = []
    writer: Reviewer | None = None
    prev: EventId | None = None
    for number, line in enumerate(_complete_lines(content)):
        try:
            raw = _parse(line)
            event = _event(raw)
            writer = _writer(event, writer)
            entries.append(_entry(line, raw, event, writer, number, prev))
        except (_Fault, WrongShape) as fault:
            return Journal(tuple(entries), f"line {number + 1}: {fault}")
        prev = entries[-1].id
    torn = bool(content) and not content.endswith(b"\n")
    return Journal(tuple(entries), f"line {len(entries) + 1}: cut off while it was written" if torn else None)


def _complete_lines(content: bytes) -> Iterator[bytes]:
    yield from content.split(b"\n")[:-1]


def _parse(line: bytes) -> dict[str, Json]:
    if len(line) > LONGEST_LINE:
        raise _Fault("is longer than any event")
    try:
        raw = json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _Fault(f"is no JSON ({error})") from error
    if not isinstance(raw, dict):
        raise _Fault("is no JSON object")
    if _depth(raw) > _DEEPEST:
        raise _Fault("is nested too deeply")
    return raw


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


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


def _event(raw: dict[str, Json]) -> Event | None:
    """Return the event, or None for a type of another version that may be passed over."""
    kind = raw.get("e")
    if not isinstance(kind, str):
        raise _Fault('has no event type "e"')
    if kind == "open":
        _check_schema(raw.get("schema"))
    event_type = _TYPES.get(kind)
    if event_type is None:
        if raw.get("must") == 1:
            raise RecordTooNew(f"the event {show(kind)!r} must be understood and is not; update reviewer")
        return None
    event: Event = from_json(raw, event_type)
    return event


def _check_schema(schema: Json) -> None:
    name, _, version = SCHEMA.partition("/")
    if not isinstance(schema, str) or not schema.startswith(f"{name}/"):
        raise _Fault(f'has a "schema" that is not {SCHEMA!r}')
    if schema.removeprefix(f"{name}/").partition(".")[0] != version:
        raise RecordTooNew(f"the record has the schema {show(schema)!r}; update reviewer, which knows {SCHEMA!r}")


def _writer(event: Event | None, writer: Reviewer | None) -> Reviewer:
    """Return whose words follow: who opened the journal."""
    if isinstance(event, Open):
        return event.reviewer
    if writer is None:
        raise _Fault("the first event is not `open`")
    return writer


def _entry(
    line: bytes, raw: dict[str, Json], event: Event | None, writer: Reviewer, number: int, prev: EventId | None
) -> Entry:
    if raw.get("prev") != prev or raw.get("n") != number:
        raise _Fault("does not follow the line before it")
    return Entry(
        event_id(line),
        event,
        writer,
        at=from_json(raw.get("at"), str),
        number=number,
        clock=from_json(raw.get("lc"), int),
    )
