"""What counts as protecting a piece of code, and what is alike before and after."""

import ast

import pytest

from reviewer.analysis.protection import protections_in


def _keys(code: str) -> list[str]:
    scope = ast.parse(code).body[0]
    assert isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    return [protection.key for protection in protections_in(scope)]


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("@login_required\ndef f(): ...\n", "@login_required"),
        ("def f():\n    if not a.ok:\n        raise X\n", "if True a.ok"),
        ("def f():\n    assert a > 0\n", "if True a > 0"),
        ("def f():\n    with self._lock:\n        go()\n", "with _lock"),
        ("def f():\n    get(url, timeout=3)\n", "get(timeout=)"),
        ("def f():\n    return escape(name)\n", "escape()"),
        ("def f():\n    return rows[:100]\n", "[:] rows"),
        ("def f():\n    try:\n        go()\n    except OSError:\n        stop()\n", "except OSError"),
        ("class A(LoginRequiredMixin): ...\n", "base LoginRequiredMixin"),
        ("class A:\n    permission_classes = [IsAdmin]\n", "permission_classes ="),
    ],
)
def test_a_protection_is_listed(code: str, key: str) -> None:
    assert key in _keys(code)


@pytest.mark.parametrize(
    "code",
    [
        "@property\ndef f(): ...\n",
        "def f():\n    if wanted:\n        return make(wanted)\n    return 1\n",
        "def f():\n    with open(path) as file:\n        go(file)\n",
        "def f():\n    run(command, check=False)\n",
        "def f():\n    return name[:2]\n",
        "class A:\n    permission_classes = [AllowAny]\n",
    ],
)
def test_what_protects_nothing_is_not_listed(code: str) -> None:
    assert _keys(code) == []


def test_an_assertion_and_a_check_that_raises_have_one_key() -> None:
    assert _keys("def f():\n    assert a is None\n") == _keys("def f():\n    if a is not None:\n        raise X\n")
