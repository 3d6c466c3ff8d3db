"""What code does with an object that others may hold too: changes it, keeps it, gives it away, or only reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.nodes import children
from reviewer.analysis.outside import shown
from reviewer.analysis.place import Place, dotted_name

_CHANGES = frozenset(
    {"append", "appendleft", "extend", "insert", "pop", "popitem", "remove", "discard", "clear", "add", "update"}
    | {"setdefault", "sort", "reverse"}
)
# Calls that look at an argument and keep nothing of it; methods such as `extend` copy what they are given.
_READERS = frozenset(
    {"len", "bool", "iter", "enumerate", "any", "all", "sum", "min", "max", "isinstance", "zip", "map", "filter"}
    | {"list", "dict", "set", "tuple", "frozenset", "sorted", "reversed", "repr", "str", "print", "range", "type"}
    | {"copy.copy", "copy.deepcopy"}
)
_READING_METHODS = _CHANGES | {"join", "format", "union", "issubset", "issuperset", "intersection", "difference", "get"}


@dataclass(frozen=True, slots=True)
class Use:
    """What a function does with a name; `what` continues the message."""

    what: str
    severity: Severity
    rebinds: bool = False


def uses_of(node: cst.CSTNode, name: str, at: Place) -> Iterator[Use]:
    use = _use(node, name, at)
    if use is not None:
        yield use
    # What follows a dot, and the name of a keyword argument, is not this variable.
    below = [node.value] if isinstance(node, (cst.Attribute, cst.Arg)) else children(node)
    for child in below:
        yield from uses_of(child, name, at)


def change_through_self(owner: cst.ClassDef, name: str, at: Place) -> str | None:
    """Return the code by which a method changes the attribute, unless some method gives the object its own."""
    attribute = f"self.{name}"
    if attribute.encode() not in (at.file.new_text or b""):
        return None
    changes: list[str] = []
    for node in _below(owner.body):
        match node:
            case cst.AssignTarget(target) | cst.AnnAssign(target) if dotted_name(target) == attribute:
                return None
            case cst.AssignTarget(cst.Subscript(target)) | cst.AugAssign(cst.Subscript(target)):
                if dotted_name(target) == attribute:
                    changes.append(f"{attribute}[...]")
            case cst.Call(func=cst.Attribute(target, cst.Name(method))) if method in _CHANGES:
                if dotted_name(target) == attribute:
                    changes.append(f"{attribute}.{method}()")
    return changes[-1] if changes else None


def is_changed_inside(name: str, body: cst.CSTNode) -> bool:
    """True if the code changes an element of what the name holds, and not only which elements there are."""
    return any(_changed_inside(node) == name for node in _below(body))


def _use(node: cst.CSTNode, name: str, at: Place) -> Use | None:
    match node:
        case cst.Name(value) if value == name:
            return Use("", Severity.LOW)
        case cst.AssignTarget(cst.Name(value)) | cst.AnnAssign(cst.Name(value)) if value == name:
            return Use("", Severity.LOW, rebinds=True)
        case cst.Call(func=cst.Attribute(cst.Name(value), cst.Name(method))) if value == name and method in _CHANGES:
            return Use(f", and `{name}.{method}()` changes it", Severity.HIGH)
        case cst.AssignTarget(cst.Subscript(cst.Name(value)) as cell) if value == name:
            return Use(f", and `{shown(cell, at)} = ...` changes it", Severity.HIGH)
        case cst.AugAssign(cst.Subscript(cst.Name(value)) | cst.Name(value)) | cst.Del(
            cst.Subscript(cst.Name(value))
        ) if value == name:
            return Use(f", and `{shown(node, at)}` changes it", Severity.HIGH)
        case cst.Assign(targets=[cst.AssignTarget(cst.Attribute() as keeper)], value=cst.Name(value)) if value == name:
            return Use(f", and `{at.code(keeper)}` keeps it", Severity.HIGH)
        case cst.Return(cst.Name(value)) | cst.Yield(cst.Name(value)) if value == name:
            return Use(", and it is handed out", Severity.HIGH)
        case cst.Call() if _gets(node, name) and not _only_reads(node, at):
            return Use(f", and `{shown(node.func, at)}()` gets it", Severity.MEDIUM)
    return None


def _gets(call: cst.Call, name: str) -> bool:
    return any(not arg.star and isinstance(arg.value, cst.Name) and arg.value.value == name for arg in call.args)


def _only_reads(call: cst.Call, at: Place) -> bool:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _READING_METHODS:
        return True
    return at.name(call.func) in _READERS


def _changed_inside(node: cst.CSTNode) -> str | None:
    """Return `grid` for code that changes an element of it: `grid[0][1] = 2`, `grid[0].append(2)`."""
    match node:
        case cst.AssignTarget(cst.Subscript(cst.Subscript(rows))) | cst.AugAssign(cst.Subscript(cst.Subscript(rows))):
            return dotted_name(rows)
        case cst.Call(func=cst.Attribute(cst.Subscript(rows), cst.Name(method))) if method in _CHANGES:
            return dotted_name(rows)
    return None


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))
