"""The hunk stream: one widget over the whole diff that paints the rows on the screen and nothing else.

It owns its offset and answers `render_lines` itself. Textual's own scroll view styles every row
anew with each key, which costs ten times as much.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from reviewer.configuration.preferences import Layout, Preferences, Whitespace
from reviewer.diff.blocks import Moves
from reviewer.diff.contents import Contents
from reviewer.diff.model import Diff
from reviewer.tui.belt import finish_of
from reviewer.tui.canvas import Canvas, Manner
from reviewer.tui.highlight import Spans
from reviewer.tui.highlighter import Request
from reviewer.tui.known import Known
from reviewer.tui.paint import Showing
from reviewer.tui.palette import CLASSES, Palette
from reviewer.tui.pattern import Pattern
from reviewer.tui.pieces import PIECE
from reviewer.tui.rows import RowKind, RowMap
from reviewer.tui.sideways import STEP, offset_to_see
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.viewport import ScreenLine
from reviewer.tui.widgets.prefetching import Prefetching
from reviewer.walk.folds import folds_as_before

_WIDTH_FOR_TWO_SIDES = 140


class DiffView(Prefetching, can_focus=True):
    """Rows of the whole diff, as far as they are on the screen."""

    COMPONENT_CLASSES = set(CLASSES)

    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    showing: reactive[Showing] = reactive(Showing(), repaint=False)
    wraps: reactive[bool] = reactive(default=False, repaint=False)
    # Two sides or one; None lets the width decide.
    is_split: reactive[bool | None] = reactive(None, repaint=False)
    match: reactive[Pattern | None] = reactive(None, repaint=False)

    @dataclass
    class Moved(Message):
        """The cursor came to another row, or the offset changed."""

        row: int

    @dataclass
    class ColoursWanted(Message):
        requests: tuple[Request, ...]

    @dataclass
    class ContentsWanted(Message):
        """Of which files somebody should say what they hold, by their places in the diff; `view` shows it."""

        files: tuple[int, ...]
        view: "DiffView"

    def __init__(self, diff: Diff, folds: Mapping[bytes, str | None], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(RowMap(diff, folds_as_before(diff, folds)), id=id)
        self._known = Known()
        self.offset_x = 0
        self.moves = Moves()
        self._canvas: Canvas | None = None
        # The size and form that was drawn last.
        self._fitted: tuple[Size, bool | None, bool] | None = None
        self._lines: list[ScreenLine] = []
        # First row, cursor and hunk as they were drawn last; None if all has to be drawn anew.
        self._drawn: tuple[int, int, int] | None = None

    def prefer(self, preferences: Preferences) -> None:
        """Begin the way the user likes it; keys may change it later."""
        splits = {Layout.AUTO: None, Layout.SPLIT: True, Layout.UNIFIED: False}
        self.set_reactive(DiffView.is_split, splits[preferences.layout])
        self.set_reactive(DiffView.wraps, preferences.wrap)
        showing = Showing(words=preferences.word_emphasis, blanks=preferences.whitespace is Whitespace.SHOW)
        self.set_reactive(DiffView.showing, showing)

    def fold(self, file: int, reason: str | None) -> None:
        """Fold a file or show it, the cursor on its first hunk."""
        self.rows.fold(file, reason)
        self._drawn = None
        if self._canvas is not None:
            self._canvas.clear()
        self.selected_from = None
        self.go_to_hunk(self.rows.first_hunk_of_file[file])

    def take_after(self, former: "DiffView") -> None:
        """Show lines as another view of the change did; what is only in another order has been read here, too."""
        self.showing, self.wraps, self.is_split = former.showing, former.wraps, former.is_split
        self.remember_reading(former)

    def sideways(self, direction: int) -> None:
        self.sideways_to(max(0, self.offset_x + direction * STEP))

    def bring_in_sight(self, first: int, last: int) -> None:
        """Scroll sideways as far as it takes to see these cells of the text of lines."""
        shape = self.viewport.shape
        if shape.is_split or not shape.wraps:
            room = self.size.width // 2 - self._ready_canvas().gutter if shape.is_split else shape.text_width
            self.sideways_to(offset_to_see(first, last, self.offset_x, max(1, room)))

    def sideways_to(self, offset: int) -> None:
        if offset != self.offset_x:
            self.offset_x = offset
            self.pieces.forget()
            self._repaint_all()

    def colour(self, request: Request, spans: Spans) -> None:
        """Take colours that arrived; only if they are of rows on the screen is it painted again."""
        if not self.pieces.colour(request, spans):
            return
        hunk, number, _ = request.key
        first = self.rows.row_of_line(hunk, number * PIECE)
        self._ready_canvas().clear(range(first, first + PIECE))
        self._draw_again(range(first, first + PIECE))
        self.paint_ahead_soon()

    def show_moves(self, moves: Moves) -> None:
        """Take what was found to have moved."""
        self.moves = moves
        self._draw_again(self._ready_canvas().take_moves(moves, self._shown))

    def _draw_again(self, rows: Container[int]) -> None:
        """Have these rows drawn as far as they are on the screen."""
        regions = [Region(0, y, self.size.width, 1) for y, line in enumerate(self.lines_drawn) if line.row in rows]
        if regions:
            self.refresh(*regions)

    @property
    def _shown(self) -> set[int]:
        return {line.row for line in self.lines_drawn}

    def tell(self, contents: Mapping[int, Contents]) -> None:
        """Take what files hold."""
        self._known.learn(contents)
        if contents:
            rows = [self.rows.file_row(file) + 1 for file in contents]
            self._ready_canvas().clear(rows)
            self._draw_again(rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        # The first frame is drawn before anybody says how large it is.
        self._fit()
        place = (self.viewport.top, self.cursor, self.hunk)
        if self._drawn is None or self._drawn[0] != place[0]:
            self._lines = self.viewport.lines()
            self.note_seen(self._lines)
        self._drawn = place
        strips = self._ready_canvas().strips(self.lines_drawn[crop.y : crop.bottom], crop.height, self._manner())
        if self.pieces.wanted or self._known.wanted:
            # A message made while the screen draws counts as the screen's own and would not reach the app.
            self.call_later(self._ask)
        if crop.x != 0 or crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def watch_snapshot(self, before: Snapshot | None, after: Snapshot | None) -> None:
        self._draw_again(self._ready_canvas().take_snapshot(before, after, self._shown))

    def watch_showing(self) -> None:
        self._repaint_all()

    def watch_match(self) -> None:
        self._repaint_all()

    def watch_wraps(self) -> None:
        self._reshape()

    def watch_is_split(self) -> None:
        self._reshape()

    def on_resize(self) -> None:
        self._reshape()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        # To get the focus is a change of style, too, though nothing looks different.
        if self._canvas is not None and not self._canvas.looks_like(Palette(self), finish_of(self)):
            self._canvas = None
            self._repaint_all()

    @property
    def lines_drawn(self) -> list[ScreenLine]:
        return self._lines

    def has_moved(self) -> None:
        self.refresh(*self._changed_regions())
        self.post_message(self.Moved(self.cursor))

    def _changed_regions(self) -> list[Region]:
        """Return what a step of the cursor changes: two lines, or none given, which means all."""
        drawn = self._drawn
        if drawn is None or self.selected_from is not None or drawn[::2] != (self.viewport.top, self.hunk):
            self._drawn = None
            return []
        rows = (drawn[1], self.cursor)
        return [Region(0, y, self.size.width, 1) for y, line in enumerate(self.lines_drawn) if line.row in rows]

    def _reshape(self) -> None:
        """Draw anew after a change of size or form, unless that was drawn already."""
        if self._fit():
            self.refresh()

    def _fit(self) -> bool:
        """Follow a change of size or form, the cursor stays on its line; False if there was none."""
        wanted = (self.size, self.is_split, self.wraps)
        if wanted == self._fitted:
            return False
        self._fitted = wanted
        shape = self.viewport.shape
        shape.is_split = self.size.width >= _WIDTH_FOR_TWO_SIDES if self.is_split is None else self.is_split
        shape.wraps = self.wraps
        shape.text_width = max(1, self.size.width - self._ready_canvas().gutter)
        self.viewport.height = max(1, self.size.height)
        self.viewport.fit()
        self.pieces.forget()
        self._ready_canvas().clear()
        self._drawn = None
        return True

    def cells_of(self, row: int) -> int:
        where = self.rows.at(row)
        piece = self.pieces.piece(where.hunk, where.line, self._reach)
        shown = piece.shown[where.line % PIECE]
        return len(shown) if shown.isascii() else cell_len(shown)

    def read_ahead(self, lines: Sequence[ScreenLine]) -> None:
        for where in (self.rows.at(line.row) for line in lines):
            if where.kind is RowKind.LINE:
                self.pieces.piece(where.hunk, where.line, self._reach)
        self._ask()

    def paint_ahead(self, lines: Sequence[ScreenLine], hunk: int) -> None:
        self._ready_canvas().strips(lines, len(lines), replace(self._manner(), hunk=hunk))
        self._ask()

    @property
    def _reach(self) -> int:
        """How many cells of a line are looked at."""
        return self.size.width * (self.size.height if self.wraps else 1) + self.offset_x

    def _ask(self) -> None:
        if self.pieces.wanted:
            self.post_message(self.ColoursWanted(tuple(self.pieces.wanted)))
            self.pieces.wanted.clear()
        if self._known.wanted:
            self.post_message(self.ContentsWanted(tuple(self._known.wanted), self))
            self._known.wanted.clear()

    def _ready_canvas(self) -> Canvas:
        if self._canvas is None:
            palette, finish = Palette(self), finish_of(self)
            self._canvas = Canvas(self.rows, self.pieces, self._known, self.viewport, palette, finish)
            self._canvas.take_snapshot(None, self.snapshot, ())
            self._canvas.take_moves(self.moves, ())
        return self._canvas

    def _manner(self) -> Manner:
        return Manner(
            self.size.width,
            self.offset_x,
            self._reach,
            self.row.hunk,
            self.selected_from,
            self.showing,
            self.match,
        )

    def _repaint_all(self) -> None:
        self._drawn = None
        if self._canvas is not None:
            self._canvas.clear()
        self.refresh()
