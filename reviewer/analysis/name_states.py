"""Which names hold a value at a place in the code: names as bits, states of them, and what statements do to them."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviewer.analysis.scopes import COMPREHENSIONS, Scope, Scopes
from reviewer.analysis.source import children_of


@dataclass(frozen=True, slots=True)
class State:
    """Names as bits: which may have a value, which surely have, which lost theirs, which a `try` may have left out.

    What only an earlier round of a loop can have bound is in `again`.
    """

    may: int = 0
    must: int = 0
    lost: int = 0
    failed: int = 0
    again: int = 0

    def binding(self, bit: int) -> "State":
        return State(self.may | bit, self.must | bit, self.lost & ~bit, self.failed & ~bit, self.again & ~bit)

    def losing(self, bit: int) -> "State":
        return State(self.may & ~bit, self.must & ~bit, self.lost | bit, self.failed & ~bit, self.again & ~bit)


def join(one: State | None, other: State | None) -> State | None:
    """Return what holds where two ways meet; a way that ends before is None."""
    if one is None or other is None:
        return one or other
    return State(
        one.may | other.may,
        one.must & other.must,
        one.lost | other.lost,
        one.failed | other.failed,
        one.again & other.again,
    )


@dataclass(slots=True)
class Loop:
    """The states in which a loop is left or begun again; `is_sure` while no branch has left its first round."""

    depth: int
    breaks: State | None = None
    continues: State | None = None
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Bits:
    """A bit for each name of a scope, and which of them statements bind or take away."""

    scopes: Scopes
    _bits: dict[tuple[Scope, str], int] = field(default_factory=dict)

    def of(self, scope: Scope, name: str) -> int:
        return self._bits.setdefault((scope, name), 1 << len(self._bits))

    def bound_in(self, nodes: Sequence[ast.AST], scope: Scope) -> int:
        """Return the names the nodes may bind."""
        bits = 0
        for node, where in self._inside(nodes, scope):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    bits |= self.of(where, name)
                case ast.AsyncFunctionDef(name=name) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    bits |= self.of(where, name)
                case ast.alias(name=name, asname=other):
                    bits |= self.of(where, other or name.partition(".")[0])
        return bits

    def lost_in(self, nodes: Sequence[ast.AST], scope: Scope) -> int:
        """Return the names the nodes may leave without a value."""
        bits = 0
        for node, where in self._inside(nodes, scope):
            match node:
                case ast.Name(id=name, ctx=ast.Del()) | ast.ExceptHandler(name=str(name)):
                    bits |= self.of(where, name)
        return bits

    def loops_in(self, nodes: Sequence[ast.AST], scope: Scope) -> Iterator[ast.For | ast.AsyncFor]:
        """Yield the `for` loops among the nodes."""
        for node, _ in self._inside(nodes, scope):
            if isinstance(node, (ast.For, ast.AsyncFor)):
                yield node

    def _inside(self, nodes: Sequence[ast.AST], scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the nodes that run in this scope, or in the class bodies within."""
        stack = [(node, scope) for node in nodes]
        while stack:
            node, where = stack.pop()
            yield node, where
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *COMPREHENSIONS)):
                continue
            inner = self.scopes.by_node.get(node, where) if isinstance(node, ast.ClassDef) else where
            stack.extend((child, inner) for child in children_of(node))
