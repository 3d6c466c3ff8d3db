"""What a name can hold where a node runs: the values its function binds to it that can still be there.

Follows statements, not calls: a later value on the same path hides the earlier ones, other branches do not count.
Names a function does not bind are looked up in the functions around it and at module level.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst

from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.source import children_of

_ADDING = frozenset({"append", "extend", "insert", "add", "update", "appendleft", "write"})
# A module-level value larger than this is data, and not worth a second parse.
_MOST_NODES = 400
# Of a name with more values than this, the last ones say enough.
_MOST_VALUES = 20
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of a compound statement that may not run; `count` is how many parts share all cases, 0 if they do not."""

    statement: cst.CSTNode
    index: int
    count: int = 0
    is_loop: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in a function or, without a flow, at module level."""

    flow: "Flow | None" = None
    order: int = 0
    path: tuple[_Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """`node` is evaluated at `spot`; a parameter is a Param. `is_part` if it is only added to what was there."""

    node: cst.CSTNode
    spot: Spot
    is_part: bool = False


MODULE = Spot()


@dataclass(eq=False)
class Flow:
    """The statements of one function in order, and what they bind; nested functions have flows of their own."""

    scope: cst.FunctionDef | cst.Module
    bound: dict[str, list[Value]] = field(default_factory=lambda: defaultdict(list))
    spots: dict[cst.CSTNode, Spot] = field(default_factory=dict)

    def reaching(self, name: str, spot: Spot) -> list[Value]:
        """Return the values of a name that can be there at the spot, the latest first."""
        loops = {block.statement for block in spot.path if block.is_loop}
        found: list[Value] = []
        covered: dict[cst.CSTNode, set[int]] = defaultdict(set)
        for value in reversed(self.bound.get(name, ())):
            path = value.spot.path
            shared = _shared(path, spot.path)
            if value.spot.order >= spot.order:
                if any(block.statement in loops for block in path):
                    found.append(value)
                continue
            if shared < min(len(path), len(spot.path)) and path[shared].statement is spot.path[shared].statement:
                continue
            found.append(value)
            if value.is_part:
                continue
            if shared == len(path):
                break
            block = path[shared]
            covered[block.statement].add(block.index)
            if len(path) == shared + 1 and len(covered[block.statement]) == block.count:
                break
        return found


def spot_of(at: Place) -> Spot:
    """Return where the node of a place runs."""
    flow = flow_of(at.function or at.chunk)
    return next((flow.spots[parent] for parent in reversed(at.parents) if parent in flow.spots), Spot(flow))


@lru_cache(maxsize=64)
def flow_of(scope: cst.FunctionDef | cst.Module) -> Flow:
    flow = Flow(scope)
    if isinstance(scope, cst.FunctionDef):
        for param in below(scope.params):
            if isinstance(param, cst.Param):
                flow.bound[param.name.value].append(Value(param, Spot(flow, -1)))
    _read_block(flow, scope.body.body if isinstance(scope, cst.FunctionDef) else scope.body, ())
    return flow


def values_of(name: str, spot: Spot, at: Place) -> Sequence[Value]:
    """Return what a name can hold at a spot of the place's function, or at module level."""
    if not name:
        return ()
    if spot.flow is not None:
        found = spot.flow.reaching(name, spot)
        if found and not isinstance(spot.flow.scope, cst.Module):
            return found
        for outer in reversed(at.parents):
            if isinstance(outer, cst.FunctionDef) and outer is not spot.flow.scope:
                found = found or flow_of(outer).bound.get(name, [])
        if found and at.function is not None:
            return found
        return found or _module_values(name, at)
    return _module_values(name, at)


def _module_values(name: str, at: Place) -> Sequence[Value]:
    nodes = (_as_cst(value) for value in _module_level(at.source.tree).get(name, ())[-_MOST_VALUES:])
    return [Value(node, MODULE) for node in nodes if node is not None]


def _shared(one: Sequence[_Block], other: Sequence[_Block]) -> int:
    length = 0
    for mine, its in zip(one, other, strict=False):
        if mine.statement is not its.statement or mine.index != its.index:
            break
        length += 1
    return length


def _read_block(flow: Flow, body: Sequence[cst.CSTNode], path: tuple[_Block, ...]) -> None:
    for statement in body:
        spot = Spot(flow, len(flow.spots), path)
        flow.spots[statement] = spot
        for target, node, is_part in _bindings(statement):
            _bind(flow, target, Value(node, spot, is_part))
        for inner, block in _blocks(statement):
            _read_block(flow, inner.body, (*path, block) if block is not None else path)


