"""The hunk stream: one widget over the whole diff that paints the rows on the screen and nothing else.

It owns its offset and answers `render_lines` itself. Textual's own scroll view styles every row
anew with each key, which costs ten times as much.
"""

from dataclasses import dataclass

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from reviewer.diff.model import Diff, Line
from reviewer.review.model import Side, Spot
from reviewer.tui.highlight import Request, Spans
from reviewer.tui.paint import PIECE, Look, Painter, Pieces
from reviewer.tui.palette import CLASSES, Palette
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot

_MARGIN = 3
_WHEEL_ROWS = 3
_SIDEWAYS_CELLS = 8


class DiffView(Widget, can_focus=True):
    """Rows of the whole diff; `cursor` is the current row, `top` the first one on the screen."""

    COMPONENT_CLASSES = set(CLASSES)

    cursor: reactive[int] = reactive(0, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    with_words: reactive[bool] = reactive(default=True, repaint=False)
    match: reactive[str] = reactive("", repaint=False)

    @dataclass
    class Moved(Message):
        """The cursor came to another row, or the offset changed."""

        row: int

    @dataclass
    class ColoursWanted(Message):
        requests: tuple[Request, ...]

    def __init__(self, diff: Diff, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rows = RowMap(diff)
        self.pieces = Pieces(self.rows)
        self.top = 0
        self.offset_x = 0
        self.selected_from: int | None = None
        self.seen: set[int] = set()
        self._painter: Painter | None = None
        self._strips: dict[tuple[int, bool], Strip] = {}

    @property
    def row(self) -> Row:
        """The current row; on a blank one, the header that follows."""
        row = self.rows.at(self.cursor)
        return self.rows.at(self.cursor + 1) if row.kind is RowKind.BLANK else row

    @property
    def hunk(self) -> int:
        return self.row.hunk

    @property
    def line(self) -> Line | None:
        row = self.row
        return next(self.pieces.lines(row.hunk).slice(row.line, row.line + 1)) if row.kind is RowKind.LINE else None

    @property
    def spot(self) -> Spot | None:
        """What a note taken now is about: the selected lines, else the current one, else the file."""
        row = self.row
        path = self.rows.files[row.file].path
        if row.kind is not RowKind.LINE:
            return Spot(path)
        first, last = sorted((self.cursor, self.cursor if self.selected_from is None else self.selected_from))
        lines = [line for line in self.lines_between(first, last) if line.new is not None]
        if not lines:
            line = self.line
            return Spot(path, Side.OLD, line.old, line.old, line.text) if line else Spot(path)
        return Spot(path, Side.NEW, lines[0].new, lines[-1].new, b"\n".join(line.text for line in lines))

    def lines_between(self, first: int, last: int) -> list[Line]:
        """Return the lines of the current hunk on the rows from `first` to `last`."""
        hunk = self.row.hunk
        base = self.rows.first_row(hunk) + 1
        stop = min(last, self.rows.last_row(hunk)) - base + 1
        return list(self.pieces.lines(hunk).slice(max(0, first - base), stop))

    def move_to(self, row: int, *, top: int | None = None) -> None:
        """Set the cursor and scroll as little as needed, or to the given top."""
        self.cursor = max(0, min(row, self.rows.count - 1))
        if top is not None:
            self.top = top
        self._keep_cursor_on_screen()
        self.refresh()
        self.post_message(self.Moved(self.cursor))

    def go_to_hunk(self, hunk: int) -> None:
        """Set the cursor on the hunk's first changed line, its header in sight."""
        header = self.rows.first_row(hunk)
        top = header - (1 if self.rows.at(header - 1).kind is RowKind.FILE else 0) if header else 0
        self.move_to(self._first_change(hunk), top=max(0, top - 1))

    def go_to_line(self, hunk: int, number: int, side: Side = Side.NEW) -> None:
        """Set the cursor on a line of the hunk by its number in the new or old file."""
        for index, line in enumerate(self.pieces.lines(hunk).slice(0, self.rows.hunks[hunk].line_count)):
            if (line.new if side is Side.NEW else line.old) == number:
                row = self.rows.row_of_line(hunk, index)
                self.move_to(row, top=max(self.rows.first_row(hunk) - 1, row - self.size.height // 2))
                return

    def has_been_read(self, hunk: int) -> bool:
        """True if the hunk's last row has been on the screen."""
        return hunk in self.seen

    def read_on(self, hunk: int) -> None:
        """Scroll on towards the hunk's end by a page, the cursor to the last row shown of it."""
        last = self.rows.last_row(hunk)
        top = min(self.top + self.size.height - 1, last - self.size.height + 2)
        self.move_to(min(last, top + self.size.height - 1), top=top)

    def page(self, share: float, direction: int) -> None:
        """Move by a share of the screen, the cursor with it."""
        step = max(1, int(self.size.height * share) - (1 if share == 1 else 0)) * direction
        self.move_to(self.cursor + step, top=self.top + step)

    def sideways(self, direction: int) -> None:
        self.offset_x = max(0, self.offset_x + direction * _SIDEWAYS_CELLS)
        self.pieces.forget()
        self._repaint_all()

    def colour(self, key: tuple[int, int, str], spans: Spans) -> None:
        """Take colours that arrived; only rows on the screen are painted again."""
        self.pieces.colour(key, spans)
        hunk, number, _ = key
        first = self.rows.row_of_line(hunk, number * PIECE)
        for row in range(max(first, self.top), min(first + PIECE, self.top + self.size.height)):
            self._strips.pop((row, False), None)
            self._strips.pop((row, True), None)
        if first < self.top + self.size.height and first + PIECE > self.top:
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = [self._strip(self.top + y) for y in range(crop.y, crop.bottom)]
        if self.pieces.wanted:
            # A message made while the screen draws counts as the screen's own and would not reach the app.
            self.call_later(self._ask_for_colours)
        if crop.x == 0 and crop.width == self.size.width:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def watch_snapshot(self) -> None:
        self._repaint_all()

    def watch_with_words(self) -> None:
        self._repaint_all()

    def watch_match(self) -> None:
        self._repaint_all()

    def on_resize(self) -> None:
        self.pieces.forget()
        self._keep_cursor_on_screen()
        self._repaint_all()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None
        self._repaint_all()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(_WHEEL_ROWS, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(-_WHEEL_ROWS, event)

    def on_click(self, event: events.Click) -> None:
        self.move_to(self.top + event.y)

    def _ask_for_colours(self) -> None:
        if self.pieces.wanted:
            self.post_message(self.ColoursWanted(tuple(self.pieces.wanted)))
            self.pieces.wanted.clear()

    def _wheel(self, rows: int, event: events.MouseEvent) -> None:
        event.stop()
        top = self._clamp_top(self.top + rows)
        self.move_to(max(top, min(self.cursor, top + self.size.height - 1)), top=top)

    def _strip(self, row: int) -> Strip:
        painter = self._ready_painter()
        width = self.size.width
        if row >= self.rows.count:
            return Strip.blank(width, painter.palette.style("context"))
        where = self.rows.at(row)
        current = self.row
        is_in_hunk = where.hunk == current.hunk and where.kind is not RowKind.FILE
        self._note_seen(row, where)
        look = Look(
            width, self.offset_x, is_cursor=row == self.cursor, is_in_hunk=is_in_hunk,
            is_selected=self._is_selected(row), with_words=self.with_words, match=self.match,
        )  # fmt: skip
        if look.is_cursor or look.is_selected:
            return painter.strip(where, look)
        key = (row, is_in_hunk)
        if key not in self._strips:
            if len(self._strips) > 4_000:
                self._strips.clear()
            self._strips[key] = painter.strip(where, look)
        return self._strips[key]

    def _note_seen(self, row: int, where: Row) -> None:
        if where.kind in (RowKind.LINE, RowKind.TEXTLESS) and row == self.rows.last_row(where.hunk):
            self.seen.add(where.hunk)

    def _is_selected(self, row: int) -> bool:
        if self.selected_from is None:
            return False
        return min(self.selected_from, self.cursor) <= row <= max(self.selected_from, self.cursor)

    def _ready_painter(self) -> Painter:
        if self._painter is None:
            self._painter = Painter(self.rows, self.pieces, Palette(self))
            self._painter.snapshot = self.snapshot
        return self._painter

    def _first_change(self, hunk: int) -> int:
        if self.rows.hunks[hunk].is_textless:
            return self.rows.first_row(hunk)
        for index, line in enumerate(self.pieces.lines(hunk).slice(0, self.rows.hunks[hunk].line_count)):
            if line.kind.value != " ":
                return self.rows.row_of_line(hunk, index)
        return self.rows.first_row(hunk)

    def _keep_cursor_on_screen(self) -> None:
        height = max(1, self.size.height)
        margin = min(_MARGIN, (height - 1) // 2)
        self.top = max(min(self.top, self.cursor - margin), self.cursor - height + 1 + margin)
        self.top = self._clamp_top(self.top)

    def _clamp_top(self, top: int) -> int:
        return max(0, min(top, self.rows.count - self.size.height))

    def _repaint_all(self) -> None:
        self._strips.clear()
        if self._painter is not None:
            self._painter.snapshot = self.snapshot
        self.refresh()
