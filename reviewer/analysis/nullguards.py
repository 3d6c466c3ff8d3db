"""Ways to step around a value that may be missing: `x and x.y`, `x.y if x else None`, `getattr(x, "y", None)`.

Tells what a statement would be without them, so that the same code with and without a guard can be matched.
"""

import ast
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from reviewer.analysis.source import nodes_in


@dataclass(frozen=True, slots=True)
class Bared:
    """`dump` is what the statement is without its guards; `guards` are those taken away, as they are written."""

    dump: str
    guards: tuple[str, ...]


def null_test(test: ast.expr) -> tuple[str, bool] | None:
    """Return what a test asks the presence of, and the outcome that says it is there; None for any other test."""
    match test:
        case ast.Name() | ast.Attribute():
            return ast.unparse(test), True
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            found = null_test(inner)
            return None if found is None else (found[0], not found[1])
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)]):
            return ast.unparse(left), False
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[ast.Constant(value=None)]):
            return ast.unparse(left), True
        case ast.NamedExpr(target=target):
            return target.id, True
        case ast.Call(func=ast.Name("hasattr"), args=[value, _]):
            return ast.unparse(value), True
        case ast.BoolOp(op=operator, values=values):
            return _all_of([null_test(value) for value in values], is_there=isinstance(operator, ast.And))
        case _:
            return None


def without_guards(statement: ast.stmt) -> Bared | None:
    """Return the statement without its guards, if it has any."""
    if not any(_may_guard(node) for node in nodes_in(statement)):
        return None
    stripping = _Stripping()
    bare = stripping.visit(deepcopy(statement))
    return Bared(ast.dump(bare), tuple(stripping.guards)) if stripping.guards else None


def mentions(node: ast.AST, name: str) -> bool:
    """True if the dotted name, or something of it, is read below the node."""
    return any(isinstance(part, (ast.Name, ast.Attribute)) and ast.unparse(part) == name for part in nodes_in(node))


def _all_of(tests: Sequence[tuple[str, bool] | None], *, is_there: bool) -> tuple[str, bool] | None:
    """Return the first of several tests if all ask for presence, joined so that one missing value decides."""
    return tests[0] if all(test is not None and test[1] == is_there for test in tests) else None


def _may_guard(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in ("get", "getattr", "max")
    return isinstance(node, (ast.BoolOp, ast.IfExp))


def _is_nothing(node: ast.expr) -> bool:
    """True for a constant or an empty display: what stands in for a missing value."""
    return isinstance(node, ast.Constant) or ast.unparse(node) in ("[]", "{}", "()", "set()", "dict()", "list()")


class _Stripping(ast.NodeTransformer):
    def __init__(self) -> None:
        self.guards: list[str] = []

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        *first, last = node.values
        if isinstance(node.op, ast.Or):
            return self._without(node, first[0]) if len(first) == 1 and _is_nothing(last) else node
        tests = [null_test(value) for value in first]
        if all(test is not None and test[1] and mentions(last, test[0]) for test in tests):
            return self._without(node, last)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        test = null_test(node.test)
        if test is None:
            return node
        value, fallback = (node.body, node.orelse) if test[1] else (node.orelse, node.body)
        return self._without(node, value) if _is_nothing(fallback) and mentions(value, test[0]) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("getattr"), args=[value, ast.Constant(str() as name), default]):
                return self._without(node, ast.Attribute(value, name, ast.Load())) if _is_nothing(default) else node
            case ast.Call(func=ast.Name("max"), args=[ast.Constant(int()), value] | [value, ast.Constant(int())]):
                return self._without(node, value)
            case ast.Call(func=ast.Attribute(value, "get"), args=[key, *rest], keywords=[]) if len(rest) <= 1:
                if not rest or _is_nothing(rest[0]):
                    return self._without(node, ast.Subscript(value, key, ast.Load()))
        return node

    def _without(self, guarded: ast.expr, bare: ast.expr) -> ast.expr:
        self.guards.append(ast.unparse(guarded))
        return bare
