"""What a rule may ask about a node: what its name stands for, and in which function it runs."""

import ast
from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name, has_double_star, keyword, positional, string_value
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting


class Calls(PythonRule):
    """Keeps each call and its place."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call,)

    def __init__(self) -> None:
        self.places: list[tuple[cst.Call, Place]] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        assert isinstance(node, cst.Call)
        self.places.append((node, at))
        yield from ()


def calls(code: str) -> list[tuple[cst.Call, Place]]:
    """Return the calls of a file and their places, in reading order."""
    rule = Calls()
    text = code.encode()
    list(see(ChangedFile(b"a.py", None, text, frozenset(range(1, text.count(b"\n") + 2)), frozenset()), [rule]))
    return rule.places


def call(code: str) -> tuple[cst.Call, Place]:
    """Return the last call of a file."""
    return calls(code)[-1]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import requests\nrequests.get()", "requests.get"),
        ("import requests as r\nr.get()", "requests.get"),
        ("import os.path\nos.path.join()", "os.path.join"),
        ("import os.path as p\np.join()", "os.path.join"),
        ("from subprocess import run\nrun()", "subprocess.run"),
        ("from subprocess import run as execute\nexecute()", "subprocess.run"),
        ("from os import path\npath.join()", "os.path.join"),
        ("from . import models\nmodels.save()", ".models.save"),
        ("from .. import models\nmodels.save()", "..models.save"),
        ("from .models import save\nsave()", ".models.save"),
        ("from ..shop.models import Order\nOrder.all()", "..shop.models.Order.all"),
        ("from shop import *\nsave()", "save"),
        ("save()", "save"),
        ("(requests).get()", "requests.get"),
        ("self.client.get()", "self.client.get"),
    ],
)
def test_a_name_stands_for_what_was_imported(code: str, name: str) -> None:
    node, at = call(code)

    assert at.name(node.func) == name


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    import requests as r\n    r.get()",
        "def f():\n    r.get()\n\nimport requests as r",
        "try:\n    import requests as r\nexcept ImportError:\n    r = None\nr.get()",
        "if TYPE_CHECKING:\n    import requests as r\nr.get()",
    ],
)
def test_an_import_counts_wherever_in_the_file_it_stands(code: str) -> None:
    node, at = call(code)

    assert at.name(node.func) == "requests.get"


@pytest.mark.parametrize("code", ["f().get()", "a[0].get()", "'a'.join()", "(lambda: 1)()", "(a or b).get()"])
def test_what_is_no_dotted_name_has_none(code: str) -> None:
    node, at = calls(code)[0]

    assert at.name(node.func) is None
    assert dotted_name(node.func) is None
    assert not at.is_imported(node.func)


def test_only_names_that_were_imported_are() -> None:
    assert [at.is_imported(node.func) for node, at in calls("import a.b\na.b.c()\na()\nb()\nself.a()")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("def f():\n    it()", "f"),
        ("async def f():\n    async with it():\n        pass", "f"),
        ("def f():\n    def g():\n        it()", "g"),
        ("def f():\n    return [it() for a in b]", "f"),
        ("class A:\n    def f(self):\n        if a:\n            it()", "f"),
        ("def f(): it()", "f"),
        ("it()", None),
        ("if a:\n    it()", None),
        ("class A:\n    a = it()", None),
        ("def f():\n    class A:\n        a = it()", None),
        ("def f():\n    return lambda: it()", None),
        ("def f(a=it()):\n    pass", None),
        ("def f(a: it()):\n    pass", None),
        ("def f() -> it():\n    pass", None),
        ("@it()\ndef f():\n    pass", None),
        ("def f():\n    @it()\n    def g():\n        pass", "f"),
        ("def f():\n    def g(a=it()):\n        pass", "f"),
        ("def f():\n    return lambda a=it(): a", "f"),
        ("def f():\n    class A(it()):\n        pass", "f"),
    ],
)
def test_a_node_runs_in_the_function_whose_body_it_is_in(code: str, function: str | None) -> None:
    _, at = call(code)

    assert (at.function.name.value if at.function else None) == function


def test_the_nearest_of_several_kinds_encloses() -> None:
    node, at = call("class A:\n    def f(self):\n        with a:\n            it()")

    assert isinstance(at.enclosing(cst.With, cst.ClassDef), cst.With)
    assert isinstance(at.enclosing(cst.ClassDef), cst.ClassDef)
    assert at.enclosing(cst.Try) is None
    assert at.code(node) == "it()"


def test_only_a_node_on_the_way_up_is_a_parent() -> None:
    _, at = call("a = 1\nb = (\n    it()\n)\n")

    assert [type(parent) for parent in at.parents] == [cst.Module, cst.SimpleStatementLine, cst.Assign]
    assert at.parent is at.parents[-1]


def test_constants_are_the_names_in_capitals_of_the_whole_file() -> None:
    _, at = call("A = 1\nB: int = 2\nc = 3\nD = E = 'x'\nclass F:\n    G = 4\nit()\n")

    values = {name: value.value for name, value in at.constants.items() if isinstance(value, ast.Constant)}
    assert values == {"A": 1, "B": 2, "D": "x", "E": "x"}


def test_arguments_are_told_apart() -> None:
    node, _ = call("it(a, b, *c, d, e=f, **g)")

    assert [dotted_name(value) for value in positional(node)] == ["a", "b"]
    assert dotted_name(keyword(node, "e") or node) == "f"
    assert keyword(node, "a") is None
    assert has_double_star(node)
    assert not has_double_star(call("it(*a, b=c)")[0])


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'a'", "a"),
        ("r'\\d'", "\\d"),
        ("'a' \"b\"", "ab"),
        ("('a'\n 'b')", "ab"),
        ("'''a\nb'''", "a\nb"),
        ("b'a'", None),
        ("f'a'", None),
        ("'a' f'{b}'", None),
        ("1", None),
        ("a", None),
        ("'a' + 'b'", None),
    ],
)
def test_only_plain_strings_have_a_value(literal: str, value: str | None) -> None:
    node, _ = call(f"it({literal})")

    assert string_value(node.args[0].value) == value
