"""Who has to close what was opened."""

import ast

import pytest

from reviewer.analysis.outline import Outline, outline_of, uses_in
from reviewer.analysis.ownership import (
    expression_around,
    hands_over,
    is_at_once,
    is_certain,
    is_in_finally,
    takes_over,
)
from reviewer.analysis.resources import Resource
from reviewer.analysis.source import read_source

FILE = Resource("file")


def last_use(body: str) -> tuple[ast.Name, ast.Call, Outline]:
    """Return the last use of `file` in a function that opens it, and the call that does."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    outline = outline_of(read_source(f"def f():\n    file = open(path)\n{lines}".encode()))
    call = outline.every(ast.Call)[0]
    opener = next(each for each in outline.every(ast.Call) if outline.quote(each) == "open(path)")
    return list(uses_in(outline.scope(call))["file"])[-1], opener, outline


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return file", True),
        ("self.file = file", True),
        ("with file: ...", True),
        ("stack.enter_context(file)", True),
        ("Reader(file)", True),
        ("csv.DictReader(file)", False),
        ("json.load(file)", False),
        ("len(file)", False),
        ("file.read()", False),
        ("self.end = file.close", True),
    ],
)
def test_a_name_is_handed_over_to_what_keeps_or_closes_it(body: str, *, expected: bool) -> None:
    use, _, outline = last_use(body)

    assert hands_over(use, FILE, outline) is expected


def test_takers_go_by_their_names() -> None:
    assert takes_over("closing")
    assert takes_over("LogReader")
    assert not takes_over("DictReader")
    assert not takes_over("load")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("try:\n    go()\nfinally:\n    file.close()", True),
        ("try:\n    go()\nexcept OSError:\n    file.close()", True),
        ("go()\nfile.close()", False),
    ],
)
def test_closing_is_certain_where_an_error_leads_too(body: str, *, expected: bool) -> None:
    use, call, outline = last_use(body)

    assert is_certain(use, call, outline) is expected
    assert is_in_finally(use, outline) is expected


def test_closing_at_once_leaves_nothing_between() -> None:
    use, call, outline = last_use("file.close()")
    assert is_at_once(call, use, outline)

    use, call, outline = last_use("go()\nfile.close()")
    assert not is_at_once(call, use, outline)


def test_what_stands_around_ends_with_the_statement() -> None:
    use, _, outline = last_use("if a:\n    go(file.name)")

    kinds = [type(node) for node in expression_around(use, outline)]

    assert kinds == [ast.Attribute, ast.Call, ast.Expr]
