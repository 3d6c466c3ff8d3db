"""Which questions a change brings up. Its text is read only as far as it takes to know, and not at all if it can be."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from reviewer.checklist.languages import is_written_in
from reviewer.checklist.model import NINE_POINT, Checklist, Question, Trigger
from reviewer.diff.model import Diff
from reviewer.globs import is_path_in

_SEARCHED_BYTES = 2_000
# Some fifty thousand lines; more would keep the first screen waiting.
_MOST_SEARCHED = 2_000_000
_MOST_AT_ONCE = 512
_ADDED = re.compile(rb"^\+(.*)", re.MULTILINE)
# What asks about its surroundings, or keeps what it took, may find less in a text of many lines than in one of them.
_LOOKS_AROUND = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[AZ]|[*+?}]\+")
_Search = tuple[str, re.Pattern[str]]  # a checklist's id, and one of its patterns


@dataclass(frozen=True, slots=True)
class Situation:
    """What triggers look at. `added_lines` makes the lines anew at each call, and is called at most once.

    `searched` keeps what patterns found in them, by checklist, for the next situation of the same lines.
    """

    paths: tuple[bytes, ...]
    added_lines: Callable[[], Iterable[bytes]]
    rules: frozenset[str]
    is_ai_assisted: bool
    searched: dict[str, bool] = field(default_factory=dict)


def situation_of(
    diff: Diff, rules: Iterable[str], *, is_ai_assisted: bool, searched: dict[str, bool] | None = None
) -> Situation:
    """Return the situation of a diff in which the rules have fired. A renamed file has both its paths."""
    paths = tuple(dict.fromkeys(path for file in diff.files for path in (file.old_path, file.new_path) if path))
    searched = {} if searched is None else searched
    return Situation(paths, lambda: _added_lines(diff), frozenset(rules), is_ai_assisted, searched)


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
        if checklist.id not in situation.searched:
            searches += [(checklist.id, re.compile(pattern)) for pattern in checklist.trigger.patterns]
    met = _met_by_text(searches, situation)
    situation.searched.update((checklist, checklist in met) for checklist, _ in searches)
    waiting = {checklist.id for checklist in checklists} - asked
    return asked | {checklist for checklist in waiting if situation.searched.get(checklist)}


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
    """Return the checklists one of whose patterns is found; each is searched for up to its first hit.

    In a text longer than anybody reads, what was not found at its beginning is taken to come later.
    """
    met: set[str] = set()
    if not searches:
        return met
    looked_at = 0
    for block in _in_blocks(situation.added_lines()):
        met |= {checklist for checklist, pattern in searches if _is_in(block, pattern)}
        searches = [search for search in searches if search[0] not in met]
        looked_at += sum(map(len, block))
        if not searches:
            break
        if looked_at > _MOST_SEARCHED:
            return met | {checklist for checklist, _ in searches}
    return met


def _in_blocks(lines: Iterable[bytes]) -> Iterator[list[str]]:
    """Yield the lines as text, some hundred at a time; the first are few, since they may be enough."""
    waiting, size = iter(lines), 1
    while block := [_text_of(line) for line in islice(waiting, size)]:
        yield block
        size = min(2 * size, _MOST_AT_ONCE)


def _text_of(line: bytes) -> str:
    return line[:_SEARCHED_BYTES].removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _is_in(block: list[str], pattern: re.Pattern[str]) -> bool:
    """True if one of the lines holds the pattern; most patterns can be ruled out for all of them at once."""
    if len(block) > 1 and _LOOKS_AROUND.search(pattern.pattern) is None:
        together = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
        if together.search("\n".join(block)) is None:
            return False
    return any(pattern.search(line) for line in block)


def _added_lines(diff: Diff) -> Iterator[bytes]:
    for _, hunk in diff.walk():
        for lines in hunk.blocks():
            for match in _ADDED.finditer(lines):
                yield match[1]
