"""Notes in words, as the screens show them: of what kind, about which lines, in what state. Pure."""

from reviewer.review.model import Intent, Note, Side, Spot
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
