"""Two columns beside the stream: where the screen stands in it, and what stands where. A click goes there."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.belt import Finish, finish_of
from reviewer.tui.landmarks import Cell, Landmarks
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot

_SIGNS = {"flag": "!", "quiet-flag": "?", "note": "✎"}
_READ, _PARTLY_READ, _UNREAD = "┃", "╎", " "
_MATCH, _BRIGHT, _DARK = "◆", "█", " "
_LEFT_STYLES = {glyph: f"scroll--{name}" for name, glyph in _SIGNS.items()}
_RIGHT_STYLES = {_MATCH: "scroll--match", _BRIGHT: "scroll--thumb", _DARK: "scroll--track"}
_NOTHING = Cell("", 0, 0, has_match=False)


class ScrollMark(Widget):
    """Left what a stretch of the stream holds, its gravest sign first; right the part on the screen, and matches.

    What a stretch holds is found once an event. A key moves the bright part at most, and only where that begins and
    ends anything is drawn.
    """

    COMPONENT_CLASSES = {
        "scroll--thumb", "scroll--track", "scroll--flag", "scroll--quiet-flag", "scroll--note", "scroll--read",
        "scroll--match",
    }  # fmt: skip

    # First row on the screen, rows on the screen, rows in all.
    span: reactive[tuple[int, int, int]] = reactive((0, 1, 1), repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)

    @dataclass
    class Pointed(Message):
        """A stretch of the stream was clicked, which begins with this row."""

        row: int

    def __init__(self, rows: RowMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows = rows
        self._cells: list[Cell] = []
        self._strips: dict[tuple[str, str], Strip] = {}
        self._finish: Finish | None = None
        self._landmarks = Landmarks(rows)
        self.matches: Matches | None = None

    def show_matches(self, matches: Matches | None) -> None:
        """Show what a search found so far."""
        self.matches = matches
        self.look_again()

    def look_again(self) -> None:
        """Find anew what each stretch holds, and draw what has changed."""
        before, self._cells = self._cells, self._all_cells()
        if len(before) != len(self._cells):
            self.refresh()
        else:
            self._draw_again(y for y, cell in enumerate(before) if cell != self._cells[y])

    def _draw_again(self, cells: Iterable[int]) -> None:
        regions = [Region(0, y, self.size.width, 1) for y in cells]
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        # Textual asks for all lines whenever anything is drawn beside them.
        if len(self._cells) != self.size.height:
            self._cells = self._all_cells()
        bright = self._bright(self.span)
        strips = [self._kept(*_glyphs(self._cells[y], is_on_screen=y in bright)) for y in range(crop.y, crop.bottom)]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips, self._finish = {}, None

    def watch_span(self, before: tuple[int, int, int], span: tuple[int, int, int]) -> None:
        if before[2] != span[2]:
            # A file was folded, or shown.
            self.look_again()
            return
        self._draw_again(set(self._bright(before)) ^ set(self._bright(span)))

    def watch_snapshot(self) -> None:
        self.look_again()

    def on_click(self, event: events.Click) -> None:
        first, stop = self._stretch(event.y)
        if first < stop:
            self.post_message(self.Pointed(first))

    def _stretch(self, y: int) -> tuple[int, int]:
        """Return the rows a cell stands for: one each, if all of them have room."""
        count, height = self._rows.count, max(1, self.size.height)
        if count <= height:
            return min(y, count), min(y + 1, count)
        first = y * count // height
        return first, (y + 1) * count // height

    def _all_cells(self) -> list[Cell]:
        if self.snapshot is not None:
            self._landmarks.take(self.snapshot)
        return [self._cell(y) for y in range(self.size.height)]

    def _cell(self, y: int) -> Cell:
        first, stop = self._stretch(y)
        has_any = self.snapshot is not None and first < stop
        return self._landmarks.cell(first, stop, self.matches) if has_any else _NOTHING

    def _kept(self, left: str, right: str) -> Strip:
        if (left, right) not in self._strips:
            self._finish = self._finish or finish_of(self)
            style = self.get_component_rich_style
            segments = [
                Segment(left, style(_LEFT_STYLES.get(left, "scroll--read"))),
                Segment(right, style(_RIGHT_STYLES[right])),
            ]
            self._strips[left, right] = self._finish(Strip(segments, 2).apply_style(style("scroll--track")))
        return self._strips[left, right]

    def _bright(self, span: tuple[int, int, int]) -> range:
        """Return the cells of the part on the screen; none if all of the stream is."""
        top, visible, count = span
        height = max(1, self.size.height)
        size = max(1, height * visible // max(count, 1))
        start = (height - size) * top // max(1, count - visible)
        return range(start, start + size) if count > visible else range(0)


def _glyphs(cell: Cell, *, is_on_screen: bool) -> tuple[str, str]:
    read = _UNREAD if not cell.read else _READ if cell.read == cell.hunks else _PARTLY_READ
    return _SIGNS.get(cell.sign, read), _MATCH if cell.has_match else _BRIGHT if is_on_screen else _DARK
