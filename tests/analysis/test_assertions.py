"""How much assertions prove, and which of two allows more."""

import ast

import pytest

from reviewer.analysis.assertions import allows_more, assertions_in, expects_other_value, shortened


def _strengths(code: str) -> list[int]:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    return [assertion.strength for assertion in assertions_in(function)]


def test_an_equality_proves_more_than_a_truth_and_that_more_than_a_constant() -> None:
    code = (
        "def test():\n    assert a == 1\n    assert a in b\n    assert a\n    assert a is not None\n    assert True\n"
    )

    assert _strengths(code) == [5, 3, 2, 1, 0]


def test_an_assertion_under_an_if_is_conditional() -> None:
    function = ast.parse("def test():\n    assert a\n    if b:\n        assert c\n").body[0]

    assert isinstance(function, ast.FunctionDef)
    assert [assertion.is_conditional for assertion in assertions_in(function)] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("assert a == approx(1, abs=0.1)", "assert a == approx(1, abs=5)", True),
        ("assert a == approx(1, abs=5)", "assert a == approx(1, abs=0.1)", False),
        ("assert a < 1", "assert a < 10", True),
        ("assert a > 1", "assert a > 10", False),
        ("self.assertAlmostEqual(a, 1, places=7)", "self.assertAlmostEqual(a, 1, places=1)", True),
    ],
)
def test_a_wider_bound_allows_more(old: str, new: str, *, expected: bool) -> None:
    assert allows_more(old, new) is expected


def test_only_a_changed_literal_is_another_expected_value() -> None:
    assert expects_other_value("assert total(1) == 2", "assert total(1) == 3")
    assert not expects_other_value("assert total(1) == 2", "assert total(2) == 3")
    assert not expects_other_value("assert total(1) == 2", "assert total(1) == rate")


def test_an_assertion_is_cut_to_fit_into_a_message() -> None:
    assert shortened("assert a\nassert b") == "assert a"
    assert len(shortened("assert " + "a" * 60)) == 50
