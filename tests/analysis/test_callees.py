"""What a call in a file calls, and by which signature."""

import ast

import pytest

from reviewer.analysis.callees import Callees
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import quote, tree_of


def places(code: str, call: str) -> tuple[str, ...] | None:
    """Return the parameters by position of what the call with this code calls."""
    source = read_source(code.encode())
    tree = tree_of(source.tree)
    found = next(each for each in tree.nodes(ast.Call) if quote(each) == call)
    signature = Callees(source, tree).signature_of(found)
    return signature.places if signature is not None else None


CLASS = (
    "class Base:\n    def __init__(self, a):\n        self.a = a\n\n    def add(self, b):\n        pass\n\n"
    "class Order(Base):\n    def fill(self):\n        self.add(1)\n        super().add(2)\n\n"
    "    @staticmethod\n    def make(c):\n        pass\n\n"
    "order = Order(0)\norder.add(3)\nOrder.add(order, 4)\nOrder.make(5)\n"
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("Order(0)", ("a",)),
        ("self.add(1)", ("b",)),
        ("super().add(2)", ("b",)),
        ("order.add(3)", ("b",)),
        ("Order.make(5)", ("c",)),
    ],
)
def test_methods_are_found_along_the_line_of_inheritance(call: str, expected: tuple[str, ...]) -> None:
    assert places(CLASS, call) == expected


def test_called_on_the_class_a_method_wants_its_object_too() -> None:
    assert places("class A:\n    def f(self, x): pass\n\nA.f(a, 1)\n", "A.f(a, 1)") == ("self", "x")


def test_functions_and_lambdas_go_by_their_name() -> None:
    assert places("def f(a, b): pass\nf(1)", "f(1)") == ("a", "b")
    assert places("f = lambda a: a\nf(1)", "f(1)") == ("a",)


@pytest.mark.parametrize(
    "code",
    [
        "def f(a): pass\ndef f(b): pass\nf(1)",
        "@task\ndef f(a): pass\nf(1)",
        "from shop import *\ndef f(a): pass\nf(1)",
        "class f(Base): pass\nf(1)",
        "class f:\n    def __new__(cls): pass\n    def __init__(self, a): pass\nf(1)",
        "def g(f):\n    f(1)",
    ],
)
def test_what_may_be_something_else_has_no_signature(code: str) -> None:
    assert places(code, "f(1)") is None


def test_a_name_bound_once_has_a_definition() -> None:
    source = read_source(b"def f(): pass\nf()\n")
    tree = tree_of(source.tree)
    (call,) = tree.nodes(ast.Call)

    assert Callees(source, tree).definition("f", call) is source.tree.body[0]
    assert Callees(source, tree).definition("g", call) is None
