"""The screen's strips, painted once and kept: a key repaints the two rows it changed, not the screen."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from textual.strip import Strip

from reviewer.diff.blocks import Moves
from reviewer.tui.paint import Look, Painter, Showing
from reviewer.tui.palette import Palette
from reviewer.tui.pattern import Pattern
from reviewer.tui.pieces import Pieces
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.viewport import ScreenLine, Viewport

_STRIPS_KEPT = 4_000


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
        self, rows: RowMap, pieces: Pieces, viewport: Viewport, palette: Palette, finish: Callable[[Strip], Strip]
    ) -> None:
        self._rows = rows
        self._viewport = viewport
        self._finish = finish
        self._painter = Painter(rows, pieces, palette)
        self._strips: dict[tuple[int, int, bool], Strip] = {}

    @property
    def gutter(self) -> int:
        return self._painter.gutter

    @property
    def snapshot(self) -> Snapshot | None:
        return self._painter.snapshot

    @snapshot.setter
    def snapshot(self, snapshot: Snapshot | None) -> None:
        self._painter.snapshot = snapshot

    @property
    def moves(self) -> Moves:
        return self._painter.moves

    @moves.setter
    def moves(self, moves: Moves) -> None:
        self._painter.moves = moves

    def clear(self, rows: Container[int] | None = None) -> None:
        """Forget the strips of these rows, or all."""
        self._strips = {} if rows is None else {key: strip for key, strip in self._strips.items() if key[0] not in rows}

    def keep(self, rows: Container[int]) -> None:
        """Forget the strips of all rows but these."""
        self._strips = {key: strip for key, strip in self._strips.items() if key[0] in rows}

    def strips(self, lines: Sequence[ScreenLine], height: int, manner: Manner) -> list[Strip]:
        """Return that many strips: the lines, then blank ones."""
        blank = self._finish(Strip.blank(manner.width, self._painter.palette.style("context")))
        return [*(self._strip(line, manner) for line in lines), *[blank] * (height - len(lines))]

    def _strip(self, line: ScreenLine, manner: Manner) -> Strip:
        where = self._rows.at(line.row)
        is_in_hunk = where.hunk == manner.hunk and where.kind is not RowKind.FILE
        is_plain = line.row != self._viewport.cursor and not self._is_selected(line.row, manner)
        key = (line.row, line.part, is_in_hunk)
        if is_plain and key in self._strips:
            return self._strips[key]
        partner = self._viewport.shape.partner(line.row)
        look = self._look(line, manner, is_in_hunk=is_in_hunk)
        strip = self._finish(self._painter.strip(where, self._row(partner), look))
        if is_plain:
            if len(self._strips) > _STRIPS_KEPT:
                self._strips.clear()
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
