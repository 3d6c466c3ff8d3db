"""Where the keys lead that move through the stream, as far as its rows are known. Pure.

The interface takes the same keys again, so here it is only told what it will show.
"""

from collections.abc import Callable

from reviewer.preview.rows import Row, first_change

_MARGIN = 3

# Cursor, and the row at the upper edge.
Place = tuple[int, int]


def follow(typed: bytes, place: Place, rows: list[Row], height: int) -> tuple[Place, bool]:
    """Return where keys lead on a screen of so many rows, and if that was all of them.

    It is not if one does something else, or leads to what is not known here.
    """
    while typed:
        key = next((key for key in _MOVES if typed.startswith(key)), None)
        goal = _MOVES[key](place, rows, height) if key is not None else None
        fitted = _fitted(goal, place, rows, height) if goal is not None else None
        if key is None or fitted is None:
            return place, False
        place, typed = fitted, typed[len(key) :]
    return place, True


def _fitted(goal: Place, before: Place, rows: list[Row], height: int) -> Place | None:
    """Return the place with the cursor a few rows from the edges; None if that shows more than the known rows."""
    cursor, top = goal
    margin = min(_MARGIN, (height - 1) // 2)
    top = max(min(top, max(0, cursor - margin)), cursor - (height - 1 - margin), 0)
    is_known = cursor < len(rows) and (top <= before[1] or top + height <= len(rows))
    return (cursor, top) if is_known else None


def _by_lines(lines: int) -> "_Move":
    def move(place: Place, rows: list[Row], height: int) -> Place:  # noqa: ARG001 - the form of a move
        return max(0, place[0] + lines), place[1]

    return move


def _by_pages(direction: int, parts: int) -> "_Move":
    def move(place: Place, rows: list[Row], height: int) -> Place:  # noqa: ARG001
        lines = direction * max(1, height // parts - (parts == 1))
        return max(0, place[0] + lines), max(0, place[1] + lines)

    return move


def _by_hunks(direction: int) -> "_Move":
    def move(place: Place, rows: list[Row], height: int) -> Place | None:  # noqa: ARG001
        kind, hunk, _ = rows[place[0]]
        goal = hunk if direction > 0 and not kind else hunk + direction
        change = first_change(rows, goal)
        header = next((at for at, (kind, of, _) in enumerate(rows) if kind == "@" and of == goal), None)
        if change is None or header is None:
            return None
        return change, max(0, header - 1 - (not rows[header - 1][0]))

    return move


_Move = Callable[[Place, list[Row], int], Place | None]
# As terminals send them: arrows in two ways.
_MOVES: dict[bytes, _Move] = {
    **dict.fromkeys((b"j", b"\x1b[B", b"\x1bOB"), _by_lines(1)),
    **dict.fromkeys((b"k", b"\x1b[A", b"\x1bOA"), _by_lines(-1)),
    b"\x1b[6~": _by_pages(1, 1),
    b"\x1b[5~": _by_pages(-1, 1),
    b"\x04": _by_pages(1, 2),
    b"\x15": _by_pages(-1, 2),
    b"]": _by_hunks(1),
    b"[": _by_hunks(-1),
}
