"""Nodes by type and parent, and what names stand for."""

import ast

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import (
    added_line,
    catches,
    full_name,
    head_line,
    methods_of,
    names_stored,
    names_tested,
    quote,
    tree_of,
)

CODE = """\
import os.path as p
class Order:
    def add(self, line):
        self.lines = [
            line,
        ]
    if p:
        def drop(self): ...
"""


def _file(*added: int) -> ChangedFile:
    return ChangedFile(b"a.py", None, CODE.encode(), frozenset(added), frozenset())


def test_nodes_come_by_type_in_reading_order() -> None:
    tree = tree_of(ast.parse("a + b\nc + d"))

    assert [quote(node) for node in tree.nodes(ast.BinOp)] == ["a + b", "c + d"]


def test_a_node_knows_the_function_and_the_scope_around_it() -> None:
    tree = tree_of(read_source(CODE.encode()).tree)
    line = next(node for node in tree.nodes(ast.Name) if node.id == "line")

    assert isinstance(tree.scope(line), ast.FunctionDef)
    assert tree.function(line) is tree.scope(line)


def test_lines_are_those_the_change_added() -> None:
    source = read_source(CODE.encode())
    assignment = next(tree_of(source.tree).nodes(ast.Assign))

    assert head_line(assignment, source, _file(4)) == 4
    assert head_line(assignment, source, _file(5)) is None
    assert added_line(assignment, source, _file(5)) == 5
    assert added_line(assignment, source, _file(1)) is None


def test_names_are_resolved_through_imports() -> None:
    source = read_source(CODE.encode())

    assert full_name(ast.parse("p.join", mode="eval").body, source) == "os.path.join"
    assert full_name(ast.parse("f().x", mode="eval").body, source) is None


def test_a_class_shows_its_methods_and_what_it_stores() -> None:
    owner = next(tree_of(read_source(CODE.encode()).tree).nodes(ast.ClassDef))

    assert {name: len(found) for name, found in methods_of(owner).items()} == {"add": 1, "drop": 2}
    assert names_stored(owner) == {"lines"}


def test_handlers_and_suppress_catch() -> None:
    source = read_source(b"try:\n    a()\nexcept (KeyError, OSError):\n    b()\nwith suppress(KeyError):\n    c()\n")
    tree = tree_of(source.tree)
    calls = [call for call in tree.nodes(ast.Call) if not call.args]

    caught = {quote(call) for call in calls if catches(call, frozenset({"KeyError"}), tree, source)}

    assert caught == {"a()", "c()"}


def test_the_names_that_tests_mention_are_known() -> None:
    function = ast.parse("def f(a, b, c):\n    if a.b and len(b):\n        return [d for d in c if d]").body[0]

    assert names_tested(function) >= {"a", "a.b", "b", "d"}
    assert "c" not in names_tested(function)
