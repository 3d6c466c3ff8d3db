"""Where one is in the stream of rows: the cursor, the ways it moves, and what has been on the screen."""

from collections.abc import Sequence

from textual.widget import Widget

from reviewer.diff.model import Line
from reviewer.review.model import Side, Spot
from reviewer.tui.pieces import Pieces
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.shape import Shape
from reviewer.tui.viewport import ScreenLine, Viewport
from reviewer.walk.places import spot_of


class Stream(Widget):
    """Knows places, draws nothing."""

    def __init__(self, rows: RowMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rows = rows
        self.pieces = Pieces(rows)
        self.viewport = Viewport(rows, Shape(rows, self.cells_of))
        # The first thing to read; the preview has its cursor there, too.
        self.viewport.cursor = self.pieces.first_change(0)
        self.selected_from: int | None = None
        # The hunks whose end has been on the screen.
        self.seen: set[int] = set()

    def cells_of(self, row: int) -> int:
        """Return how many cells a line's text takes."""
        raise NotImplementedError

    def has_moved(self) -> None:
        """Draw what a move of the cursor changes."""
        raise NotImplementedError

    def fold(self, file: int, reason: str | None) -> None:
        """Fold a file or show it."""
        raise NotImplementedError

    @property
    def cursor(self) -> int:
        return self.viewport.cursor

    @property
    def is_where_it_began(self) -> bool:
        return self.cursor == self.pieces.first_change(0)

    @property
    def row(self) -> Row:
        """The current row; on a blank one, the header that follows. Side by side, the new line of a pair."""
        partner = self.viewport.shape.partner(self.cursor)
        row = self.rows.at(self.cursor if partner is None else partner)
        return self.rows.at(self.cursor + 1) if row.kind is RowKind.BLANK else row

    @property
    def hunk(self) -> int:
        return self.row.hunk

    @property
    def line(self) -> Line | None:
        row = self.row
        return self.pieces.line(row) if row.kind is RowKind.LINE else None

    @property
    def enclosing(self) -> tuple[bytes, ...]:
        """The definitions the current line stands in, the outermost first."""
        row, line = self.row, self.line
        return () if line is None else self.pieces.enclosing(row.hunk, row.line, line)

    @property
    def spot(self) -> Spot:
        """What a note taken now is about: the selected lines, else the current one, else the file."""
        path = self.rows.files[self.row.file].path
        line = self.line
        if line is None:
            return Spot(path)
        return spot_of(path, self.selected_lines() or [line])

    def selected_lines(self) -> list[Line]:
        """Return the selected lines of the current hunk; without a selection, the current line."""
        if self.selected_from is None:
            return [] if self.line is None else [self.line]
        first, last = sorted((self.cursor, self.selected_from))
        hunk = self.row.hunk
        base = self.rows.first_row(hunk) + 1
        stop = min(last, self.rows.last_row(hunk)) - base + 1
        return list(self.pieces.lines(hunk).slice(max(0, first - base), max(0, stop)))

    def move_to(self, row: int, *, top: int | None = None) -> None:
        self.viewport.move_to(row, top=top)
        self.has_moved()

    def step(self, lines: int) -> None:
        """Move the cursor by lines of the screen, over blank rows."""
        self.viewport.step(lines)
        if self.rows.at(self.cursor).kind is RowKind.BLANK:
            self.viewport.step(1 if lines > 0 else -1)
        self.has_moved()

    def page(self, share: float, direction: int) -> None:
        """Move by a share of the screen, the cursor with it."""
        self.viewport.page(self.lines_of(share) * direction)
        self.has_moved()

    def lines_of(self, share: float) -> int:
        """Return how many lines a move by a share of the screen passes; of a whole one, the last stays."""
        return max(1, int(self.size.height * share) - (1 if share == 1 else 0))

    def go_to_hunk(self, hunk: int) -> None:
        """Set the cursor on the hunk's first changed line, its header in sight."""
        row, top = self.place_of(hunk)
        self.move_to(row, top=top)

    def place_of(self, hunk: int) -> tuple[int, int]:
        """Return the rows of cursor and top for whoever goes to a hunk."""
        header = self.rows.first_row(hunk)
        top = header - (1 if header and self.rows.at(header - 1).kind is RowKind.FILE else 0)
        return self.pieces.first_change(hunk), max(0, top - 1)

    def go_to_file(self, file: int) -> None:
        """Set the cursor on the file's header."""
        header = self.rows.file_row(file)
        self.move_to(header, top=max(0, header - 1))

    def go_to_line(self, hunk: int, number: int, side: Side = Side.NEW) -> None:
        """Set the cursor on a line of the hunk by its number in the new or old file; a folded file is shown."""
        if self.rows.is_folded(hunk):
            self.fold(self.rows.file_of_hunk[hunk], None)
        row = self.pieces.row_of_number(hunk, number, side)
        if row is not None:
            self.move_to(row, top=max(self.rows.first_row(hunk) - 1, row - self.size.height // 2))

    def read_on(self, hunk: int) -> None:
        """Scroll on towards the hunk's end by a page, the cursor to the last row shown of it."""
        self.viewport.scroll(max(1, self.size.height - 2))
        last = self.rows.last_row(hunk)
        shown = [line.row for line in self.viewport.lines() if line.row <= last]
        self.move_to(shown[-1] if shown else last)

    def remember_reading(self, former: "Stream") -> None:
        """Take over what was read in another stream of the change: what is only in another order is read here, too."""
        mine, theirs = self.rows, former.rows
        for hunk in former.seen:
            file = theirs.file_of_hunk[hunk]
            at = mine.file_of_path.get(theirs.files[file].path)
            if at is not None and mine.files[at] is theirs.files[file]:
                self.seen.add(mine.first_hunk_of_file[at] + hunk - theirs.first_hunk_of_file[file])

    def has_been_read(self, hunk: int) -> bool:
        """True if the hunk's last row has been on the screen."""
        return hunk in self.seen

    def note_seen(self, lines: Sequence[ScreenLine]) -> None:
        """Remember the hunks whose end is on the screen: their last row, or the line that shows it."""
        shown = {line.row for line in lines}
        hunks = {self.rows.at(row).hunk for row in shown}
        hunks = {hunk for hunk in hunks if not self.rows.is_folded(hunk)}
        self.seen |= {hunk for hunk in hunks if self.viewport.shape.home(self.rows.last_row(hunk)) in shown}
