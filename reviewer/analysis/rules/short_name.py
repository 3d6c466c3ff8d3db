import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Function, Touched, touched

# What one letter says by custom: counters, coordinates, types, errors, files, matches, keys and values.
_CUSTOMARY = frozenset("ijknmxyzeft_kvwh")
_MANY = 3
_MATHS = frozenset({"numpy", "scipy", "math", "torch", "jax", "sympy", "cmath", "tensorflow"})


class ShortName(ModuleRule):
    """A function, parameter or variable is called by one letter.

    Why look: the reader has to carry in mind what each letter stands for.
    Ask: what is it?
    """

    informs = "readability"
    severity = Severity.LOW

    INVALID = (
        Example("def f(a, b, c):\n    return a * b - c\n"),
        Example("def calc(p, q, r):\n    d = p * q\n    return d - r\n"),
        Example("def g(order):\n    return order\n"),
        Example("def load(u, p):\n    s = connect(u, p)\n    return s\n"),
    )
    VALID = (
        Example("def find(x, y):\n    return grid[x][y]\n"),
        Example("def total(orders):\n    return sum(o.price for o in orders)\n"),
        Example("def load(path):\n    with open(path) as f:\n        return f.read()\n"),
        Example("def by_price(orders):\n    return sorted(orders, key=lambda o: o.price)\n"),
        Example("def send(order):\n    for l in order:\n        ship(l)\n"),
        Example("import numpy\n\ndef solve(a, b, c):\n    return numpy.roots([a, b, c])\n"),
        Example("def f(a, b, c):\n    return a * b - c\n", path="tests/test_f.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if (
            file.is_test
            or file.is_example
            or any(origin.partition(".")[0] in _MATHS for origin in source.imports.values())
        ):
            return
        nodes = touched(file)
        for function in nodes.functions:
            if function.lineno not in file.added:
                continue
            letters = [*_parameters(function), *_variables(function, nodes)]
            is_called_so = len(function.name) == 1 and function.name != "_"
            if (is_called_so or letters) and not _is_about_maths(source):
                names = dict.fromkeys([function.name] * is_called_so + letters)
                shown = ", ".join(f"`{name}`" for name in list(names)[:_MANY])
                is_plain = is_called_so or len(names) >= _MANY
                message = (
                    f"in `{function.name}` one letter stands for each of {shown}"
                    if len(names) > 1
                    else f"{shown} is one letter"
                )
                yield LineSighting(function.lineno, message, Severity.LOW if is_plain else Severity.INFO)


def _is_about_maths(source: Source) -> bool:
    return any(origin.partition(".")[0] in _MATHS for origin in source.imports.values())


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [arg.arg for arg in every if len(arg.arg) == 1 and arg.arg not in _CUSTOMARY]


def _variables(function: Function, nodes: Touched) -> list[str]:
    """Return what plain assignments bind to one letter."""
    return [
        target.id
        for statement in nodes.of(ast.Assign)
        if nodes.function(statement) is function
        for target in statement.targets
        if isinstance(target, ast.Name)
        and len(target.id) == 1
        and target.id not in _CUSTOMARY
        and not target.id.isupper()
    ]
