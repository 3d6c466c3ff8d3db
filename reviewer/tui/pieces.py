"""The diff's lines in pieces: decoded, escaped and compared only when looked at, coloured when colours arrive."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from reviewer.diff.enclosing import enclosing
from reviewer.diff.lines import HunkLines
from reviewer.diff.model import Line, LineKind
from reviewer.diff.words import changed_words
from reviewer.review.model import Side
from reviewer.tui.highlight import Span, Spans
from reviewer.tui.highlighter import Request
from reviewer.tui.rows import Row, RowMap
from reviewer.visible import expand_tabs, show

# Lines are read, coloured and compared in pieces of this many.
PIECE = 128
_PIECES_KEPT = 80
# How far up a line's surroundings are looked for.
_LINES_ABOVE = 300
_DIFFS = count()


@dataclass(slots=True)
class Piece:
    """Up to 128 consecutive lines of one hunk, decoded; colours arrive later."""

    lines: tuple[Line, ...]
    shown: tuple[str, ...]
    words: dict[int, tuple[tuple[int, int], ...]]
    blank_changes: frozenset[int]
    spans: dict[int, tuple[Span, ...]] = field(default_factory=dict)


class Pieces:
    """The pieces looked at lately, and the colours to ask for."""

    def __init__(self, rows: RowMap) -> None:
        self._rows = rows
        self._kept: OrderedDict[tuple[int, int], Piece] = OrderedDict()
        self._hunk_lines: OrderedDict[int, HunkLines] = OrderedDict()
        self.wanted: list[Request] = []
        self._diff = next(_DIFFS)

    def lines(self, hunk: int) -> HunkLines:
        """Return random access to a hunk's lines; the checkpoints of large hunks are kept."""
        if hunk not in self._hunk_lines:
            self._hunk_lines[hunk] = HunkLines(self._rows.hunks[hunk])
            while len(self._hunk_lines) > _PIECES_KEPT:
                self._hunk_lines.popitem(last=False)
        return self._hunk_lines[hunk]

    def line(self, row: Row) -> Line:
        """Return the line that a row shows."""
        return next(self.lines(row.hunk).slice(row.line, row.line + 1))

    def piece(self, hunk: int, line: int, width: int) -> Piece:
        """Return the piece that holds the line, decoded as far as `width` cells need."""
        key = (hunk, line // PIECE)
        piece = self._kept.get(key)
        if piece is None:
            piece = self._read(hunk, line // PIECE, width)
            self._kept[key] = piece
            while len(self._kept) > _PIECES_KEPT:
                self._kept.popitem(last=False)
        return piece

    def colour(self, request: Request, spans: Spans) -> bool:
        """Take colours that were asked for; False if nobody looks at the piece, or at that diff, any more."""
        hunk, number, side = request.key
        piece = self._kept.get((hunk, number))
        if piece is None or request.diff != self._diff:
            return False
        for index, row in zip(_indexes(piece.lines, Side(side)), spans, strict=False):
            piece.spans[index] = row
        return True

    def first_change(self, hunk: int) -> int:
        """Return the row of the hunk's first changed line."""
        if self._rows.hunks[hunk].is_textless:
            return self._rows.first_row(hunk)
        return self._rows.row_of_line(hunk, self.lines(hunk).first_changed())

    def row_of_number(self, hunk: int, number: int, side: Side) -> int | None:
        """Return the row of a line by its number in the new or old file."""
        if self._rows.hunks[hunk].is_textless:
            return None
        index = self.lines(hunk).index_of(number, is_old=side is Side.OLD)
        return None if index is None else self._rows.row_of_line(hunk, index)

    def enclosing(self, hunk: int, index: int, line: Line) -> tuple[bytes, ...]:
        """Return the definitions around a line of the hunk, as far as a few hundred lines above it tell."""
        above = self.lines(hunk).slice(max(0, index - _LINES_ABOVE), index)
        return enclosing(reversed(list(above)), line, self._rows.hunks[hunk].section)

    def forget(self) -> None:
        self._kept.clear()

    def _read(self, hunk: int, number: int, width: int) -> Piece:
        start = number * PIECE
        stop = min(start + PIECE, self._rows.hunks[hunk].line_count)
        lines = tuple(self.lines(hunk).slice(start, stop))
        # A character takes at most four bytes; more of a line than fits is not looked at.
        shown = tuple(expand_tabs(show(line.text[: 4 * width])) for line in lines)
        self._want_colours(hunk, number, lines, shown)
        pairs = _replacements(lines)
        words: dict[int, tuple[tuple[int, int], ...]] = {}
        for old, new in pairs:
            words[old], words[new] = changed_words(shown[old], shown[new])
        return Piece(lines, shown, words, _blank_changes(pairs, lines))

    def _want_colours(self, hunk: int, number: int, lines: Sequence[Line], shown: Sequence[str]) -> None:
        number_of_file = self._rows.file_of_hunk[hunk]
        name = show(self._rows.files[number_of_file].path).rpartition("/")[2]
        sides = (Side.NEW, Side.OLD) if any(line.kind is LineKind.REMOVED for line in lines) else (Side.NEW,)
        for side in sides:
            indexes = _indexes(lines, side)
            if not indexes:
                continue
            first = lines[indexes[0]].new if side is Side.NEW else lines[indexes[0]].old
            text = tuple(shown[index] for index in indexes)
            self.wanted.append(Request((hunk, number, side.value), name, text, self._diff, number_of_file, first or 1))


def _indexes(lines: Sequence[Line], side: Side) -> list[int]:
    other = LineKind.REMOVED if side is Side.NEW else LineKind.ADDED
    return [index for index, line in enumerate(lines) if line.kind is not other]


def _replacements(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Pair lines that replace each other: the n-th removed and the n-th added of one edit."""
    pairs: list[tuple[int, int]] = []
    removed: list[int] = []
    added: list[int] = []
    for index in range(len(lines) + 1):
        kind = lines[index].kind if index < len(lines) else LineKind.CONTEXT
        if kind is LineKind.CONTEXT or (kind is LineKind.REMOVED and added):
            pairs += zip(removed, added, strict=False)
            removed, added = [], []
        if kind is LineKind.REMOVED:
            removed.append(index)
        elif kind is LineKind.ADDED:
            added.append(index)
    return pairs


def _blank_changes(pairs: Sequence[tuple[int, int]], lines: Sequence[Line]) -> frozenset[int]:
    """Return the lines that only gained, lost or moved white space."""
    alike = [pair for pair in pairs if lines[pair[0]].text.split() == lines[pair[1]].text.split()]
    return frozenset(index for pair in alike for index in pair)
