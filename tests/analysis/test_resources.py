import ast

import pytest

from reviewer.analysis.outline import outline_of
from reviewer.analysis.resources import is_lock, makes_lock, resource_of
from reviewer.analysis.source import read_source


@pytest.mark.parametrize(
    ("code", "noun"),
    [
        ("open(p)", "file"),
        ("from gzip import open as unzip\nunzip(p)", "file"),
        ("from pathlib import Path\n(Path(p) / q).open()", "file"),
        ("import socket\nsocket.socket()", "socket"),
        ("import sqlite3 as db\ndb.connect(p)", "connection"),
        ("conn.cursor()", "cursor"),
        ("shop.open(p)", None),
        ("def open(p): ...\nopen(p)", None),
        ("screen.cursor()", None),
    ],
)
def test_a_call_that_opens_is_known_by_its_name(code: str, noun: str | None) -> None:
    outline = outline_of(read_source(code.encode()))
    statement = outline.source.tree.body[-1]
    call = statement.value if isinstance(statement, ast.Expr) else None

    assert isinstance(call, ast.Call)
    found = resource_of(call, outline)
    assert (found.noun if found is not None else None) == noun


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("import threading\ngate = threading.Lock()\ngate.acquire()", True),
        ("self._lock.acquire()", True),
        ("stock.acquire()", False),
        ("import threading\nlock = threading.Thread()\nlock.acquire()", False),
    ],
)
def test_a_lock_is_known_by_its_maker_or_its_name(code: str, is_one: bool) -> None:
    outline = outline_of(read_source(code.encode()))
    call = outline.every(ast.Call)[-1]

    assert isinstance(call.func, ast.Attribute)
    assert is_lock(call.func.value, outline) is is_one


def test_a_lock_is_made_by_its_constructor() -> None:
    outline = outline_of(read_source(b"from asyncio import Semaphore\nSemaphore(3)\nLock()\n"))

    assert [makes_lock(call, outline) for call in outline.every(ast.Call)] == [True, False]
