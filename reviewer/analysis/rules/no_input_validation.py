import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Function, dotted, full_name, head_line, names_tested, own, tree_of

_FEWEST = 4
_CHECKING = regex(r"\w*(valid|check|ensure|require|assert|verify|parse|clean|sanitize|coerce|schema)\w*", re.IGNORECASE)
_PLAIN = frozenset({"str", "int", "float", "bytes", "dict", "list", "Any", "typing.Any", "decimal.Decimal"})
_CHECKED_BY = regex(
    r"(\w+\.)*(validate\w*|click\.\w+|fixture|property|overload|abstractmethod|\w*\.(command|option|argument))"
)


class NoInputValidation(ModuleRule):
    """A public function takes plain values and uses them without having looked at any.

    Why look: a negative number, an empty text or the wrong type goes all the way in.
    Ask: which values are allowed, and who turns the others away?
    """

    informs = "validate"
    severity = Severity.INFO
    words = ("def ",)

    INVALID = (
        Example(
            "def order(number, count):\n    price = find(number)\n    total = price * count\n"
            "    save(number, total)\n    return total\n"
        ),
        Example(
            "def order(number: int, name: str) -> int:\n    row = find(number)\n    row.name = name\n"
            "    row.save()\n    return row.id\n"
        ),
        Example(
            "class Shop:\n    def order(self, number):\n        row = self.find(number)\n"
            "        row.open()\n        row.save()\n        return row\n"
        ),
    )
    VALID = (
        Example(
            "def order(number, count):\n    if count < 1:\n        raise ValueError(count)\n"
            "    price = find(number)\n    save(number, price)\n    return price\n"
        ),
        Example(
            "def order(number):\n    validate(number)\n    price = find(number)\n    save(number, price)\n"
            "    return price\n"
        ),
        Example(
            "def order(row: Order) -> int:\n    row.open()\n    row.count += 1\n    row.save()\n    return row.id\n"
        ),
        Example("def _order(number):\n    row = find(number)\n    row.open()\n    row.save()\n    return row\n"),
        Example("def order(number):\n    return find(number)\n"),
        Example(
            "def order(number):\n    try:\n        row = find(number)\n    except KeyError:\n"
            "        return None\n    row.open()\n    row.save()\n    return row\n"
        ),
        Example(
            "def test_order(shop):\n    row = shop.find(1)\n    row.open()\n    row.save()\n    assert row\n",
            path="tests/test_order.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or file.suffix == ".pyi":
            return
        tree = tree_of(source.tree)
        functions: list[Function] = [*tree.nodes(ast.FunctionDef), *tree.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            line = head_line(function, source, file)
            owner = tree.parents.get(function)
            if line is None or function.name.startswith("_") or not isinstance(owner, (ast.Module, ast.ClassDef)):
                continue
            names = list(_plain_parameters(function, source))
            if names and _is_long(function) and not _is_checked(function, set(names)):
                listed = ", ".join(f"`{name}`" for name in names[:3])
                yield LineSighting(line, f"`{function.name}` uses {listed} as given")


def _plain_parameters(function: Function, source: Source) -> Iterator[str]:
    args = function.args
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        kind = arg.annotation
        base = kind.value if isinstance(kind, ast.Subscript) else kind
        if arg.arg not in ("self", "cls") and (kind is None or full_name(base, source) in _PLAIN):
            yield arg.arg


def _is_long(function: Function) -> bool:
    body = [part for part in function.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    return len(body) >= _FEWEST


def _is_checked(function: Function, names: set[str]) -> bool:
    """True if anything asks, refuses or catches."""
    if names & names_tested(function) or any(_CHECKED_BY.fullmatch(_name(each)) for each in function.decorator_list):
        return True
    return any(
        isinstance(part, (ast.Raise, ast.Try, ast.Assert))
        or (isinstance(part, ast.Call) and _CHECKING.fullmatch(_name(part.func).rpartition(".")[2]) is not None)
        for part in own(*function.body)
    )


def _name(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node) or ""
