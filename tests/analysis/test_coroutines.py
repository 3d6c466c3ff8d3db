"""Which calls give a coroutine, and what code does with one that nobody awaits."""

import ast

import pytest

from reviewer.analysis.coroutines import is_coroutine, is_unawaited, is_used_as_value
from reviewer.analysis.outline import Outline, outline_of
from reviewer.analysis.source import read_source


def outline(code: str) -> Outline:
    return outline_of(read_source(code.encode()))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import asyncio\nasyncio.sleep(1)", True),
        ("import time\ntime.sleep(1)", False),
        ("import asyncio\nevent = asyncio.Event()\nevent.wait()", True),
        ("async def f():\n    return 1\nf()", True),
        ("async def f():\n    yield 1\nf()", False),
        ("def f():\n    return 1\nf()", False),
    ],
)
def test_a_coroutine_is_known_by_the_function_called(code: str, *, expected: bool) -> None:
    of = outline(code)
    (call,) = [call for call in of.every(ast.Call) if isinstance(of.parents[call], ast.Expr)]

    assert is_coroutine(call, of) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f()", True),
        ("f() + 1", True),
        ("f().text", True),
        ("f().close()", False),
        ("if f(): pass", True),
        ("x = f()", False),
        ("keep(f())", False),
    ],
)
def test_an_awaited_value_is_needed_where_it_is_used(code: str, *, expected: bool) -> None:
    of = outline(code)
    call = next(call for call in of.every(ast.Call) if of.quote(call) == "f()")

    assert is_unawaited(call, of) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [("page.text", True), ("await page", False), ("send(page)", False), ("page.close()", False)],
)
def test_a_name_is_used_as_a_value_if_only_its_parts_are_taken(body: str, *, expected: bool) -> None:
    of = outline(f"async def f():\n    page = load()\n    {body}\n")
    (given,) = of.every(ast.Assign)

    assert is_used_as_value(given, of) is expected
