"""TOML files that people write: read with limits, and every mistake of a table told at once, in words to act on.

A file comes with the repository under review: it may be of any size and hold anything.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from itertools import islice
from typing import Any, get_args, get_origin

import msgspec

from reviewer.visible import show

LARGEST_FILE = 1_000_000
# tomllib takes time that grows with the square of a dotted key, and a key ends with its line.
_LONGEST_LINE = 2_000
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_MOST_MISTAKES = 100
_SHOWN_WIDTH = 60
_REASON_WIDTH = 200
_LARGEST_SHOWN = 1_000_000
_KINDS = {int: "a large number", float: "a fraction", list: "a list", dict: "a table"}


class Unreadable(Exception):
    """Why a file never came to have tables."""


def read_tables(raw: bytes) -> dict[str, object]:
    """Return the tables of a file's content. Raises Unreadable, which names the line."""
    if len(raw) > LARGEST_FILE:
        raise Unreadable(f"larger than {LARGEST_FILE:,} bytes; split it")
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise Unreadable(f"line {number}: longer than {_LONGEST_LINE:,} bytes; break it")
    try:
        return _read_toml(raw.decode())
    except UnicodeDecodeError as error:
        line_number = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line_number}: not UTF-8 (byte {raw[error.start]:02X})") from error


def key_mistakes(table: Mapping[str, object], shape: type[Any]) -> Iterator[str]:
    """Yield what is wrong with the keys of a table; the types of `shape` hold limits and the words for them."""
    known = {key.name: key for key in fields(shape)}
    for name, key in known.items():
        if name in table:
            yield from _misfits(name, table[name], key.type)
        elif key.default is MISSING:
            yield f'"{name}" is missing'
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {listed(near)}?" if near else f"known here are {listed(known)}"
            yield f"key {quoted(name)} is unknown; {hint}"


def told(mistakes: Iterable[str], place: str) -> list[str]:
    """Return the mistakes with the file they are in; of one that is full of them, the first hundred.

    Nobody reads more, and to find what each of 100,000 words was meant to be takes minutes.
    """
    found = [f"{place}: {mistake}" for mistake in islice(mistakes, _MOST_MISTAKES + 1)]
    return found if len(found) <= _MOST_MISTAKES else [*found[:-1], f"{place}: and more; put these right first"]


def quoted(value: str) -> str:
    """Return foreign text in quotes, short and safe to draw."""
    cut = value if len(value) <= _SHOWN_WIDTH else f"{value[:_SHOWN_WIDTH]}…"
    return f'"{show(cut)}"'


def in_our_words(reason: str) -> str:
    """Return what a library says as part of a message: short, no capital but of names in capitals, safe to draw."""
    is_word = reason[1:2].islower()
    return show((reason[:1].lower() if is_word else reason[:1]) + reason[1:_REASON_WIDTH])


def listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def fits(value: object, allowed: object) -> bool:
    try:
        msgspec.convert(value, allowed)
    except msgspec.ValidationError:
        return False
    return True


def _read_toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.fullmatch(str(error))
        reason = place[1] if place else str(error)
        line = place[2] if place and place[2] else text.rstrip("\n").count("\n") + 1
        column = f", column {place[3]}" if place and place[3] else ""
        raise Unreadable(f"line {line}{column}: {in_our_words(reason)}") from error
    except RecursionError as error:
        raise Unreadable("lists or tables stand too deep in each other") from error
    except ValueError as error:
        # Python reads whole numbers up to a number of digits that its environment may set to 640.
        raise Unreadable("a number has too many digits") from error


def _misfits(name: str, value: object, allowed: object) -> Iterator[str]:
    """Yield what is wrong with the value of one key: its entries if it is a list or a table of such, else itself."""
    if fits(value, allowed):
        return
    below = _entry_of(get_args(allowed)[0], dict)
    if isinstance(value, dict) and value and below is not None:
        for key, item in value.items():
            yield from (f'"{name}": {mistake}' for mistake in _misfits(key, item, below))
        return
    entry = _entry_of(get_args(allowed)[0], tuple)
    if isinstance(value, list) and value and entry is not None:
        for number, item in enumerate(value, start=1):
            if not fits(item, entry):
                yield f"{quoted(name)} entry {number} must be {_words(entry)}, not {_named(item)}"
        return
    yield f"{quoted(name)} must be {_words(allowed)}, not {_named(value)}"


def _entry_of(whole: object, kind: type) -> object:
    """Return what may stand in a list or a table, if it is said in words; `| None` behind it does not matter."""
    for form in (whole, *get_args(whole)):
        if get_origin(form) is kind:
            entry = get_args(form)[1 if kind is dict else 0]
            return entry if hasattr(entry, "__metadata__") else None
    return None


def _words(allowed: object) -> str:
    return str(get_args(allowed)[1].description)


def _named(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) <= _LARGEST_SHOWN:
        return str(value)
    if isinstance(value, list) and not value:
        return "an empty list"
    return _KINDS.get(type(value), "a date or time")
