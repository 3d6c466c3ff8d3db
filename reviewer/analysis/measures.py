"""How large a function is, and how many ways lead through it."""

import ast

from reviewer.analysis.twins import own_nodes

_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler)


def complexity(function: ast.AST) -> int:
    """Return McCabe's number: one, and one more for each place where the way parts."""
    ways = 1
    for node in own_nodes(function):
        if isinstance(node, _BRANCHES):
            ways += 1
        elif isinstance(node, ast.BoolOp):
            ways += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            ways += 1 + len(node.ifs)
        elif isinstance(node, ast.match_case):
            is_rest = isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None and node.guard is None
            ways += not is_rest
    return ways


def statement_lines(function: ast.AST) -> int:
    """Return on how many lines code stands: no blank ones, comments, docstrings, nor the rest of a long literal."""
    lines: set[int] = set()
    for node in own_nodes(function):
        if isinstance(node, ast.stmt) and not _is_text(node):
            lines.add(node.lineno)
        elif isinstance(node, ast.Call):
            lines.update((node.lineno, node.end_lineno or node.lineno))
    return len(lines)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
