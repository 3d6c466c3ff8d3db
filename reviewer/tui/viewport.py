"""Which part of the stream is on the screen: the cursor, the first row, and how they follow each other."""

from dataclasses import dataclass

from reviewer.tui.rows import RowMap
from reviewer.tui.shape import Shape

_MARGIN = 3


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One line of the screen: its row, and which part of it where a row is wrapped."""

    row: int
    part: int = 0


class Viewport:
    """`top` is the row at the upper edge; `cursor` is always on the screen."""

    def __init__(self, rows: RowMap, shape: Shape) -> None:
        self._rows = rows
        self.shape = shape
        self.top = 0
        self.cursor = 0
        self.height = 1

    def copy(self) -> "Viewport":
        """Return one at the same place, which then moves by itself."""
        other = Viewport(self._rows, self.shape)
        other.top, other.cursor, other.height = self.top, self.cursor, self.height
        return other

    def lines(self) -> list[ScreenLine]:
        """Return the lines of the screen from the top; fewer than fit at the end of the stream."""
        lines: list[ScreenLine] = []
        row = self.top
        while row < self._rows.count and len(lines) < self.height:
            lines += [ScreenLine(row, part) for part in range(self.shape.height(row))]
            row = self.shape.after(row)
        return lines[: self.height]

    def move_to(self, row: int, *, top: int | None = None) -> None:
        """Set the cursor and scroll as little as needed, or to the given top."""
        self.cursor = self.shape.home(max(0, min(row, self._rows.count - 1)))
        if top is not None:
            self.top = top
        self.fit()

    def step(self, lines: int) -> None:
        """Move the cursor by rows as they are seen."""
        self.move_to(self._walk(self.cursor, lines))

    def scroll(self, lines: int) -> None:
        """Move the top; the cursor stays where it is while it is on the screen."""
        self.top = self._walk(self.top, lines)
        self._clamp()
        shown = [line.row for line in self.lines()]
        if shown and self.cursor not in shown:
            self.cursor = shown[0] if self.cursor < shown[0] else shown[-1]

    def page(self, lines: int) -> None:
        """Move cursor and top together."""
        cursor = self._walk(self.cursor, lines)
        self.top = self._walk(self.top, lines)
        self.move_to(cursor)

    def fit(self) -> None:
        """Scroll so that the cursor is on the screen, with a few rows to spare."""
        margin = min(_MARGIN, (self.height - 1) // 2)
        self.cursor = self.shape.home(self.cursor)
        self.top = min(self.shape.home(max(0, self.top)), self._above(self.cursor, margin))
        self.top = max(self.top, self._above(self.cursor, self.height - 1 - margin))
        self._clamp()

    def _above(self, row: int, lines: int) -> int:
        """Return the row that many screen lines above, or the first one that leaves `row` on the screen."""
        lines -= self.shape.height(row) - 1
        while lines > 0 and row > 0:
            previous = self.shape.before(row)
            lines -= self.shape.height(previous)
            if lines < 0:
                break
            row = previous
        return row

    def _walk(self, row: int, lines: int) -> int:
        for _ in range(abs(lines)):
            following = self.shape.after(row) if lines > 0 else self.shape.before(row)
            if not 0 <= following < self._rows.count:
                break
            row = following
        return row

    def _clamp(self) -> None:
        last = self.shape.before(self._rows.count)
        self.top = max(0, min(self.top, self._above(last, self.height - 1)))
