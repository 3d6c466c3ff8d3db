"""What someone is writing and has not said yet: the note it will be, and how it is kept and found again. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from reviewer.diff.model import Diff
from reviewer.review.anchor import anchored
from reviewer.review.codec import WrongShape, fields_to_json, from_json
from reviewer.review.events import TakeNote
from reviewer.review.model import EventId, Note, Reviewer, Spot

SCHEMA = "reviewer.draft/1"
_KEY_LENGTH = 16
_NOBODY = Reviewer("", "")


@dataclass(frozen=True, slots=True)
class Draft:
    """`key` names it for as long as it is not said, wherever its lines move meanwhile."""

    key: str
    note: TakeNote

    @property
    def is_empty(self) -> bool:
        return not self.note.body.strip()


def begin_draft(note: TakeNote) -> Draft:
    """Return a draft at the place of the note; two at one place are one draft."""
    place = replace(note, body="", is_blocking=False, intent=TakeNote("").intent)
    return Draft(sha256(json.dumps(fields_to_json(place)).encode()).hexdigest()[:_KEY_LENGTH], note)


def encode_draft(draft: Draft) -> bytes:
    return json.dumps({"schema": SCHEMA, **fields_to_json(draft.note)}).encode()


def decode_draft(key: str, content: bytes) -> Draft | None:
    """Return the draft that was kept under the key; None for what is none, or a newer version's."""
    try:
        raw = json.loads(content)
        if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
            return None
        return Draft(key, from_json(raw, TakeNote))
    except (ValueError, RecursionError, WrongShape):
        return None


def anchored_draft(draft: Draft, diff: Diff) -> Draft:
    """Return the draft at the place its lines stand at now."""
    note = draft.note
    stands = anchored(Note(EventId(""), note.body, note.spot, None, note.is_blocking, _NOBODY), diff)
    return replace(draft, note=replace(note, spot=stands.spot))


def draft_at(drafts: Iterable[Draft], wanted: TakeNote, *, is_exact: bool) -> Draft | None:
    """Return the draft at the place of the wanted note; if not exact, also one on lines that hold it."""
    alike = [draft for draft in drafts if _purpose(draft.note) == _purpose(wanted)]
    same = next((draft for draft in alike if _lines(draft.note.spot) == _lines(wanted.spot)), None)
    if same is not None or is_exact:
        return same
    return next((draft for draft in alike if _holds(draft.note.spot, wanted.spot)), None)


def _purpose(note: TakeNote) -> tuple[object, ...]:
    return note.point, note.answers, note.replaces


def _lines(spot: Spot | None) -> tuple[object, ...] | None:
    return None if spot is None else (spot.path, spot.side, spot.first, spot.last)


def _holds(outer: Spot | None, inner: Spot | None) -> bool:
    if outer is None or inner is None or (outer.path, outer.side) != (inner.path, inner.side):
        return False
    if outer.first is None or outer.last is None or inner.first is None or inner.last is None:
        return False
    return outer.first <= inner.first and inner.last <= outer.last
