"""Which tests must have passed where a node runs, and what they prove."""

from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import is_truthy, outcomes_around
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting


class Here(PythonRule):
    """Keeps the tests around each `here()`, as `test` or `not test`."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call,)

    def __init__(self) -> None:
        self.passed: list[str] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.code(node) == "here()":
            self.passed += [
                at.code(test) if outcome else f"not {at.code(test)}" for test, outcome in outcomes_around(at, node)
            ]
        yield from ()


def passed(body: str) -> list[str]:
    """Return the tests passed on the way to `here()` in a function."""
    rule = Here()
    text = "def f():\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    list(see(ChangedFile(b"a.py", None, text.encode(), frozenset(range(1, 20)), frozenset()), [rule]))
    return rule.passed


@pytest.mark.parametrize(
    ("body", "tests"),
    [
        ("here()", []),
        ("if a:\n    here()", ["a"]),
        ("if a:\n    pass\nelse:\n    here()", ["not a"]),
        ("if a:\n    pass\nelif b:\n    here()", ["b", "not a"]),
        ("if a:\n    return\nhere()", ["not a"]),
        ("if a:\n    pass\nhere()", []),
        ("if a:\n    pass\nelif b:\n    return\nhere()", []),
        ("if a:\n    return\nelif b:\n    raise E\nhere()", ["not a", "not b"]),
        ("if a:\n    pass\nelse:\n    return\nhere()", ["a"]),
        ("assert a\nhere()", ["a"]),
        ("for x in y:\n    if a: continue\n    here()", ["not a"]),
        ("while a:\n    here()", ["a"]),
        ("here() if a else b", ["a"]),
        ("b if a else here()", ["not a"]),
        ("a and here()", ["a"]),
        ("a or here()", ["not a"]),
        ("[here() for x in y if a]", ["a"]),
        ("if a:\n    sys.exit()\nhere()", ["not a"]),
    ],
)
def test_the_tests_on_the_way_are_known_with_their_outcome(body: str, tests: list[str]) -> None:
    assert passed(body) == tests


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("x", True),
        ("not x", False),
        ("x > 0", True),
        ("0 < x", True),
        ("x >= 1", True),
        ("x != 0", True),
        ("x == 0", False),
        ("x == 3", True),
        ("x <= 0", False),
        ("x < 2", False),
        ("x == []", False),
        ("x > low", True),
        ("1 < x < 9", True),
        ("x and y", True),
        ("not x or y", False),
        ("y in x", True),
        ("x.empty", False),
        ("(x := y)", True),
    ],
)
def test_a_test_can_prove_a_value_is_not_zero(test: str, outcome: bool) -> None:
    assert _proves(test, outcome=outcome)
    assert not _proves(test, outcome=not outcome)


@pytest.mark.parametrize("test", ["y", "x is None", "x is not None", "x >= 0", "x < 0", "x == y", "x or y", "f(x)"])
def test_some_tests_prove_nothing_when_they_hold(test: str) -> None:
    assert not _proves(test, outcome=True)


def _proves(test: str, *, outcome: bool) -> bool:
    return is_truthy(
        lambda node: isinstance(node, cst.Name) and node.value == "x", cst.parse_expression(test), outcome=outcome
    )
