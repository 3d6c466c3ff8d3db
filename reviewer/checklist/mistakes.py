"""Everything that is wrong with the tables of a checklist file, in words its author can act on."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import get_args, get_origin

import msgspec

from reviewer.checklist.tables import ChecklistTable, Pattern, QuestionTable, WhenTable, listed
from reviewer.visible import show

_SHOWN_WIDTH = 60
_REASON_WIDTH = 200
_LARGEST_SHOWN = 1_000_000
_KINDS = {int: "a large number", float: "a fraction", list: "a list", dict: "a table"}


def mistakes_in(file: Mapping[str, object]) -> Iterator[str]:
    """Yield every mistake, in the order of the schema, not of the file."""
    yield from _key_mistakes(file, ChecklistTable)
    when, questions = file.get("when"), file.get("question")
    if isinstance(when, dict):
        yield from (f"[when]: {mistake}" for mistake in _when_mistakes(when))
    if isinstance(questions, list):
        yield from _question_mistakes(questions)


def quoted(value: str) -> str:
    """Return foreign text in quotes, short and safe to draw."""
    cut = value if len(value) <= _SHOWN_WIDTH else f"{value[:_SHOWN_WIDTH]}…"
    return f'"{show(cut)}"'


def in_our_words(reason: str) -> str:
    """Return what a library says as part of a message: short, not capitalised, safe to draw."""
    return show(reason[:1].lower() + reason[1:_REASON_WIDTH])


def _when_mistakes(when: Mapping[str, object]) -> Iterator[str]:
    yield from _key_mistakes(when, WhenTable)
    names = [key.name for key in fields(WhenTable)]
    if not any(when.get(name) for name in names):
        yield f"nothing is named; give one of {listed(names)}, or leave the table out to ask always"
    patterns = when.get("patterns")
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else (), start=1):
        reason = _why_no_pattern(pattern) if _fits(pattern, Pattern) else None
        if reason is not None:
            yield f'"patterns" entry {number} is no regular expression: {reason}'


def _question_mistakes(questions: list[object]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for number, table in enumerate(questions, start=1):
        if not isinstance(table, dict):
            continue
        name = table.get("id")
        where = f"question {number} ({quoted(name)})" if isinstance(name, str) else f"question {number}"
        yield from (f"{where}: {mistake}" for mistake in _key_mistakes(table, QuestionTable))
        if isinstance(name, str) and numbers.setdefault(name, number) != number:
            yield f'{where}: "id" is taken by question {numbers[name]}'


def _key_mistakes(
    table: Mapping[str, object], shape: type[ChecklistTable | QuestionTable | WhenTable]
) -> Iterator[str]:
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


def _misfits(name: str, value: object, allowed: object) -> Iterator[str]:
    """Yield what is wrong with the value of one key: its entries if it is a list of such, else itself."""
    if _fits(value, allowed):
        return
    whole = get_args(allowed)[0]
    entry = get_args(whole)[0] if get_origin(whole) is tuple else None
    if isinstance(value, list) and value and entry is not None:
        for number, item in enumerate(value, start=1):
            if not _fits(item, entry):
                yield f'"{name}" entry {number} must be {_words(entry)}, not {_named(item)}'
        return
    yield f'"{name}" must be {_words(allowed)}, not {_named(value)}'


def _fits(value: object, allowed: object) -> bool:
    try:
        msgspec.convert(value, allowed)
    except msgspec.ValidationError:
        return False
    return True


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


def _why_no_pattern(pattern: str) -> str | None:
    """Return what Python's `re` has against the pattern; what it only warns of is refused as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            return in_our_words(str(error))
    return None
