"""Strings that values are put into: f-strings, `%`, `.format` and `+`, read as one text with holes.

What is printed with `d` or `f` is a number and no hole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from string import Formatter

import libcst as cst

from reviewer.analysis.place import Place, keyword, positional, string_value
from reviewer.analysis.regex import regex

HOLE = "\0"

_PERCENT = regex(r"%(?:\((\w+)\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?([a-zA-Z%])")
_NUMERIC = regex(r"[^{}]*[bdeEfFgGnoxX%]\Z")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
_SPEAKERS = frozenset(
    {"print", "log", "debug", "info", "warn", "warning", "error", "exception", "critical", "fatal", "echo", "secho"}
    | {"add_argument", "add_parser", "option", "argument", "deprecated", "fail", "skip", "confirm", "prompt"}
)


@dataclass(frozen=True, slots=True)
class Template:
    """`text` has one HOLE for each of the `values`, in order."""

    text: str
    values: tuple[cst.BaseExpression, ...] = ()

    @property
    def holes(self) -> Iterator[tuple[str, cst.BaseExpression]]:
        """Each value with the text before it."""
        end = -1
        for value in self.values:
            end = self.text.index(HOLE, end + 1)
            yield self.text[:end], value


def template_of(node: cst.CSTNode) -> Template | None:
    """Return what a string expression says; None for anything that holds no literal text."""
    match node:
        case cst.SimpleString():
            text = string_value(node)
            return None if text is None else Template(text.replace(HOLE, ""))
        case cst.FormattedString():
            return _join([_piece(part) for part in node.parts])
        case cst.ConcatenatedString() | cst.BinaryOperation(operator=cst.Add()):
            return _sum(node)
        case cst.BinaryOperation(left=left, operator=cst.Modulo(), right=right):
            pattern = template_of(left)
            return None if pattern is None else _percent(pattern, right)
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name("format"))):
            pattern = template_of(value)
            return None if pattern is None else _format(pattern, node)
        case _:
            return None


def is_part_of_template(at: Place) -> bool:
    """True if the string at this place is only a piece of a longer one."""
    match at.parent:
        case cst.ConcatenatedString() | cst.BinaryOperation(operator=cst.Add() | cst.Modulo()):
            return True
        case cst.Attribute(attr=cst.Name("format")):
            return len(at.parents) > 1 and isinstance(at.parents[-2], cst.Call)
        case _:
            return False


def is_for_people(at: Place) -> bool:
    """True for text that is raised, asserted, logged, printed or shown as help, and for docstrings."""
    if isinstance(at.parent, cst.Expr):
        return True
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.Raise, cst.Assert)):
            return True
        if isinstance(parent, cst.Call) and called_name(parent) in _SPEAKERS:
            return True
        if isinstance(parent, cst.Arg) and parent.keyword is not None and parent.keyword.value in ("help", "message"):
            return True
        if isinstance(parent, cst.BaseStatement):
            return False
    return False


def called_name(call: cst.Call) -> str:
    """Return the last part of what is called: `execute` for `connect().execute(…)`."""
    match call.func:
        case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
            return name
        case _:
            return ""


def _join(pieces: list[Template]) -> Template:
    return Template("".join(piece.text for piece in pieces), tuple(value for piece in pieces for value in piece.values))


def _piece(part: cst.BaseFormattedStringContent) -> Template:
    if isinstance(part, cst.FormattedStringText):
        text = part.value.replace("{{", "{").replace("}}", "}").replace(HOLE, "")
        return Template(re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL))
    if not isinstance(part, cst.FormattedStringExpression):
        return Template("")
    spec = "".join(text.value for text in part.format_spec or () if isinstance(text, cst.FormattedStringText))
    return _value(part.expression, spec)


def _value(node: cst.BaseExpression, spec: str) -> Template:
    if _NUMERIC.fullmatch(spec):
        return Template("0")
    return template_of(node) or Template(HOLE, (node,))


def _sum(node: cst.BaseExpression) -> Template | None:
    """Join what `+` or mere neighbourhood joins; a loop, since long chains nest deeper than Python recurses."""
    todo, terms = [node], []
    while todo:
        term = todo.pop()
        if isinstance(term, cst.ConcatenatedString) or (
            isinstance(term, cst.BinaryOperation) and isinstance(term.operator, cst.Add)
        ):
            todo += [term.right, term.left]
        else:
            terms.append(term)
    read = [(term, template_of(term)) for term in terms]
    if all(template is None for _, template in read):
        return None
    return _join([template or Template(HOLE, (term,)) for term, template in read])


def _percent(pattern: Template, right: cst.BaseExpression) -> Template:
    values: list[cst.BaseExpression] = [right]
    if isinstance(right, cst.Tuple):
        values = [element.value for element in right.elements]
    named = _named_items(right)
    inner = iter(pattern.values)
    pieces, end = [], 0
    for place in _PERCENT.finditer(pattern.text):
        pieces.append(_literal(pattern.text[end : place.start()], inner))
        end = place.end()
        if place[2] == "%":
            pieces.append(Template("%"))
            continue
        value = named.get(place[1], right) if place[1] else values.pop(0) if values else right
        pieces.append(Template("0") if place[2] in "diouxXeEfFgG" else _value(value, ""))
    return _join([*pieces, _literal(pattern.text[end:], inner)])


def _named_items(node: cst.BaseExpression) -> dict[str, cst.BaseExpression]:
    if not isinstance(node, cst.Dict):
        return {}
    return {
        key: element.value
        for element in node.elements
        if isinstance(element, cst.DictElement) and (key := string_value(element.key)) is not None
    }


def _format(pattern: Template, call: cst.Call) -> Template | None:
    """Fill `{}`, `{0}` and `{name}`, from `*rest` and `**options` if nothing else has them."""
    inner = iter(pattern.values)
    rest = next((argument.value for argument in call.args if argument.star), None)
    values, count = positional(call), 0
    pieces = []
    try:
        for text, field, spec, _ in Formatter().parse(pattern.text):
            pieces.append(_literal(text, inner))
            if field is None:
                continue
            name = re.split(r"[.\[]", field)[0] or str(count)
            count += not field
            value = (dict(enumerate(values)).get(int(name)) if name.isdigit() else keyword(call, name)) or rest
            if value is not None:
                pieces.append(_value(value, spec or ""))
    except ValueError:
        return None
    return _join(pieces)


def _literal(text: str, inner: Iterator[cst.BaseExpression]) -> Template:
    """Return a stretch of a pattern that may have holes of its own."""
    return Template(text, tuple(islice(inner, text.count(HOLE))))
