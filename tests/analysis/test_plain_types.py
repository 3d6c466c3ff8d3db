import ast

import pytest

from reviewer.analysis.plain_types import PlainTypes
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import tree_of


def _kind(code: str) -> str | None:
    """Return the type of the expression on the last line."""
    source = read_source(code.encode())
    last = source.tree.body[-1]
    while isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef)):
        last = last.body[-1]
    value = last.value if isinstance(last, (ast.Expr, ast.Return)) else None
    return PlainTypes(source, tree_of(source.tree)).of(value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("'tea'.strip()", "str"),
        ("f'{tea}'.encode()", "bytes"),
        ("import os\nos.environ['TEA']", "str"),
        ("import os\nos.getenv('TEA') or 'green'", "str"),
        ("import subprocess\nsubprocess.check_output(['ls']).split()[0]", "bytes"),
        ("import subprocess\nsubprocess.check_output(['ls'], text=True)", None),
        ("def f(path):\n    with open(path, 'rb') as file:\n        data = file.read()\n    return data", "bytes"),
        ("def f(tea):\n    size = len(tea)\n    return size", "int"),
        ("def f(text):\n    for line in text.encode().splitlines():\n        go()\n    return line", "bytes"),
    ],
)
def test_a_value_has_the_type_of_what_made_it(code, kind):
    assert _kind(code) == kind


@pytest.mark.parametrize(
    "code",
    [
        "def f(tea):\n    return tea",
        "def f(tea):\n    size = input()\n    size = int(size)\n    return size",
        "def f():\n    size = input()\n    if isinstance(size, int):\n        go()\n    return size",
        "def len(tea): ...\nlen(1)",
    ],
)
def test_what_may_have_two_types_has_none(code):
    assert _kind(code) is None
