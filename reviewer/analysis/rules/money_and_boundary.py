import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import head_line, quote, tree_of

_LIMITED = regex(
    r"(.*_)?(price|amount|total|subtotal|cost|fee|tax|discount|refund|balance|salary|payment|age|days?|hours|weeks|months|years"
    r"|quantity|qty|limit|threshold|score|points|credit|income|weight|rating|stock|attempts|spent|orders|purchases)"
)
_ORDERS = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}


class MoneyAndBoundary(ModuleRule):
    """A rule of the business draws a line at a number, and that number itself falls on one side of it.

    Why look: `>` where `>=` was meant is wrong for exactly the case that people agree on in words.
    Ask: on which side does the number itself belong, and who decided that?
    """

    informs = "correctness"
    severity = Severity.INFO
    words = ("<", ">")

    INVALID = (
        Example("def rate(order):\n    return 2 if order.total > 100 else 1\n"),
        Example("def may_buy(age):\n    return age >= 18\n"),
        Example("def is_late(days):\n    if days > 30:\n        return True\n    return False\n"),
        Example("def points(customer):\n    if 1000 <= customer['amount']:\n        return 5\n    return 0\n"),
    )
    VALID = (
        Example("def rate(order):\n    return 2 if order.total > LIMIT else 1\n"),
        Example("def check(amount):\n    if amount <= 0:\n        raise ValueError(amount)\n"),
        Example("def is_many(rows):\n    return len(rows) > 10\n"),
        Example("def f(x):\n    return x > 3\n"),
        Example("def test_age():\n    assert age > 18\n", path="tests/test_age.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for node in tree_of(source.tree).nodes(ast.Compare):
            line = head_line(node, source, file)
            other = _ORDERS.get(type(node.ops[0]), ("", ""))[1] if len(node.ops) == 1 else ""
            if line is None or not other:
                continue
            left, right = node.left, node.comparators[0]
            name, number = (_name(left), right) if isinstance(right, ast.Constant) else (_name(right), left)
            if name and _is_bound(number):
                yield LineSighting(
                    line, f"`{quote(node)}`: is `{quote(number)}` itself on the right side, or should it be `{other}`?"
                )


def _name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name if _LIMITED.fullmatch(name.lower()) else None
    return None


def _is_bound(node: ast.expr) -> bool:
    """True for a number that is more than a test for nothing or for one."""
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) > 1
