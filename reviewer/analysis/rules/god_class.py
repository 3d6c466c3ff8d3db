import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.touched import touched
from reviewer.analysis.twins import twins_of

_MOST_METHODS = 20
_MOST_ATTRIBUTES = 15
_GROWN = 3
_TWO_JOBS = regex(r"[a-z]And[A-Z]")
# What has many methods by its nature: visitors have one a node, screens one a key, clients one a request.
_WIDE = regex(
    r"Visitor|Transformer|Screen|App|Widget|Client|API|Mixin|Proxy|Facade|Parser|Compiler|Lexer|Dialect|TestCase"
)
_METHODS = "".join(f"    def step_{number}(self):\n        return {number}\n" for number in range(21))
_FIELDS = "".join(f"        self.field_{number} = {number}\n" for number in range(16))


class GodClass(ModuleRule):
    """A class has more than 20 public methods or 15 attributes, or a name with And in it.

    Why look: a class that does several jobs changes for several reasons, and each change risks the other jobs.
    Ask: which of its jobs could be a class of its own?
    """

    informs = "maintain"
    severity = Severity.LOW
    words = ("class ",)

    INVALID = (
        Example(f"class Shop:\n{_METHODS}"),
        Example(f"class Shop:\n    def __init__(self):\n{_FIELDS}"),
        Example(
            "class LoaderAndSender:\n    def load(self):\n        return 1\n    def send(self):\n        return 2\n"
        ),
    )
    VALID = (
        Example("class Shop:\n    def open(self):\n        return 1\n"),
        Example(f"class ShopVisitor(NodeVisitor):\n{_METHODS}"),
        Example(
            f"class Shop:\n{_METHODS}    def one_more(self):\n        return 1\n", before=f"class Shop:\n{_METHODS}"
        ),
        Example("@dataclass\nclass Order:\n" + "".join(f"    field_{number}: int\n" for number in range(20))),
        Example(f"class TestShop:\n{_METHODS}", path="tests/test_shop.py"),
        Example("class BrandAndy:\n    name = 'x'\n\nclass AndGate:\n    ways = 2\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        for node in touched(file).of(ast.ClassDef):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            first = next((line for line in lines if line in file.added), None)
            if first is None or _message(node, None) is None:
                continue
            twins = [
                twin.old
                for twin in twins_of(file)
                if isinstance(twin.new, ast.ClassDef) and twin.new.lineno == node.lineno
            ]
            message = _message(node, next((old for old in twins if isinstance(old, ast.ClassDef)), None))
            if message is not None:
                yield LineSighting(first, message)


def _message(now: ast.ClassDef, before: ast.ClassDef | None) -> str | None:
    if before is None and _TWO_JOBS.search(now.name) and _methods(now) > 1:
        return f"`{now.name}` has two jobs by its name"
    if _WIDE.search(now.name) or any(_WIDE.search(ast.unparse(base)) for base in now.bases):
        return None
    for what, most, count in (
        ("public methods", _MOST_METHODS, _methods),
        ("attributes", _MOST_ATTRIBUTES, _attributes),
    ):
        new, old = count(now), count(before) if before is not None else 0
        if new > most and (old <= most or new >= old + _GROWN):
            return f"`{now.name}` has {new} {what}" + (f", {old} before" if old else "")
    return None


def _methods(node: ast.ClassDef) -> int:
    """Count public methods; properties are read like attributes."""
    return sum(
        isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not each.name.startswith("_")
        and not each.decorator_list
        for each in node.body
    )


def _attributes(node: ast.ClassDef) -> int:
    """Count what `__init__` puts on the instance."""
    names = {
        target.attr
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        for part in nodes_in(method)
        if isinstance(part, (ast.Assign, ast.AnnAssign))
        for target in (part.targets if isinstance(part, ast.Assign) else [part.target])
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    }
    return len(names)


_MEASURES = (("public methods", _MOST_METHODS, _methods), ("attributes", _MOST_ATTRIBUTES, _attributes))
