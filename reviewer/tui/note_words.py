"""Notes in words, as the screens show them: of what kind, about which lines, in what state. Pure."""

from collections.abc import Mapping, Sequence

from reviewer.review.draft import Draft
from reviewer.review.events import Entry, Resolve, TakeNote
from reviewer.review.model import EventId, Intent, Note, Side, Spot
from reviewer.visible import show

_KINDS = {Intent.REMARK: "note", Intent.QUESTION: "question", Intent.CHANGE: "wish for a change"}


def kind_words(intent: Intent, *, is_blocking: bool) -> str:
    return f"blocking {_KINDS[intent]}" if is_blocking else _KINDS[intent]


def place_words(spot: Spot | None) -> str:
    """Return where a note stands: `path:3-5, old side`, or that it is about everything."""
    if spot is None:
        return "the whole review"
    return show(spot.path) + (f":{line_words(spot)}" if spot.first is not None else "")


def line_words(spot: Spot) -> str:
    side = ", old side" if spot.side is Side.OLD else ""
    return f"{spot.first}{side}" if spot.last in (None, spot.first) else f"{spot.first}-{spot.last}{side}"


def state_words(note: Note) -> str:
    if note.is_resolved:
        return "resolved"
    return "proposed" if note.proposed_by is not None else "open"


def note_line(note: Note, answers: Sequence[Note]) -> str:
    """Return a note in one line, with every word one may look for it by."""
    point = f", {note.point.title}" if note.point is not None else ""
    count = f"  ({len(answers)} answer{'s' * (len(answers) != 1)})" if answers else ""
    what = f"{state_words(note):<8} {kind_words(note.intent, is_blocking=note.is_blocking)}{point}"
    return f"{what}  {place_words(note.spot)}{_was(note)}  {show(note.by.called)}: {show(note.headline)}{count}"


def draft_line(draft: Draft) -> str:
    note = draft.note
    lines = [line for line in note.body.split("\n") if line.strip()]
    what = "edit" if note.replaces is not None else "answer" if note.answers is not None else "note"
    return f"draft    {what}  {place_words(note.spot)}  {show(lines[0] if lines else '')}"


def drafts_words(drafts: Sequence[Draft]) -> str:
    """Return that there are drafts, and where; nothing if there are none."""
    if not drafts:
        return ""
    what = f"a draft of a note on {place_words(drafts[0].note.spot)}" if len(drafts) == 1 else f"{len(drafts)} drafts"
    return f"{what} from before; @ shows what you were writing"


def news_words(notes: Mapping[EventId, Note], news: Sequence[Entry]) -> str:
    """Return what others said about notes, in one line; nothing if it was about something else."""
    said = [entry for entry in news if isinstance(entry.event, TakeNote)]
    if not said:
        proposed = [entry for entry in news if isinstance(entry.event, Resolve) and entry.event.proposes is not None]
        return f"{show(proposed[-1].by.called)} thinks a note settled; @ lists them" if proposed else ""
    who = ", ".join(dict.fromkeys(show(entry.by.called) for entry in said))
    last = notes.get(said[-1].id)
    if len(said) > 1 or last is None:
        return f"{who} wrote {len(said)} note{'s' * (len(said) != 1)}; @ lists all"
    what = "answered" if last.answers is not None else "wrote"
    return f"{who} {what} on {place_words(last.spot)}: {show(last.headline)}"


def beside_line(note: Note) -> str:
    """Return what the panel says of a note's place: nothing of one line, where the cursor is."""
    spot = note.spot
    if note.was is not None:
        return _was(note)
    if spot is None:
        return ", on the whole review"
    if spot.first is None or (spot.first == spot.last and spot.side is Side.NEW):
        return ""
    return f", line{'s' * (spot.first != spot.last)} {line_words(spot)}"


def _was(note: Note) -> str:
    return f", was on {place_words(note.was)}" if note.was is not None else ""
