"""Whether a collection can be empty where a node stands, as far as its own function tells."""

from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.guards import statements_before
from reviewer.analysis.origin import gives_value
from reviewer.analysis.place import Place, dotted_name

_WRAPPERS = frozenset({"set", "list", "tuple", "sorted", "frozenset", "bool", "any", "abs", "len", "float", "int"})
_VIEWS = frozenset({"items", "keys", "values"})
_FILLING = frozenset({"append", "add", "insert", "appendleft"})


def what_counts(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the collection in `len(set(x))` or the number in `abs(x)`: they are empty or zero together."""
    while isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name) and node.func.value in _WRAPPERS and len(node.args) == 1:
            node = node.args[0].value
        elif isinstance(node.func, cst.Attribute) and node.func.attr.value in _VIEWS and not node.args:
            if dotted_name(node.func.value) in ("self", "cls"):
                break  # a method of the class itself, whatever it gives
            node = node.func.value
        else:
            break
    return node


def is_filled(values: cst.BaseExpression, node: cst.CSTNode, at: Place) -> bool:
    """True for constants, literals, and what an earlier statement has put something into."""
    name = dotted_name(values)
    if name is None or name.rpartition(".")[2].isupper():
        return name is not None or _is_never_empty(values)
    for statement in statements_before(at, node):
        match statement:
            case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(method)))):
                if method in _FILLING and dotted_name(owner) == name:
                    return True
            case cst.Assign(value=value) if gives_value(statement, name):
                return _is_never_empty(value)
    return False


def as_long_as(values: cst.BaseExpression, node: cst.CSTNode, at: Place) -> Iterator[cst.BaseExpression]:
    """Yield the collection and the one it was made of element by element: they are empty together."""
    yield values
    name = dotted_name(values) or ""
    given = (statement for statement in statements_before(at, node) if name and gives_value(statement, name))
    match next(given, None):
        case cst.Assign(value=cst.ListComp(for_in=cst.CompFor(iter=source, ifs=[], inner_for_in=None))):
            yield from (source, what_counts(source))


def _is_never_empty(node: cst.BaseExpression) -> bool:
    match node:
        case cst.List(elements=[_, *_]) | cst.Tuple(elements=[_, *_]) | cst.Set(elements=[_, *_]) | cst.SimpleString():
            return True
        case cst.Dict(elements=[_, *_]):
            return True
        case cst.BooleanOperation(operator=cst.Or(), right=right):
            return _is_never_empty(right)
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            return _is_never_empty(left) or _is_never_empty(right)
        case cst.Call(func=cst.Attribute(attr=cst.Name("split")), args=[_, *_]):
            return True
        case _:
            return False