def _blocks(statement: cst.CSTNode) -> Iterator[tuple[cst.BaseSuite, _Block | None]]:
    """Yield the bodies of a compound statement; without a block for those that always run."""
    match statement:
        case cst.If():
            yield from _branches(statement)
        case cst.For() | cst.While():
            yield statement.body, _Block(statement, 0, is_loop=True)
            if statement.orelse is not None:
                yield statement.orelse.body, None
        case cst.With(body=body):
            yield body, None
        case cst.Try() | cst.TryStar():
            yield statement.body, None
            handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = statement.handlers
            for index, handler in enumerate(handlers):
                yield handler.body, _Block(statement, index)
            if statement.orelse is not None:
                yield statement.orelse.body, None
            if statement.finalbody is not None:
                yield statement.finalbody.body, None
        case cst.Match(cases=cases):
            is_complete = any(isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None for case in cases)
            for index, case in enumerate(cases):
                yield case.body, _Block(statement, index, len(cases) if is_complete else 0)


def _branches(statement: cst.If) -> Iterator[tuple[cst.BaseSuite, _Block]]:
    bodies: list[cst.BaseSuite] = []
    branch: cst.If | cst.Else | None = statement
    while branch is not None:
        bodies.append(branch.body)
        branch = branch.orelse if isinstance(branch, cst.If) else None
    last: cst.If | cst.Else | None = statement
    while isinstance(last, cst.If):
        last = last.orelse
    for index, body in enumerate(bodies):
        yield body, _Block(statement, index, len(bodies) if last is not None else 0)


def _bindings(statement: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode, bool]]:
    """Yield target and value of what a statement itself binds, and whether the value is only added."""
    match statement:
        case cst.SimpleStatementLine(body=body):
            for small in body:
                yield from _small(small)
        case cst.For(target=target, iter=values):
            yield target, values, False
        case cst.With(items=items):
            for item in items:
                if item.asname is not None:
                    yield item.asname.name, item.item, False
        case cst.If(test=test) | cst.While(test=test):
            for node in below(test):
                if isinstance(node, cst.NamedExpr):
                    yield node.target, node.value, False


def _small(small: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode, bool]]:
    match small:
        case cst.Assign(targets=targets, value=value):
            for target in targets:
                yield target.target, value, False
        case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
            yield target, value, False
        case cst.AugAssign(target=target, value=value):
            yield target, value, True
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(method)), args=args)):
            if method in _ADDING:
                for argument in args:
                    yield owner, argument.value, True


def _bind(flow: Flow, target: cst.CSTNode, value: Value) -> None:
    if isinstance(target, (cst.Tuple, cst.List)):
        given = value.node.elements if isinstance(value.node, (cst.Tuple, cst.List)) else ()
        for index, element in enumerate(target.elements):
            part = given[index].value if len(given) == len(target.elements) else value.node
            _bind(flow, element.value, Value(part, value.spot, value.is_part))
    elif isinstance(target, cst.Subscript):
        _bind(flow, target.value, Value(value.node, value.spot, is_part=True))
    else:
        name = dotted_name(target)
        if name is not None:
            flow.bound[name].append(value)


@lru_cache(maxsize=8)
def _module_level(tree: ast.Module) -> Mapping[str, Sequence[ast.expr]]:
    """Return all values that module-level statements give to names."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    stack: list[ast.stmt] = list(reversed(tree.body))
    while stack:
        statement = stack.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for target, value in _given(statement):
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple):
                same = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
                values = value.elts if same and isinstance(value, ast.Tuple) else [value] * len(target.elts)
                pairs = list(zip(target.elts, values, strict=True))
            for name, part in pairs:
                if isinstance(name, ast.Name):
                    found[name.id].append(part)
        stack.extend(child for child in children_of(statement) if isinstance(child, ast.stmt))
        for handler in getattr(statement, "handlers", ()):
            stack.extend(handler.body)
    return found


def _given(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.AugAssign(target=target, value=value) | ast.For(target=target, iter=value):
            yield target, value
        case ast.With(items=items):
            yield from ((item.optional_vars, item.context_expr) for item in items if item.optional_vars is not None)


@lru_cache(maxsize=256)
def _as_cst(node: ast.expr) -> cst.BaseExpression | None:
    """Return the expression for LibCST, which would not survive a deep one; None for what is large or deep."""
    stack: list[tuple[ast.AST, int]] = [(node, 1)]
    count = 0
    while stack:
        inner, depth = stack.pop()
        count += 1
        if depth > _DEEPEST or count > _MOST_NODES:
            return None
        stack.extend((child, depth + 1) for child in children_of(inner))
    try:
        return cst.parse_expression(ast.unparse(node))
    except (cst.ParserSyntaxError, ValueError, RecursionError):
        return None
