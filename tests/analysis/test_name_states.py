"""Names as bits, and states of them."""

import ast

from reviewer.analysis.name_states import Bits, State, join
from reviewer.analysis.scopes import scopes_of

A, B = 1, 2


def test_a_name_bound_has_a_value_until_it_loses_it() -> None:
    bound = State().binding(A)

    assert bound.must & A
    assert bound.may & A
    assert bound.losing(A) == State(lost=A)
    assert bound.losing(A).binding(A) == bound


def test_where_ways_meet_a_name_surely_has_a_value_if_it_had_on_both() -> None:
    met = join(State().binding(A).binding(B), State().binding(A))

    assert met == State(may=A | B, must=A)


def test_a_way_that_ends_before_says_nothing() -> None:
    assert join(None, State().binding(A)) == State().binding(A)
    assert join(None, None) is None


def test_each_name_of_a_scope_has_its_own_bit() -> None:
    module = ast.parse("a = 1\nclass C:\n    a = 2\n")
    scopes = scopes_of(module)
    bits = Bits(scopes)
    inner = scopes.by_node[module.body[1]]

    assert bits.of(scopes.module, "a") == bits.of(scopes.module, "a")
    assert bits.of(scopes.module, "a") & bits.of(inner, "a") == 0


def test_statements_bind_names_but_inner_functions_do_not() -> None:
    module = ast.parse(
        "import a.b\nfor c in d:\n    e = 1\ndef f():\n    g = 1\ntry: pass\nexcept OSError as h: pass\ndel i\n"
    )
    scopes = scopes_of(module)
    bits = Bits(scopes)

    def of(*names: str) -> int:
        return sum(bits.of(scopes.module, name) for name in names)

    assert bits.bound_in(module.body, scopes.module) == of("a", "c", "e", "f")
    assert bits.lost_in(module.body, scopes.module) == of("h", "i")
    assert [loop.lineno for loop in bits.loops_in(module.body, scopes.module)] == [2]
