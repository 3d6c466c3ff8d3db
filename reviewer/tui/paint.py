"""A row of the stream as a strip of styled text. Only rows on the screen are ever painted."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reviewer.diff.lines import HunkLines
from reviewer.diff.model import FileDiff, Hunk, Line, LineKind, Status
from reviewer.diff.words import changed_words
from reviewer.review.model import Side
from reviewer.tui.highlight import Request, Span, Spans
from reviewer.tui.palette import Palette
from reviewer.tui.rows import Row, RowKind, RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.visible import expand_tabs, show

# Lines are read, coloured and compared in pieces of this many.
PIECE = 128
_PIECES_KEPT = 200
_KIND_NAMES = {LineKind.CONTEXT: "context", LineKind.ADDED: "added", LineKind.REMOVED: "removed"}
_NO_NEWLINE = " ⦸ no newline at end of file"


@dataclass(slots=True)
class Piece:
    """Up to 128 consecutive lines of one hunk, decoded; colours arrive later."""

    lines: tuple[Line, ...]
    shown: tuple[str, ...]
    words: dict[int, tuple[tuple[int, int], ...]]
    spans: dict[int, tuple[Span, ...]] = field(default_factory=dict)


class Pieces:
    """The pieces looked at lately, and the colours to ask for."""

    def __init__(self, rows: RowMap) -> None:
        self._rows = rows
        self._kept: OrderedDict[tuple[int, int], Piece] = OrderedDict()
        self._hunk_lines: OrderedDict[int, HunkLines] = OrderedDict()
        self.wanted: list[Request] = []

    def lines(self, hunk: int) -> HunkLines:
        """Return random access to a hunk's lines; the checkpoints of large hunks are kept."""
        if hunk not in self._hunk_lines:
            self._hunk_lines[hunk] = HunkLines(self._rows.hunks[hunk])
            while len(self._hunk_lines) > _PIECES_KEPT:
                self._hunk_lines.popitem(last=False)
        return self._hunk_lines[hunk]

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

    def colour(self, key: tuple[int, int, str], spans: Spans) -> None:
        """Take colours that were asked for; too late for a piece nobody looks at any more is no harm."""
        hunk, number, side = key
        piece = self._kept.get((hunk, number))
        if piece is None:
            return
        for index, row in zip(_indexes(piece.lines, Side(side)), spans, strict=False):
            piece.spans[index] = row

    def forget(self) -> None:
        self._kept.clear()

    def _read(self, hunk: int, number: int, width: int) -> Piece:
        start = number * PIECE
        stop = min(start + PIECE, self._rows.hunks[hunk].line_count)
        lines = tuple(self.lines(hunk).slice(start, stop))
        # A character takes at most four bytes; more of a line than fits is not looked at.
        shown = tuple(expand_tabs(show(line.text[: 4 * width])) for line in lines)
        self._want_colours(hunk, number, lines, shown)
        return Piece(lines, shown, _emphasis(lines, shown))

    def _want_colours(self, hunk: int, number: int, lines: Sequence[Line], shown: Sequence[str]) -> None:
        file = self._rows.files[self._rows.file_of_hunk[hunk]]
        name = show(file.path).rpartition("/")[2]
        sides = (Side.NEW, Side.OLD) if any(line.kind is LineKind.REMOVED for line in lines) else (Side.NEW,)
        for side in sides:
            text = tuple(shown[index] for index in _indexes(lines, side))
            self.wanted.append(Request((hunk, number, side.value), name, text))


def _indexes(lines: Sequence[Line], side: Side) -> list[int]:
    other = LineKind.REMOVED if side is Side.NEW else LineKind.ADDED
    return [index for index, line in enumerate(lines) if line.kind is not other]


