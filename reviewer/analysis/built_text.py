"""Texts put together piece by piece: SQL is built like that where a template alone does not show it.

In Python by `%` and `format` on a name, by `join`, `replace` and `+`; elsewhere by `+`, holes and format calls.
"""

from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.spoken import Speech, text_of
from reviewer.analysis.template import HOLE, Template, template_of
from reviewer.analysis.words import Word

SPOKEN_RUNNERS = regex(
    r"(?:\$)?(?:query|execute|exec|run|all|get|raw|unsafe|prepare)(?:\w*Unsafe|Query|Update|Raw|Sync|Async|Context|Row\w*)?"
    r"|(?:Query|Exec|QueryRow|Prepare|Raw|Select|Get)(?:Context|x|Row|RowContext)?|execute(?:Query|Update|Batch)"
    r"|prepareStatement|create(?:Native)?Query|(?:mysqli?|pg|sqlite|odbc)_\w*query|get_(?:results|row|var)|queryFor\w+"
)
_FORMATTERS = frozenset({"Sprintf", "sprintf", "format", "formatted"})
_SPEAKERS = frozenset(
    {"log", "error", "warn", "info", "debug", "trace", "Printf", "Println", "Print", "Errorf", "Fatalf", "Error"}
    | {"print", "println", "echo", "describe", "it", "test", "expect", "assertEquals", "Exception"}
)
_PERCENT_TEXT = regex(r"%[+#-]?[svq]")


def built_text(node: cst.CSTNode, at: Place) -> Template | None:
    """Read a text with holes, also one whose pattern is bound to a name or has a part replaced."""
    template = template_of(node)
    if template is not None and not template.text.startswith(HOLE):
        return template
    match node:
        case cst.BinaryOperation(left=left, operator=cst.Modulo()):
            pattern = _literal(left, at)
            return template_of(node.with_changes(left=pattern)) if pattern is not None else None
        case cst.BinaryOperation(operator=cst.Add()):
            return _continued(node, at) or template
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("format")) as func):
            pattern = _literal(owner, at)
            changed = func.with_changes(value=pattern) if pattern is not None else None
            return template_of(node.with_changes(func=changed)) if changed is not None else None
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("replace")), args=[_, cst.Arg(value=value)]):
            pattern = _literal(owner, at)
            text = string_value(pattern) if pattern is not None else None
            return Template(f"{text} = {HOLE}", (value,)) if text else None
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("join")), args=[cst.Arg(value=listed)]):
            return _joined(owner, listed)
    return template


def _literal(node: cst.BaseExpression, at: Place) -> cst.BaseExpression | None:
    """Return the string that a name stands for."""
    made = list(makers(node, at))
    is_one = len(made) == 1 and isinstance(made[0], (cst.SimpleString, cst.ConcatenatedString))
    return made[0] if is_one and string_value(made[0]) is not None else None


def _continued(node: cst.BinaryOperation, at: Place) -> Template | None:
    """Read `sql + name`, where `sql` holds the beginning of a statement."""
    terms: list[cst.BaseExpression] = []
    first: cst.BaseExpression = node
    while isinstance(first, cst.BinaryOperation) and isinstance(first.operator, cst.Add):
        terms.append(first.right)
        first = first.left
    pattern = _literal(first, at) if isinstance(first, cst.Name) else None
    text = string_value(pattern) if pattern is not None else None
    parts = [template_of(term) or Template(HOLE, (term,)) for term in reversed(terms)]
    values = tuple(value for part in parts for value in part.values)
    return Template(text + "".join(part.text for part in parts), values) if text else None


def _joined(owner: cst.BaseExpression, listed: cst.BaseExpression) -> Template | None:
    if string_value(owner) is None or not isinstance(listed, (cst.List, cst.Tuple)):
        return None
    parts = [template_of(element.value) or Template(HOLE, (element.value,)) for element in listed.elements]
    text = (string_value(owner) or "").join(part.text for part in parts)
    return Template(text, tuple(value for part in parts for value in part.values))


def spoken_expressions(speech: Speech) -> Iterator[tuple[str, Sequence[Word], str]]:
    """Yield what may be SQL, with the name it is given to and the call it is run by, as far as there are any."""
    for call in speech.calls:
        if call.method in _FORMATTERS and call.arguments:
            text = text_of(call.arguments[0]) or ""
            holes = tuple(word for argument in call.arguments[1:] for word in argument)
            if _PERCENT_TEXT.search(text) and holes:
                yield "", (Word(_PERCENT_TEXT.sub(HOLE, text), call.line, is_text=True, holes=holes),), ""
        elif call.method not in _SPEAKERS:
            runner = call.name if SPOKEN_RUNNERS.fullmatch(call.method) else ""
            yield from (("", argument, runner) for argument in call.arguments)
    for one in speech.assignments:
        yield one.target, one.value, ""


def texts_before(text: str) -> Iterator[str]:
    end = text.find(HOLE)
    while end >= 0:
        yield text[:end]
        end = text.find(HOLE, end + 1)
