"""The syntax nodes that touch the changed lines of a Python file, by type, each with what it stands in.

One walk for all rules that ask, and only through what the change touches.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.source import DoesNotParse, children_of, read_source

_SHARED = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
# `ast.unparse` takes some five frames a level, of a thousand.
_DEEPEST = 100
Node = TypeVar("Node", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Touched:
    by_type: Mapping[type[ast.AST], Sequence[ast.AST]]
    parents: Mapping[ast.AST, ast.AST]

    def of(self, *types: type[Node]) -> Iterator[Node]:
        """Yield the nodes of exactly these types, in reading order for each."""
        for kind in types:
            for node in self.by_type.get(kind, ()):
                if isinstance(node, kind):
                    yield node

    @property
    def functions(self) -> Iterator[Function]:
        yield from self.of(ast.FunctionDef)
        yield from self.of(ast.AsyncFunctionDef)

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self.parents.get(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what the node stands in, innermost first."""
        outer = self.parents.get(node)
        while outer is not None:
            yield outer
            outer = self.parents.get(outer)

    def function(self, node: ast.AST) -> Function | None:
        """Return the function the node stands in, decorators, defaults and annotations included."""
        for outer in self.around(node):
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return outer
        return None

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the class whose body holds the node itself."""
        outer = self.parents.get(node)
        return outer if isinstance(outer, ast.ClassDef) else None


@lru_cache(maxsize=4)
def touched(file: ChangedFile) -> Touched:
    """Return the nodes on, or around, the added lines of the new text; none if it cannot be read."""
    by_type: dict[type[ast.AST], list[ast.AST]] = {}
    parents: dict[ast.AST, ast.AST] = {}
    try:
        tree = read_source(file.new_text or b"").tree
    except DoesNotParse:
        return Touched(by_type, parents)  # the engine says so
    added = sorted(file.added)
    by_type[ast.Module] = [tree]
    for statement in tree.body:
        for node, parent in _below(statement, tree, added):
            by_type.setdefault(type(node), []).append(node)
            parents[node] = parent
    for nodes in by_type.values():
        nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    return Touched(by_type, parents)


def _below(statement: ast.stmt, tree: ast.Module, added: Sequence[int]) -> list[tuple[ast.AST, ast.AST]]:
    """Return what touches the lines in one top-level statement, each with its parent; nothing if nested too deeply."""
    held: list[tuple[ast.AST, ast.AST]] = []
    stack: list[tuple[ast.AST, ast.AST, int]] = [(statement, tree, 0)] if _touches(statement, added) else []
    while stack:
        node, parent, depth = stack.pop()
        if depth > _DEEPEST:
            return []
        held.append((node, parent))
        stack.extend(
            (child, node, depth + 1)
            for child in children_of(node)
            # Operators and contexts are shared between nodes: they stand in nothing.
            if not isinstance(child, _SHARED) and _touches(child, added)
        )
    return held


def _touches(node: ast.AST, added: Sequence[int]) -> bool:
    first = getattr(node, "lineno", None)
    if first is None:
        return True
    decorators = getattr(node, "decorator_list", ())
    first = min([first, *(decorator.lineno for decorator in decorators)])
    last = getattr(node, "end_lineno", None) or first
    place = bisect_left(added, first)
    return place < len(added) and added[place] <= last