def _emphasis(lines: Sequence[Line], shown: Sequence[str]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return changed words for lines that replace each other: the n-th removed and the n-th added of one edit."""
    words: dict[int, tuple[tuple[int, int], ...]] = {}
    removed: list[int] = []
    added: list[int] = []
    for index in range(len(lines) + 1):
        kind = lines[index].kind if index < len(lines) else LineKind.CONTEXT
        if kind is LineKind.CONTEXT or (kind is LineKind.REMOVED and added):
            for old, new in zip(removed, added, strict=False):
                words[old], words[new] = changed_words(shown[old], shown[new])
            removed, added = [], []
        if kind is LineKind.REMOVED:
            removed.append(index)
        elif kind is LineKind.ADDED:
            added.append(index)
    return words


@dataclass(frozen=True, slots=True)
class Look:
    """What a row's appearance depends on besides the diff."""

    width: int
    offset: int
    is_cursor: bool = False
    is_in_hunk: bool = False
    is_selected: bool = False
    with_words: bool = True
    match: str = ""


class Painter:
    def __init__(self, rows: RowMap, pieces: Pieces, palette: Palette) -> None:
        self._rows = rows
        self._pieces = pieces
        self.palette = palette
        self.snapshot: Snapshot | None = None
        highest = max(
            (max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count) for hunk in rows.hunks), default=0
        )
        self._digits = max(3, len(str(highest)))

    @property
    def gutter(self) -> int:
        """The cells left of a line's text."""
        return 2 * self._digits + 6

    def strip(self, row: Row, look: Look) -> Strip:
        match row.kind:
            case RowKind.BLANK:
                return Strip.blank(look.width, self.palette.style("context"))
            case RowKind.FILE:
                return self._bar(self._file_title(row), "file", look)
            case RowKind.HUNK:
                return self._bar(self._hunk_title(row), "hunk", look)
            case RowKind.TEXTLESS:
                return self._bar(self._textless_title(row), "textless", look)
            case RowKind.LINE:
                return self._line(row, look)

    def _bar(self, title: str, kind: str, look: Look) -> Strip:
        style = self.palette.style("cursor" if look.is_cursor else kind)
        pointer = "▶" if look.is_cursor else "▌" if look.is_in_hunk and kind != "file" else " "
        strip = Strip(
            [Segment(pointer, self.palette.style("bar") if not look.is_cursor else style), Segment(title, style)]
        )
        return strip.crop(0, look.width).extend_cell_length(look.width, style).simplify()

    def _file_title(self, row: Row) -> str:
        file = self._rows.files[row.file]
        hunks = self._rows.hunks_of_file(row.file)
        read = sum(self._is_viewed(hunk) for hunk in hunks)
        mark = "✓" if read == len(hunks) else "○" if not read else "◐"
        counts = "binary" if file.is_binary else f"+{file.added} −{file.removed}"
        return f" {mark} {name_of(file)}  {file.status.value}  {counts}  {read}/{len(hunks)} reviewed"

    def _hunk_title(self, row: Row) -> str:
        hunk = self._rows.hunks[row.hunk]
        mark = "[✓] reviewed" if self._is_viewed(row.hunk) else "[ ]"
        return f" {mark}  {header_of(hunk)}  {show(hunk.section)}"

    def _textless_title(self, row: Row) -> str:
        mark = "[✓] reviewed" if self._is_viewed(row.hunk) else "[ ]"
        return f" {mark}  {describe(self._rows.files[row.file])}"

    def _is_viewed(self, hunk: int) -> bool:
        return self.snapshot is not None and self.snapshot.viewed[hunk]

    def _line(self, row: Row, look: Look) -> Strip:
        piece = self._pieces.piece(row.hunk, row.line, look.offset + look.width)
        index = row.line % PIECE
        line, shown = piece.lines[index], piece.shown[index]
        kind = _KIND_NAMES[line.kind]
        base = self.palette.style("cursor" if look.is_cursor else "selected" if look.is_selected else kind)
        segments = self._gutter(row, line, base, look)
        width = look.width - self.gutter
        if not line.newline:
            shown += _NO_NEWLINE
        visible = shown[: look.offset + width]
        emphasis = (
            [(start, end, f"{kind}-words") for start, end in piece.words.get(index, ())] if look.with_words else []
        )
        if look.match:
            emphasis = _matches(visible, look.match) or emphasis
        body = Strip(self._styled(visible, piece.spans.get(index, ()), emphasis, base))
        body = body.crop(look.offset, look.offset + width).extend_cell_length(width, base)
        return Strip([*segments, *body], look.width)

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

    def _gutter(self, row: Row, line: Line, base: Style, look: Look) -> list[Segment]:
        pointer = "▶" if look.is_cursor else "▌" if look.is_in_hunk else " "
        numbers = f"{_number(line.old, self._digits)} {_number(line.new, self._digits)} "
        gutter = base if look.is_cursor else self.palette.style("gutter") + Style(bgcolor=base.bgcolor)
        glyph, glyph_style = self._glyph(row, line)
        return [
            Segment(pointer, base if look.is_cursor else self.palette.style("bar") + Style(bgcolor=base.bgcolor)),
            Segment(glyph, Style(bgcolor=base.bgcolor) + glyph_style if glyph_style else base),
            Segment(numbers, gutter),
            Segment(f"{line.kind.value} ", base),
        ]

    def _glyph(self, row: Row, line: Line) -> tuple[str, Style | None]:
        """Return the sign beside a line: `!` open flag of weight, `?` lighter one, `·` disposed, `✎` note."""
        if self.snapshot is None:
            return " ", None
        path = self._rows.files[row.file].path
        flags = self.snapshot.flags_at.get((path, Side.NEW, line.new or -1), ())
        live = [flag for flag in flags if flag.is_open]
        if live:
            grave = any(flag.is_grave for flag in live)
            style = self.palette.style("flag" if grave else "quiet-flag")
            return "!" if grave else "?", Style(color=style.color, bold=True)
        side, number = (Side.OLD, line.old) if line.kind is LineKind.REMOVED else (Side.NEW, line.new)
        if self.snapshot.notes_at.get((path, side, number or -1)):
            return "✎", Style(color=self.palette.style("note").color, bold=True)
        return ("·", Style(color=self.palette.style("viewed").color)) if flags else (" ", None)


