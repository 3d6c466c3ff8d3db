"""A row of the stream as a strip of styled text. Only rows on the screen are ever painted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reviewer.diff.blocks import Moves
from reviewer.diff.model import FileDiff, Line, LineKind
from reviewer.review.carry import Fate
from reviewer.review.model import Side
from reviewer.tui.highlight import Span
from reviewer.tui.known import Known
from reviewer.tui.moved import block_of
from reviewer.tui.palette import Palette
from reviewer.tui.pattern import Pattern
from reviewer.tui.pieces import PIECE, Pieces
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.visible import conceal, show
from reviewer.walk.titles import describe, header_of, name_of, pointed, status_of

_KIND_NAMES = {LineKind.CONTEXT: "context", LineKind.ADDED: "added", LineKind.REMOVED: "removed"}
_SIGNS = {LineKind.ADDED: "plus", LineKind.REMOVED: "minus"}
_MARKS = {
    Fate.KEPT: "[✓] reviewed",
    Fate.MOVED: "[✓] reviewed",
    Fate.PORTED: "[~] read before, space confirms",
    Fate.DELTA: "[±] changed since you read it",
    Fate.NEW: "[ ]",
}
_NO_NEWLINE = " ⦸ no newline at end of file"


@dataclass(frozen=True, slots=True)
class Showing:
    """What the reviewer chose to see of every line: word emphasis, changes of white space alone, secrets."""

    words: bool = True
    blanks: bool = True
    secrets: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a row's appearance depends on besides the diff; widths and offsets in cells.

    `reach` is how far into a line anything is looked at; `is_continued` marks the later parts of a wrapped line.
    """

    width: int
    offset: int
    reach: int
    is_continued: bool = False
    is_split: bool = False
    is_cursor: bool = False
    is_in_hunk: bool = False
    is_selected: bool = False
    showing: Showing = Showing()
    match: Pattern | None = None


