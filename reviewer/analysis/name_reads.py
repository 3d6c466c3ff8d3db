"""What expressions read and bind, in the order in which they are worked out, and the reads that find no value."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from reviewer.analysis.name_states import Bits, Loop, State
from reviewer.analysis.scopes import BUILTINS, Kind, Scope, Scopes
from reviewer.analysis.source import children_of, nodes_in
from reviewer.analysis.tree import Function


class Lack(Enum):
    """Why a read finds no value."""

    BEFORE = "before"  # nothing has bound the name yet
    REMOVED = "removed"  # `del` took it away, or the handler it belongs to is over
    FAILED = "failed"  # the `try` that binds it may have failed
    SKIPPED = "skipped"  # the `if` that binds it may not hold


@dataclass(frozen=True, slots=True)
class Gap:
    """A read of a name that has no value there, or, unless `is_sure`, may have none; `is_type` in an annotation."""

    name: str
    node: ast.expr
    lack: Lack
    is_sure: bool
    is_type: bool = False


@dataclass(slots=True)
class Reads:
    """Keeps the gaps `found` in one scope, the followed one; whoever follows it tells of its loops, tests and handlers.

    `tests` are the words of the tests around the expression at hand; in `catching` handlers a missing name is awaited.
    """

    scopes: Scopes
    scope: Scope
    bits: Bits
    is_lazy: bool = False
    found: dict[ast.expr, Gap] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)
    tests: list[frozenset[str]] = field(default_factory=list)
    catching: int = 0
    _given_under: dict[int, set[str]] = field(default_factory=dict)

    def expressions(self, nodes: Sequence[ast.AST | None], state: State, scope: Scope) -> State:
        """Read and bind what the expressions do, in the order in which they are worked out."""
        stack: list[tuple[ast.AST, Scope]] = [(node, scope) for node in reversed(nodes) if node is not None]
        while stack:
            node, where = stack.pop()
            match node:
                case ast.Name(id=name, ctx=ast.Store()):
                    state = self.give(name, state, where)
                case ast.Name(id=name, ctx=ast.Del()):
                    self.look(node, name, state, where)
                    state = state.losing(self.bits.of(where, name))
                case ast.Name(id=name):
                    self.look(node, name, state, where)
                case ast.Lambda(args=args):
                    stack.extend((default, where) for default in (*args.defaults, *args.kw_defaults) if default)
                case ast.NamedExpr(target=target, value=value):
                    outer = where
                    while outer.kind is Kind.COMPREHENSION and outer.parent is not None:
                        outer = outer.parent
                    stack.extend([(target, outer), (value, where)])
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    stack.extend(reversed(self._comprehension(node, where)))
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                    state = self.give(name, state, where)
                    stack.extend((child, where) for child in children_of(node))
                case _:
                    stack.extend((child, where) for child in reversed(children_of(node)))
        return state

    def give(self, name: str, state: State, scope: Scope) -> State:
        """Return the state after the name was given a value, under the tests at hand."""
        bit = self.bits.of(scope, name)
        self._given_under.setdefault(bit, set()).update(*self.tests)
        return state.binding(bit)

    def types(self, node: Function, state: State, scope: Scope) -> None:
        """Look at the names in a signature's types, which are worked out with the `def` unless they are postponed."""
        args = node.args
        every = (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg)
        kinds = [node.returns, *(arg.annotation for arg in every if arg)]
        for part in (part for kind in kinds if kind for part in nodes_in(kind)):
            if isinstance(part, ast.Name) and not self.is_lazy:
                self.look(part, part.id, state, scope, is_type=True)

    def look(self, node: ast.expr, name: str, state: State, scope: Scope, *, is_type: bool = False) -> None:
        """Report the name if its scope is the one followed, or a class in it, and holds no value for it now."""
        owner = self._owner(name, state, scope)
        if owner is None or self.catching:
            return
        bit = self.bits.of(owner, name)
        lack = self._lack(bit, state)
        if lack is not None:
            is_sure = not state.may & bit or bool(state.again & bit)
            self.found.setdefault(node, Gap(name, node, lack, is_sure, is_type))

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, where: Scope
    ) -> list[tuple[ast.AST, Scope]]:
        inner = self.scopes.by_node.get(node, where)
        parts: list[tuple[ast.AST, Scope]] = []
        for number, loop in enumerate(node.generators):
            parts.append((loop.iter, inner if number else where))
            parts.extend((part, inner) for part in (loop.target, *loop.ifs))
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [*parts, *((value, inner) for value in values)]

    def _owner(self, name: str, state: State, scope: Scope) -> Scope | None:
        """Return the followed scope that must have a value for the name; None if any other may have one."""
        owner = None if name in scope.declared else scope.lookup(name)
        while owner is not None and owner.kind is Kind.CLASS and not state.may & self.bits.of(owner, name):
            # A class body falls back on the names around it.
            further = owner.parent.lookup(name) if owner.parent else None
            if further is None:
                return None if name in BUILTINS or self.scopes.has_stars else owner
            owner = further
        if owner is None or name in owner.remote or owner.kind not in (self.scope.kind, Kind.CLASS):
            return None
        if owner.kind is not Kind.CLASS and owner is not self.scope:
            return None
        is_found_elsewhere = owner.kind is Kind.MODULE and (name in BUILTINS or self.scopes.has_stars)
        return None if is_found_elsewhere else owner

    def _lack(self, bit: int, state: State) -> Lack | None:
        if state.must & bit:
            return None
        if not state.may & bit:
            return Lack.REMOVED if state.lost & bit else Lack.BEFORE
        if state.again & bit:
            is_first = self.loops and self.loops[-1].is_sure and len(self.tests) == self.loops[-1].depth
            return Lack.BEFORE if is_first else None
        if state.lost & bit:
            return Lack.REMOVED
        now: set[str] = set().union(*self.tests)
        if now & self._given_under.get(bit, set()):
            return None
        return Lack.FAILED if state.failed & bit else Lack.SKIPPED
