"""Which name goes with which value: assignments, arguments, defaults, entries, comparisons, results.

Reads one node at a time, so that a rule can visit the nodes it knows. Follows no values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from reviewer.analysis.place import dotted_name, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name

# The nodes `bindings_of` knows.
BINDING = (
    cst.Assign, cst.AnnAssign, cst.NamedExpr, cst.Arg, cst.Param, cst.DictElement, cst.Comparison, cst.Call,
)  # fmt: skip
_SETTERS = frozenset(
    {"setdefault", "setattr", "putenv", "setenv", "set", "put", "add_header", "set_header", "__setitem__"}
)
_OPTIONS = frozenset({"add_argument", "option", "add_option", "StrOpt", "SecretStrOpt", "define", "DEFINE_string"})
# Their first argument, or `default`, is what the name holds.
_WRAPPERS = frozenset(
    {"SecretStr", "SecretBytes", "Secret", "Field", "field", "mapped_column", "Query", "bytes", "str"}
)
_READS = regex(r"(?:\w+\.)*(?:getenv|environ\.get|environ\.pop|environb\.get|env\.get|env|env\.str|config|secret)")
_CONVERTED = frozenset({"encode", "strip", "decode"})


@dataclass(frozen=True, slots=True)
class Binding:
    """`how` is the verb between name and value: `is set to`, `defaults to`, `is compared with`.

    `is_bare` unless it is the name of an attribute or an entry of something.
    """

    name: str
    value: cst.BaseExpression
    how: str
    is_bare: bool = True


def bindings_of(node: cst.CSTNode) -> Iterator[Binding]:
    """Yield each name in a node with the value it has or is compared with."""
    # The commonest first: this runs for most nodes of a file, and a class pattern costs ten times an isinstance.
    if isinstance(node, cst.Arg):
        if node.keyword is not None:
            yield Binding(node.keyword.value, node.value, "is set to")
    elif isinstance(node, cst.Call):
        yield from _called(node)
    elif isinstance(node, cst.Assign):
        yield from _assigned([target.target for target in node.targets], node.value)
    elif isinstance(node, cst.Param):
        if node.default is not None:
            yield Binding(node.name.value, node.default, "defaults to")
    elif isinstance(node, cst.DictElement):
        entry = string_value(node.key)
        if entry is not None:
            yield Binding(entry, node.value, "is set to")
    elif isinstance(node, cst.Comparison):
        yield from _compared(node)
    elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)) and node.value is not None:
        yield from _assigned([node.target], node.value)


def literals(value: cst.BaseExpression) -> Iterator[tuple[cst.BaseExpression, str]]:
    """Yield the text literals a value may be: itself, after `or`, in a branch, in a list, wrapped, encoded."""
    todo = [value]
    while todo:
        value = todo.pop()
        text = text_of(value)
        if text is not None:
            yield value, text
            continue
        match value:
            case cst.BooleanOperation(left=left, operator=cst.Or(), right=right) if environment_variable(left) is None:
                todo.append(right)
            case cst.IfExp(body=one, orelse=other):
                todo += [other, one]
            case cst.List(elements=elements) | cst.Tuple(elements=elements) | cst.Set(elements=elements):
                todo += [element.value for element in reversed(elements)]
            case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(method))) if method in _CONVERTED:
                todo.append(owner)
            case cst.Call() if called_name(value) in _WRAPPERS:
                todo += [given for given in (keyword(value, "default"), *positional(value)[:1]) if given is not None]


def text_of(value: cst.CSTNode) -> str | None:
    """Return what a literal says, bytes as their characters."""
    if isinstance(value, cst.SimpleString) and isinstance(value.evaluated_value, bytes):
        return value.evaluated_value.decode("latin-1")
    if isinstance(value, cst.FormattedString) and all(
        isinstance(part, cst.FormattedStringText) for part in value.parts
    ):
        return "".join(part.value for part in value.parts if isinstance(part, cst.FormattedStringText))
    return string_value(value)


def name_of(target: cst.CSTNode) -> str | None:
    """Return the last name of a target: `key` of `a.key`, of `a["key"]` and of `a.get("key")`."""
    match target:
        case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
            return name
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=index))]):
            return string_value(index)
        case cst.Call(func=cst.Attribute(attr=cst.Name("get" | "pop" | "getvalue" | "get_argument")), args=[first, *_]):
            return string_value(first.value)
        case _:
            return None


def environment_variable(node: cst.CSTNode) -> tuple[str, cst.BaseExpression | None] | None:
    """Return the name of the variable a call or subscript reads, with the default it gives, if any."""
    if isinstance(node, cst.Subscript):
        name = name_of(node)
        return (name, None) if name is not None and (dotted_name(node.value) or "").endswith("environ") else None
    if not isinstance(node, cst.Call) or _READS.fullmatch(dotted_name(node.func) or "") is None:
        return None
    values = positional(node)
    name = string_value(values[0]) if values else None
    return None if name is None else (name, keyword(node, "default") or (values[1] if len(values) > 1 else None))


def _assigned(targets: Sequence[cst.BaseExpression], value: cst.BaseExpression) -> Iterator[Binding]:
    """Take `a, b = 1, 2` apart."""
    for target in targets:
        if isinstance(target, (cst.Tuple, cst.List)) and isinstance(value, (cst.Tuple, cst.List)):
            if len(target.elements) == len(value.elements):
                for one, other in zip(target.elements, value.elements, strict=True):
                    yield from _named([one.value], other.value, "is set to")
        else:
            yield from _named([target], value, "is set to")


def _named(targets: Sequence[cst.CSTNode], value: cst.BaseExpression, how: str) -> Iterator[Binding]:
    for target in targets:
        name = name_of(target)
        if name is not None:
            yield Binding(name, value, how, is_bare=isinstance(target, cst.Name))


def _compared(node: cst.Comparison) -> Iterator[Binding]:
    target = node.comparisons[0]
    if len(node.comparisons) == 1 and isinstance(target.operator, (cst.Equal, cst.NotEqual)):
        yield from _named([node.left], target.comparator, "is compared with")
        yield from _named([target.comparator], node.left, "is compared with")


def _called(call: cst.Call) -> Iterator[Binding]:
    """Read `settings.setdefault("key", value)` and `parser.add_argument("--key", default=value)`."""
    called = called_name(call)
    if called not in _OPTIONS and called not in _SETTERS:
        return
    values = positional(call)
    names = [text for value in values if (text := string_value(value)) is not None]
    default = keyword(call, "default")
    if called in _OPTIONS and default is not None:
        name = next((name for name in reversed(names) if len(name) > 2), None)
        if name is not None:
            yield Binding(name.lstrip("-"), default, "defaults to")
    if called in _SETTERS and len(values) > 1:
        name = string_value(values[-2])
        if name is not None:
            yield Binding(name, values[-1], "is set to")
