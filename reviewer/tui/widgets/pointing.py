"""What the mouse does in the stream: the wheel scrolls, a click sets the cursor or shows a folded file."""

from textual import events

from reviewer.tui.rows import RowKind
from reviewer.tui.viewport import ScreenLine
from reviewer.tui.widgets.stream import Stream

_WHEEL_ROWS = 3


class Pointing(Stream):
    @property
    def lines_drawn(self) -> list[ScreenLine]:
        """What was drawn last, a line of the screen each."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(_WHEEL_ROWS, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(-_WHEEL_ROWS, event)

    def on_click(self, event: events.Click) -> None:
        if event.y >= len(self.lines_drawn):
            return
        row = self.lines_drawn[event.y].row
        where = self.rows.at(row)
        if where.kind is RowKind.FOLDED:
            self.fold(where.file, None)
        else:
            self.move_to(row)

    def _wheel(self, rows: int, event: events.MouseEvent) -> None:
        event.stop()
        self.viewport.scroll(rows)
        self.has_moved()
