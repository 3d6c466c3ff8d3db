"""Scopes before and after a change, and where removed lines stood."""

import ast

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.twins import own_nodes, place_of, scopes_in, twins_of


def _changed(old: str, new: str) -> ChangedFile:
    before, after = old.splitlines(), new.splitlines()
    added = frozenset(number for number, line in enumerate(after, 1) if line not in before)
    removed = frozenset(number for number, line in enumerate(before, 1) if line not in after)
    return ChangedFile(b"shop.py", old.encode(), new.encode(), added, removed)


def test_scopes_have_qualified_names_in_reading_order() -> None:
    tree = ast.parse("class Order:\n    def total(self):\n        def line(): ...\n\nif FAST:\n    def ship(): ...\n")

    names = [name for name, _ in scopes_in(tree)]

    assert names == ["", "Order", "Order.total", "Order.total.line", "ship"]


def test_a_scope_does_not_own_what_scopes_inside_it_hold() -> None:
    tree = ast.parse("def total():\n    first()\n    def line():\n        second()\n")

    names = [node.id for node in own_nodes(tree.body[0]) if isinstance(node, ast.Name)]

    assert names == ["first"]


def test_a_function_is_matched_by_its_name() -> None:
    file = _changed("def a():\n    one()\ndef b(): ...\n", "def c(): ...\ndef a():\n    two()\n")

    sides = {twin.name: (twin.old is not None, twin.new is not None) for twin in twins_of(file)}

    assert sides == {"": (True, True), "a": (True, True), "b": (True, False), "c": (False, True)}


def test_a_text_that_does_not_parse_has_no_twins() -> None:
    assert twins_of(_changed("def a(:\n", "def a(): ...\n")) == ()


def test_a_removed_line_stood_where_an_added_one_came_in_its_place() -> None:
    file = _changed("a\nb\nc\nd\n", "a\nB\nc\nd\n")

    assert place_of(file, 2) == 2


def test_a_removed_line_stood_before_the_line_that_follows_now() -> None:
    file = _changed("a\nb\nc\nd\n", "a\nc\nd\n")

    assert place_of(file, 2) == 2


def test_added_lines_far_above_shift_the_place() -> None:
    file = _changed("a\nb\nc\nd\ne\nf\ng\n", "new\na\nb\nc\nd\ne\ng\n")

    assert place_of(file, 6) == 7
