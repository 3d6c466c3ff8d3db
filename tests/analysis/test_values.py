"""What a name can hold where a node runs."""

from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting
from reviewer.analysis.values import spot_of, values_of


class Here(PythonRule):
    """Keeps the values `x` can have at `here()`, in the order found."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call,)

    def __init__(self) -> None:
        self.values: list[str] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.code(node) == "here()":
            self.values += [at.code(value.node) for value in values_of("x", spot_of(at), at)]
        yield from ()


def values(text: str) -> list[str]:
    rule = Here()
    list(see(ChangedFile(b"a.py", None, text.encode(), frozenset(range(1, 40)), frozenset()), [rule]))
    return rule.values


def in_function(body: str, parameters: str = "") -> list[str]:
    return values(f"def f({parameters}):\n" + "".join(f"    {line}\n" for line in body.split("\n")))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = 1\nx = 2\nhere()", ["2"]),
        ("x = 1\nif a:\n    x = 2\nhere()", ["2", "1"]),
        ("x = 1\nif a:\n    x = 2\nelse:\n    x = 3\nhere()", ["3", "2"]),
        ("if a:\n    x = 1\nelse:\n    x = 2\n    here()", ["2"]),
        ("x = 1\nx += 2\nhere()", ["2", "1"]),
        ("x = []\nx.append(3)\nhere()", ["3", "[]"]),
        ("x = {}\nx['a'] = 3\nhere()", ["3", "{}"]),
        ("x = 1\nfor i in y:\n    here()\n    x = 2", ["2", "1"]),
        ("for x in y:\n    here()", ["y"]),
        ("with open(y) as x:\n    here()", ["open(y)"]),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nhere()", ["2", "1"]),
        ("a, x = 1, 2\nhere()", ["2"]),
        ("a, x = pair()\nhere()", ["pair()"]),
        ("if (x := y()):\n    here()", ["y()"]),
        ("match a:\n    case 1:\n        x = 1\n    case _:\n        x = 2\nhere()", ["2", "1"]),
        ("here()\nx = 1", []),
    ],
)
def test_the_values_that_can_still_be_there(body: str, expected: list[str]) -> None:
    assert in_function(body) == expected


def test_a_parameter_is_its_own_value() -> None:
    assert in_function("here()", "x: str") == ["x: str"]


def test_an_assignment_hides_a_parameter() -> None:
    assert in_function("x = 1\nhere()", "x") == ["1"]


def test_a_nested_function_sees_the_names_around_it() -> None:
    assert in_function("x = 1\ndef g():\n    here()") == ["1"]


def test_a_name_nobody_binds_is_looked_up_in_the_module() -> None:
    assert values("x = 1\nx = 'b'\n\n\ndef f():\n    here()\n") == ["1", "'b'"]


def test_a_value_too_deep_to_parse_twice_is_left_out() -> None:
    assert values(f"x = {'(' * 60}a{',)' * 60}\n\n\ndef f():\n    here()\n") == []
