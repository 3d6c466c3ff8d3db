import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.touched import Touched, touched

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = 3


class NestedComprehension(ModuleRule):
    """A comprehension holds another, or one that loops over loops and filters them.

    Why look: it is read from the inside out and cannot be stepped through.
    Ask: would two lines with a name between them say the same?
    """

    informs = "readability"
    severity = Severity.LOW
    words = (" for ",)

    INVALID = (
        Example("lines = [[line.price for line in order.lines if line.paid] for order in orders if order.open]\n"),
        Example("lines = {order.key: [line for line in order.lines if line.paid] for order in orders if order.open}\n"),
        Example("lines = [a for a in [b.c for b in d if b.ok] if a.ok]\n"),
        Example(
            "lines = [line for order in orders if order.open for line in order.lines if line.paid for x in line.x]\n"
        ),
        Example("total = sum(max(l.price for l in o.lines if l.ok) for o in orders if o.ok)\n"),
    )
    VALID = (
        Example("lines = [line.price for line in order.lines if line.paid]\n"),
        Example("lines = [line for order in orders for line in order.lines]\n"),
        Example("rows = [[0 for _ in range(width)] for _ in range(height)]\n"),
        Example("text = ', '.join(str(line) for line in lines)\n"),
        Example("lines = [[line for line in order] for order in orders if order]\n", path="tests/test_orders.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        for node in _comprehensions(nodes):
            if node.lineno not in file.added or _outer(node, nodes) is not None:
                continue
            inner = [part for part in nodes_in(node) if isinstance(part, _Comprehension) and part is not node]
            filters = sum(len(loop.ifs) for each in (node, *inner) for loop in each.generators)
            if inner and (filters or len(inner) > 1):
                severity = Severity.LOW if filters > 1 or len(inner) > 1 or not _is_short(node) else Severity.INFO
                yield LineSighting(node.lineno, f"`{_short(node)}` holds a comprehension of its own", severity)
            elif not inner and len(node.generators) + (filters > 0) > _LOOPS - (filters > 1):
                yield LineSighting(
                    node.lineno, f"`{_short(node)}` has {len(node.generators)} loops and {filters} filters"
                )


def _comprehensions(nodes: Touched) -> Iterator[_Comprehension]:
    yield from nodes.of(ast.ListComp)
    yield from nodes.of(ast.SetComp)
    yield from nodes.of(ast.DictComp)
    yield from nodes.of(ast.GeneratorExp)


def _outer(node: ast.AST, nodes: Touched) -> ast.AST | None:
    """Return the comprehension the node is part of, in the same statement."""
    for outer in nodes.around(node):
        if isinstance(outer, _Comprehension):
            return outer
        if isinstance(outer, (ast.stmt, ast.Lambda)):
            return None
    return None


def _is_short(node: _Comprehension) -> bool:
    return len(ast.unparse(node)) <= 80


def _short(node: _Comprehension) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 50 else text[:49] + "…"
