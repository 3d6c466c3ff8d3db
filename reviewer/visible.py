"""The one border that text of a repository crosses on its way to a person.

Nothing that steers a terminal, hides, or reorders text gets through; it is replaced by something
visible, never dropped. Output is a fixed point: showing it again changes nothing.
"""

import re

_TAB_WIDTH = 8

# Unicode calls these printable although a terminal draws nothing, or joins them to their neighbour:
# Hangul and half-width fillers, variation selectors, the Khmer inherent vowels, blank Braille.
_BLANK_BUT_PRINTABLE = re.compile(
    "[\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_COMBINING_LIMIT = 4
_COMBINING_RUN = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")


def show(text: bytes | str) -> str:
    """Return one line of foreign text as it may be drawn; bytes are read as UTF-8.

    Tabs stay tabs; a line feed inside becomes `␊`. Bytes that are no UTF-8 become `⟦E9⟧`.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable():
        return text
    return _escape(text)


def show_lines(text: bytes | str) -> str:
    """Return foreign text of several lines as it may be drawn; line feeds stay."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return "\n".join(show(line) for line in text.split("\n"))


def expand_tabs(shown: str) -> str:
    """Return the line with tabs widened to stops of eight cells, as terminals and git show them."""
    if "\t" not in shown:
        return shown
    if shown.isascii():
        return shown.expandtabs(_TAB_WIDTH)
    from rich.cells import cell_len

    out, column = [], 0
    for piece in re.split("(\t)", shown):
        wide = " " * (_TAB_WIDTH - column % _TAB_WIDTH) if piece == "\t" else piece
        out.append(wide)
        column += cell_len(wide)
    return "".join(out)


def _escape(text: str) -> str:
    pieces = [char if char.isprintable() else _mark(char) for char in text]
    shown = _BLANK_BUT_PRINTABLE.sub(lambda match: _mark(match.group()), "".join(pieces))
    return _COMBINING_RUN.sub(_cap_combining, shown)


def _mark(char: str) -> str:
    code = ord(char)
    if char in "\t\u3000":
        return char
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:
        return f"⟦{code - 0xDC00:02X}⟧"
    return f"⟦U+{code:04X}⟧"


def _cap_combining(run: re.Match[str]) -> str:
    marks = run.group()
    return f"{marks[:_COMBINING_LIMIT]}⟦+{len(marks) - _COMBINING_LIMIT}⟧"
