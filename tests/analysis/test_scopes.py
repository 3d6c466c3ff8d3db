"""Who binds a name, and which reads find it."""

import ast

import pytest

from reviewer.analysis.scopes import is_given, scopes_of


def unbound(code: str) -> list[str]:
    """Return the names that no scope binds and no builtin gives."""
    scopes = scopes_of(ast.parse(code))
    return [read.name for read in scopes.reads if read.scope.lookup(read.name) is None and not is_given(read)]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = 1\nprint(a, b)", ["b"]),
        ("def f(x, *rest, key=1, **more):\n    return x, rest, key, more, y", ["y"]),
        ("[x for x in y if z]", ["y", "z"]),
        ("[x for x in [1]]\nx", ["x"]),
        ("class A:\n    b = 1\n    def c(self):\n        return b", ["b"]),
        ("class A:\n    b = 1\n    d = [b]", []),
        ("class A:\n    b = 1\n    d = [b for _ in [1]]", ["b"]),
        ("def f():\n    global a\n    a = 1\n\ndef g():\n    return a", []),
        ("def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    return a", []),
        ("import a.b, c as d\nfrom e import f as g\na, d, g, f", ["f"]),
        ("try:\n    pass\nexcept OSError as e:\n    e", []),
        ("with open('a') as (b, c):\n    b, c", []),
        ("lambda a: a + b", ["b"]),
        ("any((n := x) for x in [1])\nn", []),
        ("match [1]:\n    case [a, *b]:\n        a, b\n    case {'k': c, **d}:\n        c, d", []),
        ("def f(a: Missing) -> 'Other[Third]': ...", ["Missing", "Other", "Third"]),
        ("from typing import Literal\na: Literal['b', 'c']\nd: 'Literal[\"e\"]'", []),
        ("class A:\n    def f(self):\n        return __class__\n    n = __qualname__", []),
        ("print(__file__, __name__)", []),
        ("for i in range(3):\n    pass\nprint(i)", []),
    ],
)
def test_a_read_finds_the_scope_that_binds_its_name(code: str, names: list[str]) -> None:
    assert sorted(unbound(code)) == sorted(names)


@pytest.mark.parametrize(
    ("code", "is_open"),
    [
        ("exec(code)", True),
        ("globals().update(a=1)", True),
        ("globals()['a'] = 1", True),
        ("import sys\nsetattr(sys.modules[__name__], 'a', 1)", True),
        ("globals().get('a')", False),
        ("a = globals()['b']", False),
    ],
)
def test_code_that_may_bind_any_name_is_known(code: str, is_open: bool) -> None:
    assert scopes_of(ast.parse(code)).is_open is is_open


def test_a_star_import_is_known() -> None:
    assert scopes_of(ast.parse("from a import *")).has_stars
    assert not scopes_of(ast.parse("from a import b")).has_stars