def name_of(file: FileDiff) -> str:
    """Return the file's name, both of them if it moved."""
    moved = file.old_path is not None and file.new_path is not None and file.old_path != file.new_path
    return f"{show(file.old_path or b'')} → {show(file.new_path or b'')}" if moved else show(file.path)


def header_of(hunk: Hunk) -> str:
    return f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"


def describe(file: FileDiff) -> str:
    """Say what changed about a file apart from its lines."""
    facts = []
    if file.status is Status.UNMERGED:
        facts.append("unmerged: resolve the conflict, then review")
    if file.status in (Status.RENAMED, Status.COPIED):
        facts.append(f"{file.status.value} from {show(file.old_path or b'')} ({file.similarity or 0} % alike)")
    if file.status is Status.ADDED:
        facts.append(f"new file, mode {file.new_mode or 'unknown'}")
    elif file.status is Status.DELETED:
        facts.append("file deleted")
    elif file.old_mode != file.new_mode:
        facts.append(f"mode {file.old_mode or '-'} → {file.new_mode or '-'}")
    if file.is_submodule:
        facts.append("submodule")
    elif file.is_symlink:
        facts.append("symbolic link")
    if file.is_binary:
        facts.append(f"binary content {_short(file.old_oid)} → {_short(file.new_oid)}")
    elif not file.text_hunks and file.status in (Status.ADDED, Status.DELETED):
        facts.append("empty")
    return "; ".join(facts) or "changed without text"


def _short(oid: str | None) -> str:
    return oid[:10] if oid else "none"


def _number(number: int | None, digits: int) -> str:
    return str(number).rjust(digits) if number is not None else " " * digits


def _covering(spans: Sequence[Span], position: int) -> str | None:
    return next((name for start, end, name in spans if start <= position < end), None)


def _matches(text: str, match: str) -> list[Span]:
    found: list[Span] = []
    position = text.lower().find(match)
    while position >= 0 and match:
        found.append((position, position + len(match), "match"))
        position = text.lower().find(match, position + len(match))
    return found
