"""A list of any length of which only the visible rows are made; the base of the tree and of all pick lists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.belt import Finish, finish_of


class RowList(Widget):
    """Rows are made by `row_text`; `selected` is an index, -1 for none."""

    COMPONENT_CLASSES = {"list--row", "list--selected", "list--faint"}

    selected: reactive[int] = reactive(-1, repaint=False)

    @dataclass
    class Chosen(Message):
        """A row was clicked."""

        index: int
        sender_id: str | None

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.top = 0
        self._texts: dict[int, tuple[str, bool]] = {}
        self._strips: dict[tuple[int, bool, int], Strip] = {}
        self._finish: Finish | None = None

    @property
    def row_count(self) -> int:
        raise NotImplementedError

    def row_text(self, index: int) -> tuple[str, bool]:
        """Return the row's text, and whether it is drawn faintly."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        # Textual asks for all lines whenever anything is drawn beside them.
        return [self._kept(self.top + y).crop(crop.x, crop.right) for y in range(crop.y, crop.bottom)]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if not regions:
            self._texts, self._strips = {}, {}
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips, self._finish = {}, None

    def watch_selected(self, before: int, selected: int) -> None:
        top = self.top
        self.keep_selected_on_screen()
        if self.top == top:
            self._draw_again(before, selected)
        else:
            self.refresh()

    def look_again(self, may_differ: Callable[[int], bool] = lambda _: True) -> None:
        """Draw the rows again whose text has become another one; most may be known to have the same."""
        different = {index for index, text in self._texts.items() if may_differ(index) and self._text(index) != text}
        self._texts = {index: text for index, text in self._texts.items() if index not in different}
        self._strips = {key: strip for key, strip in self._strips.items() if key[0] not in different}
        self._draw_again(*different)

    def _draw_again(self, *rows: int) -> None:
        regions = [
            Region(0, row - self.top, self.size.width, 1) for row in rows if 0 <= row - self.top < self.size.height
        ]
        if regions:
            self.refresh(*regions)

    def keep_selected_on_screen(self) -> None:
        height = max(1, self.size.height)
        if self.selected >= 0:
            self.top = max(min(self.top, self.selected), self.selected - height + 1)
        self.top = max(0, min(self.top, self.row_count - height))

    def on_resize(self) -> None:
        self.keep_selected_on_screen()

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y
        if index < self.row_count:
            self.post_message(self.Chosen(index, self.id))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(3, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(-3, event)

    def _scroll(self, rows: int, event: events.MouseEvent) -> None:
        event.stop()
        self.top = max(0, min(self.top + rows, self.row_count - self.size.height))
        self.refresh()

    def _kept(self, index: int) -> Strip:
        key = (index, index == self.selected, self.size.width)
        if key not in self._strips:
            self._finish = self._finish or finish_of(self)
            self._strips[key] = self._finish(self._strip(index))
        return self._strips[key]

    def _strip(self, index: int) -> Strip:
        base = self.get_component_rich_style("list--row")
        width = self.size.width
        text, is_faint = self._texts[index] = self._text(index)
        style: Style = base
        if index == self.selected:
            style = self.get_component_rich_style("list--selected")
        elif is_faint:
            style = self.get_component_rich_style("list--faint")
        pointer = "▶" if index == self.selected else " "
        strip = Strip([Segment(f"{pointer}{text}", style)])
        if strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", style)])
        return strip.extend_cell_length(width, style)

    def _text(self, index: int) -> tuple[str, bool]:
        return self.row_text(index) if index < self.row_count else ("", False)
