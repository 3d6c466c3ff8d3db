"""What names stand for where they are used."""

import ast

import pytest

from reviewer.analysis.bound_names import Bound, is_enum, kind_of_literal
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import tree_of


def known(code: str) -> tuple[Bound, ast.Name]:
    """Return what is known of the names in a file, and the last use of `x`."""
    source = read_source(code.encode())
    tree = tree_of(source.tree)
    uses = [node for node in tree.nodes(ast.Name) if node.id == "x" and isinstance(node.ctx, ast.Load)]
    return Bound(source, tree, scopes_of(source.tree)), max(uses, key=lambda node: node.lineno)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("def f(x: list[str]):\n    x", ("builtins", "list")),
        ("def f(x: 'str'):\n    x", ("builtins", "str")),
        ("from pathlib import Path\ndef f(x: Path):\n    x", ("pathlib", "Path")),
        ("def f():\n    x = {}\n    x", ("builtins", "dict")),
        ("def f():\n    x = f'{a}'\n    x", ("builtins", "str")),
        ("import pathlib\ndef f():\n    x = pathlib.Path('a')\n    x", ("pathlib", "Path")),
        ("try:\n    f()\nexcept ValueError as x:\n    x", ("builtins", "ValueError")),
        ("def f(*x: str):\n    x", None),
        ("def f():\n    x = None\n    x", None),
        ("def f(x: Shop):\n    x", None),
        ("from typing import Any\ndef f(x: Any):\n    x", None),
    ],
)
def test_a_binding_shows_a_class(code: str, kind: tuple[str, str] | None) -> None:
    bound, use = known(code)
    binding = bound.binding("x", use)
    assert binding is not None

    assert bound.kind_of(binding) == kind


def test_two_bindings_are_none_to_go_by() -> None:
    bound, use = known("def f():\n    x = []\n    x = Rows(x)\n    x")

    assert bound.binding("x", use) is None
    assert bound.is_bound("x", use)
    assert not bound.is_bound("y", use)


def test_a_name_is_only_imported_if_all_its_imports_agree() -> None:
    for code, expected in (
        ("import x\nx", True),
        ("try:\n    import x\nexcept ImportError:\n    import x\nx", True),
        ("try:\n    import x\nexcept ImportError:\n    x = None\nx", False),
        ("import x\ndef f(x):\n    x", False),
    ):
        bound, use = known(code)
        assert bound.is_only_imported("x", use) is expected


def test_a_question_about_its_type_narrows_a_name() -> None:
    bound, _ = known("def f(x: str):\n    if isinstance(x, list):\n        x")

    assert bound.is_narrowed("x")
    assert not bound.is_narrowed("y")


def test_literals_show_their_type() -> None:
    kinds = [kind_of_literal(ast.parse(code, mode="eval").body) for code in ("[a for a in b]", "1.5", "None", "f()")]

    assert kinds == ["list", "float", "NoneType", None]


def test_enumerations_of_the_library_are_known() -> None:
    assert is_enum("re", "RegexFlag")
    assert not is_enum("pathlib", "Path")
