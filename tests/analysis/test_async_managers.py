"""By which `with` a context manager is entered."""

import ast

import pytest

from reviewer.analysis.async_managers import decorators_of, manager_of, needs_async_with, needs_plain_with
from reviewer.analysis.outline import outline_of
from reviewer.analysis.source import read_source

CLASS = "class Page:\n    {0}def __{1}enter__(self): ...\n    {0}def __{1}exit__(self, *error): ...\n"


@pytest.mark.parametrize(
    ("code", "is_async", "is_plain"),
    [
        ("with open(path): ...", False, True),
        ("import asyncio\nlock = asyncio.Lock()\nwith lock: ...", True, False),
        (CLASS.format("async ", "a") + "with Page(): ...", True, False),
        (CLASS.format("", "") + "with Page(): ...", False, True),
        (CLASS.format("", "") + "    async def __aenter__(self): ...\nwith Page(): ...", False, False),
        (
            "from contextlib import contextmanager\n@contextmanager\ndef page():\n    yield\nwith page(): ...",
            False,
            True,
        ),
        ("with page(): ...", False, False),
    ],
)
def test_a_manager_is_known_by_its_maker(code: str, *, is_async: bool, is_plain: bool) -> None:
    outline = outline_of(read_source(code.encode()))
    (block,) = outline.every(ast.With)
    manager = block.items[0].context_expr

    assert needs_async_with(manager, outline) is is_async
    assert needs_plain_with(manager, outline) is is_plain


def test_a_name_goes_by_what_made_it() -> None:
    outline = outline_of(read_source(b"import asyncio\ngroup = asyncio.TaskGroup()\nwith group: ..."))
    (block,) = outline.every(ast.With)

    assert manager_of(block.items[0].context_expr, outline) == "asyncio.TaskGroup"


def test_decorators_go_by_their_names() -> None:
    (function,) = ast.parse("@a.b\n@c(1)\ndef f(): ...").body
    assert isinstance(function, ast.FunctionDef)

    assert decorators_of(function) == ["a.b", "c"]
