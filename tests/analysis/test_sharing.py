"""What code does with an object that others may hold too."""

import libcst as cst
import pytest

from reviewer.analysis.finding import Severity
from reviewer.analysis.sharing import Use, change_through_self, is_changed_inside, uses_of
from tests.analysis.places import asked


def uses(body: str) -> list[Use]:
    """Return what a function with this body does with `rows`."""
    code = f"def f(rows):\n    {body}\n"
    (found,) = asked(code, cst.FunctionDef, lambda node, at: list(uses_of(node.body, "rows", at)))
    return found


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("rows.append(1)", ", and `rows.append()` changes it"),
        ("rows[0] = 1", ", and `rows[0] = ...` changes it"),
        ("del rows[0]", ", and `del rows[0]` changes it"),
        ("self.rows = rows", ", and `self.rows` keeps it"),
        ("return rows", ", and it is handed out"),
    ],
)
def test_what_changes_or_keeps_it_is_grave(body: str, what: str) -> None:
    assert (what, Severity.HIGH) in [(use.what, use.severity) for use in uses(body)]


def test_whoever_gets_it_may_change_it() -> None:
    assert uses("store(rows)")[0] == Use(", and `store()` gets it", Severity.MEDIUM)


def test_what_only_reads_it_is_slight() -> None:
    assert {use.severity for use in uses("print(len(rows), sorted(rows))")} == {Severity.LOW}
    assert uses("other.rows = call(rows=1)") == []


def test_a_name_bound_anew_stands_for_another_object() -> None:
    assert any(use.rebinds for use in uses("rows = list(rows)"))


def test_a_method_that_gives_the_object_its_own_ends_the_sharing() -> None:
    shared = "class A:\n    rows = []\n\n    def f(self):\n        self.rows.append(1)\n"
    own = shared + "\n    def g(self):\n        self.rows = []\n"

    assert asked(shared, cst.ClassDef, lambda node, at: change_through_self(node, "rows", at)) == ["self.rows.append()"]
    assert asked(own, cst.ClassDef, lambda node, at: change_through_self(node, "rows", at)) == [None]


def test_an_element_changes_by_two_subscripts_or_a_method() -> None:
    for line, expected in (("a[0][1] = 2", True), ("a[0].pop()", True), ("a[0] = 2", False), ("b[0][1] = 2", False)):
        code = f"def f(a, b):\n    {line}\n"
        assert asked(code, cst.FunctionDef, lambda node, _: is_changed_inside("a", node.body)) == [expected]
