"""Where a node stands: what a Python rule may ask about its surroundings."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.source import Source

Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(frozen=True, slots=True)
class Place:
    """`parents` run from the chunk's module down to the node's own parent.

    `chunk` is the top-level statement the node lies in, parsed alone; `source` is the whole file, as `ast` reads it.
    """

    file: ChangedFile
    chunk: cst.Module
    parents: tuple[cst.CSTNode, ...]
    source: Source

    @property
    def imports(self) -> Mapping[str, str]:
        """What each imported name stands for, wherever in the file the import is."""
        return self.source.imports

    @property
    def constants(self) -> Mapping[str, ast.expr]:
        """The values of the module's names in capitals."""
        return self.source.constants

    @property
    def parent(self) -> cst.CSTNode:
        return self.parents[-1]

    def enclosing(self, *types: type[Node]) -> Node | None:
        """Return the nearest ancestor of one of the types."""
        return next((node for node in reversed(self.parents) if isinstance(node, types)), None)

    @property
    def function(self) -> cst.FunctionDef | None:
        """The function whose body runs the node; None at module or class level, or in a lambda.

        Decorators, annotations and default values run where the function is defined.
        """
        inner: cst.CSTNode | None = None
        for outer in reversed(self.parents):
            if isinstance(outer, (cst.FunctionDef, cst.Lambda, cst.ClassDef)) and inner in (None, outer.body):
                return outer if isinstance(outer, cst.FunctionDef) else None
            inner = outer
        return None

    def code(self, node: cst.CSTNode) -> str:
        """Return the node's source text, stripped."""
        return self.chunk.code_for_node(node).strip()

    def name(self, node: cst.CSTNode) -> str | None:
        """Return the dotted name an expression stands for, imports resolved: `r.get` as `requests.get`.

        None for anything but names and attributes of names. A name nobody imported stays as written.
        """
        dotted = dotted_name(node)
        if dotted is None:
            return None
        first, _, rest = dotted.partition(".")
        origin = self.imports.get(first, first)
        return f"{origin}.{rest}" if rest else origin

    def is_imported(self, node: cst.CSTNode) -> bool:
        """True if the expression's first name came in by an import anywhere in the file."""
        dotted = dotted_name(node)
        return dotted is not None and dotted.partition(".")[0] in self.imports


def dotted_name(node: cst.CSTNode) -> str | None:
    """Return `a.b.c` for names and attributes of names, None for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    parts.append(node.value)
    return ".".join(reversed(parts))


def keyword(call: cst.Call, name: str) -> cst.BaseExpression | None:
    """Return the value of a keyword argument."""
    return next((arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def has_double_star(call: cst.Call) -> bool:
    """True if `**options` may bring keywords nobody can see."""
    return any(arg.star == "**" for arg in call.args)


def positional(call: cst.Call) -> tuple[cst.BaseExpression, ...]:
    """Return the positional arguments before any `*rest`."""
    values: list[cst.BaseExpression] = []
    for arg in call.args:
        if arg.star or arg.keyword is not None:
            break
        values.append(arg.value)
    return tuple(values)


def string_value(node: cst.CSTNode) -> str | None:
    """Return what a plain, bytes-free string literal holds; joined literals count, f-strings do not."""
    if isinstance(node, cst.SimpleString):
        return _text_of(node.value)
    if not isinstance(node, cst.ConcatenatedString):
        return None
    value = node.evaluated_value
    return value if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _text_of(literal: str) -> str | None:
    # LibCST compiles a literal each time it is asked for its value.
    value = ast.literal_eval(literal)
    return value if isinstance(value, str) else None
