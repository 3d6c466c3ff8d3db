"""Which errors a piece of code can raise, where all that it does is known to the standard library.

Knows subscripts, conversions, arithmetic and methods of plain values; of anything else it says None.
"""

import ast
import builtins
from collections.abc import Iterable, Sequence

from reviewer.analysis.source import Source, children_of
from reviewer.analysis.tree import full_name

_ALWAYS = frozenset({"TypeError", "AttributeError"})
_NONE: frozenset[str] = frozenset()
_VALUE = frozenset({"ValueError"})
_LOOKUP = frozenset({"KeyError", "IndexError"})
_FILE = frozenset({"OSError", "ValueError", "LookupError"})
# Functions by their full name, and what they raise beside TypeError and AttributeError.
_FUNCTIONS = {
    name: frozenset(errors.split())
    for errors, names in (
        ("ValueError OverflowError", "int float complex round"),
        ("UnicodeError", "str repr print"),
        ("", "len bool isinstance list tuple dict sorted abs hasattr getattr callable ord id frozenset"),
        ("decimal.InvalidOperation", "decimal.Decimal"),
        (
            "ValueError",
            "datetime.datetime.strptime datetime.datetime.fromisoformat datetime.date.fromisoformat uuid.UUID",
        ),
        ("ValueError", "time.strptime ipaddress.ip_address ipaddress.ip_network bytes.fromhex base64.b64decode"),
        ("ValueError RecursionError", "json.loads"),
        ("ValueError OverflowError OSError", "datetime.datetime.fromtimestamp datetime.date.fromtimestamp"),
        (
            "OSError ValueError LookupError",
            "open os.listdir os.remove os.stat os.mkdir os.makedirs os.rename os.unlink",
        ),
        ("", "os.getenv os.environ.get os.path.join os.path.exists os.path.basename re.escape"),
        ("ValueError", "math.sqrt math.log"),
    )
    for name in names.split()
}
_METHODS = {
    name: frozenset(errors.split())
    for errors, names in (
        ("", "strip lstrip rstrip lower upper casefold title capitalize replace startswith endswith splitlines"),
        ("", "removeprefix removesuffix isdigit isalpha get keys items values append extend copy partition rpartition"),
        ("ValueError", "split rsplit index strftime"),
        ("KeyError IndexError ValueError", "remove pop popitem"),
        ("ValueError LookupError", "encode decode"),
    )
    for name in names.split()
}
_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp)
_PLAIN_TOO = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Slice, ast.Starred, ast.keyword)
_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr, ast.Pass, ast.Delete)
_PARENTS = {"decimal.InvalidOperation": "ArithmeticError", "json.JSONDecodeError": "ValueError"}
_MOST = 60


def raised(body: Sequence[ast.AST], source: Source) -> frozenset[str] | None:
    """Return the names of all errors the statements can raise; None if they do what nobody knows here."""
    found: set[str] = set(_ALWAYS)
    todo: list[ast.AST] = list(body)
    seen = 0
    while todo:
        node = todo.pop()
        seen += 1
        errors = _raised_by(node, source)
        if errors is None or seen > _MOST:
            return None
        found |= errors
        annotation = getattr(node, "annotation", None)
        todo += [child for child in children_of(node) if child is not annotation]
    return frozenset(found)


def may_be(error: str, kinds: Iterable[str]) -> bool:
    """True if one of the kinds is the error, something above it or something below it."""
    return any(_is_a(error, kind) or _is_a(kind, error) for kind in kinds)


def is_known(error: str) -> bool:
    """True for the errors of Python itself, and the few others whose parents are known here."""
    kind = getattr(builtins, error, None)
    return error in _PARENTS or (isinstance(kind, type) and issubclass(kind, Exception))


def _is_a(error: str, other: str) -> bool:
    if error == other:
        return True
    kind = getattr(builtins, _PARENTS.get(error, error), None)
    above = getattr(builtins, other, None)
    return isinstance(kind, type) and isinstance(above, type) and issubclass(kind, above)


def _raised_by(node: ast.AST, source: Source) -> frozenset[str] | None:
    """Return what the node itself raises, whatever its parts do."""
    match node:
        case ast.Call(func=func):
            return _called(func, source)
        case ast.Subscript(ctx=ast.Load()):
            # With a slice, only the types can be wrong.
            return _NONE if isinstance(node.slice, ast.Slice) else _looked_up(node.value, node.slice)
        case ast.Subscript():
            return _LOOKUP | _VALUE
        case ast.BinOp(op=ast.Mod()):
            return None  # a text is filled in, perhaps by an object of somebody's own
        case ast.BinOp(op=ast.Div() | ast.FloorDiv()):
            return frozenset({"ZeroDivisionError", "OverflowError"})
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
            return frozenset({"OverflowError"})
        case ast.Assign(targets=[ast.Tuple() | ast.List()]):
            return _VALUE
        case ast.JoinedStr() | ast.FormattedValue():
            return _VALUE
        case ast.AugAssign():
            return None
    return _NONE if isinstance(node, (*_PLAIN, *_PLAIN_TOO, *_STATEMENTS)) else None


def _looked_up(held: ast.expr, key: ast.expr) -> frozenset[str]:
    """Return what `held[key]` raises: a text is a key, and the first of several is a place in a list."""
    value = key.operand if isinstance(key, ast.UnaryOp) else key
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return frozenset({"KeyError"})
    is_list = isinstance(held, ast.Name) and held.id.endswith("s") and not held.id.endswith(("ss", "us"))
    is_split = isinstance(held, ast.Call) and isinstance(held.func, ast.Attribute) and held.func.attr.endswith("split")
    is_number = isinstance(value, ast.Constant) and value.value in (0, 1) and not isinstance(value.value, bool)
    return frozenset({"IndexError"}) if is_number and (is_list or is_split) else _LOOKUP


def _called(func: ast.expr, source: Source) -> frozenset[str] | None:
    name = full_name(func, source) or ""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if isinstance(func, ast.Attribute) and name.partition(".")[0] not in source.imports.values():
        return _METHODS.get(func.attr)
    return None
