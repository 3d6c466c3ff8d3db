"""The one border that text of a repository crosses on its way to a person.

Nothing that steers a terminal, hides, or reorders text gets through; it is replaced by something
visible, never dropped. Output is a fixed point: showing it again changes nothing.
"""

import re
import unicodedata
from itertools import groupby

_TAB_WIDTH = 8

# Unicode calls these printable although a terminal draws nothing, or joins them to their neighbour:
# the grapheme joiner, fillers of Hangul and Khitan, variation selectors, Khmer inherent vowels, blank
# Braille, skin tones.
_BLANK_BUT_PRINTABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U00016fe4"
    "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_QUOTED = re.compile(r"""(?P<quote>["'`])(?P<value>(?:\\.|(?!(?P=quote)).){4,}?)(?P=quote)""")
_ASSIGNED = re.compile(r"[:=]\s*(?P<value>[^\s'\"`]{4,})")
_AFTER_A_NAME = re.compile(r"\s*[]:]")
_MARKS = ("Mn", "Me", "Mc")
_MOST_MARKS = 4


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


def conceal(shown: str) -> str:
    """Return a line with the texts in it, or what it assigns, as dots of the same length: what a secret may be.

    Names stay: those of variables, and those before a colon or in brackets.
    """
    for values in (_QUOTED, _ASSIGNED):
        spans = [match.span("value") for match in values.finditer(shown) if not _AFTER_A_NAME.match(shown, match.end())]
        if spans:
            for start, end in spans:
                shown = shown[:start] + re.sub(r"\S", "•", shown[start:end]) + shown[end:]
            return shown
    return re.sub(r"\S", "•", shown)


def _escape(text: str) -> str:
    pieces = [char if char.isprintable() else _mark(char) for char in text]
    shown = _BLANK_BUT_PRINTABLE.sub(lambda match: _mark(match.group()), "".join(pieces))
    return "".join(_capped("".join(run)) if is_marks else "".join(run) for is_marks, run in groupby(shown, _is_mark))


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


def _is_mark(char: str) -> bool:
    """True for what is drawn on top of the character before it; enough of them cover the lines around."""
    return unicodedata.category(char) in _MARKS


def _capped(marks: str) -> str:
    return marks if len(marks) <= _MOST_MARKS else f"{marks[:_MOST_MARKS]}⟦+{len(marks) - _MOST_MARKS}⟧"
