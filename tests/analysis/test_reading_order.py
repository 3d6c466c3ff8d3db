"""Reads that come before the name has a value, or after a branch that gave it none."""

import ast

import pytest

from reviewer.analysis.name_reads import Lack
from reviewer.analysis.reading_order import gaps
from reviewer.analysis.scopes import scopes_of


def found(body: str) -> list[tuple[str, Lack, bool]]:
    """Return what is missing in a function with this body, in which `a`, `b` and `f` have values."""
    text = "def g(a, b, f):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    module = ast.parse(text)
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    return [(gap.name, gap.lack, gap.is_sure) for gap in gaps(function, scopes_of(module))]


@pytest.mark.parametrize(
    "body",
    [
        "x = 1\nx",
        "if a:\n    x = 1\nelse:\n    x = 2\nx",
        "if a:\n    x = 1\nelse:\n    return\nx",
        "if a:\n    x = 1\nif a:\n    x",
        "if a:\n    x = 1\nelif b:\n    x = 2\nx",
        "for x in a:\n    pass\nx",
        "for y in a:\n    if b:\n        x\n    x = 1",
        "while True:\n    x = f()\n    if x:\n        break\nx",
        "try:\n    x = f()\nexcept OSError:\n    return\nx",
        "try:\n    x = f()\nexcept OSError:\n    x = 1\nx",
        "try:\n    f()\nexcept OSError:\n    f()\nelse:\n    x = 1\n    x",
        "with f() as x:\n    x",
        "[x for x in a]",
        "if (x := f()):\n    x",
        "match a:\n    case 1:\n        x = 1\n    case 2:\n        x = 2\nx",
        "try:\n    x\nexcept NameError:\n    x = 1",
        "def h():\n    return x\nx = 1",
        "try:\n    f()\nfinally:\n    x = 1\nx",
        "if 'x' in locals():\n    x\nx = 1",
        "if a:\n    f.fail('no')\nelse:\n    x = 1\nx",
    ],
)
def test_a_name_that_has_a_value_is_left_alone(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "gap"),
    [
        ("x\nx = 1", ("x", Lack.BEFORE, True)),
        ("x += 1", ("x", Lack.BEFORE, True)),
        ("for y in a:\n    x = x + y", ("x", Lack.BEFORE, True)),
        ("x = 1\ndel x\nx", ("x", Lack.REMOVED, True)),
        ("try:\n    f()\nexcept OSError as x:\n    pass\nx", ("x", Lack.REMOVED, True)),
        ("try:\n    x = f()\nexcept OSError:\n    f()\nx", ("x", Lack.FAILED, False)),
        ("try:\n    x = f()\nfinally:\n    x.close()", ("x", Lack.FAILED, False)),
        ("if a:\n    x = 1\nx", ("x", Lack.SKIPPED, False)),
        ("x: int\nx", ("x", Lack.BEFORE, True)),
        ("with suppress(OSError):\n    x = f()\nx", ("x", Lack.FAILED, False)),
        ("class A:\n    y = x\nx = 1", ("x", Lack.BEFORE, True)),
    ],
)
def test_a_name_without_a_value_is_found(body: str, gap: tuple[str, Lack, bool]) -> None:
    assert found(body) == [gap]


def test_a_thousand_branches_take_no_recursion() -> None:
    body = (
        "if a == 0:\n    x = 0\n"
        + "".join(f"elif a == {n}:\n    x = {n}\n" for n in range(500))
        + "else:\n    x = 1\nx"
    )

    assert found(body) == []
