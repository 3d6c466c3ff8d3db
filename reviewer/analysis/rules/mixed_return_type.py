import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Function, added_line, head_line, own, tree_of

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.DictComp, ast.SetComp, ast.Constant)


class MixedReturnType(ModuleRule):
    """One function returns values of different types in its branches.

    Why look: `0` and `0.15` print, divide and serialise differently; a list that a generator returns is never seen.
    Ask: which one type should every branch return?
    """

    informs = "correctness"
    severity = Severity.LOW
    words = ("return",)

    INVALID = (
        Example("def discount(order):\n    if order.is_large:\n        return 0.15\n    return 0\n"),
        Example(
            "def rate(kind):\n    if kind == 'a':\n        return 1\n    elif kind == 'b':\n"
            "        return 1.5\n    return 2\n"
        ),
        Example("def lines(order):\n    for line in order:\n        yield line\n    return [1, 2]\n"),
        Example("def rate(order):\n    return 1 if order.is_new else 0.5\n"),
        Example("def find(orders):\n    if not orders:\n        return False\n    return 'none'\n"),
    )
    VALID = (
        Example("def discount(order):\n    if order.is_large:\n        return 0.15\n    return 0.0\n"),
        Example("def count(rows):\n    if not rows:\n        return 0\n    return len(rows)\n"),
        Example("def outer():\n    def inner():\n        return 1\n    return 0.5\n"),
        Example("def discount(order) -> float:\n    if order.is_large:\n        return 0.15\n    return 0\n"),
        Example("def lines(order):\n    if not order:\n        return\n    yield from order\n"),
        Example("def lines(order):\n    count = yield from order\n    return count\n"),
        Example("def find(orders):\n    if not orders:\n        return None\n    return 'one'\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        tree = tree_of(source.tree)
        functions: list[Function] = [*tree.nodes(ast.FunctionDef), *tree.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            if added_line(function, source, file) is None:
                continue
            nodes = list(own(*function.body))
            returns = [node for node in nodes if isinstance(node, ast.Return) and node.value is not None]
            for node, message in (*_numbers(function, returns), *_lost(function, nodes, returns)):
                line = head_line(node, source, file)
                if line is not None:
                    yield LineSighting(line, message)


def _numbers(function: Function, returns: Sequence[ast.Return]) -> Iterator[tuple[ast.AST, str]]:
    """Report the first literal whose type differs from the literals before it."""
    if function.returns is not None:
        return
    first: ast.Constant | None = None
    for statement in returns:
        for value in _values(statement.value):
            if not isinstance(value, ast.Constant) or not isinstance(value.value, (int, float, str, bool)):
                continue
            if first is not None and type(value.value) is not type(first.value):
                one, other = (f"{type(each.value).__name__} (`{each.value!r}`)" for each in (first, value))
                yield value, f"`{function.name}` returns {one} and {other}"
                return
            first = first or value


def _values(node: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif node is not None:
        yield node


def _lost(function: Function, nodes: Sequence[ast.AST], returns: Sequence[ast.Return]) -> Iterator[tuple[ast.AST, str]]:
    """Report what a generator returns: a `for` loop over it never sees it."""
    is_generator = any(isinstance(node, ast.Yield) for node in nodes)
    if not is_generator or any(isinstance(node, ast.YieldFrom) for node in nodes) or function.decorator_list:
        return
    for statement in returns:
        value = statement.value
        if isinstance(value, _DISPLAYS) and not (isinstance(value, ast.Constant) and value.value is None):
            yield statement, f"`{function.name}` is a generator; no loop over it sees what it returns"
