import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Function, added_line, catches, dotted, head_line, names_tested, own, quote, tree_of

_CONSUMERS = frozenset(
    {"sum", "len", "min", "max", "sorted", "list", "set", "tuple", "enumerate", "zip", "iter", "reversed", "any", "all"}
)
_HANDLED = frozenset({"TypeError", "AttributeError", "Exception", "BaseException"})


class UnguardedNoneParam(ModuleRule):
    """A parameter that may be None is iterated, measured or taken apart at once.

    Why look: a caller that has nothing to give passes None, and gets a TypeError from in here.
    Ask: may a caller pass None, and what should come out then?
    """

    informs = "edge-cases"
    severity = Severity.INFO
    words = ("def ",)

    INVALID = (
        Example("def total(prices):\n    return sum(prices)\n"),
        Example(
            "def names(orders):\n    result = []\n    for order in orders:\n"
            "        result.append(order.name)\n    return result\n"
        ),
        Example("def first(order=None):\n    return order['lines']\n"),
        Example("from typing import Optional\n\ndef size(rows: Optional[list]) -> int:\n    return len(rows)\n"),
        Example("def size(rows: list | None = None) -> int:\n    return max(rows)\n"),
    )
    VALID = (
        Example("def total(prices):\n    if prices is None:\n        return 0\n    return sum(prices)\n"),
        Example("def total(prices):\n    return sum(prices or [])\n"),
        Example("def total(prices: list[int]) -> int:\n    return sum(prices)\n"),
        Example("def _total(prices):\n    return sum(prices)\n"),
        Example("def total(prices):\n    prices = prices or []\n    return sum(prices)\n"),
        Example("def total(prices):\n    try:\n        return sum(prices)\n    except TypeError:\n        return 0\n"),
        Example("def test_total(prices):\n    assert sum(prices) == 3\n", path="tests/test_total.py"),
        Example("def total(order):\n    return order.total()\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.suffix == ".pyi":
            return
        tree = tree_of(source.tree)
        functions: list[Function] = [*tree.nodes(ast.FunctionDef), *tree.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            if function.name.startswith("_") or added_line(function, source, file) is None:
                continue
            names = {arg.arg for arg in _open_parameters(function)} - names_tested(function)
            for part in own(*function.body):
                used = _used(part)
                if used is not None and used in names and not catches(part, _HANDLED, tree, source):
                    line = head_line(part.iter if isinstance(part, ast.comprehension) else part, source, file)
                    if line is not None:
                        yield LineSighting(line, f"`{used}` may be None here: nothing has asked")
                    break


def _open_parameters(function: Function) -> Iterator[ast.arg]:
    """Yield parameters that may be None: by their type, their default, or because nothing is said."""
    args = function.args
    every = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(every) - len(args.defaults)) + list(args.defaults)
    assigned = {
        dotted(target) for part in own(*function.body) if isinstance(part, ast.Assign) for target in part.targets
    }
    for arg, default in (*zip(every, defaults, strict=True), *zip(args.kwonlyargs, args.kw_defaults, strict=True)):
        is_none = isinstance(default, ast.Constant) and default.value is None
        kind = quote(arg.annotation, longest=200) if arg.annotation is not None else ""
        is_open = (not kind and default is None) or is_none or "None" in kind or "Optional" in kind
        if is_open and arg.arg not in ("self", "cls") and arg.arg not in assigned:
            yield arg


def _used(part: ast.AST) -> str | None:
    """Return the name that fails here if it is None."""
    match part:
        case ast.For(iter=ast.Name(id=name)) | ast.comprehension(iter=ast.Name(id=name)):
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Load()):
            return name
        case ast.Call(func=ast.Name(id=func), args=[ast.Name(id=name), *_]) if func in _CONSUMERS:
            return name
    return None
