"""In which order a scope binds and reads its names: reads that come too early, or after a branch that bound nothing.

Follows one function, or the module with its class bodies, statement by statement; what runs later, such as
the bodies of inner functions, is left out. Loops are taken to run at least once and `match` to match.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.analysis.name_reads import Gap, Reads
from reviewer.analysis.name_states import Bits, Loop, State, join
from reviewer.analysis.scopes import Scope, Scopes
from reviewer.analysis.source import children_of, nodes_in
from reviewer.analysis.tree import Function, dotted

_LEAVING = frozenset(
    {"exit", "quit", "_exit", "abort", "fail", "skip", "skipTest", "error", "die", "fatal", "usage", "bail"}
    | {"assert_never", "xfail", "panic", "execv", "execve", "execvp", "raise_error", "print_usage", "reraise", "throw"}
)
_SUPPRESSING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex", "ignored", "warns"})
_CATCHING = frozenset({"NameError", "UnboundLocalError"})
_NEVER = ast.Raise(exc=None, cause=None)


def gaps(node: ast.Module | Function, scopes: Scopes) -> Iterator[Gap]:
    """Yield the reads in the module's or the function's own statements that find, or may find, no value."""
    scope = scopes.by_node.get(node)
    if scope is None or scopes.is_open or scope.asks:
        return
    bits = Bits(scopes)
    reads = Reads(scopes, scope, bits, is_lazy="annotations" in scopes.module.bindings)
    start = State()
    if not isinstance(node, ast.Module):
        args = node.args
        for arg in (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg):
            start = start.binding(bits.of(scope, arg.arg)) if arg else start
    _Run(scopes, bits, reads).block(node.body, start, scope)
    yield from reads.found.values()


@dataclass(slots=True)
class _Run:
    """Follows statements, and hands what is in them to `reads`."""

    scopes: Scopes
    bits: Bits
    reads: Reads

    def block(self, body: Sequence[ast.stmt], state: State | None, scope: Scope) -> State | None:
        for statement in body:
            if state is None:
                return None
            state = self.statement(statement, state, scope)
        return state

    def statement(self, node: ast.stmt, state: State, scope: Scope) -> State | None:
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
                self.reads.expressions(children_of(node), state, scope)
                return None
            case ast.Break() | ast.Continue():
                self.jump(state, is_break=isinstance(node, ast.Break))
                return None
            case ast.Expr(value=ast.Call(func=func)) if (dotted(func) or "").rpartition(".")[2] in _LEAVING:
                self.reads.expressions([node.value], state, scope)
                return None
            case _:
                return self.simple(node, state, scope)

    def simple(self, node: ast.stmt, state: State, scope: Scope) -> State:
        match node:
            case ast.Assign(targets=targets, value=value):
                return self.reads.expressions([value, *targets], state, scope)
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self.reads.look(target, target.id, state, scope)
                return self.reads.expressions([value, target], state, scope)
            case ast.AnnAssign(target=target, value=value):
                # A type alone gives no value.
                return self.reads.expressions([value, target] if value else [], state, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.reads.types(node, state, scope)
                args = node.args
                state = self.reads.expressions([*node.decorator_list, *args.defaults, *args.kw_defaults], state, scope)
                return self.reads.give(node.name, state, scope)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    state = self.reads.give(alias.asname or alias.name.partition(".")[0], state, scope)
                return state
            case ast.Delete(targets=targets):
                return self.reads.expressions(targets, state, scope)
            case ast.Assert(test=test, msg=msg):
                return self.reads.expressions([test, msg], state, scope)
            case _:
                return self.reads.expressions(children_of(node), state, scope)

    def jump(self, state: State, *, is_break: bool) -> None:
        if self.reads.loops and is_break:
            self.reads.loops[-1].breaks = join(self.reads.loops[-1].breaks, state)
        elif self.reads.loops:
            self.reads.loops[-1].continues = join(self.reads.loops[-1].continues, state)

    def branches(self, node: ast.If, state: State, scope: Scope) -> State | None:
        """Follow `if`, all its `elif` and `else`."""
        ends: list[State | None] = []
        branch: ast.If | None = node
        orelse: Sequence[ast.stmt] = []
        depth, count = len(self.reads.tests), 0
        while branch is not None:
            count += 1
            state = self.reads.expressions([branch.test], state, scope)
            self.reads.tests.append(_words(branch.test))
            value = _truth(branch.test, has_else=bool(branch.orelse))
            ends.append(self.block(branch.body, state, scope) if value is not False else None)
            orelse = branch.orelse if value is not True else [_NEVER]
            only = orelse[0] if len(orelse) == 1 else None
            branch = only if isinstance(only, ast.If) else None
        rest = self.block(orelse, state, scope)
        # Who writes `elif` has mostly thought of all cases; a single `if` says that it may not hold.
        ends.append(rest if orelse or count == 1 else _or_else(ends, rest))
        del self.reads.tests[depth:]
        if self.reads.loops and None in ends:
            self.reads.loops[-1].is_sure = False
        end: State | None = None
        for each in ends:
            end = join(end, each)
        return end

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State, scope: Scope) -> State | None:
        first = node.test if isinstance(node, ast.While) else node.iter
        state = self.reads.expressions([first], state, scope)
        again = self.bits.bound_in(node.body, scope) & ~state.may
        must = state.must & ~self.bits.lost_in(node.body, scope)
        head = replace(state, may=state.may | again, must=must, again=state.again | again)
        if not isinstance(node, ast.While):
            head = self.reads.expressions([node.target], head, scope)
        self.reads.loops.append(Loop(len(self.reads.tests)))
        end = self.block(node.body, head, scope)
        made = self.reads.loops.pop()
        end = join(end, made.continues)
        if self.reads.loops:
            self.reads.loops[-1].is_sure = False
        is_endless = isinstance(node, ast.While) and _truth(node.test) is True
        if is_endless:
            return made.breaks
        after = self.block(node.orelse, end if end is not None else state, scope)
        return join(after, made.breaks)

    def attempt(self, node: ast.Try, state: State, scope: Scope) -> State | None:
        caught = [handler.type for handler in node.handlers]
        is_asking = any(kind is None or _CATCHING & _words(kind) for kind in caught)
        self.reads.catching += is_asking
        self.reads.tests.append(frozenset())
        end = self.block(node.body, state, scope)
        self.reads.tests.pop()
        self.reads.catching -= is_asking
        thrown = self.thrown(node.body, state, scope)
        end = self.block(node.orelse, end, scope) if end is not None else None
        for handler in node.handlers:
            end = join(end, self.handler(handler, thrown, scope))
        if not node.finalbody:
            return end
        inside = [*node.body, *node.handlers, *node.orelse]
        entry = join(self.thrown(inside, state, scope), end)
        last = self.block(node.finalbody, entry, scope)
        if last is None or end is None:
            return None
        return replace(end, may=end.may | last.may, must=end.must | last.must, failed=end.failed & ~last.must)

    def thrown(self, body: Sequence[ast.AST], state: State, scope: Scope) -> State:
        """Return what holds when the statements break off somewhere in the middle."""
        bound = self.bits.bound_in(body, scope)
        # A loop that has begun has bound its variable.
        loops = self.bits.bound_in([node.target for node in self.bits.loops_in(body, scope)], scope)
        must = (state.must | loops) & ~self.bits.lost_in(body, scope)
        return replace(state, may=state.may | bound, must=must, failed=state.failed | (bound & ~state.must))

    def handler(self, node: ast.ExceptHandler, state: State, scope: Scope) -> State | None:
        state = self.reads.expressions([node.type], state, scope)
        bit = 0
        if node.name:
            state = self.reads.give(node.name, state, scope)
            bit = self.bits.of(scope, node.name)
        end = self.block(node.body, state, scope)
        return end.losing(bit) if end is not None and bit else end

    def context(
        self, items: Sequence[ast.withitem], body: Sequence[ast.stmt], state: State, scope: Scope
    ) -> State | None:
        before = state
        for item in items:
            before = state = self.reads.expressions([item.context_expr, item.optional_vars], state, scope)
        end = self.block(body, state, scope)
        called = [item.context_expr.func for item in items if isinstance(item.context_expr, ast.Call)]
        if any((dotted(func) or "").rpartition(".")[2] in _SUPPRESSING for func in called):
            return join(end, self.thrown(body, before, scope))
        return end

    def match(self, node: ast.Match, state: State, scope: Scope) -> State | None:
        state = self.reads.expressions([node.subject], state, scope)
        end: State | None = None
        is_complete = False
        for case in node.cases:
            inside = self.reads.expressions([case.pattern, case.guard], state, scope)
            end = join(end, self.block(case.body, inside, scope))
            is_complete = is_complete or (isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None)
        # Patterns are taken to name all cases there are.
        return end if is_complete or end is not None else state

    def definition(self, node: ast.ClassDef, state: State, scope: Scope) -> State:
        outside = [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
        state = self.reads.expressions(outside, state, scope)
        inner = self.scopes.by_node.get(node)
        if inner is not None:
            loops, self.reads.loops = self.reads.loops, []
            state = self.block(node.body, state, inner) or state
            self.reads.loops = loops
        return self.reads.give(node.name, state, scope)


def _or_else(ends: Sequence[State | None], rest: State | None) -> State | None:
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
