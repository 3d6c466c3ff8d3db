"""Whether the placeholders of a text and the values it is given fit: by `%`, by `format`, in messages to a log."""

import ast
import re
from string import Formatter

from reviewer.analysis.amounts import amount
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.tree import dotted

_CONVERSION = regex(
    r"%(?:\((?P<name>[^)]*)\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?[hlL]?(?P<type>.)?", re.DOTALL
)
_TYPES = frozenset("diouxXeEfFgGcrsa%")


def percent_fault(operation: ast.BinOp) -> str | None:
    """Return what is wrong with `"%s of %s" % values`."""
    left, right = operation.left, operation.right
    if not isinstance(left, ast.Constant) or not isinstance(left.value, (str, bytes)):
        return None
    # `%b` is known to bytes alone, and takes a value as `%s` does.
    text = left.value if isinstance(left.value, str) else left.value.decode("latin-1").replace("%b", "%s")
    found = list(_CONVERSION.finditer(text))
    bad = next((match for match in found if match["type"] not in _TYPES), None)
    if bad is not None:
        return f"`{bad[0]}` is no conversion that `%` knows" if bad["type"] else "the format ends in a lone `%`"
    names = {match["name"] for match in found if match["name"] is not None}
    if names:
        return _named_values(names, right)
    wanted = values_wanted(text) or 0
    if isinstance(right, ast.Dict) and wanted > 1:
        return f"the format wants {amount(wanted, 'value')} by position, and gets a dict"
    if isinstance(right, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in right.elts):
        given = len(right.elts)
    elif _is_single(right):
        given = 1
    else:
        return None
    return f"the format has {amount(wanted, 'placeholder')} for {amount(given, 'value')}" if given != wanted else None


def format_fault(call: ast.Call) -> tuple[str, Severity | None] | None:
    """Return what is wrong with `"{} of {}".format(...)`."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "format" or not isinstance(func.value, ast.Constant):
        return None
    text = func.value.value
    if not isinstance(text, str):
        return None
    fields = _fields(text)
    if fields is None:
        return ("the text is no format: its braces do not match", None) if call.args or call.keywords else None
    has_star = any(isinstance(arg, ast.Starred) for arg in call.args)
    names = {keyword.arg for keyword in call.keywords}
    unnamed = sum(not field for field in fields)
    numbers = {int(field) for field in fields if field.isdigit()}
    if unnamed and numbers:
        return "the format both numbers its values and leaves them unnumbered", None
    wanted = max([unnamed, *(number + 1 for number in numbers)])
    if wanted > len(call.args) and not has_star:
        return f"the format wants {amount(wanted, 'value')} and gets {len(call.args)}", None
    missing = sorted({field for field in fields if field and not field.isdigit()} - {name for name in names if name})
    if missing and None not in names:
        return f"the format names `{missing[0]}`, which it is not given", None
    if not has_star and len(call.args) > wanted:
        return f"the format takes {amount(wanted, 'value')} and drops {len(call.args) - wanted}", Severity.LOW
    return None


def values_wanted(text: str) -> int | None:
    """Return how many values a format takes; None if it takes them by name or is none."""
    count = 0
    for match in _CONVERSION.finditer(text):
        if match["name"] is not None or match["type"] not in _TYPES:
            return None
        count += (match["type"] != "%") + (match["width"] == "*") + (match["precision"] == "*")
    return count


def _named_values(names: set[str], right: ast.expr) -> str | None:
    if isinstance(right, (ast.Tuple, ast.List)) or _is_text_or_number(right):
        return "the format names its values, and gets no dict"
    if not isinstance(right, ast.Dict) or not all(isinstance(key, ast.Constant) for key in right.keys):
        return None
    missing = sorted(names - {key.value for key in right.keys if isinstance(key, ast.Constant)})
    return f"the format names `{missing[0]}`, which the dict does not have" if missing else None


def _fields(text: str) -> list[str] | None:
    """Return the names of a format's fields, those inside a format specification too."""
    fields: list[str] = []
    try:
        for _, name, spec, _ in Formatter().parse(text):
            if name is None:
                continue
            fields.append(re.split(r"[.\[]", name, maxsplit=1)[0])
            fields += [
                re.split(r"[.\[]", inner, maxsplit=1)[0]
                for _, inner, _, _ in Formatter().parse(spec or "")
                if inner is not None
            ]
    except ValueError:
        return None
    return fields


def _is_single(node: ast.expr) -> bool:
    """True for a value that is no tuple and no dict, as far as the code itself shows."""
    return _is_text_or_number(node) or (
        isinstance(node, (ast.List, ast.ListComp, ast.Compare, ast.Attribute))
        and (
            not isinstance(node, ast.Attribute)
            or node.attr not in ("args", "params", "__dict__", "groups", "shape", "values", "version_info")
        )
    )


def _is_text_or_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return dotted(node.func) in (
            "str",
            "len",
            "int",
            "float",
            "repr",
            "type",
            "sum",
            "sorted",
            "list",
            "round",
            "abs",
        )
    return isinstance(node, (ast.JoinedStr, ast.Constant))
