import ast
import builtins
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Touched, touched

_NAMES = frozenset(name for name in dir(builtins) if name.islower() and not name.startswith("_")) - {
    "copyright",
    "credits",
}
# Missed at once when they are gone; the rest are ordinary words, too.
_NEEDED = frozenset(
    {
        "list",
        "dict",
        "set",
        "str",
        "int",
        "float",
        "bool",
        "tuple",
        "bytes",
        "len",
        "sum",
        "min",
        "max",
        "open",
        "print",
    }
    | {"range", "sorted", "map", "zip", "any", "all", "isinstance", "super", "enumerate"}
)
_TYPES = frozenset(
    {"list", "dict", "set", "str", "int", "float", "bool", "tuple", "bytes", "len", "sum", "open", "print", "range"}
)
_MOST_SHOWN = 3


class ShadowedBuiltin(ModuleRule):
    """A name of Python's own is given another meaning.

    Why look: whoever calls `list` or `open` below gets something else, often far from here.
    Ask: what would it be called if Python had not taken the name?
    """

    informs = "readability"
    severity = Severity.LOW

    INVALID = (
        Example("list = load()\n"),
        Example("def total(orders):\n    sum = 0\n    for order in orders:\n        sum += order\n    return sum\n"),
        Example("def show(str):\n    return str\n"),
        Example("def load(id, type):\n    return find(id, type)\n"),
        Example("from shop import open\n"),
        Example("for max in orders:\n    ship(max)\n"),
        Example("def next():\n    return 1\n"),
        Example("with load() as dict:\n    ship(dict)\n"),
    )
    VALID = (
        Example("class Order:\n    id = 1\n    type = 'tea'\n\n    def format(self):\n        return 1\n"),
        Example("def load(id_, kind):\n    return find(id_, kind)\n"),
        Example("order.id = 1\norder.list = []\n"),
        Example("def load(key):\n    return find(id=key, type='tea')\n"),
        Example("try:\n    print = input\nexcept NameError:\n    pass\n"),
        Example("def test_it():\n    id = 1\n    assert id\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example or file.suffix == ".pyi":
            return
        nodes = touched(file)
        found: dict[ast.AST | tuple[ast.AST | None, str], dict[str, ast.AST]] = {}
        for name, node in _bound(nodes):
            if name in _NAMES and getattr(node, "lineno", 0) in file.added and not _is_for_older_python(node, nodes):
                function = nodes.function(node)
                # The parameters of one function are told of together, anything else where it is bound first.
                key = function if function is not None and isinstance(node, ast.arg) else (function, name)
                found.setdefault(key, {}).setdefault(name, node)
        for names in found.values():
            shown = " and ".join(f"`{name}`" for name in list(names)[:_MOST_SHOWN])
            first = min(getattr(node, "lineno", 0) for node in names.values())
            is_missed = any(_is_missed(name, node) for name, node in names.items())
            message = (
                f"{shown} no longer means Python's own" if len(names) == 1 else f"{shown} no longer mean Python's own"
            )
            yield LineSighting(first, message, Severity.LOW if is_missed else Severity.INFO)


def _bound(nodes: Touched) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that are bound anywhere but on a class or an instance."""
    for name in nodes.of(ast.Name):
        if isinstance(name.ctx, ast.Store) and not _is_in_class_body(name, nodes):
            yield name.id, name
    for arg in nodes.of(ast.arg):
        if not any(isinstance(outer, ast.Lambda) for outer in list(nodes.around(arg))[:2]):
            yield arg.arg, arg
    for function in nodes.functions:
        if nodes.owner(function) is None:
            yield function.name, function
    for alias in nodes.of(ast.alias):
        yield alias.asname or alias.name.partition(".")[0], alias


def _is_in_class_body(node: ast.AST, nodes: Touched) -> bool:
    for outer in nodes.around(node):
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.comprehension)):
            return False
        if isinstance(outer, ast.ClassDef):
            return True
    return False


def _is_for_older_python(node: ast.AST, nodes: Touched) -> bool:
    """True where another version of Python may lack the name."""
    return any(isinstance(outer, ast.Try) and outer.handlers for outer in nodes.around(node))


def _is_missed(name: str, node: ast.AST) -> bool:
    """True if the code below will want the name; parameters are called `type` and `max` by many, and few miss those."""
    if isinstance(node, ast.arg):
        return name in _TYPES
    return name in _NEEDED
