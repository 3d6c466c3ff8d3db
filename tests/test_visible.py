"""No foreign text steers a terminal, hides or reorders; and no honest text is changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reviewer.visible import conceal, expand_tabs, show, show_lines

_ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
_ANY = st.one_of(_ANY_TEXT, st.binary(max_size=40))
# Unicode's DerivedCoreProperties: default ignorable code points, which are drawn as nothing.
_IGNORABLE = frozenset(chr(code) for first, last in (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
) for code in range(first, last + 1))  # fmt: skip
_ORDERING = (
    "\u061c",
    *map(chr, range(0x200E, 0x2010)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
)
# Not ignorable by that list, yet drawn as a blank or as part of the character before.
_NAMED = (
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2800\U00016fe4"
    + "".join(map(chr, range(0x1F3FB, 0x1F400)))
)
_HONEST = (
    "def f(x: int) -> str:  # plain", "naïve café, Übergröße, señor", "e\u0301 decomposed", "日本語 中文 한국어",
    "Ελληνικά Русский",
    "עברית العربية", "ไทย हिन्दी தமிழ்", "→ ← ✓ ✗ ± × ÷ … “quotes” ‘single’ — –", "🎉 emoji 🚀", "全角\u3000空白",
    "⟦U+202E⟧ ␛ ␡ ⟦E9⟧",
    "x̂ȳ", "½ ² ™ © €", "┌─┐│└┘█▓",
)  # fmt: skip


def _is_safe(char: str) -> bool:
    category = unicodedata.category(char)
    return category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char not in _IGNORABLE


@given(text=_ANY)
def test_nothing_but_visible_characters_and_tabs_is_returned(text: str | bytes) -> None:
    assert all(char == "\t" or _is_safe(char) for char in show(text))


def test_every_code_point_is_drawn_or_replaced() -> None:
    for block in range(0, 0x110000, 0x1000):
        chars = [chr(code) for code in range(block, block + 0x1000) if chr(code) not in "\tx"]
        pieces = show("x".join(chars)).split("x")

        assert all(pieces)
        assert [char for char in set().union(*pieces) if not _is_safe(char)] == []
        changed = [char for char, piece in zip(chars, pieces, strict=True) if piece != char]
        assert [char for char in changed if _is_safe(char) and char not in _NAMED] == []


def test_what_is_returned_unchanged_takes_room_or_stacks_on_its_neighbour() -> None:
    for char in filter(str.isprintable, map(chr, range(0x110000))):
        if char != "\t" and show(char) == char and cell_len(char) == 0:
            # Vowels and finals of old Hangul join the syllable before them.
            is_jamo = "\u1160" < char < "\u1200" or "\ud7b0" <= char < "\ud800"
            assert unicodedata.category(char) in ("Mn", "Me", "Mc") or is_jamo, hex(ord(char))


@given(text=_ANY)
def test_showing_twice_changes_nothing(text: str | bytes) -> None:
    assert show(show(text)) == show(text)
    assert show_lines(show_lines(text)) == show_lines(text)


@pytest.mark.parametrize("text", _HONEST)
def test_honest_text_is_shown_as_it_is(text: str) -> None:
    assert show(text) == show(text.encode()) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\0\x07\r\n\x7f", "␀␇␍␊␡"),
        ("\x1b]0;t\x07", "␛]0;t␇"),
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("\x9b31m", "⟦U+009B⟧31m"),
        ("\u2028\u2029\x85", "⟦U+2028⟧⟦U+2029⟧⟦U+0085⟧"),
        ("\u00a0", "⟦U+00A0⟧"),
        ("\ufeffx", "⟦U+FEFF⟧x"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("\u3164", "⟦U+3164⟧"),
        ("\u2800", "⟦U+2800⟧"),
        ("\u034f", "⟦U+034F⟧"),
        ("\ud800", "⟦U+D800⟧"),
        ("\udce9", "⟦E9⟧"),
        ("\ue000", "⟦U+E000⟧"),
        ("\tx", "\tx"),
        (b"caf\xe9", "caf⟦E9⟧"),
        (b"\xed\xa0\x80", "⟦ED⟧⟦A0⟧⟦80⟧"),
        (b"\xc3", "⟦C3⟧"),
        (b"\xf0\x9f\x8e\x89", "🎉"),
    ],
)
def test_what_would_hide_or_steer_is_named(text: str | bytes, shown: str) -> None:
    assert show(text) == shown


@pytest.mark.parametrize("char", _ORDERING)
def test_nothing_reorders_text(char: str) -> None:
    assert char not in show(f"a{char}b")


def test_marks_piled_on_one_letter_are_counted() -> None:
    assert show("e" + "\u0301" * 4 + "!") == "e" + "\u0301" * 4 + "!"
    assert show("e" + "\u0301\u0302" * 100 + "!") == "e" + "\u0301\u0302" * 2 + "⟦+196⟧!"


@pytest.mark.parametrize("mark", ["\u0e49", "\u064b", "\u05b0", "\u1dff", "\ua66f", "\u302a", "\u0f35", "\U0001d165"])
def test_marks_of_every_script_can_pile_up_and_are_counted(mark: str) -> None:
    assert show("x" + mark * 50) == "x" + mark * 4 + "⟦+46⟧"


def test_lines_stay_lines_where_several_are_shown() -> None:
    assert show_lines(b"a\nb\x1b\r\n\xff\n") == "a\nb␛␍\n⟦FF⟧\n"


@given(text=_ANY)
def test_lines_are_shown_like_one_line_each(text: str | bytes) -> None:
    newline = "\n" if isinstance(text, str) else b"\n"
    lines = text.split(newline)  # type: ignore[arg-type]

    assert show_lines(text) == "\n".join(show(line) for line in lines)


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("", ""),
        ("no tabs", "no tabs"),
        ("\t", " " * 8),
        ("\t\t", " " * 16),
        ("a\tb", "a       b"),
        ("1234567\tb", "1234567 b"),
        ("12345678\tb", "12345678        b"),
        ("é\tb", "é       b"),
        ("日本\tb", "日本    b"),
        ("e\u0301\tb", "e\u0301       b"),
        ("日\ta\tb", "日      a       b"),
    ],
)
def test_tabs_reach_to_the_next_stop_of_eight_cells(line: str, expanded: str) -> None:
    assert expand_tabs(line) == expanded


@given(text=_ANY)
def test_after_expanding_there_are_no_tabs_and_the_rest_stands_at_its_stop(text: str | bytes) -> None:
    shown = show(text)
    expanded = expand_tabs(shown)

    assert "\t" not in expanded
    assert expanded.replace(" ", "") == shown.replace(" ", "").replace("\t", "")
    last = shown.rpartition("\t")
    if last[1]:
        assert cell_len(expanded[: len(expanded) - len(last[2])]) % 8 == 0


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password = 'hunter22'", "password = '••••••••'"),
        ('{"api_key": "sk-12345", "n": 1}', '{"api_key": "••••••••", "n": 1}'),
        ("PASSWORD=hunter22", "PASSWORD=••••••••"),
        ("env['TOKEN'] = 'a b\\'c'", "env['TOKEN'] = '• ••••'"),
        ("hunter22 hunter23", "•••••••• ••••••••"),
    ],
)
def test_what_may_be_a_secret_becomes_dots_of_the_same_length(line: str, shown: str) -> None:
    assert conceal(line) == shown


@given(st.text())
def test_dots_take_the_place_of_what_they_hide(line: str) -> None:
    assert len(conceal(line)) == len(line)
