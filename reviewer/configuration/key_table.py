"""The `[keys]` table of the user's file: its form. Which actions and keys there are, only the interface knows."""

from collections.abc import Iterator, Mapping

from reviewer.configuration.preferences import KeyChoice
from reviewer.tables import quoted

_PRESET = "preset"
_LONGEST = 50


def misfits_of(table: Mapping[str, object]) -> Iterator[str]:
    for name, value in table.items():
        if name == _PRESET and not _is_key(value):
            yield '"preset" must be the name of one'
        elif name != _PRESET and not _is_sound(value):
            yield f"{quoted(name)} must be a key, a list of keys, or false for none"


def key_choice(table: Mapping[str, object]) -> KeyChoice:
    """Return what the sound entries of a table choose."""
    preset = table.get(_PRESET)
    chosen = {name: _keys(value) for name, value in table.items() if name != _PRESET and _is_sound(value)}
    return KeyChoice(preset if isinstance(preset, str) else None, chosen)


def _keys(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else () if value is False else (str(value),)


def _is_sound(value: object) -> bool:
    return value is False or _is_key(value) or (isinstance(value, list) and all(map(_is_key, value)))


def _is_key(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST
