import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Function, touched

_MOST_SHOWN = 3
_SHORT = 3
_CUSTOM = 0.9
_ANNOUNCED = frozenset({"overload", "override", "setter", "deleter", "abstractmethod"})
_Definition = Function | ast.ClassDef


class MissingDocstring(ModuleRule):
    """A public function or class has no docstring where the others have one, or a new module has none at all.

    Why look: what it promises stands nowhere; each caller reads the body and guesses.
    Ask: what may a caller rely on?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ("def ", "class ")

    INVALID = (
        Example("def total(orders):\n    paid = pick(orders)\n    log(paid)\n    return sum(paid)\n"),
        Example(
            'def a():\n    """Do a."""\n\n\ndef total(orders):\n    log(orders)\n    tell(orders)\n    return 1\n',
            before='def a():\n    """Do a."""\n',
        ),
        Example("class Shop:\n    name = 'tea'\n    rate = 2\n    place = 'x'\n"),
    )
    VALID = (
        Example('def total(orders):\n    """Sum up the paid."""\n    log(orders)\n    tell(orders)\n    return 1\n'),
        Example("def total(orders):\n    return sum(orders)\n"),
        Example("def _total(orders):\n    paid = pick(orders)\n    log(paid)\n    return sum(paid)\n"),
        Example("def test_a():\n    go()\n    go()\n    assert go()\n", path="tests/test_orders.py"),
        Example("class OrderMissing(Exception):\n    pass\n"),
        Example(
            "class Shop(Place):\n    x = 1\n    def go(self):\n        one()\n        two()\n        three()\n",
            before="class Shop(Place):\n    x = 1\n",
        ),
    )  # fmt: skip

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or file.suffix == ".pyi":
            return
        nodes = touched(file)
        definitions = sorted((*nodes.functions, *nodes.of(ast.ClassDef)), key=lambda node: node.lineno)
        silent = [
            node
            for node in definitions
            if node.lineno in file.added
            and nodes.function(node) is None
            and _owes_words(node)
            and _is_seen(nodes.owner(node))
        ]
        if not silent:
            return
        is_custom = _telling_share(source.tree, {*silent}) >= _CUSTOM
        if file.old_text is not None and not is_custom:
            return
        names = ", ".join(f"`{each.name}`" for each in silent[:_MOST_SHOWN])
        more = f" and {len(silent) - _MOST_SHOWN} more" if len(silent) > _MOST_SHOWN else ""
        yield LineSighting(
            silent[0].lineno, f"no docstring for {names}{more}", Severity.LOW if is_custom else Severity.INFO
        )


def _is_seen(owner: ast.ClassDef | None) -> bool:
    """True unless the class is private, or has a base that may have said it all."""
    return owner is None or not (owner.name.startswith("_") or owner.bases)


def _owes_words(node: _Definition) -> bool:
    if (
        node.name.startswith("_")
        or ast.get_docstring(node) is not None
        or (node.end_lineno or 0) - node.lineno < _SHORT
    ):
        return False
    return not any(ast.unparse(each).rpartition(".")[2] in _ANNOUNCED for each in node.decorator_list)


def _telling_share(tree: ast.Module, without: set[_Definition]) -> float:
    """Return which part of the module's other public definitions has a docstring, 0 if there are no others."""
    others = [
        node
        for statement in tree.body
        for node in ([statement, *statement.body] if isinstance(statement, ast.ClassDef) else [statement])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node not in without
        if not node.name.startswith("_")
    ]
    return sum(ast.get_docstring(each) is not None for each in others) / len(others) if others else 0
