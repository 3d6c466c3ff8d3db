"""Where a value comes from: written in the code itself, or arriving at run time.

Looks no further than the function the value is used in; what it cannot follow counts as arriving.
"""

from collections.abc import Callable, Iterator, Sequence

import libcst as cst

from reviewer.analysis.nodes import children, remembered
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.template import called_name, template_of

_NUMBERS = frozenset({"int", "len", "float", "bool", "ord", "round", "hash", "abs", "id"})
_NUMERIC_TYPES = frozenset({"int", "float", "bool", "Decimal", "Literal", "LiteralString"})
_OPEN_TYPES = frozenset({"str", "bytes", "Any", "object"})
# Their result says nothing that their argument or owner does not say.
_PASSING = frozenset(
    {"str", "sorted", "list", "tuple", "set", "reversed", "enumerate", "join", "strip", "upper", "lower"}
)
_PASSING_METHODS = frozenset({"strip", "upper", "lower", "title", "get", "items", "keys", "values", "copy"})
_GIVING = frozenset(
    {cst.Assign, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor, cst.Param, cst.Call}
)
_ADDING = frozenset({"append", "extend", "insert", "add"})


def is_from_code(node: cst.CSTNode, at: Place, vouched: Callable[[cst.CSTNode], bool]) -> bool:
    """True if all parts of a value are constants, numbers, or something the caller vouches for."""
    todo, seen = [node], set[str]()
    while todo:
        node = todo.pop()
        if vouched(node):
            continue
        name = dotted_name(node)
        if name in seen or (name is not None and name.rpartition(".")[2].isupper()):
            continue
        parts = _parts(node) if name is None else list(_sources(name, at))
        if parts is None or (name is not None and not parts):
            return False
        seen.add(name or "")
        todo.extend(parts)
    return True


@remembered
def below(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """Return the node and all that is in it, in reading order."""
    found = []
    stack = [node]
    while stack:
        node = stack.pop()
        found.append(node)
        stack.extend(reversed(children(node)))
    return found


def gives_value(statement: cst.CSTNode, name: str) -> bool:
    """True if the statement, or one inside it, binds the name."""
    return name in _names_given(statement)


@remembered
def _names_given(statement: cst.CSTNode) -> frozenset[str]:
    targets = [
        target
        for node in below(statement)
        if type(node) not in (cst.Call, cst.Param, cst.CompFor)
        for target in _targets(node)
    ]
    names: set[str] = set()
    while targets:
        target = targets.pop()
        if isinstance(target, (cst.Tuple, cst.List)):
            targets += [element.value for element in target.elements]
        else:
            names.add(dotted_name(target) or "")
    return frozenset(names - {""})


def binds(target: cst.CSTNode, name: str) -> bool:
    """True if assigning to the target gives the name a value."""
    if isinstance(target, (cst.Tuple, cst.List)):
        return any(binds(element.value, name) for element in target.elements)
    return dotted_name(target) == name


def names_read(node: cst.CSTNode) -> Iterator[str]:
    """Yield the names in an expression, first to last, without those of attributes and keywords."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name):
            yield node.value
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            stack.append(node.value)
        else:
            stack.extend(reversed(children(node)))


def _parts(node: cst.CSTNode) -> Sequence[cst.CSTNode] | None:
    """Return what an expression is made of; None if it may be anything."""
    template = template_of(node)
    if template is not None:
        return template.values
    match node:
        case cst.BaseNumber():
            return ()
        case cst.IfExp(body=one, orelse=other) | cst.BooleanOperation(left=one, right=other):
            return (one, other)
        case cst.BinaryOperation():
            return _operands(node)
        case cst.List() | cst.Tuple() | cst.Set():
            return [element.value for element in node.elements]
        case cst.GeneratorExp(elt=part) | cst.ListComp(elt=part) | cst.Subscript(value=part):
            return (part,)
        case cst.Param(annotation=annotation):
            return () if annotation is not None and _is_narrow(annotation) else None
        case cst.Call():
            return _passed(node)
        case _:
            return None


def _operands(node: cst.BinaryOperation) -> Sequence[cst.CSTNode]:
    """A string can be repeated any number of times; what is added to a number is one."""
    if isinstance(node.operator, cst.Multiply):
        return (node.left,)
    if isinstance(node.left, cst.BaseNumber) or isinstance(node.right, cst.BaseNumber):
        return ()
    return (node.left, node.right)


def _passed(call: cst.Call) -> Sequence[cst.CSTNode] | None:
    name = called_name(call)
    if name in _NUMBERS:
        return ()
    if isinstance(call.func, cst.Attribute) and name in _PASSING_METHODS:
        return (call.func.value,)
    return [argument.value for argument in call.args] if name in _PASSING else None


def _sources(name: str, at: Place) -> Iterator[cst.CSTNode]:
    """Yield what the function puts into a name; for a parameter, the Param."""
    for node in below(at.function or at.chunk):
        if any(binds(target, name) for target in _targets(node)):
            yield _given(node)


def _targets(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    if type(node) not in _GIVING:
        return ()
    match node:
        case cst.Assign(targets=targets):
            return [target.target for target in targets]
        case cst.AnnAssign(target=target, value=cst.BaseExpression()):
            return (target,)
        case cst.AugAssign(target=target) | cst.NamedExpr(target=target) | cst.For(target=target):
            return (target,)
        case cst.CompFor(target=target) | cst.Param(name=target):
            return (target,)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(method)), args=[_, *_]) if method in _ADDING:
            return (owner,)
        case _:
            return ()


def _given(node: cst.CSTNode) -> cst.CSTNode:
    match node:
        case cst.For(iter=value) | cst.CompFor(iter=value):
            return value
        case cst.Assign(value=value) | cst.AugAssign(value=value) | cst.NamedExpr(value=value):
            return value
        case cst.AnnAssign(value=cst.BaseExpression() as value) | cst.Call(args=[*_, cst.Arg(value=value)]):
            return value
        case _:
            return node


def _is_narrow(annotation: cst.Annotation) -> bool:
    """True for a type whose values are numbers or written in the code."""
    names = {node.value for node in below(annotation) if isinstance(node, cst.Name)}
    return bool(names & _NUMERIC_TYPES) and not names & _OPEN_TYPES
