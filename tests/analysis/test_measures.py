"""Complexity and length of functions."""

import ast

import pytest

from reviewer.analysis.measures import complexity, statement_lines


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        ("    pass\n", 1),
        ("    if a and b:\n        pass\n", 3),
        ("    for a in b:\n        while c:\n            pass\n", 3),
        ("    try:\n        a()\n    except OSError:\n        b()\n", 2),
        ("    return [a for a in b if a]\n", 3),
        ("    match a:\n        case 1:\n            pass\n        case _:\n            pass\n", 2),
        ("    def g():\n        if a:\n            pass\n", 1),
    ],
)
def test_each_parting_of_the_way_counts_once(body: str, ways: int) -> None:
    assert complexity(ast.parse("def f():\n" + body).body[0]) == ways


def test_only_lines_with_code_count() -> None:
    code = 'def f():\n    """Say."""\n\n    # why\n    a = [\n        1,\n        2,\n    ]\n    return a\n'

    assert statement_lines(ast.parse(code).body[0]) == 2
