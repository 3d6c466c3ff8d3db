"""The notes of a review with their answers, as text for people and as JSON for programs."""

import json
from collections.abc import Sequence

from reviewer.diff.encoding import json_text
from reviewer.reports.digest import place
from reviewer.review.model import Intent, Note, ReviewId, ReviewState, Spot
from reviewer.review.thread import threads
from reviewer.visible import show, show_lines

SCHEMA = "reviewer.notes/1"
_ID = 8
_KINDS = {Intent.REMARK: "note", Intent.QUESTION: "question", Intent.CHANGE: "wish for a change"}


def notes_text(review: ReviewId, state: ReviewState, *, only_open: bool) -> str:
    """Return a paragraph a note: its id, state, kind, place and author, then what was said."""
    notes = _chosen(state, only_open=only_open)
    if not notes:
        return f"no {'open ' if only_open else ''}note in {show(review)}\n"
    answers = threads(state.notes.values())
    return "\n".join("".join(f"{line}\n" for line in _paragraph(note, answers.get(note.id, ()))) for note in notes)


def notes_json(review: ReviewId, state: ReviewState, *, only_open: bool) -> str:
    answers = threads(state.notes.values())
    notes = [
        {
            **_said(note),
            "place": _place(note.spot),
            "point": note.point.value if note.point is not None else None,
            "kind": note.intent.value,
            "blocking": note.is_blocking,
            "resolved": note.is_resolved,
            "proposed_by": note.proposed_by.called if note.proposed_by is not None else None,
            "answers": [_said(answer) for answer in answers.get(note.id, ())],
        }
        for note in _chosen(state, only_open=only_open)
    ]
    return json.dumps({"schema": SCHEMA, "review": review, "notes": notes}, indent=2) + "\n"


def _chosen(state: ReviewState, *, only_open: bool) -> list[Note]:
    return [note for note in state.notes.values() if note.answers is None and not (only_open and note.is_resolved)]


def _paragraph(note: Note, answers: Sequence[Note]) -> list[str]:
    kind = f"{'blocking ' if note.is_blocking else ''}{_KINDS[note.intent]}"
    where = place(note.spot) if note.spot is not None else "the whole review"
    standing = "resolved" if note.is_resolved else "open"
    if note.proposed_by is not None:
        standing += f", {show(note.proposed_by.called)} thinks it settled"
    lines = [f"{note.id[:_ID]}  {where}  {kind} by {show(note.by.called)}, {standing}"]
    lines += [f"    {line}" for line in show_lines(note.body).split("\n")]
    for answer in answers:
        first, *rest = show_lines(answer.body).split("\n")
        lines += [f"  {answer.id[:_ID]}  {show(answer.by.called)}: {first}", *(f"    {line}" for line in rest)]
    return lines


def _said(note: Note) -> dict[str, object]:
    return {
        "id": note.id,
        "by": {"name": note.by.name, "email": note.by.email, "agent": note.by.agent or None},
        "at": note.at,
        "body": note.body,
    }


def _place(spot: Spot | None) -> dict[str, object] | None:
    if spot is None:
        return None
    return {
        "path": json_text(spot.path),
        "side": spot.side.value,
        "first": spot.first,
        "last": spot.last,
        "code": json_text(spot.text),
    }
