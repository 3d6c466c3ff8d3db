"""What the value of an expression tells of the inside: an error's text, a traceback, settings, all fields of a row."""

import re
from collections.abc import Sequence

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.hops import results_of
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name, template_of

_TRACES = regex(r"(?:\w+\.)*(?:format_exc|format_exception|format_tb|format_stack|exc_info|print_exc|extract_tb)")
_TEXTS = frozenset({"args", "message", "msg", "orig", "strerror", "stderr", "__cause__", "__traceback__"})
_COLUMN = regex(
    r"(?:hashed_|encrypted_)?(?:password|passwd|pwd|password_?hash|pass_?hash|secret|secret_key|api_secret|ssn|cvv)"
)
# What says how this machine is set up.
_ENVIRONMENT = "the environment of the process, with its secrets,"
_INSIDE = {
    "os.environ": _ENVIRONMENT, "os.environ.copy": _ENVIRONMENT, "os.environ.items": _ENVIRONMENT,
    "os.environb": _ENVIRONMENT, "flask.current_app.config": "the configuration",
    "django.conf.settings": "the settings",
}  # fmt: skip
_COLUMNS = regex(
    r"__table__\.(?:columns|c)\b|__mapper__\.\w+|_meta\.(?:get_)?fields(?:\(\))?|inspect\([^()]*\)\.\w+(?:\.\w+)?"
)
_ROW = regex(r"user|account|member|customer|employee|admin|patient|person|owner|profile", re.IGNORECASE)
_MOST_HELPERS = 10
_HARMLESS = frozenset({"type", "len", "isinstance", "bool", "id", "hash", "getattr", "hasattr"})


def disclosed(node: cst.BaseExpression, inner: set[str], at: Place) -> str | None:
    """Return what of the inside a value shows, for a message; `inner` are the names of errors and of their texts."""
    todo: list[cst.CSTNode] = [node]
    seen = 0
    while todo:
        part = todo.pop()
        what = _named(part, inner, at)
        if what is not None:
            return what
        todo.extend(_shown(part))
        if isinstance(part, cst.Name) and seen < _MOST_HELPERS:
            seen += 1
            todo.extend(made for made in makers(part, at) if _is_copy(made))
        if isinstance(part, cst.Call) and seen < _MOST_HELPERS:
            seen += 1
            todo.extend(hop.node for _, _, hop in results_of(part, at))
    return None


def _named(part: cst.CSTNode, inner: set[str], at: Place) -> str | None:
    match part:
        case cst.Name(name) if name in inner:
            return f"the text of `{name}`"
        case cst.Attribute(value=owner, attr=cst.Name("__dict__")):
            return f"every field of `{at.code(owner)}`"
        case cst.Call() if _TRACES.fullmatch(dotted_name(part.func) or ""):
            return "the traceback"
        case cst.Call(func=cst.Name("vars"), args=[first, *_]):
            return f"every field of `{at.code(first.value)}`"
        case cst.Attribute() | cst.Call() if (inside := _INSIDE.get(_called(part, at))) is not None:
            return inside
        case cst.Call(args=[cst.Arg(value=row), *_]) if called_name(part) in ("model_to_dict", "to_json", "serialize"):
            return f"every column of `{at.code(row)}`" if _ROW.search(at.code(row)) and len(part.args) == 1 else None
        case cst.DictComp(for_in=cst.CompFor(iter=cst.Call() as items, ifs=[])) if _called(items, at) in _INSIDE:
            return _INSIDE[_called(items, at)]
        case cst.DictComp(for_in=cst.CompFor(iter=columns)) if _COLUMNS.search(at.code(columns)):
            return f"every column of `{_COLUMNS.sub('', at.code(columns)).strip('.')}`"
        case cst.Dict(elements=elements):
            column = next((found for each in elements if (found := _column(each)) is not None), None)
            return f"`{column}`" if column is not None else None
        case _:
            return None


def _is_copy(node: cst.CSTNode) -> bool:
    """True for what puts fields into a dictionary, without a call that may pick some."""
    if isinstance(node, cst.Call):
        return called_name(node) in ("dict", "vars", "copy", "deepcopy", "model_to_dict")
    return isinstance(node, (cst.DictComp, cst.Attribute))


def _called(node: cst.CSTNode, at: Place) -> str:
    return at.name(node.func if isinstance(node, cst.Call) else node) or ""


def _shown(part: cst.CSTNode) -> Sequence[cst.BaseExpression]:
    """Return what can be seen of the parts of an expression in its own value, last first."""
    match part:
        case cst.Attribute(value=owner, attr=cst.Name(name)):
            return (owner,) if name in _TEXTS else ()
        case cst.Call() if called_name(part) not in _HARMLESS:
            owners = [part.func.value] if isinstance(part.func, cst.Attribute) and called_name(part) != "get" else []
            return [*(arg.value for arg in reversed(part.args)), *owners]
        case cst.Dict(elements=elements):
            return [each.value for each in reversed(elements)]
        case cst.FormattedString() | cst.BinaryOperation():
            template = template_of(part)
            return template.values if template is not None else ()
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [each.value for each in reversed(elements)]
        case (
            cst.ListComp(elt=part) | cst.GeneratorExp(elt=part) | cst.DictComp(value=part) | cst.Await(expression=part)
        ):
            return (part,)
        case cst.IfExp(body=one, orelse=other) | cst.BooleanOperation(left=one, right=other):
            return (other, one)
        case _:
            return ()


def _column(entry: cst.BaseDictElement) -> str | None:
    """Return `password` for `"password": user.password`."""
    if not isinstance(entry, cst.DictElement) or not isinstance(entry.value, (cst.Attribute, cst.Subscript)):
        return None
    name, same = string_value(entry.key) or "", name_of(entry.value) or ""
    return name if _COLUMN.fullmatch(name) and _COLUMN.fullmatch(same) else None
