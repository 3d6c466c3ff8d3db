"""The functions and classes of a file before a change, matched with those after it, and where removed lines stood.

Matches by qualified name; who was renamed or moved has no twin.
"""

import ast
import warnings
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.source import DoesNotParse, children_of, first_line, read_source

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.ClassDef | ast.Module

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# A top-level statement begins here, unless the line is part of a text; then the parse fails or does no harm.
_START = regex(r"(?!(?:else|elif|except|finally)\b)[A-Za-z_@]")
# `ast.unparse` takes some five frames a level, of a thousand.
_DEEPEST = 100
# How far from a removed line an added one is still what came in its place.
_NEAR = 3
# Beyond the last line of any file.
_NO_LINE = 10**9


@dataclass(frozen=True, slots=True)
class Twin:
    """`name` is qualified, empty for the module itself; a side is None where there is no such scope."""

    name: str
    old: Scope | None
    new: Scope | None

    @property
    def is_deep(self) -> bool:
        """True if a side is nested so deeply that writing it out would exhaust the stack."""
        return any(side is not None and _is_deep(side) for side in (self.old, self.new))


def scopes_in(tree: ast.Module) -> Iterator[tuple[str, Scope]]:
    """Yield the module, its classes and its functions with their qualified names, in reading order."""
    yield "", tree
    stack: list[tuple[str, ast.AST]] = [("", child) for child in reversed(tree.body)]
    while stack:
        owner, node = stack.pop()
        if isinstance(node, ast.expr):
            continue
        if isinstance(node, _SCOPES):
            owner = f"{owner}.{node.name}" if owner else node.name
            yield owner, node
        stack.extend((owner, child) for child in reversed(list(children_of(node))))


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what a scope holds itself, decorators and signature included, and not what scopes inside it hold."""
    stack = list(reversed(list(children_of(scope))))
    while stack:
        node = stack.pop()
        if isinstance(node, _SCOPES):
            continue
        yield node
        stack.extend(reversed(list(children_of(node))))


@lru_cache(maxsize=4)
def twins_of(file: ChangedFile) -> tuple[Twin, ...]:
    """Return the scopes of a Python file that the change touches on either side; none if a side cannot be read."""
    near_old, near_new = _lines_near(file)
    try:
        old = _tree_near(file.old_text, file.before.lines, near_old)
        new = _part_of(read_source(file.new_text or b"").tree, _blocks_near(_starts(file.lines), near_new))
    except DoesNotParse:
        return ()  # the engine says so
    before, after = dict(_numbered(old)), dict(_numbered(new))
    removed, added = sorted(file.removed), sorted(file.added)
    twins = (Twin(key[0], before.get(key), after.get(key)) for key in before | after)
    return tuple(twin for twin in twins if _is_touched(twin.old, removed) or _is_touched(twin.new, added))


def place_of(file: ChangedFile, old_line: int) -> int:
    """Return where in the new text a removed line stood: an added line near it, else the line that follows now."""
    kept = old_line - 1 - sum(line < old_line for line in file.removed)
    following = _unchanged(file, kept + 1)
    added = sorted(file.added)
    index = bisect_left(added, following)
    preceding = _unchanged(file, kept) if kept else 0
    between = bisect_left(added, preceding)
    if between < index:
        return added[between]
    near = [line for line in added[max(0, index - 1) : index + 1] if abs(line - following) <= _NEAR]
    return near[0] if near else min(following, len(file.lines))


def _lines_near(file: ChangedFile) -> tuple[set[int], set[int]]:
    """Return the changed lines of either side, and those between which the other side has lines of its own."""
    old_kept = [line for line in range(1, len(file.before.lines) + 1) if line not in file.removed]
    new_kept = [line for line in range(1, len(file.lines) + 1) if line not in file.added]
    old, new = set(file.removed), set(file.added)
    for changed, here, there, lines in ((file.added, new_kept, old_kept, old), (file.removed, old_kept, new_kept, new)):
        for line in changed:
            if line - 1 not in changed:
                place = bisect_left(here, line)
                lines.update(there[max(0, place - 1) : place + 1])
    return old, new


def _tree_near(text: bytes | None, lines: Sequence[str], near: set[int]) -> ast.Module:
    """Parse the top-level statements that hold the lines, for they are few; if that fails, the whole file."""
    if text is None:
        return ast.Module([], [])
    shown = [""] * len(lines)
    for block in _blocks_near(_starts(lines), near):
        first, last = block.start, min(block.stop, len(lines) + 1)
        shown[first - 1 : last - 1] = lines[first - 1 : last - 1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse("\n".join(shown))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return read_source(text).tree


def _part_of(tree: ast.Module, blocks: Sequence[range]) -> ast.Module:
    """Return the top-level statements that reach into one of the blocks: those `_tree_near` would have parsed."""
    spans = [(node, range(first_line(node), (node.end_lineno or node.lineno) + 1)) for node in tree.body]
    return ast.Module([node for node, span in spans if any(_overlap(span, block) for block in blocks)], [])


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _blocks_near(starts: Sequence[int], near: set[int]) -> Sequence[range]:
    """Return the lines from one top-level start to the next around each of the lines."""
    ends = [*starts, _NO_LINE]
    blocks = {bisect_right(starts, line) for line in near}
    return [range(starts[block - 1] if block else 1, ends[block]) for block in sorted(blocks)]


def _starts(lines: Sequence[str]) -> list[int]:
    """Return where top-level statements begin, a function or class with its first decorator."""
    starts: list[int] = []
    is_decorated = False
    for number, line in enumerate(lines, 1):
        if _START.match(line):
            if not is_decorated:
                starts.append(number)
            is_decorated = line[0] == "@"
    return starts


def _is_touched(scope: Scope | None, lines: Sequence[int]) -> bool:
    if scope is None or isinstance(scope, ast.Module):
        return scope is not None and bool(lines)
    first = min([scope.lineno, *(decorator.lineno for decorator in scope.decorator_list)])
    place = bisect_left(lines, first)
    return place < len(lines) and lines[place] <= (scope.end_lineno or first)


def _is_deep(scope: Scope) -> bool:
    stack: list[tuple[ast.AST, int]] = [(scope, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            return True
        stack.extend((child, depth + 1) for child in children_of(node) if not isinstance(child, _SCOPES))
    return False


def _numbered(tree: ast.Module) -> Iterator[tuple[tuple[str, int], Scope]]:
    seen: Counter[str] = Counter()
    for name, scope in scopes_in(tree):
        yield (name, seen[name]), scope
        seen[name] += 1


def _unchanged(file: ChangedFile, ordinal: int) -> int:
    """Return the number of the nth line that the change left alone."""
    line = ordinal
    for added in sorted(file.added):
        if added > line:
            break
        line += 1
    return line
