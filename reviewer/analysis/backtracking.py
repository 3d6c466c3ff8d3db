"""Whether a regular expression can take exponential time: if one text can run round a loop of it in two ways.

Reads the pattern as an automaton whose states are its characters. Says no to what it cannot read: references,
atomic groups, patterns of many characters.
"""

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]  # no stubs; there is no public parser
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# The parser's trees are untyped: pairs of an operation and what it needs.
_Item = tuple[Any, Any]

_LONGEST = 2_000
_MOST_STATES = 80
_MOST_PAIRS = 60_000
_ENDLESS = 50
_COPIES = 3
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT)
_EMPTY_MATCH = (ops.AT, ops.ASSERT, ops.ASSERT_NOT)
_SAMPLES = frozenset({chr(code) for code in range(32, 127)} | {"\t", "\n", "\u00e9", "\u4e2d", "\u00a0"})
_CATEGORIES: Mapping[Any, Callable[[str], bool]] = {
    ops.CATEGORY_DIGIT: str.isdigit,
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_NOT = {
    ops.CATEGORY_NOT_DIGIT: ops.CATEGORY_DIGIT,
    ops.CATEGORY_NOT_SPACE: ops.CATEGORY_SPACE,
    ops.CATEGORY_NOT_WORD: ops.CATEGORY_WORD,
}


class _CannotSay(Exception):
    """The pattern holds something the automaton has no states for."""


@lru_cache(maxsize=256)
def can_explode(pattern: str, *, flags: int = 0, is_full: bool = False) -> bool:
    """True if a text exists on which matching takes time exponential in its length.

    `is_full` if the whole text must match, so that failing after the last character is possible.
    """
    if len(pattern) > _LONGEST or not re.search(r"[*+}]\)?.*[*+}]|\|.*[*+}]", pattern, re.DOTALL):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(pattern, flags)
        any_char = _SAMPLES if tree.state.flags & re.DOTALL else _SAMPLES - {"\n"}
        return any(_is_ambiguous(item, any_char) for item in _loops(list(tree), can_fail=is_full))
    except (re.error, RecursionError, OverflowError, ValueError, _CannotSay):
        return False


def _loops(items: Sequence[_Item], *, can_fail: bool) -> Iterator[_Item]:
    """Yield the endless repetitions that have something after them to fail on."""
    for index, (op, value) in enumerate(items):
        rest = items[index + 1 :]
        fails = can_fail or any(item[0] is ops.AT or not _may_be_empty(item) for item in rest)
        if op in _REPEATS and value[1] >= _ENDLESS and fails:
            yield items[index]
            continue
        for inner in _bodies(op, value):
            yield from _loops(inner, can_fail=fails)


def _bodies(op: Any, value: Any) -> list[list[_Item]]:
    if op in _REPEATS:
        return [list(value[2])]
    if op is ops.SUBPATTERN:
        return [list(value[3])]
    if op is ops.BRANCH:
        return [list(branch) for branch in value[1]]
    if op in (ops.ASSERT, ops.ASSERT_NOT):
        return [list(value[1])]
    return []


def _may_be_empty(item: _Item) -> bool:
    op, value = item
    if op in _EMPTY_MATCH:
        return True
    if op in _REPEATS:
        return value[0] == 0 or all(_may_be_empty(inner) for inner in value[2])
    bodies = _bodies(op, value)
    return bool(bodies) and any(all(_may_be_empty(inner) for inner in body) for body in bodies)


@dataclass(slots=True)
class _Part:
    """A piece of the pattern: the states it can begin and end with."""

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    is_nullable: bool = True


@dataclass(slots=True)
class _Automaton:
    """`steps` lead from state to state; one that is there in two ways stands in `doubled`."""

    any_char: frozenset[str]
    chars: list[frozenset[str]] = field(default_factory=list)
    steps: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    doubled: set[tuple[int, int]] = field(default_factory=set)

    def join(self, before: Sequence[int], after: Sequence[int]) -> None:
        for state in before:
            for target in after:
                if target in self.steps[state]:
                    self.doubled.add((state, target))
                self.steps[state].add(target)

    def add(self, items: Sequence[_Item]) -> _Part:
        whole = _Part()
        for item in items:
            part = self._item(item)
            self.join(whole.last, part.first)
            whole.first += part.first if whole.is_nullable else []
            whole.last = part.last + (whole.last if part.is_nullable else [])
            whole.is_nullable = whole.is_nullable and part.is_nullable
        return whole

    def _item(self, item: _Item) -> _Part:
        op, value = item
        if op in _EMPTY_MATCH:
            return _Part()
        if op in _REPEATS:
            return self._repeat(*value)
        if op is ops.SUBPATTERN:
            return self.add(value[3])
        if op is ops.BRANCH:
            parts = [self.add(branch) for branch in value[1]]
            first = [state for part in parts for state in part.first]
            last = [state for part in parts for state in part.last]
            return _Part(first, last, any(part.is_nullable for part in parts))
        chars = self.any_char if op is ops.ANY else _chars(op, value)
        if len(self.chars) >= _MOST_STATES:
            raise _CannotSay
        self.chars.append(chars)
        state = len(self.chars) - 1
        return _Part([state], [state], is_nullable=False)

    def _repeat(self, least: int, most: int, body: Sequence[_Item]) -> _Part:
        if most >= _ENDLESS:
            part = self.add(body)
            self.join(part.last, part.first)
            return _Part(part.first, part.last, part.is_nullable or least == 0)
        whole = _Part()
        for copy in range(min(most, max(least, _COPIES))):
            part = self.add(body)
            is_optional = part.is_nullable or copy >= least
            self.join(whole.last, part.first)
            whole.first += part.first if whole.is_nullable else []
            whole.last = part.last + (whole.last if is_optional else [])
            whole.is_nullable = whole.is_nullable and is_optional
        return whole


def _chars(op: Any, value: Any) -> frozenset[str]:
    if op is ops.LITERAL:
        return frozenset({chr(value)})
    if op is ops.NOT_LITERAL:
        return _SAMPLES - {chr(value)}
    if op is not ops.IN:
        raise _CannotSay
    found: set[str] = set()
    for kind, what in value:
        if kind is ops.LITERAL:
            found.add(chr(what))
        elif kind is ops.RANGE:
            found |= {char for char in _SAMPLES if what[0] <= ord(char) <= what[1]} | {chr(what[0])}
        elif kind is ops.CATEGORY:
            test = _CATEGORIES[_NOT.get(what, what)]
            found |= {char for char in _SAMPLES if bool(test(char)) != (what in _NOT)}
    return frozenset(_SAMPLES - found if value[0][0] is ops.NEGATE else found)


def _is_ambiguous(loop: _Item, any_char: frozenset[str]) -> bool:
    """True if a text leads from a state back to itself in two ways.

    Two readers walk the automaton side by side; they part and meet again on the same text.
    """
    automaton = _Automaton(any_char)
    automaton.add([loop])
    rounds = _cycles(automaton)
    if any(rounds.get(one) is not None and rounds.get(one) == rounds.get(other) for one, other in automaton.doubled):
        return True
    return any(_meets_again(automaton, state) for state in rounds)


def _cycles(automaton: _Automaton) -> dict[int, int]:
    """Return the states that lie on a cycle, with a number for the cycles they share."""
    reach = {state: _reachable(automaton, state) for state in range(len(automaton.chars))}
    return {
        state: min(other for other in reach[state] if state in reach[other]) for state in reach if state in reach[state]
    }


def _reachable(automaton: _Automaton, start: int) -> set[int]:
    seen: set[int] = set()
    todo = list(automaton.steps[start])
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            todo.extend(automaton.steps[state])
    return seen


def _meets_again(automaton: _Automaton, start: int) -> bool:
    """True if both readers can leave a state together, stand apart, and come back to it together."""
    seen: set[tuple[int, int, bool]] = set()
    todo = [(start, start, False)]
    while todo:
        one, other, have_parted = todo.pop()
        for next_one in automaton.steps[one]:
            for next_other in automaton.steps[other]:
                if not automaton.chars[next_one] & automaton.chars[next_other]:
                    continue
                parted = have_parted or next_one != next_other
                if parted and next_one == next_other == start:
                    return True
                step = (next_one, next_other, parted)
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
        if len(seen) > _MOST_PAIRS:
            return False
    return False
