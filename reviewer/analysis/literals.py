"""What an expression says where the code itself writes it down: literals, and names bound to one.

Follows a name one step, to its only binding in the function or the module; all else is unknown.
"""

import ast
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.source import nodes_in
from reviewer.analysis.template import template_of

# Larger expressions are no literals that a rule could judge.
_MOST_NODES = 60
_LONGEST_QUOTE = 40


def value_of(node: cst.BaseExpression, at: Place) -> cst.BaseExpression:
    """Return what a name is bound to, if it is bound once; anything else as it is."""
    if not isinstance(node, cst.Name) or node.value in ("None", "True", "False"):
        return node
    if _is_parameter(node.value, at):
        return node
    values = list(_bound_here(node.value, at)) or list(_bound_in_module(node.value, at))
    return values[0] if len(values) == 1 else node


def literal_of(node: cst.BaseExpression, at: Place) -> str | bytes | int | None:
    """Return the text, bytes, number or truth value an expression is; None if it is anything else."""
    match value_of(node, at):
        case cst.SimpleString() | cst.ConcatenatedString() | cst.Integer() as literal:
            return literal.evaluated_value
        case cst.Name("True" | "False") as name:
            return name.value == "True"
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() as number):
            return -number.evaluated_value
        case cst.BinaryOperation(left=cst.SimpleString() as text, operator=cst.Multiply(), right=cst.Integer()):
            return text.evaluated_value
        case _:
            return None


def text_of(node: cst.BaseExpression, at: Place) -> str:
    """Return the text of a string, with template.HOLE for what is put into it; empty if it is none."""
    template = template_of(value_of(node, at))
    return "" if template is None else template.text


def is_false(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "False"


def is_true(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "True"


def is_none(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def called(call: cst.Call, at: Place) -> str:
    """Return the full name of what is called, if an import brought it in; empty if not."""
    return (at.name(call.func) or "") if at.is_imported(call.func) else ""


def key_of(target: cst.BaseExpression, at: Place) -> str:
    """Return the last name of what is set: `DEBUG` for `DEBUG`, `app.DEBUG` and `config["DEBUG"]` alike."""
    if isinstance(target, cst.Subscript):
        index = target.slice[0].slice
        return str(literal_of(index.value, at)) if isinstance(index, cst.Index) else ""
    return (dotted_name(target) or "").rpartition(".")[2]


def quote(node: cst.CSTNode, at: Place) -> str:
    """Return the source of a node on one line, cut to a length that fits into a message."""
    code = " ".join(at.code(node).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."


def _is_parameter(name: str, at: Place) -> bool:
    function = at.function
    if function is None:
        return False
    every = function.params
    parameters = (*every.posonly_params, *every.params, *every.kwonly_params)
    return any(parameter.name.value == name for parameter in parameters)


def _bound_here(name: str, at: Place) -> Iterator[cst.BaseExpression]:
    for node in below(at.function or at.chunk):
        match node:
            case cst.Assign(targets=targets, value=value):
                if any(isinstance(target.target, cst.Name) and target.target.value == name for target in targets):
                    yield value
            case cst.AnnAssign(target=cst.Name(target), value=cst.BaseExpression() as value) if target == name:
                yield value
            case cst.AugAssign(target=cst.Name(target)) | cst.For(target=cst.Name(target)) if target == name:
                yield node.target
            case cst.WithItem(item=item, asname=cst.AsName(name=cst.Name(target))) if target == name:
                yield item


def _bound_in_module(name: str, at: Place) -> Iterator[cst.BaseExpression]:
    for statement in at.source.tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if statement.value is not None and any(isinstance(one, ast.Name) and one.id == name for one in targets):
            yield _as_syntax(statement.value)


def _as_syntax(node: ast.expr) -> cst.BaseExpression:
    count = sum(1 for count, _ in zip(range(_MOST_NODES + 1), nodes_in(node), strict=False))
    return cst.parse_expression(ast.unparse(node)) if count <= _MOST_NODES else cst.Ellipsis()
