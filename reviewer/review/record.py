"""Events to lines of JSON and back: strict, chained, and readable up to the first fault.

Each line names the SHA-256 of the line before it, so any edit shows. A line's own hash is its
event's id. What is not understood is kept and passed over, unless it says that it must be.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from typing import Annotated, NoReturn

from msgspec import Meta

from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.review.codec import Json, WrongShape, fields_to_json, from_json
from reviewer.review.events import EVENT_TYPES, SCHEMA, Entry, Event, Open, Sign
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
    """One writer's session as far as it can be read. `damage` says what stopped the reading, if anything.

    `signed_lines` are the raw lines of sign-offs, without their line feeds.
    """

    entries: tuple[Entry, ...]
    damage: str | None = None
    signed_lines: Mapping[EventId, bytes] = field(default_factory=dict, compare=False, repr=False)


class _Fault(Exception):
    """A line that is no event."""


class _Unconnected(_Fault):
    """A line that does not follow the one before it."""

    def __init__(self, raw: dict[str, Json]) -> None:
        super().__init__("does not follow the line before it")
        self.raw = raw


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
    """Return the longest valid prefix of a journal file, without lines that a later one shows to be changed.

    Raises RecordTooNew for a newer schema, or an unknown event that says it must be understood.
    """
    entries: list[Entry] = []
    signed_lines: dict[EventId, bytes] = {}
    writer: Reviewer | None = None
    damage: str | None = None
    lines = _lines(content)
    for number, line in enumerate(lines):
        try:
            raw = _parse(line)
            _check_place(raw, number, entries[-1].id if entries else None)
            event = _event(raw)
            writer = _writer(event, writer)
            entries.append(_entry(line, raw, event, writer))
        except _Unconnected as fault:
            damage = f"line {number + 1}: {fault}"
            del entries[_confirmed(entries, fault.raw, line, next(lines, None)) :]
            break
        except (_Fault, WrongShape) as fault:
            damage = f"line {number + 1}: {show(str(fault))}"
            break
        if isinstance(event, Sign):
            signed_lines[entries[-1].id] = line
    if damage is None and content and not content.endswith(b"\n"):
        damage = f"line {len(entries) + 1}: cut off while it was written"
    kept = {entry.id for entry in entries} & signed_lines.keys()
    return Journal(tuple(entries), damage, {identity: signed_lines[identity] for identity in kept})


def _confirmed(entries: Sequence[Entry], raw: dict[str, Json], line: bytes, following: bytes | None) -> int:
    """Return how many of the entries stand, seeing a line that does not follow them."""
    number: int = raw["n"]
    if entries and number == len(entries):
        # One of the two was changed: this line, if the line after it says so, else the one before.
        return number if following is not None and not _names(following, line) else number - 1
    is_in_place_of_another = 0 < number < len(entries) and raw.get("prev") == entries[number - 1].id
    return number if is_in_place_of_another and event_id(line) != entries[number].id else len(entries)


def _names(line: bytes, before: bytes) -> bool:
    try:
        return bool(_parse(line).get("prev") == event_id(before))
    except _Fault:
        return False


def _lines(content: bytes) -> Iterator[bytes]:
    """Yield the lines one by one: a file of nothing but line feeds would fill the memory as a list."""
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        yield content[start:end]
        start = end + 1


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
    if from_json(raw.get("n"), int) != number or raw.get("prev") != prev:
        raise _Unconnected(raw)


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
