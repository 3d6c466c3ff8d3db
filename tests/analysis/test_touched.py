"""Nodes that touch the changed lines, and what they stand in."""

import ast

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.touched import touched

_CODE = """class Shop:
    @cached
    def total(self):
        return sum(self.lines)

    def ship(self):
        go()
"""


def _file(code: str, *added: int) -> ChangedFile:
    return ChangedFile(b"shop.py", None, code.encode(), frozenset(added), frozenset())


def test_only_what_touches_an_added_line_is_held() -> None:
    nodes = touched(_file(_CODE, 4))

    assert [function.name for function in nodes.functions] == ["total"]
    assert [call.func.id for call in nodes.of(ast.Call) if isinstance(call.func, ast.Name)] == ["sum"]


def test_a_decorator_belongs_to_its_function() -> None:
    nodes = touched(_file(_CODE, 2))

    assert [function.name for function in nodes.functions] == ["total"]


def test_a_node_knows_its_function_and_its_class() -> None:
    nodes = touched(_file(_CODE, 7))
    call = next(nodes.of(ast.Call))
    function = nodes.function(call)

    assert function is not None
    assert function.name == "ship"
    owner = nodes.owner(function)
    assert owner is not None
    assert owner.name == "Shop"


def test_a_text_that_does_not_parse_holds_nothing() -> None:
    assert list(touched(_file("def (:\n", 1)).functions) == []
