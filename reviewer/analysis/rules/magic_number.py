import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.touched import Touched, touched

_ORDINARY = frozenset(
    {0, 1, 2, 3, 4, 7, 8, 10, 12, 16, 24, 32, 60, 64, 100, 128, 180, 255, 256, 360, 365, 512, 1000, 1024, 3600}
    | {2048, 4096, 8192, 65535, 65536, 86400, 1_000_000, 1_000_000_000, 0.0, 0.5, 1.0, 2.0, 100.0}
)
_SUBJECT = regex(
    r"price|amount|total|cost|fee|tax|vat|discount|rate|balance|salary|threshold|limit|score|age$|_age|^age|"
    r"days?$|hours?$|"
    r"weight|percent|ratio|quota|credit|points?$|risk|order|customer|shipping|refund|income|budget|margin|bonus|stock|"
    r"quantity|qty|tier|premium|loan|interest|deposit|subtotal|revenue|attempts|retries|penalty|distance|"
    r"duration|speed|"
    r"temperature|years?$|months?$|weeks?$|minutes?$|seconds?$|capacity|members?$|level",
    re.IGNORECASE,
)
_MONEY = regex(r"price|amount|total|cost|fee|tax|discount|refund|balance|salary|currency", re.IGNORECASE)
_SCIENCE = regex(
    r"(^|/)(colou?rs?|geometry|plot|math|stats?|font|layout|render|encod|codec|unicode|crypto|hash)", re.IGNORECASE
)
_STATUS = regex(
    r"status|code|errno|port|version|size|len$|index|width|height|char|byte|digit|color|line|column|row", re.IGNORECASE
)
_MOST_SHOWN = 3


class MagicNumber(ModuleRule):
    """A rule of the business is a number without a name.

    Why look: nobody can tell where the number comes from, nor find all places when it changes.
    Ask: what is this number called by those who decided on it?
    """

    informs = "readability"
    severity = Severity.LOW

    INVALID = (
        Example("def is_free(order):\n    return order.total > 49\n"),
        Example(
            "def price(order):\n    if order.weight > 31.5:\n        return order.price + 14\n    return order.price\n"
        ),
        Example("def discount(user):\n    if user.years >= 5:\n        return 0.15\n    return 0.05\n"),
        Example("def bill(order, is_member):\n    return {'sum': order.sum * (0.85 if is_member else 1)}\n"),
        Example("def can_return(order):\n    return order.age_in_days <= 14\n"),
    )
    VALID = (
        Example("FREE_FROM = 49\n\ndef is_free(order):\n    return order.total > FREE_FROM\n"),
        Example("def is_free(order):\n    return order.total > 0\n"),
        Example("def half(order):\n    return order.price / 2\n"),
        Example("def is_ok(answer):\n    return answer.status == 404\n"),
        Example("def find(order, limit=49):\n    return order.search(limit=49)\n"),
        Example("def test_price(order):\n    assert order.price == 49\n", path="tests/test_orders.py"),
        Example("def first(order):\n    return order.rows[17]\n"),
        Example("class Kind(Enum):\n    SMALL = 17\n"),
        Example("def seconds(hours):\n    return hours * 3600\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example or file.is_settings or _SCIENCE.search(file.name):
            return
        nodes = touched(file)
        found: dict[ast.AST, list[ast.Constant]] = {}
        for constant in nodes.of(ast.Constant):
            function = nodes.function(constant)
            if function is None or constant.lineno not in file.added or not _is_odd(constant.value):
                continue
            if _is_in_rule(constant, nodes, function):
                found.setdefault(function, []).append(constant)
        for owner, constants in found.items():
            shown = ", ".join(
                f"`{each}`" for each in list(dict.fromkeys(ast.unparse(each) for each in constants))[:_MOST_SHOWN]
            )
            name = owner.name if isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
            what = "a number" if len(constants) == 1 else "numbers"
            yield LineSighting(constants[0].lineno, f"{shown} in `{name}`: {what} without a name")


def _is_odd(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value not in _ORDINARY


def _is_in_rule(constant: ast.Constant, nodes: Touched, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True if the number is compared, reckoned with or returned where the names are those of a business."""
    outer = nodes.parent(constant)
    if isinstance(outer, ast.UnaryOp):
        outer = nodes.parent(outer)
    match outer:
        case ast.Compare():
            names = _names(outer)
            return bool(_SUBJECT.search(names)) and not (_STATUS.search(names) and not _MONEY.search(names))
        case ast.BinOp(op=ast.Mult() | ast.Add() | ast.Sub() | ast.Div()):
            # A float reckoned with money is a fault of its own.
            names = _names(outer)
            if _MONEY.search(names) and isinstance(constant.value, float):
                return False
            return bool(_SUBJECT.search(names))
        case ast.IfExp():
            return _is_argument(outer, nodes) or bool(_SUBJECT.search(function.name))
        case ast.Return():
            is_money = (
                isinstance(constant.value, float)
                and _MONEY.search(function.name)
                and not function.name.endswith("rate")
            )
            return bool(_SUBJECT.search(function.name)) and (not is_money or "discount" in function.name)
    return False


def _is_argument(node: ast.AST, nodes: Touched) -> bool:
    outer = nodes.parent(node)
    if isinstance(outer, ast.BinOp):
        outer = nodes.parent(outer)
    return isinstance(outer, (ast.Dict, ast.List, ast.Call, ast.Tuple))


def _names(node: ast.AST) -> str:
    parts = [
        part.id if isinstance(part, ast.Name) else part.attr
        for part in nodes_in(node)
        if isinstance(part, (ast.Name, ast.Attribute))
    ]
    keys = [
        part.slice.value
        for part in nodes_in(node)
        if isinstance(part, ast.Subscript)
        and isinstance(part.slice, ast.Constant)
        and isinstance(part.slice.value, str)
    ]
    return " ".join([*parts, *keys])
