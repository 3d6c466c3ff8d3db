import ast

import pytest

from reviewer.analysis.arguments import Written, order_of
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import full_name, tree_of


def _order(code: str) -> str | None:
    source = read_source(code.encode())
    written = Written(source, tree_of(source.tree))
    call = next(iter(written.tree.nodes(ast.Call)))
    return order_of(full_name(call.func, source) or "", call.args[0], call.args[1], written)


@pytest.mark.parametrize(
    "code",
    ["round(2, price)", "isinstance(str, value)", "FORM = '%Y'\nimport time\ntime.strptime(FORM, text)"],
)
def test_swapped_arguments_are_told_by_what_stands_there(code):
    assert _order(code) is not None


@pytest.mark.parametrize("code", ["round(price, 2)", "round(2, 3)", "isinstance(value, str)", "brew(2, price)"])
def test_arguments_in_their_order_are_fine(code):
    assert _order(code) is None


def test_a_name_holds_what_the_function_gave_it():
    source = read_source(b"def keep(path):\n    with open(path) as file:\n        return file\n")
    written = Written(source, tree_of(source.tree))
    name = next(node for node in written.tree.nodes(ast.Name) if isinstance(node.ctx, ast.Load) and node.id == "file")

    assert [ast.unparse(value) for value in written.given("file", name)] == ["open(path)"]
