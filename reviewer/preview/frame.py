"""The screen as the interface will draw it, from rows. Pure.

Places are those of the interface's own first frame, which follows; colours are the terminal's own.
"""

from reviewer.preview.rows import Row, first_change

_TREE = 34
_PANEL = 46
_MAP = 2
_WIDTH_WITH_TREE = 100
_WIDTH_WITH_SIDE_PANEL = 150
_WIDTH_FOR_TWO_SIDES = 140
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 12
# The line that tells the place, and the rows above and below the stream.
_PLACE_LINE = 2
_OTHER_LINES = 3
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", " ": "", "@": "\x1b[1m", "": "\x1b[1m"}
_PLAIN = "\x1b[0m"


class Frame:
    """What is the same in all drawings of one screen; sizes in cells."""

    def __init__(self, label: str, width: int, height: int, *, has_colour: bool) -> None:
        self._title = f"\x1b[1m {_cut(label, width - 26)} {_PLAIN}  opening the review…"
        self._left = _TREE if width >= _WIDTH_WITH_TREE else 0
        self._room = width - self._left - _MAP - (_PANEL if width >= _WIDTH_WITH_SIDE_PANEL else 0)
        self._has_colour = has_colour
        self.rows_shown = max(0, height - _OTHER_LINES)
        is_large = width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT
        # On a wide screen the interface draws old and new side by side, on a small one nothing.
        self.has_the_walks_rows = is_large and self._room < _WIDTH_FOR_TWO_SIDES

    def first(self, rows: list[Row]) -> str:
        """Return what draws the first screen, whatever stands there."""
        return f"\x1b[H\x1b[2J{self._title}{self.at(rows, first_change(rows, 0), 0)}"

    def at(self, rows: list[Row], cursor: int | None, top: int) -> str:
        """Return what draws these rows from the `top` one over those that stand there."""
        here = rows[cursor][1] if cursor is not None else 0
        drawn = [self._line(_PLACE_LINE, "", "", rows[0][2].removeprefix(" ○"))]
        for at, (kind, hunk, text) in enumerate(rows[top : top + self.rows_shown], top):
            pointer = "▶" if at == cursor else "▌" if hunk == here and kind else " "
            drawn.append(self._line(_PLACE_LINE + 1 + at - top, kind, pointer, text))
        return "".join(drawn)

    def _line(self, y: int, kind: str, pointer: str, text: str) -> str:
        colour = _COLOURS[kind] if self._has_colour else ""
        cut = _cut(text, self._room - len(pointer))
        return f"\x1b[{y};{self._left + 1}H{colour}{pointer}{cut}{_PLAIN}\x1b[K"


def _cut(text: str, room: int) -> str:
    """Return as much as fits into so many cells."""
    if text.isascii():
        return text[: max(0, room)]
    if 2 * len(text) <= room:
        return text
    from unicodedata import combining, east_asian_width

    cells = 0
    for at, char in enumerate(text):
        cells += 0 if combining(char) else 1 + (east_asian_width(char) in "WF")
        if cells > room:
            return text[:at]
    return text
