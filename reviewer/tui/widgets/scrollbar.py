"""Two columns beside the stream: where the screen stands in it, and what stands where. A click goes there."""

from dataclasses import dataclass
from typing import Self

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.belt import filtered
from reviewer.tui.landmarks import Cell, Landmarks
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot

_SIGNS = {"flag": "!", "quiet-flag": "?", "note": "✎"}
_READ, _PARTLY_READ, _UNREAD = "┃", "╎", " "
_NOTHING = Cell("", 0, 0, has_match=False)


class ScrollMark(Widget):
    """Left what a stretch of the stream holds, its gravest sign first; right the part on the screen, and matches."""

    COMPONENT_CLASSES = {
        "scroll--thumb", "scroll--track", "scroll--flag", "scroll--quiet-flag", "scroll--note", "scroll--read",
        "scroll--match",
    }  # fmt: skip

    # First row on the screen, rows on the screen, rows in all.
    span: reactive[tuple[int, int, int]] = reactive((0, 1, 1))
    snapshot: reactive[Snapshot | None] = reactive(None)

    @dataclass
    class Pointed(Message):
        """A stretch of the stream was clicked, which begins with this row."""

        row: int

    def __init__(self, rows: RowMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows = rows
        self._strips: list[Strip] = []
        self._landmarks: Landmarks | None = None
        self.matches: Matches | None = None

    def show_matches(self, matches: Matches | None) -> None:
        """Show what a search found so far."""
        self.matches = matches
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        # Textual asks for all lines whenever anything is drawn beside them.
        if len(self._strips) != self.size.height:
            self._strips = [filtered(self, self._strip(y)) for y in range(self.size.height)]
        return [strip.crop(crop.x, crop.right) for strip in self._strips[crop.y : crop.bottom]]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self._strips = []
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

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

    def _strip(self, y: int) -> Strip:
        first, stop = self._stretch(y)
        landmarks = self._ready_landmarks()
        cell = landmarks.cell(first, stop, self.matches) if landmarks is not None and first < stop else _NOTHING
        track = self.get_component_rich_style("scroll--track")
        return Strip([self._left(cell), self._right(cell, is_on_screen=self._is_on_screen(y))], 2).apply_style(track)

    def _left(self, cell: Cell) -> Segment:
        if cell.sign:
            return Segment(_SIGNS[cell.sign], self.get_component_rich_style(f"scroll--{cell.sign}"))
        glyph = _UNREAD if not cell.read else _READ if cell.read == cell.hunks else _PARTLY_READ
        return Segment(glyph, self.get_component_rich_style("scroll--read"))

    def _right(self, cell: Cell, *, is_on_screen: bool) -> Segment:
        thumb = self.get_component_rich_style(f"scroll--{'thumb' if is_on_screen else 'track'}")
        if cell.has_match:
            return Segment("◆", self.get_component_rich_style("scroll--match"))
        return Segment("█" if is_on_screen else " ", thumb)

    def _is_on_screen(self, y: int) -> bool:
        top, visible, count = self.span
        height = max(1, self.size.height)
        size = max(1, height * visible // max(count, 1))
        start = (height - size) * top // max(1, count - visible)
        return count > visible and start <= y < start + size

    def _ready_landmarks(self) -> Landmarks | None:
        snapshot, landmarks = self.snapshot, self._landmarks
        if snapshot is not None and landmarks is None:
            self._landmarks = Landmarks(self._rows, snapshot)
        elif snapshot is not None and landmarks is not None and not landmarks.is_of(snapshot):
            self._landmarks = landmarks.after(snapshot)
        return self._landmarks
