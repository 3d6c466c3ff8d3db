"""Keys as people write them, and as Textual names them."""

import unicodedata
from collections.abc import Sequence
from itertools import product

_MODIFIERS = {"ctrl": "ctrl", "control": "ctrl", "alt": "alt", "shift": "shift"}
_NAMED = {
    "space": "space", "enter": "enter", "return": "enter", "tab": "tab", "backspace": "backspace",
    "esc": "escape", "escape": "escape", "delete": "delete", "del": "delete", "insert": "insert", "ins": "insert",
    "home": "home", "end": "end", "pgup": "pageup", "pageup": "pageup", "pgdn": "pagedown", "pagedown": "pagedown",
    "up": "up", "down": "down", "left": "left", "right": "right", "↑": "up", "↓": "down", "←": "left", "→": "right",
    "plus": "plus", "comma": "comma", "minus": "minus",
    **{f"f{number}": f"f{number}" for number in range(1, 13)},
}  # fmt: skip
_SHOWN = {
    "escape": "esc", "pageup": "PgUp", "pagedown": "PgDn", "up": "↑", "down": "↓", "left": "←", "right": "→",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}  # fmt: skip
# Textual names these other than Unicode does.
_OTHERWISE = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
# To a terminal these are one key.
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape", "ctrl+h": "backspace"}
_DIGITS = ("1…9", "1..9", "1-9")


def known_names() -> Sequence[str]:
    """Return what a key can be called by name; any other is a single character."""
    return [*_NAMED, *(f"{modifier}+{name}" for modifier, name in product(("ctrl", "alt", "shift"), _NAMED))]


def keys_from(written: str) -> tuple[str, ...]:
    """Return Textual's name for a key as people write it, nine for a row of digits, none for what is no key."""
    for digits in _DIGITS:
        if written.strip().lower().endswith(digits):
            stem = written.strip()[: -len(digits)]
            return tuple(name for digit in range(1, 10) for name in _one(f"{stem}{digit}"))
    return _one(written)


def shown_as(name: str) -> str:
    """Return a key as people write it, from Textual's name for it."""
    *modifiers, base = name.split("+")
    return "+".join([*modifiers, _SHOWN.get(base) or _CHARACTERS.get(base, base)])


def _one(written: str) -> tuple[str, ...]:
    *modifiers, base = _parts(written.strip() if len(written) > 1 else written)
    held = sorted({_MODIFIERS.get(modifier.lower(), "") for modifier in modifiers})
    name = _base(base)
    if not name or "" in held:
        return ()
    if base.isalpha() and len(base) == 1 and "shift" in held:
        held, name = [modifier for modifier in held if modifier != "shift"], base.upper()
    elif base.isalpha() and len(base) == 1 and "ctrl" in held:
        name = base.lower()
    whole = "+".join([*held, name])
    return (_SAME.get(whole, whole),)


def _parts(written: str) -> list[str]:
    """Split at the plus signs that hold keys together; the key itself may be one."""
    if written.endswith("+"):
        return [*(part for part in written[:-1].split("+") if part), "+"]
    return written.split("+")


def _base(text: str) -> str:
    if len(text) == 1 and text.isprintable():
        return _NAMED.get(text) or _character(text)
    lowered = text.lower()
    return _NAMED.get(lowered) or (lowered if lowered in _CHARACTERS else "")


def _character(char: str) -> str:
    if char == " ":
        return "space"
    if char.isalnum():
        return char
    name = unicodedata.name(char, "").lower().replace("-", "_").replace(" ", "_")
    return _OTHERWISE.get(name, name)


_CHARACTERS = {_character(char): char for char in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}
