"""What stands in a LibCST node, looked up once: its own `children` walks and copies at each call."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import TypeVar

import libcst as cst

_SKIPPED = frozenset({"lpar", "rpar", "leading_lines", "lines_after_decorators", "header", "footer", "default_indent"})
_BLANKS = ("whitespace", "trailing_whitespace", "comma", "semicolon")
# Where the fields of a node are not in reading order.
_READING_ORDER = {
    cst.Arg: ("keyword", "value"),
    cst.ExceptHandler: ("type", "name", "body"),
    cst.ClassDef: ("decorators", "name", "bases", "keywords", "body"),
    cst.FunctionDef: ("decorators", "asynchronous", "name", "params", "returns", "body"),
    cst.IfExp: ("body", "test", "orelse"),
}
Fact = TypeVar("Fact")
_forgetters: list[Callable[[], None]] = []
# By the id of the node, which is held here too, so that no other one can come to have it.
_known: dict[int, tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = {}


def forget() -> None:
    """Let go of all nodes: those of one statement are of no use for the next."""
    _known.clear()
    for clear in _forgetters:
        clear()


def remembered(work: Callable[[cst.CSTNode], Fact]) -> Callable[[cst.CSTNode], Fact]:
    """Work a fact about a node out once, until `forget`."""
    known: dict[int, tuple[cst.CSTNode, Fact]] = {}
    _forgetters.append(known.clear)

    def ask(node: cst.CSTNode) -> Fact:
        fact = known.get(id(node))
        if fact is None:
            fact = known[id(node)] = (node, work(node))
        return fact[1]

    return ask


def children(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """Return the nodes in a node, in reading order, without blanks, commas, parentheses and comments."""
    known = _known.get(id(node))
    if known is None:
        known = _known[id(node)] = (node, tuple(_looked_up(node)))
    return known[1]


def _looked_up(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in _fields_with_syntax(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif type(value) in (list, tuple):
            yield from (item for item in value if isinstance(item, cst.CSTNode))


@cache
def _fields_with_syntax(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    if kind in _READING_ORDER:
        return _READING_ORDER[kind]
    return tuple(
        field.name for field in fields(kind) if field.name not in _SKIPPED and not field.name.startswith(_BLANKS)
    )
