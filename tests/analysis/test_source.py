import ast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reviewer.analysis.source import children_of, nodes_in, read_source

TEXT = """\
import os

@route("/")
def show(
    order,
):
    if order:
        try:
            send(
                order,
            )
        except OSError:
            log(order)
    else:
        drop(order)
    return order


total = 1
"""


def _around(*lines: int) -> list[int]:
    return sorted(read_source(TEXT.encode()).lines_around(frozenset(lines)))


def test_of_a_simple_statement_all_lines_are_around() -> None:
    assert _around(1) == [1]
    assert {9, 10, 11} <= set(_around(10))


def test_the_heads_of_the_blocks_around_a_line_belong_to_it_and_their_other_statements_do_not() -> None:
    around = _around(13)

    assert {3, 4, 5, 6, 7, 8, 12, 13, 14} <= set(around)
    assert not {9, 10, 11, 15, 16, 19} & set(around)


def test_a_changed_line_is_always_around_itself() -> None:
    assert _around(17) == [17]


@given(some.sets(some.integers(1, TEXT.count("\n"))))
def test_whatever_changed_is_around_and_more_changes_have_more_around(lines: set[int]) -> None:
    source = read_source(TEXT.encode())

    around = source.lines_around(frozenset(lines))

    assert lines <= around
    assert around == frozenset[int]().union(*(source.lines_around(frozenset({line})) for line in lines))


@pytest.mark.parametrize(
    "code",
    [
        "a = b if c else d", "def f(a, *, b=1): return lambda: {x for x in a}", "f'{a!r:>{b}}'",
        "a += -b < c < d and 1",
        "match a:\n    case {'k': [1, *_], **rest} | None: pass", "from . import a as b\nfor x in y: del x[1:2]",
        "try: raise E from e\nexcept (A, B) as e: yield\nwith a as b, c: global d",
    ],
)  # fmt: skip
def test_nodes_are_those_that_ast_walks_in_its_order_without_operators_and_contexts(code: str) -> None:
    tree = ast.parse(code)
    shared = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)

    assert list(nodes_in(tree)) == [node for node in ast.walk(tree) if not isinstance(node, shared)]
    assert children_of(tree) is children_of(tree)


def test_a_module_is_read_once() -> None:
    assert read_source(b"a = 1\n") is read_source(b"a = 1\n")
