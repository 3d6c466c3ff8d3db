"""What must be true where a node runs: tests around it, and earlier tests that would have left.

Reads the tests of one function from the node outwards; it does not follow values through calls.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.place import Place, dotted_name

_MIRRORED: Mapping[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.GreaterThan,
    cst.GreaterThan: cst.LessThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.LessThanEqual,
}
_LEAVING_CALLS = frozenset({"sys.exit", "exit", "quit", "os._exit", "pytest.skip", "pytest.fail", "os.abort"})


def outcomes_around(at: Place, node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """Yield tests with the outcome each must have had for the node to run, nearest first."""
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.ClassDef)):
            return
        match parent:
            case cst.If(test=test) | cst.IfExp(test=test) if node is not test:
                yield test, node is parent.body
            case cst.While(test=test) if node is parent.body:
                yield test, True
            case cst.BooleanOperation(left=left, operator=operator) if node is parent.right:
                yield left, isinstance(operator, cst.And)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp() if node is not parent.for_in:
                yield from _filters(parent.for_in)
            case cst.IndentedBlock() | cst.Module():
                for statement in reversed(_before(parent.body, node)):
                    yield from _tests_passed(statement)
        node = parent


def statements_before(at: Place, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the statements that have run when the node runs, in its own and the enclosing blocks, nearest first."""
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.ClassDef)):
            return
        if isinstance(parent, cst.IndentedBlock):
            for statement in reversed(_before(parent.body, node)):
                if isinstance(statement, cst.SimpleStatementLine):
                    yield from reversed(statement.body)
                else:
                    yield statement
        node = parent


def handlers_around(at: Place, node: cst.CSTNode) -> Iterator[cst.BaseExpression | None]:
    """Yield the types of exceptions that are caught where the node runs; None for a bare `except`."""
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return
        if isinstance(parent, cst.Try) and node is parent.body:
            for handler in parent.handlers:
                yield from _types(handler.type)
        if isinstance(parent, cst.With):
            for item in parent.items:
                if isinstance(item.item, cst.Call) and (dotted_name(item.item.func) or "").endswith("suppress"):
                    yield from (argument.value for argument in item.item.args)
        node = parent


def is_truthy(is_known: Callable[[cst.BaseExpression], bool], test: cst.BaseExpression, *, outcome: bool) -> bool:
    """True if a test with this outcome shows that something known is neither zero nor empty."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return is_truthy(is_known, inner, outcome=not outcome)
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            sides = [is_truthy(is_known, side, outcome=outcome) for side in (left, right)]
            return any(sides) if isinstance(operator, cst.And) == outcome else all(sides)
        case cst.Comparison():
            proofs = [_compares(is_known, pair, outcome=outcome) for pair in _pairs(test)]
            return any(proofs) if outcome else all(proofs)
        case cst.Attribute(value=owner, attr=cst.Name("empty")):
            return not outcome and is_known(owner)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("exists" | "any"))):
            return outcome and is_known(owner)
        case cst.NamedExpr(target=target, value=value):
            return outcome and (is_known(target) or is_known(value))
        case _:
            return outcome and is_known(test)


def _pairs(test: cst.Comparison) -> Iterator[tuple[cst.BaseExpression, cst.BaseCompOp, cst.BaseExpression]]:
    left = test.left
    for target in test.comparisons:
        yield left, target.operator, target.comparator
        left = target.comparator


def _compares(
    is_known: Callable[[cst.BaseExpression], bool],
    pair: tuple[cst.BaseExpression, cst.BaseCompOp, cst.BaseExpression],
    *,
    outcome: bool,
) -> bool:
    left, right, operator = pair[0], pair[2], type(pair[1])
    if operator is cst.In:
        return outcome and is_known(right)
    if not is_known(left):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    if not is_known(left):
        return False
    bound = _number(right)
    if operator in (cst.Equal, cst.NotEqual):
        return bound is not None and (operator is cst.Equal) == (outcome == (bound != 0))
    if operator not in _MIRRORED or (operator in (cst.GreaterThan, cst.GreaterThanEqual)) != outcome:
        return False
    # More than something unknown is taken for a guard; `x >= 0` is none.
    is_strict = operator in (cst.GreaterThan, cst.LessThanEqual)
    return bound is None or bound > 0 or (is_strict and bound == 0)


def _number(node: cst.BaseExpression) -> float | None:
    match node:
        case cst.Integer() | cst.Float():
            return node.evaluated_value
        case cst.List(elements=[]) | cst.Tuple(elements=[]):
            return 0
        case _:
            return None


def leaves(body: cst.BaseSuite) -> bool:
    """True if a block ends by leaving: what follows it runs only when the block did not."""
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    match last:
        case cst.Return() | cst.Raise() | cst.Continue() | cst.Break():
            return True
        case cst.Expr(value=cst.Call(func=func)):
            return dotted_name(func) in _LEAVING_CALLS
        case cst.If(body=body, orelse=cst.Else(body=other)):
            return leaves(body) and leaves(other)
        case cst.With(body=body):
            return leaves(body)
        case _:
            return False


def _before(body: Sequence[cst.CSTNode], node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return body[: next((index for index, child in enumerate(body) if child is node), 0)]


def _filters(loop: cst.CompFor) -> Iterator[tuple[cst.BaseExpression, bool]]:
    for condition in loop.ifs:
        yield condition.test, True
    if loop.inner_for_in is not None:
        yield from _filters(loop.inner_for_in)


def _tests_passed(statement: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """Yield the tests that an earlier statement let pass: `assert x`, `if not x: return`."""
    if isinstance(statement, cst.SimpleStatementLine):
        yield from ((small.test, True) for small in statement.body if isinstance(small, cst.Assert))
    branch: cst.CSTNode | None = statement
    while isinstance(branch, cst.If) and leaves(branch.body):
        yield branch.test, False
        branch = branch.orelse
    if isinstance(branch, cst.If) and isinstance(branch.orelse, cst.Else) and leaves(branch.orelse.body):
        yield branch.test, True


def _types(kind: cst.BaseExpression | None) -> Iterator[cst.BaseExpression | None]:
    if isinstance(kind, cst.Tuple):
        yield from (element.value for element in kind.elements)
    else:
        yield kind
