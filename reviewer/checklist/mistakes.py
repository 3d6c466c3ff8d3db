"""Everything that is wrong with the tables of a checklist file, in words its author can act on."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import fields

from reviewer.checklist.tables import ChecklistTable, Pattern, QuestionTable, WhenTable
from reviewer.tables import fits, in_our_words, key_mistakes, listed, quoted


def mistakes_in(file: Mapping[str, object]) -> Iterator[str]:
    """Yield every mistake, in the order of the schema, not of the file."""
    yield from key_mistakes(file, ChecklistTable)
    when, questions = file.get("when"), file.get("question")
    if isinstance(when, dict):
        yield from (f"[when]: {mistake}" for mistake in _when_mistakes(when))
    if isinstance(questions, list):
        yield from _question_mistakes(questions)


def _when_mistakes(when: Mapping[str, object]) -> Iterator[str]:
    yield from key_mistakes(when, WhenTable)
    names = [key.name for key in fields(WhenTable)]
    if not any(when.get(name) for name in names):
        yield f"nothing is named; give one of {listed(names)}, or leave the table out to ask always"
    patterns = when.get("patterns")
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else (), start=1):
        reason = _why_no_pattern(pattern) if fits(pattern, Pattern) else None
        if reason is not None:
            yield f'"patterns" entry {number} is no regular expression: {reason}'


def _question_mistakes(questions: list[object]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for number, table in enumerate(questions, start=1):
        if not isinstance(table, dict):
            continue
        name = table.get("id")
        where = f"question {number} ({quoted(name)})" if isinstance(name, str) else f"question {number}"
        yield from (f"{where}: {mistake}" for mistake in key_mistakes(table, QuestionTable))
        if isinstance(name, str) and numbers.setdefault(name, number) != number:
            yield f'{where}: "id" is taken by question {numbers[name]}'


def _why_no_pattern(pattern: str) -> str | None:
    """Return what Python's `re` has against the pattern; what it only warns of is refused as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            return in_our_words(str(error))
    return None
