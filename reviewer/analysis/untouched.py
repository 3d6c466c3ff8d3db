"""Which of the statements LibCST parsed lie off the lines of a change: no rule need visit them.

`ast` tells the lines; positions from LibCST would cost twice its parse. Both list the statements in reading order.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.source import blocks_of, first_line

_PARTS = ("body", "handlers", "cases", "orelse", "finalbody")


def untouched_in(chunk: cst.Module, tree: ast.Module, lines: Sequence[int]) -> frozenset[int]:
    """Return the ids of the statements that hold none of the lines, which are in order, as `ast` counts them.

    Empty if the two trees of the same text do not list the same statements.
    """
    twins = _statements(tree)
    found: list[int] = []
    for node in _parsed(chunk):
        count = 1 if isinstance(node, cst.BaseCompoundStatement) else len(node.body)
        is_block = isinstance(node, cst.BaseCompoundStatement)
        together = [next(twins, None) for _ in range(count)]
        whole = [twin for twin in together if twin is not None and bool(blocks_of(twin)) == is_block]
        if len(whole) < len(together) or not whole:
            return frozenset()
        first, last = first_line(whole[0]), whole[-1].end_lineno or 0
        place = bisect_left(lines, first)
        if place == len(lines) or lines[place] > last:
            found.append(id(node))
    return frozenset(found) if next(twins, None) is None else frozenset()


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
        stack.extend(reversed(blocks_of(node)))


def _parsed(
    chunk: cst.Module,
) -> Iterator[cst.SimpleStatementLine | cst.SimpleStatementSuite | cst.BaseCompoundStatement]:
    stack: list[object] = list(reversed(chunk.body))
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            yield node
            continue
        if isinstance(node, cst.BaseCompoundStatement):
            yield node
        parts = (getattr(node, name, None) for name in _PARTS)
        inner = [child for part in parts for child in (part if isinstance(part, (list, tuple)) else (part,))]
        stack.extend(reversed([child for child in inner if child is not None]))
