"""The screen's strips, painted once and kept: a key repaints the two rows it changed, not the screen."""

from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass
from itertools import islice

from textual.strip import Strip

from reviewer.diff.blocks import Moves
from reviewer.diff.model import Line
from reviewer.tui.belt import Finish
from reviewer.tui.known import Known
from reviewer.tui.moved import block_of
from reviewer.tui.paint import Look, Painter, Showing
from reviewer.tui.palette import Palette
from reviewer.tui.pattern import Pattern
from reviewer.tui.pieces import Pieces
from reviewer.tui.renewal import Renewal
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.viewport import ScreenLine, Viewport

# A strip takes some 14 kB with what Textual derives from it; what a key uses again is on the screen or just left it.
_SCREENS_KEPT = 3


@dataclass(frozen=True, slots=True)
class Manner:
    """How the view shows everything at the moment; widths and offsets in cells."""

    width: int
    offset: int
    reach: int
    hunk: int
    selected_from: int | None
    showing: Showing
    match: Pattern | None


class Canvas:
    """`finish` has the last word about every strip."""

    def __init__(
        self,
        rows: RowMap,
        pieces: Pieces,
        known: Known,
        viewport: Viewport,
        palette: Palette,
        finish: Finish,
    ) -> None:
        self._rows = rows
        self._pieces = pieces
        self._viewport = viewport
        self._finish = finish
        self._painter = Painter(rows, pieces, known, palette)
        self._strips: dict[tuple[int, int, bool], Strip] = {}

    @property
    def gutter(self) -> int:
        return self._painter.gutter

    def looks_like(self, palette: Palette, finish: Finish) -> bool:
        return self._painter.palette.styles == palette.styles and self._finish == finish

    def take_snapshot(self, before: Snapshot | None, after: Snapshot | None, shown: Collection[int]) -> set[int]:
        """Show another state of the review; return which of the rows shown look different."""
        renewal = Renewal(self._rows, before, after)
        self._painter.snapshot = after

        def looks_different(row: int) -> bool:
            where = self._rows.at(row)
            if renewal.leaves_unread(where):
                return False
            return not renewal.leaves_row(where, [line for _, line in self._sides(row)])

        return self._paint_again(shown, looks_different, renewal.leaves_unread)

    def take_moves(self, moves: Moves, shown: Collection[int]) -> set[int]:
        """Show what was found to have moved; return which of the rows shown look different."""
        self._painter.moves = moves
        return self._paint_again(shown, self._has_moved, lambda _: False)

    def _has_moved(self, row: int) -> bool:
        return any(block_of(side, line, self._painter.moves) is not None for side, line in self._sides(row))

    def _sides(self, row: int) -> list[tuple[Row, Line]]:
        """Return the lines this row shows: its own, and what is shown to its right."""
        sides = [self._rows.at(each) for each in (row, self._viewport.shape.partner(row)) if each is not None]
        return [(side, self._pieces.line(side)) for side in sides if side.kind is RowKind.LINE]

    def _paint_again(
        self, shown: Collection[int], looks_different: Callable[[int], bool], is_as_before: Callable[[Row], bool]
    ) -> set[int]:
        """Forget the rows that look different; of those that are not shown, all but what is surely as before."""
        different = {row for row in shown if looks_different(row)}
        kept = {key[0] for key in self._strips}
        beyond = {row for row in kept.difference(shown) if not is_as_before(self._rows.at(row))}
        self.clear(different | beyond)
        return different

    def clear(self, rows: Container[int] | None = None) -> None:
        """Forget the strips of these rows, or all."""
        if rows is None:
            self._strips = {}
            return
        for key in [key for key in self._strips if key[0] in rows]:
            del self._strips[key]

    def strips(self, lines: Sequence[ScreenLine], height: int, manner: Manner) -> list[Strip]:
        """Return that many strips: the lines, then blank ones."""
        blank = self._finish(Strip.blank(manner.width, self._painter.palette.style("context")))
        strips = [self._strip(line, manner) for line in lines]
        for oldest in list(islice(self._strips, max(0, len(self._strips) - _SCREENS_KEPT * self._viewport.height))):
            del self._strips[oldest]
        return [*strips, *[blank] * (height - len(lines))]

    def _strip(self, line: ScreenLine, manner: Manner) -> Strip:
        where = self._rows.at(line.row)
        is_in_hunk = where.hunk == manner.hunk and where.kind is not RowKind.FILE
        is_plain = line.row != self._viewport.cursor and not self._is_selected(line.row, manner)
        key = (line.row, line.part, is_in_hunk)
        if is_plain and (kept := self._strips.pop(key, None)) is not None:
            # Those used last stand last.
            self._strips[key] = kept
            return kept
        partner = self._viewport.shape.partner(line.row)
        look = self._look(line, manner, is_in_hunk=is_in_hunk)
        strip = self._finish(self._painter.strip(where, self._row(partner), look))
        if is_plain:
            self._strips[key] = strip
        return strip

    def _look(self, line: ScreenLine, manner: Manner, *, is_in_hunk: bool) -> Look:
        shape = self._viewport.shape
        is_wrapped = shape.wraps and not shape.is_split
        return Look(
            manner.width,
            line.part * shape.text_width if is_wrapped else manner.offset,
            reach=manner.reach,
            is_continued=line.part > 0,
            is_split=shape.is_split,
            is_cursor=line.row == self._viewport.cursor,
            is_in_hunk=is_in_hunk,
            is_selected=self._is_selected(line.row, manner),
            showing=manner.showing,
            match=manner.match,
        )

    def _row(self, row: int | None) -> Row | None:
        return None if row is None else self._rows.at(row)

    def _is_selected(self, row: int, manner: Manner) -> bool:
        if manner.selected_from is None:
            return False
        cursor = self._viewport.cursor
        return min(manner.selected_from, cursor) <= row <= max(manner.selected_from, cursor)