class Painter:
    def __init__(self, rows: RowMap, pieces: Pieces, known: Known, palette: Palette) -> None:
        self._rows = rows
        self._pieces = pieces
        self._known = known
        self.palette = palette
        self.snapshot: Snapshot | None = None
        self.moves = Moves()
        ends = (max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count) for hunk in rows.hunks)
        self._digits = max(3, len(str(max(ends, default=0))))

    @property
    def gutter(self) -> int:
        """The cells left of a line's text, one side."""
        return 2 * self._digits + 6

    def strip(self, row: Row, partner: Row | None, look: Look) -> Strip:
        """Return the row; side by side, `partner` is the line to the right of a removed one."""
        match row.kind:
            case RowKind.BLANK:
                return Strip.blank(look.width, self.palette.style("context"))
            case RowKind.FILE:
                return self._bar(self._file_title(row), "file", look)
            case RowKind.HUNK:
                return self._bar(self._hunk_title(row), "hunk", look)
            case RowKind.FOLDED:
                return self._bar(self._folded_title(row), "textless", look)
            case RowKind.TEXTLESS:
                return self._bar(self._textless_title(row), "textless", look)
            case RowKind.LINE:
                return self._two_sides(row, partner, look) if look.is_split else self._line(row, look)

    def _bar(self, title: str, kind: str, look: Look) -> Strip:
        style = self.palette.style("cursor" if look.is_cursor else kind)
        pointer = "▶" if look.is_cursor else "▌" if look.is_in_hunk and kind != "file" else " "
        first = Segment(pointer, style if look.is_cursor else self.palette.style("bar"))
        strip = Strip([first, Segment(title, style)])
        return strip.crop(0, look.width).extend_cell_length(look.width, style).simplify()

    def _file_title(self, row: Row) -> str:
        file = self._rows.files[row.file]
        hunks = self._rows.hunks_of_file(row.file)
        read = sum(self._is_viewed(hunk) for hunk in hunks)
        mark = "✓" if read == len(hunks) else "○" if not read else "◐"
        counts = "binary" if file.is_binary else f"+{file.added} −{file.removed}"
        counts += f"  {kept}" if (kept := pointed(file)) else ""
        return f" {mark} {name_of(file)}  {status_of(file)}  {counts}  {read}/{len(hunks)} reviewed{self._why(file)}"

    def _why(self, file: FileDiff) -> str:
        reason = self._rows.reasons.get(file.path)
        return f"  · {reason}" if reason else ""

    def _hunk_title(self, row: Row) -> str:
        hunk = self._rows.hunks[row.hunk]
        return f" {self._mark(row.hunk)}  {header_of(hunk)}  {show(hunk.section)}"

    def _textless_title(self, row: Row) -> str:
        file = self._rows.files[row.file]
        return f" {self._mark(row.hunk)}  {describe(file, self._known.of(row.file) if file.is_binary else None)}"

    def _folded_title(self, row: Row) -> str:
        hunks = self._rows.hunks_of_file(row.file)
        left = sum(not self._is_viewed(hunk) for hunk in hunks)
        count = f"{len(hunks)} hunk{'s' * (len(hunks) != 1)}, {left} to review" if left else "all reviewed"
        return f" ⋯ folded: {self._rows.folds[row.file]}; {count}; enter shows it"

    def _mark(self, hunk: int) -> str:
        return _MARKS[self.snapshot.left[hunk]] if self.snapshot is not None else _MARKS[Fate.NEW]

    def _is_viewed(self, hunk: int) -> bool:
        return self.snapshot is not None and self.snapshot.viewed[hunk]

    def _line(self, row: Row, look: Look) -> Strip:
        line, _ = self._text_of(row, look)
        base = self._base(row, line, look)
        numbers = f"{_number(line.old, self._digits)} {_number(line.new, self._digits)} "
        gutter = self._gutter(row, line, base, numbers, look)
        return Strip([*gutter, *self._body(row, base, look.width - self.gutter, look)], look.width)

    def _two_sides(self, row: Row, partner: Row | None, look: Look) -> Strip:
        """Return old and new beside each other; a line without counterpart leaves the other side empty."""
        half = look.width // 2
        line, _ = self._text_of(row, look)
        left = row if line.kind is not LineKind.ADDED else None
        right = partner if line.kind is LineKind.REMOVED else row
        return Strip(
            [*self._side(left, Side.OLD, half, look), *self._side(right, Side.NEW, look.width - half, look)], look.width
        )

    def _side(self, row: Row | None, side: Side, width: int, look: Look) -> list[Segment]:
        if row is None:
            style = self.palette.style("cursor" if look.is_cursor else "gutter")
            return [Segment(" " * width, style)]
        line, _ = self._text_of(row, look)
        base = self._base(row, line, look)
        numbers = f"{_number(line.old if side is Side.OLD else line.new, self._digits)} "
        gutter = self._gutter(row, line, base, numbers, look)
        room = width - 2 - len(numbers) - 2
        return [*gutter, *self._body(row, base, room, look)]

    def _base(self, row: Row, line: Line, look: Look) -> Style:
        piece = self._pieces.piece(row.hunk, row.line, look.reach)
        is_faded = not look.showing.blanks and row.line % PIECE in piece.blank_changes
        plain = self._moved(row, line) or _KIND_NAMES[line.kind]
        kind = "selected" if look.is_selected else "gutter" if is_faded else plain
        return self.palette.style("cursor" if look.is_cursor else kind)

    def _text_of(self, row: Row, look: Look) -> tuple[Line, str]:
        piece = self._pieces.piece(row.hunk, row.line, look.reach)
        index = row.line % PIECE
        line = piece.lines[index]
        shown = piece.shown[index]
        if not look.showing.secrets and self._holds_secret(row, line):
            shown = conceal(shown)
        return line, shown + ("" if line.newline else _NO_NEWLINE)

    def _holds_secret(self, row: Row, line: Line) -> bool:
        """True if a flag on the line may not repeat it."""
        if self.snapshot is None or line.kind is not LineKind.ADDED:
            return False
        flags = self.snapshot.flags_at.get((self._rows.files[row.file].path, Side.NEW, line.new or -1), ())
        return any(flag.finding.hides_code for flag in flags)

    def _body(self, row: Row, base: Style, width: int, look: Look) -> Strip:
        line, shown = self._text_of(row, look)
        piece = self._pieces.piece(row.hunk, row.line, look.reach)
        index = row.line % PIECE
        visible = shown[: look.offset + width]
        name = f"{_KIND_NAMES[line.kind]}-words"
        emphasis = [(start, end, name) for start, end in piece.words.get(index, ())] if look.showing.words else []
        if (not look.showing.blanks and index in piece.blank_changes) or self._moved(row, line):
            emphasis = []
        if look.match is not None:
            found = look.match.spans(line.text[: 4 * look.reach], shown)
            emphasis = [(start, end, "match") for start, end in found] or emphasis
        body = Strip(self._styled(visible, piece.spans.get(index, ()), emphasis, base))
        return body.crop(look.offset, look.offset + width).extend_cell_length(width, base)

    def _styled(self, text: str, spans: Sequence[Span], emphasis: Sequence[Span], base: Style) -> list[Segment]:
        """Cut the text wherever a colour or an emphasis begins or ends."""
        edges = sorted({0, len(text), *(edge for start, end, _ in (*spans, *emphasis) for edge in (start, end))})
        segments: list[Segment] = []
        for start, end in pairwise(edges):
            if start >= len(text):
                break
            words = _covering(emphasis, start)
            line_style = base if words is None else base + self.palette.style(words)
            segments.append(Segment(text[start:end], self.palette.token(_covering(spans, start), line_style)))
        return segments

    def _gutter(self, row: Row, line: Line, base: Style, numbers: str, look: Look) -> list[Segment]:
        bar = base if look.is_cursor else self.palette.sign("bar", base)
        pointer = _pointer(look)
        if look.is_continued:
            return [Segment(pointer, bar), Segment(" " * (len(numbers) + 1) + "↪ ", base)]
        glyph, meaning = self._glyph(row, line)
        side = _SIGNS.get(line.kind)
        return [
            Segment(pointer, bar),
            Segment(glyph, self.palette.sign(meaning, base) if meaning else base),
            Segment(numbers, base if look.is_cursor else self.palette.sign("gutter", base)),
            Segment(f"{line.kind.value} ", self.palette.sign(side, base) if side else base),
        ]

    def _glyph(self, row: Row, line: Line) -> tuple[str, str | None]:
        """Return the sign beside a line, with its meaning: open flag of weight or lighter one, disposed flag, note.

        Of a line without those, `←` says that it came from elsewhere, `→` that it went there.
        """
        if self.snapshot is None:
            return self._moved_sign(row, line)
        path = self._rows.files[row.file].path
        flags = self.snapshot.flags_at.get((path, Side.NEW, line.new or -1), ())
        live = [flag for flag in flags if flag.is_open]
        if live:
            return ("!", "flag") if any(flag.is_grave for flag in live) else ("?", "quiet-flag")
        side, number = (Side.OLD, line.old) if line.kind is LineKind.REMOVED else (Side.NEW, line.new)
        if self.snapshot.notes_at.get((path, side, number or -1)):
            return "✎", "note"
        return ("·", "viewed") if flags else self._moved_sign(row, line)

    def _moved_sign(self, row: Row, line: Line) -> tuple[str, str | None]:
        name = self._moved(row, line)
        return (" ", None) if name is None else ("←" if name == "moved-in" else "→", "moved-sign")

    def _moved(self, row: Row, line: Line) -> str | None:
        """Return the style of a line that moved."""
        if block_of(row, line, self.moves) is None:
            return None
        return "moved-in" if line.kind is LineKind.ADDED else "moved-out"


def _pointer(look: Look) -> str:
    return "▶" if look.is_cursor else "»" if look.is_selected else "▌" if look.is_in_hunk else " "


def _number(number: int | None, digits: int) -> str:
    return str(number).rjust(digits) if number is not None else " " * digits


def _covering(spans: Sequence[Span], position: int) -> str | None:
    return next((name for start, end, name in spans if start <= position < end), None)
