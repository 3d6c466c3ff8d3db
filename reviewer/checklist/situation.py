"""Which questions a change brings up. Its text is read only as far as it takes to know, and not at all if it can be."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reviewer.checklist.languages import is_written_in
from reviewer.checklist.model import NINE_POINT, Checklist, Question, Trigger
from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff, LineKind
from reviewer.globs import is_path_in

_SEARCHED_BYTES = 2_000
_Search = tuple[str, re.Pattern[str]]  # a checklist's id, and one of its patterns


@dataclass(frozen=True, slots=True)
class Situation:
    """What triggers look at. `added_lines` makes the lines anew at each call, and is called at most once."""

    paths: tuple[bytes, ...]
    added_lines: Callable[[], Iterable[bytes]]
    rules: frozenset[str]
    is_ai_assisted: bool


def situation_of(diff: Diff, rules: Iterable[str], *, is_ai_assisted: bool) -> Situation:
    """Return the situation of a diff in which the rules have fired. A renamed file has both its paths."""
    paths = [path for file in diff.files for path in (file.old_path, file.new_path) if path is not None]
    return Situation(tuple(dict.fromkeys(paths)), lambda: _added_lines(diff), frozenset(rules), is_ai_assisted)


def questions_for(checklists: Sequence[Checklist], situation: Situation) -> tuple[Question, ...]:
    """Return the questions to ask in the order of the points; within a point those of the nine-point list first."""
    asked = _triggered(checklists, situation)
    found = [
        (question.point.number, checklist.id != NINE_POINT, question)
        for checklist in checklists
        if checklist.id in asked
        for question in checklist.questions
    ]
    return tuple(question for _, _, question in sorted(found, key=lambda entry: entry[:2]))


def _triggered(checklists: Sequence[Checklist], situation: Situation) -> set[str]:
    paths = [path.decode("utf-8", "surrogateescape") for path in situation.paths]
    asked: set[str] = set()
    searches: list[_Search] = []
    for checklist in checklists:
        if checklist.trigger is None or _is_met_without_text(checklist.trigger, paths, situation):
            asked.add(checklist.id)
            continue
        searches += [(checklist.id, re.compile(pattern)) for pattern in checklist.trigger.patterns]
    return asked | _met_by_text(searches, situation)


def _is_met_without_text(trigger: Trigger, paths: Sequence[str], situation: Situation) -> bool:
    if trigger.ai_assisted and situation.is_ai_assisted:
        return True
    if not situation.rules.isdisjoint(trigger.rules):
        return True
    return any(
        is_written_in(path, trigger.languages) or any(is_path_in(path, glob) for glob in trigger.paths)
        for path in paths
    )


def _met_by_text(searches: list[_Search], situation: Situation) -> set[str]:
    """Return the checklists one of whose patterns is found; each is searched for up to its first hit."""
    met: set[str] = set()
    if not searches:
        return met
    for raw in situation.added_lines():
        line = raw[:_SEARCHED_BYTES].removesuffix(b"\r").decode("utf-8", "surrogateescape")
        hits = {checklist for checklist, pattern in searches if pattern.search(line)}
        if not hits:
            continue
        met |= hits
        searches = [search for search in searches if search[0] not in met]
        if not searches:
            break
    return met


def _added_lines(diff: Diff) -> Iterator[bytes]:
    for _, hunk in diff.walk():
        for line in lines_of(hunk):
            if line.kind is LineKind.ADDED:
                yield line.text
