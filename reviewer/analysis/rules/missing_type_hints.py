import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Function, touched

_MOST_SHOWN = 3
_CUSTOM = 0.8
_RETURN_KNOWN = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__del__"})


class MissingTypeHints(ModuleRule):
    """A public function has no types where the rest of the module has them, or the new module has none at all.

    Why look: a reader has to guess what may be passed, and no checker can help.
    Ask: what may be passed, and may it be None?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ("def ",)

    INVALID = (
        Example("def total(orders):\n    return sum(orders)\n"),
        Example(
            "def first(orders: list[int]) -> int:\n    return orders[0]\n\n\ndef last(orders):\n    return 1\n",
            before="def first(orders: list[int]) -> int:\n    return orders[0]\n",
        ),
        Example("class Shop:\n    def ship(self, order):\n        send(order)\n"),
        Example("def total(orders: list[int]):\n    return sum(orders)\n"),
    )
    VALID = (
        Example("def total(orders: list[int]) -> int:\n    return sum(orders)\n"),
        Example("def _total(orders):\n    return sum(orders)\n"),
        Example("def test_total(orders):\n    assert sum(orders)\n", path="tests/test_orders.py"),
        Example("def total(orders):\n    return 2\n", before="def total(orders):\n    return 1\n"),
        Example("class Shop:\n    def __init__(self, name: str):\n        self.name = name\n"),
        Example("def total(*args: int, **kwargs: int) -> int:\n    return sum(args)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        bare = [
            function
            for function in nodes.functions
            if function.lineno in file.added and _is_public(function) and nodes.function(function) is None
            if _is_untyped(function)
        ]
        if not bare:
            return
        is_custom = _typed_share(source.tree, {*bare}) >= _CUSTOM
        if file.old_text is not None and not is_custom:
            return
        names = ", ".join(f"`{each.name}`" for each in bare[:_MOST_SHOWN])
        more = f" and {len(bare) - _MOST_SHOWN} more" if len(bare) > _MOST_SHOWN else ""
        yield LineSighting(bare[0].lineno, f"no types for {names}{more}", Severity.LOW if is_custom else Severity.INFO)


def _is_public(function: Function) -> bool:
    return not function.name.startswith("_")


def _is_untyped(function: Function) -> bool:
    """True if a parameter has no type, or nothing says what comes back."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named = [arg for arg in every if arg.arg not in ("self", "cls") and not arg.arg.startswith("_")]
    if any(arg.annotation is None for arg in named):
        return True
    return function.returns is None and function.name not in _RETURN_KNOWN


def _typed_share(tree: ast.Module, without: set[Function]) -> float:
    """Return which part of the module's other functions has types, 0 if there are no others."""
    others = [
        node
        for statement in tree.body
        for node in (statement.body if isinstance(statement, ast.ClassDef) else [statement])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node not in without
    ]
    return sum(not _is_untyped(each) for each in others) / len(others) if others else 0
