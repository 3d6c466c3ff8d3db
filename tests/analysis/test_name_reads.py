"""What expressions read and bind, in the order in which they are worked out."""

import ast

import pytest

from reviewer.analysis.name_reads import Lack, Reads
from reviewer.analysis.name_states import Bits, State
from reviewer.analysis.scopes import scopes_of


def found(expression: str, *, is_bound: bool = False, catching: int = 0) -> list[tuple[str, Lack]]:
    """Return what a module's last expression finds without a value; it binds `x` further below."""
    module = ast.parse(f"{expression}\nx = 1\n")
    scopes = scopes_of(module)
    bits = Bits(scopes)
    reads = Reads(scopes, scopes.module, bits, catching=catching)
    start = State().binding(bits.of(scopes.module, "x")) if is_bound else State()
    reads.expressions(module.body[:1], start, scopes.module)
    return [(gap.name, gap.lack) for gap in reads.found.values()]


@pytest.mark.parametrize("expression", ["x", "f(x)", "[y for y in x]", "lambda y=x: y", "(y := x)", "(x, (x := 1))"])
def test_a_read_before_the_binding_is_a_gap(expression: str) -> None:
    assert found(expression) == [("x", Lack.BEFORE)]


@pytest.mark.parametrize("expression", ["lambda: x", "((x := 1), x)", "[x for x in y]", "len"])
def test_what_runs_later_or_has_a_value_is_none(expression: str) -> None:
    assert found(expression) == []


def test_a_value_given_before_is_there() -> None:
    assert found("x", is_bound=True) == []


def test_a_name_taken_away_is_gone() -> None:
    assert found("del x, x", is_bound=True) == [("x", Lack.REMOVED)]


def test_where_a_missing_name_is_awaited_nothing_is_said() -> None:
    assert found("x", catching=1) == []


def test_types_are_looked_at_unless_they_are_postponed() -> None:
    module = ast.parse("def f(a: x) -> x: ...\nx = 1\n")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    scopes = scopes_of(module)

    for is_lazy, count in ((False, 2), (True, 0)):
        reads = Reads(scopes, scopes.module, Bits(scopes), is_lazy=is_lazy)
        reads.types(function, State(), scopes.module)
        assert [gap.is_type for gap in reads.found.values()] == [True] * count
