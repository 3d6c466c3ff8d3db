"""In which order a scope binds and reads its names: reads that come too early, or after a branch that bound nothing.

Follows one function, or the module with its class bodies, statement by statement; what runs later, such as
the bodies of inner functions, is left out. Loops are taken to run at least once and `match` to match.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from reviewer.analysis.scopes import BUILTINS, COMPREHENSIONS, Kind, Scope, Scopes
from reviewer.analysis.source import children_of, nodes_in
from reviewer.analysis.tree import Function, dotted

_LEAVING = frozenset(
    {"exit", "quit", "_exit", "abort", "fail", "skip", "skipTest", "error", "die", "fatal", "usage", "bail"}
    | {"assert_never", "xfail", "panic", "execv", "execve", "execvp", "raise_error", "print_usage", "reraise", "throw"}
)
_SUPPRESSING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex", "ignored", "warns"})
_CATCHING = frozenset({"NameError", "UnboundLocalError"})


_NEVER = ast.Raise(exc=None, cause=None)


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


@dataclass(frozen=True, slots=True)
class _State:
    """Names as bits: which may have a value, which surely have, which lost theirs, which a `try` may have left out.

    What only an earlier round of a loop can have bound is in `again`.
    """

    may: int = 0
    must: int = 0
    lost: int = 0
    failed: int = 0
    again: int = 0

    def binding(self, bit: int) -> "_State":
        return _State(self.may | bit, self.must | bit, self.lost & ~bit, self.failed & ~bit, self.again & ~bit)

    def losing(self, bit: int) -> "_State":
        return _State(self.may & ~bit, self.must & ~bit, self.lost | bit, self.failed & ~bit, self.again & ~bit)


def gaps(node: ast.Module | Function, scopes: Scopes) -> Iterator[Gap]:
    """Yield the reads in the module's or the function's own statements that find, or may find, no value."""
    scope = scopes.by_node.get(node)
    if scope is None or scopes.is_open or scope.asks:
        return
    run = _Run(scopes, scope, is_lazy="annotations" in scopes.module.bindings)
    start = _State()
    if not isinstance(node, ast.Module):
        args = node.args
        for arg in (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg):
            start = start.binding(run.bit(scope, arg.arg)) if arg else start
    run.block(node.body, start, scope)
    yield from run.found.values()


def _join(one: _State | None, other: _State | None) -> _State | None:
    if one is None or other is None:
        return one or other
    return _State(
        one.may | other.may,
        one.must & other.must,
        one.lost | other.lost,
        one.failed | other.failed,
        one.again & other.again,
    )


@dataclass(slots=True)
class _Loop:
    """The states in which a loop is left or begun again; `is_sure` while no branch has left its first round."""

    depth: int
    breaks: _State | None = None
    continues: _State | None = None
    is_sure: bool = True


@dataclass(slots=True)
class _Run:
    scopes: Scopes
    scope: Scope
    found: dict[ast.expr, Gap] = field(default_factory=dict)
    bits: dict[tuple[Scope, str], int] = field(default_factory=dict)
    loops: list[_Loop] = field(default_factory=list)
    # The words of the tests around the statement at hand, and around those that bound a name.
    tests: list[frozenset[str]] = field(default_factory=list)
    given_under: dict[int, set[str]] = field(default_factory=dict)
    catching: int = 0
    is_lazy: bool = False

    def bit(self, scope: Scope, name: str) -> int:
        return self.bits.setdefault((scope, name), 1 << len(self.bits))

    def block(self, body: Sequence[ast.stmt], state: _State | None, scope: Scope) -> _State | None:
        for statement in body:
            if state is None:
                return None
            state = self.statement(statement, state, scope)
        return state

    def statement(self, node: ast.stmt, state: _State, scope: Scope) -> _State | None:
        match node:
            case ast.If():
                return self.branches(node, state, scope)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self.loop(node, state, scope)
            case ast.Try():
                return self.attempt(node, state, scope)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return self.context(items, body, state, scope)
            case ast.Match():
                return self.match(node, state, scope)
            case ast.ClassDef():
                return self.definition(node, state, scope)
            case ast.Return() | ast.Raise():
                self.expressions(children_of(node), state, scope)
                return None
            case ast.Break() | ast.Continue():
                self.jump(state, is_break=isinstance(node, ast.Break))
                return None
            case ast.Expr(value=ast.Call(func=func)) if (dotted(func) or "").rpartition(".")[2] in _LEAVING:
                self.expressions([node.value], state, scope)
                return None
            case _:
                return self.simple(node, state, scope)

    def simple(self, node: ast.stmt, state: _State, scope: Scope) -> _State:
        match node:
            case ast.Assign(targets=targets, value=value):
                return self.expressions([value, *targets], state, scope)
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self.look(target, target.id, state, scope)
                return self.expressions([value, target], state, scope)
            case ast.AnnAssign(target=target, value=value):
                # A type alone gives no value.
                return self.expressions([value, target] if value else [], state, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.types(node, state, scope)
                args = node.args
                state = self.expressions([*node.decorator_list, *args.defaults, *args.kw_defaults], state, scope)
                return self.give(node.name, state, scope)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    state = self.give(alias.asname or alias.name.partition(".")[0], state, scope)
                return state
            case ast.Delete(targets=targets):
                return self.expressions(targets, state, scope)
            case ast.Assert(test=test, msg=msg):
                return self.expressions([test, msg], state, scope)
            case _:
                return self.expressions(children_of(node), state, scope)

    def jump(self, state: _State, *, is_break: bool) -> None:
        if self.loops and is_break:
            self.loops[-1].breaks = _join(self.loops[-1].breaks, state)
        elif self.loops:
            self.loops[-1].continues = _join(self.loops[-1].continues, state)

    def branches(self, node: ast.If, state: _State, scope: Scope) -> _State | None:
        """Follow `if`, all its `elif` and `else`."""
        ends: list[_State | None] = []
        branch: ast.If | None = node
        orelse: Sequence[ast.stmt] = []
        depth, count = len(self.tests), 0
        while branch is not None:
            count += 1
            state = self.expressions([branch.test], state, scope)
            self.tests.append(_words(branch.test))
            value = _truth(branch.test, has_else=bool(branch.orelse))
            ends.append(self.block(branch.body, state, scope) if value is not False else None)
            orelse = branch.orelse if value is not True else [_NEVER]
            only = orelse[0] if len(orelse) == 1 else None
            branch = only if isinstance(only, ast.If) else None
        rest = self.block(orelse, state, scope)
        # Who writes `elif` has mostly thought of all cases; a single `if` says that it may not hold.
        ends.append(rest if orelse or count == 1 else _or_else(ends, rest))
        del self.tests[depth:]
        if self.loops and None in ends:
            self.loops[-1].is_sure = False
        end: _State | None = None
        for each in ends:
            end = _join(end, each)
        return end

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, state: _State, scope: Scope) -> _State | None:
        first = node.test if isinstance(node, ast.While) else node.iter
        state = self.expressions([first], state, scope)
        again = self.bound_in(node.body, scope) & ~state.may
        must = state.must & ~self.lost_in(node.body, scope)
        head = replace(state, may=state.may | again, must=must, again=state.again | again)
        if not isinstance(node, ast.While):
            head = self.expressions([node.target], head, scope)
        self.loops.append(_Loop(len(self.tests)))
        end = self.block(node.body, head, scope)
        made = self.loops.pop()
        end = _join(end, made.continues)
        if self.loops:
            self.loops[-1].is_sure = False
        is_endless = isinstance(node, ast.While) and _truth(node.test) is True
        if is_endless:
            return made.breaks
        after = self.block(node.orelse, end if end is not None else state, scope)
        return _join(after, made.breaks)

    def attempt(self, node: ast.Try, state: _State, scope: Scope) -> _State | None:
        caught = [handler.type for handler in node.handlers]
        is_asking = any(kind is None or _CATCHING & _words(kind) for kind in caught)
        self.catching += is_asking
        self.tests.append(frozenset())
        end = self.block(node.body, state, scope)
        self.tests.pop()
        self.catching -= is_asking
        thrown = self.thrown(node.body, state, scope)
        end = self.block(node.orelse, end, scope) if end is not None else None
        for handler in node.handlers:
            end = _join(end, self.handler(handler, thrown, scope))
        if not node.finalbody:
            return end
        inside = [*node.body, *node.handlers, *node.orelse]
        entry = _join(self.thrown(inside, state, scope), end)
        last = self.block(node.finalbody, entry, scope)
        if last is None or end is None:
            return None
        return replace(end, may=end.may | last.may, must=end.must | last.must, failed=end.failed & ~last.must)

    def thrown(self, body: Sequence[ast.AST], state: _State, scope: Scope) -> _State:
        """Return what holds when the statements break off somewhere in the middle."""
        bound = self.bound_in(body, scope)
        # A loop that has begun has bound its variable.
        loops = self.bound_in([node.target for node in self.loops_in(body)], scope)
        must = (state.must | loops) & ~self.lost_in(body, scope)
        return replace(state, may=state.may | bound, must=must, failed=state.failed | (bound & ~state.must))

    def handler(self, node: ast.ExceptHandler, state: _State, scope: Scope) -> _State | None:
        state = self.expressions([node.type], state, scope)
        bit = 0
        if node.name:
            state = self.give(node.name, state, scope)
            bit = self.bit(scope, node.name)
        end = self.block(node.body, state, scope)
        return end.losing(bit) if end is not None and bit else end

    def context(
        self, items: Sequence[ast.withitem], body: Sequence[ast.stmt], state: _State, scope: Scope
    ) -> _State | None:
        before = state
        for item in items:
            before = state = self.expressions([item.context_expr, item.optional_vars], state, scope)
        end = self.block(body, state, scope)
        called = [item.context_expr.func for item in items if isinstance(item.context_expr, ast.Call)]
        if any((dotted(func) or "").rpartition(".")[2] in _SUPPRESSING for func in called):
            return _join(end, self.thrown(body, before, scope))
        return end

    def match(self, node: ast.Match, state: _State, scope: Scope) -> _State | None:
        state = self.expressions([node.subject], state, scope)
        end: _State | None = None
        is_complete = False
        for case in node.cases:
            inside = self.expressions([case.pattern, case.guard], state, scope)
            end = _join(end, self.block(case.body, inside, scope))
            is_complete = is_complete or (isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None)
        # Patterns are taken to name all cases there are.
        return end if is_complete or end is not None else state

    def definition(self, node: ast.ClassDef, state: _State, scope: Scope) -> _State:
        outside = [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
        state = self.expressions(outside, state, scope)
        inner = self.scopes.by_node.get(node)
        if inner is not None:
            loops, self.loops = self.loops, []
            state = self.block(node.body, state, inner) or state
            self.loops = loops
        return self.give(node.name, state, scope)

    def expressions(self, nodes: Sequence[ast.AST | None], state: _State, scope: Scope) -> _State:
        """Read and bind what the expressions do, in the order in which they are worked out."""
        stack: list[tuple[ast.AST, Scope]] = [(node, scope) for node in reversed(nodes) if node is not None]
        while stack:
            node, where = stack.pop()
            match node:
                case ast.Name(id=name, ctx=ast.Store()):
                    state = self.give(name, state, where)
                case ast.Name(id=name, ctx=ast.Del()):
                    self.look(node, name, state, where)
                    state = self.lose(name, state, where)
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
                    stack.extend(reversed(self.comprehension(node, where)))
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                    state = self.give(name, state, where)
                    stack.extend((child, where) for child in children_of(node))
                case _:
                    stack.extend((child, where) for child in reversed(children_of(node)))
        return state

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, where: Scope
    ) -> list[tuple[ast.AST, Scope]]:
        inner = self.scopes.by_node.get(node, where)
        parts: list[tuple[ast.AST, Scope]] = []
        for number, loop in enumerate(node.generators):
            parts.append((loop.iter, inner if number else where))
            parts.extend((part, inner) for part in (loop.target, *loop.ifs))
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [*parts, *((value, inner) for value in values)]

    def give(self, name: str, state: _State, scope: Scope) -> _State:
        bit = self.bit(scope, name)
        self.given_under.setdefault(bit, set()).update(*self.tests)
        return state.binding(bit)

    def lose(self, name: str, state: _State, scope: Scope) -> _State:
        return state.losing(self.bit(scope, name))

    def types(self, node: Function, state: _State, scope: Scope) -> None:
        """Look at the names in a signature's types, which are worked out with the `def` unless they are postponed."""
        args = node.args
        every = (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg)
        kinds = [node.returns, *(arg.annotation for arg in every if arg)]
        for part in (part for kind in kinds if kind for part in nodes_in(kind)):
            if isinstance(part, ast.Name) and not self.is_lazy:
                self.look(part, part.id, state, scope, is_type=True)

    def look(self, node: ast.expr, name: str, state: _State, scope: Scope, *, is_type: bool = False) -> None:
        """Report the name if its scope is the one followed, or a class in it, and holds no value for it now."""
        owner = self.owner(name, state, scope)
        if owner is None or self.catching:
            return
        bit = self.bit(owner, name)
        lack = self.lack(bit, state)
        if lack is not None:
            is_sure = not state.may & bit or bool(state.again & bit)
            self.found.setdefault(node, Gap(name, node, lack, is_sure, is_type))

    def owner(self, name: str, state: _State, scope: Scope) -> Scope | None:
        """Return the followed scope that must have a value for the name; None if any other may have one."""
        owner = None if name in scope.declared else scope.lookup(name)
        while owner is not None and owner.kind is Kind.CLASS and not state.may & self.bit(owner, name):
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

    def lack(self, bit: int, state: _State) -> Lack | None:
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
        if now & self.given_under.get(bit, set()):
            return None
        return Lack.FAILED if state.failed & bit else Lack.SKIPPED

    def bound_in(self, nodes: Sequence[ast.AST], scope: Scope) -> int:
        bits = 0
        for node, where in self.inside(nodes, scope):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    bits |= self.bit(where, name)
                case ast.AsyncFunctionDef(name=name) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    bits |= self.bit(where, name)
                case ast.alias(name=name, asname=other):
                    bits |= self.bit(where, other or name.partition(".")[0])
        return bits

    def lost_in(self, nodes: Sequence[ast.AST], scope: Scope) -> int:
        bits = 0
        for node, where in self.inside(nodes, scope):
            match node:
                case ast.Name(id=name, ctx=ast.Del()) | ast.ExceptHandler(name=str(name)):
                    bits |= self.bit(where, name)
        return bits

    def loops_in(self, nodes: Sequence[ast.AST]) -> Iterator[ast.For | ast.AsyncFor]:
        for node, _ in self.inside(nodes, self.scope):
            if isinstance(node, (ast.For, ast.AsyncFor)):
                yield node

    def inside(self, nodes: Sequence[ast.AST], scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the nodes that run in this scope, or in the class bodies within."""
        stack = [(node, scope) for node in nodes]
        while stack:
            node, where = stack.pop()
            yield node, where
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *COMPREHENSIONS)):
                continue
            inner = self.scopes.by_node.get(node, where) if isinstance(node, ast.ClassDef) else where
            stack.extend((child, inner) for child in children_of(node))


def _or_else(ends: Sequence[_State | None], rest: _State | None) -> _State | None:
    """Return the state after an `elif` chain without `else`: what all its branches bound is taken to be bound."""
    reached = [end.must for end in ends if end is not None]
    if rest is None or not reached:
        return rest
    common = reached[0]
    for must in reached[1:]:
        common &= must
    return replace(rest, may=rest.may | common, must=rest.must | common)


def _words(node: ast.AST) -> frozenset[str]:
    """Return the names and attributes in a test: two tests that share one may depend on each other."""
    return frozenset(
        part.id if isinstance(part, ast.Name) else part.attr
        for part in nodes_in(node)
        if isinstance(part, (ast.Name, ast.Attribute))
    )


def _truth(test: ast.expr, *, has_else: bool = True) -> bool | None:
    """Return what a test that is a literal says."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    # What types need is taken to be there; whether it is at run time is another question.
    return True if not has_else and (dotted(test) or "").endswith("TYPE_CHECKING") else None
