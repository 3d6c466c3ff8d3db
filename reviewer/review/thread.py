"""How notes become threads: what was edited, answered, proposed, settled and taken up again. Pure.

Nothing said is dropped: an edit of what is not there, or not the writer's own, is a note of its own; so is an answer
to what was deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reviewer.review.events import Entry, Resolve, TakeNote
from reviewer.review.model import EventId, Note

Notes = Mapping[EventId, Note]


def with_note(notes: Notes, taken: TakeNote, entry: Entry) -> Notes:
    """Return the notes after someone wrote one, put another text in the place of one, or answered one."""
    known = notes.get(taken.replaces) if taken.replaces is not None else None
    if known is not None and known.by == entry.by:
        return {**notes, known.id: _edited(known, taken, entry)}
    root = _root(notes, taken.answers)
    note = Note(
        entry.id, taken.body, taken.spot, taken.point, taken.is_blocking, entry.by,
        intent=taken.intent, answers=root.id if root is not None else None, at=entry.at,
    )  # fmt: skip
    # Who still has something to say does not think it settled.
    turned_down = {root.id: replace(root, proposed_by=None)} if root is not None and entry.by.is_human else {}
    return {**notes, **turned_down, entry.id: note}


def settled_notes(notes: Notes, settled: Resolve, entry: Entry) -> Notes:
    """Return the notes after one was settled, taken up again, or proposed to be settled."""
    changed: dict[EventId, Note] = {}
    if settled.note is not None and settled.note in notes:
        changed[settled.note] = replace(notes[settled.note], is_resolved=True, proposed_by=None)
    if settled.reopens is not None and settled.reopens in notes:
        changed[settled.reopens] = replace(notes[settled.reopens], is_resolved=False, proposed_by=None)
    root = _root({**notes, **changed}, settled.proposes)
    if root is not None and not root.is_resolved:
        changed[root.id] = replace(root, proposed_by=entry.by)
    return {**notes, **changed} if changed else notes


def threads(notes: Iterable[Note]) -> Mapping[EventId, tuple[Note, ...]]:
    """Return the answers to each note that has any, in the order they were given."""
    found: dict[EventId, list[Note]] = defaultdict(list)
    for note in notes:
        if note.answers is not None:
            found[note.answers].append(note)
    return {root: tuple(answers) for root, answers in found.items()}


def _edited(known: Note, taken: TakeNote, entry: Entry) -> Note:
    return replace(
        known,
        body=taken.body,
        point=taken.point,
        is_blocking=taken.is_blocking,
        intent=taken.intent,
        versions=(*known.versions, entry.id),
    )


def _root(notes: Notes, identity: EventId | None) -> Note | None:
    """Return the note a thread begins with, from any note in it."""
    note = notes.get(identity) if identity is not None else None
    return notes[note.answers] if note is not None and note.answers is not None else note
