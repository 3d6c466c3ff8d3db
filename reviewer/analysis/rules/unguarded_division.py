import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from reviewer.analysis.emptiness import as_long_as, is_filled, what_counts
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around, is_truthy, outcomes_around, statements_before
from reviewer.analysis.loops import loops_around
from reviewer.analysis.origin import below, gives_value
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.source import nodes_in
from reviewer.analysis.template import called_name

_CATCHING = frozenset({"ZeroDivisionError", "ArithmeticError", "Exception", "BaseException"})
_COUNTS = regex(
    r"n|num|count|total|quantity|qty|days|months|years|weeks|hours|minutes|seconds|periods|denominator|divisor"
    r"|(n|num|count|total|number_of)_[a-z]\w*|[a-z]\w*_(count|total|quantity|qty)"
)
# Two of these make up a whole, which may be nothing.
_PARTS = regex(
    r"(true_|false_)?(tp|fp|tn|fn|positives?|negatives?|hits|misses|wins|losses|success(es)?|failures?|passed|failed)(_count)?"
)
_NUMBERS = regex(r"\b(int|float|Decimal|Number|Fraction|Real)\b")
_COUNTERS = regex(r"[ijkn]|idx|(\w+_)?(index|idx|pos|position|offset|counter|number|seed|hash|step|turn|cursor)")
_INTEGERS = frozenset({"hash", "int", "abs", "ord", "next", "randint", "crc32", "time"})
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class _Divisor:
    """`words` say when it is zero; the pieces of code in `known` are then zero or empty."""

    words: str
    known: frozenset[str]
    is_length: bool = False


class UnguardedDivision(PythonRule):
    """A number that can be zero divides, and nothing before it rules zero out.

    Why look: the first empty list or zero count ends in a ZeroDivisionError.
    Ask: what should come out when there is nothing to divide by?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    visits = (cst.BinaryOperation, cst.AugAssign, cst.Call)

    INVALID = (
        Example("def mean(prices):\n    return sum(prices) / len(prices)\n"),
        Example("def shares(parts):\n    total = sum(parts)\n    return [part / total for part in parts]\n"),
        Example("def mean(prices):\n    size = len(prices)\n    log(size)\n    return sum(prices) // size\n"),
        Example("def per_day(price, days: int):\n    return price / days\n"),
        Example("def mean(orders):\n    value = total(orders)\n    value /= orders.count()\n    return value\n"),
        Example("def pick(self, index):\n    return self.shops[index % len(self.shops)]\n"),
        Example("def variance(data):\n    n = len(data)\n    return sum(data) / (n - 1)\n"),
        Example("def mean(self):\n    return sum(self.values()) / len(self.values())\n"),
        Example("def split(prices):\n    return divmod(sum(prices), len(prices))\n"),
        Example("def rate(hits, misses):\n    return hits / (hits + misses)\n"),
        Example("def rate(self):\n    return self.hits / self.total_requests\n"),
        Example("def rate(stats):\n    return stats['hits'] / stats['total']\n"),
        Example("prices = load()\nmean = sum(prices) / float(len(prices))\n"),
        Example("def mean(prices):\n    if prices is None:\n        return 0\n    return sum(prices) / len(prices)\n"),
        Example(
            "def error(a, b):\n    if len(a) != len(b):\n        raise ValueError\n    return distance(a, b) / len(a)\n"
        ),
    )
    VALID = (
        Example("def mean(prices):\n    if not prices:\n        return 0\n    return sum(prices) / len(prices)\n"),
        Example("def mean(prices):\n    return sum(prices) / len(prices) if prices else 0\n"),
        Example("def mean(prices):\n    return sum(prices) / (len(prices) or 1) + 1 / max(1, len(prices))\n"),
        Example(
            "def mean(prices):\n    size = len(prices)\n    if size < 2:\n        raise ValueError(size)\n"
            "    return sum(prices) / size\n"
        ),
        Example(
            "def mean(prices):\n    try:\n        return sum(prices) / len(prices)\n"
            "    except ZeroDivisionError:\n        return 0\n"
        ),
        Example("def mean(prices):\n    assert prices\n    return prices and sum(prices) / len(prices)\n"),
        Example("def share(prices):\n    return [price / len(prices) for price in prices]\n"),
        Example(
            "def share(parts):\n    total = sum(parts)\n    if not total:\n        total = 1\n    return 1 / total\n"
        ),
        Example(
            "def mean(self, price):\n    self.prices.append(price)\n    return sum(self.prices) / len(self.prices)\n"
        ),
        Example(
            "def per_day(price, days: int):\n    if days < 1 or not price:\n        return 0\n    return price / days\n"
        ),
        Example("def per_day(price, days=30):\n    return price / days\n"),
        Example('def text(rows):\n    return "%d rows" % len(rows) + FORMAT % sum(rows)\n'),
        Example(
            "def variance(data):\n    if len(data) < 2:\n        return 0\n    return sum(data) / (len(data) - 1)\n"
        ),
        Example("prices = [1, 2]\nmean = sum(prices) / len(prices)\n"),
        Example("prices = load()\nif not prices:\n    stop()\nmean = sum(prices) / len(prices)\n"),
        Example("def rate(self):\n    return self.hits / self.total if self.total else 0\n"),
        Example("def rate(stats):\n    total = stats['total'] or 1\n    return stats['hits'] / total\n"),
        Example("def half(prices):\n    return len(prices) / 2 + len(prices) % 2\n"),
        Example("def pick(number):\n    return COLOURS[number % len(COLOURS)]\n"),
        Example("def mean(prices):\n    while len(prices) > 3:\n        yield sum(prices) / len(prices)\n"),
        Example("def test_mean(prices):\n    assert sum(prices) / len(prices) == 2\n", path="tests/test_prices.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        right = _right_side(node)
        if right is None or at.file.is_test:
            return
        divisor = _divisor(right, node, at)
        if divisor is None or _is_guarded(divisor, node, at):
            return
        if at.enclosing(cst.FunctionDef) is None and _is_known_in_module(divisor, at):
            return
        if divisor.is_length or not _is_remainder(node):
            yield Sighting(right, f"`{_quote(node, at)}` divides by zero when {divisor.words}")


def _right_side(node: cst.CSTNode) -> cst.BaseExpression | None:
    """Return what is divided by."""
    match node:
        case cst.BinaryOperation(left=left, operator=cst.Modulo(), right=right):
            return right if _is_number(left) else None
        case cst.BinaryOperation(operator=cst.Divide() | cst.FloorDivide(), right=right):
            return right
        case cst.Call(func=cst.Name("divmod"), args=[_, cst.Arg(value=right)]):
            return right
        case cst.AugAssign(operator=cst.DivideAssign() | cst.FloorDivideAssign(), value=right):
            return right
        case _:
            return None


def _is_remainder(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo)


def _is_number(node: cst.BaseExpression) -> bool:
    """True for what counts and is no format: `%` means both."""
    if isinstance(node, cst.Call):
        return called_name(node) in _INTEGERS
    name = (dotted_name(node) or "").rpartition(".")[2]
    return isinstance(node, (cst.BinaryOperation, cst.Integer)) or _COUNTERS.fullmatch(name) is not None


def _divisor(node: cst.BaseExpression, division: cst.CSTNode, at: Place) -> _Divisor | None:
    """Return what is known of a divisor that can be zero; None if it cannot, or nothing is known."""
    match node:
        case cst.Call(func=cst.Name("float" | "int"), args=[cst.Arg(value=inner)]):
            return _divisor(inner, division, at)
        case cst.BinaryOperation(left=left, operator=cst.Subtract(), right=cst.Integer("1")):
            return _one_less(node, left, division, at)
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            return _whole(node, (left, right), at)
        case cst.Attribute() | cst.Subscript():
            return _stored_count(node, at) or _counted(node, division, at)
        case cst.Name(name):
            return _variable(name, division, at)
        case _:
            return _counted(node, division, at)


def _variable(name: str, division: cst.CSTNode, at: Place) -> _Divisor | None:
    statement = next((before for before in statements_before(at, division) if gives_value(before, name)), None)
    if statement is None:
        return _Divisor(f"`{name}` is 0", frozenset({name})) if _is_count_parameter(name, at) else None
    counted = _counted(statement.value, division, at) if isinstance(statement, cst.Assign) else None
    return counted and replace(counted, known=counted.known | {name})


def _one_less(node: cst.BinaryOperation, left: cst.BaseExpression, division: cst.CSTNode, at: Place) -> _Divisor | None:
    """Return what `len(x) - 1` says: it is zero for one element."""
    divisor = _divisor(left, division, at)
    if divisor is None or not divisor.is_length:
        return None
    words = divisor.words.replace("is empty", "has one element")
    return _Divisor(words, divisor.known | {_code(node, at)})


def _whole(node: cst.BinaryOperation, parts: Sequence[cst.BaseExpression], at: Place) -> _Divisor | None:
    names = [_last_word(part) for part in parts]
    if not all(_PARTS.fullmatch(name) for name in names):
        return None
    return _Divisor(f"`{_quote(node, at)}` is 0", frozenset({_code(node, at), *(_code(part, at) for part in parts)}))


def _stored_count(node: cst.BaseExpression, at: Place) -> _Divisor | None:
    """Return what `self.total` and `stats["total"]` say of themselves, going by the name."""
    if _COUNTS.fullmatch(_last_word(node)) is None or (isinstance(node, cst.Attribute) and at.is_imported(node)):
        return None
    return _Divisor(f"`{_quote(node, at)}` is 0", frozenset({_code(node, at)}))


def _last_word(node: cst.BaseExpression) -> str:
    match node:
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))]):
            return str(key.evaluated_value)
        case cst.Name() | cst.Attribute():
            return (dotted_name(node) or "").rpartition(".")[2]
        case _:
            return ""


def _is_known_in_module(divisor: _Divisor, at: Place) -> bool:
    """True if another statement of the module asks for what is divided by, or says in the code what it is."""
    for statement in at.source.tree.body:
        match statement:
            case ast.If(test=test) | ast.Assert(test=test) | ast.While(test=test):
                if divisor.known & {ast.unparse(part) for part in nodes_in(test) if isinstance(part, ast.expr)}:
                    return True
            case ast.Assign(targets=[ast.Name(name)], value=ast.List() | ast.Dict() | ast.Constant() | ast.Tuple()):
                if name in divisor.known:
                    return True
    return False


def _counted(node: cst.BaseExpression, division: cst.CSTNode, at: Place) -> _Divisor | None:
    """Return what `len(x)`, `sum(x)`, `x.count()` and an array's `x.size` say of `x`."""
    match node:
        case cst.Call(func=cst.Name("len"), args=[cst.Arg(value=values)]):
            inner = what_counts(values)
            if is_filled(inner, division, at):
                return None
            known = frozenset(_code(one, at) for one in (node, values, *as_long_as(inner, division, at)))
            return _Divisor(f"`{_quote(inner, at)}` is empty", known, is_length=True)
        case cst.Call(func=cst.Name("sum"), args=[cst.Arg(value=values), *_]):
            pass
        case cst.Call(func=cst.Attribute(value=values, attr=cst.Name("count"))):
            pass
        case cst.Attribute(value=values, attr=cst.Name("size")) if "numpy" in at.imports.values():
            pass
        case _:
            return None
    return _Divisor(f"`{_quote(node, at)}` is 0", frozenset({_code(node, at), _code(values, at)}))


def _is_count_parameter(name: str, at: Place) -> bool:
    """True for a parameter that is a number by its name and type, and has no default to go by."""
    function = at.enclosing(cst.FunctionDef)
    if function is None or _COUNTS.fullmatch(name) is None:
        return False
    every = function.params
    for parameter in (*every.posonly_params, *every.params, *every.kwonly_params):
        if parameter.name.value == name:
            kind = parameter.annotation
            return parameter.default is None and (kind is None or bool(_NUMBERS.search(at.code(kind.annotation))))
    return False


def _is_guarded(divisor: _Divisor, division: cst.CSTNode, at: Place) -> bool:
    def is_known(node: cst.BaseExpression) -> bool:
        return _code(node, at) in divisor.known or _code(what_counts(node), at) in divisor.known

    if any(kind is None or at.name(kind) in _CATCHING for kind in handlers_around(at, division)):
        return True
    if any(is_truthy(is_known, test, outcome=outcome) for test, outcome in outcomes_around(at, division)):
        return True
    # Inside a loop over it, a collection has an element.
    loops = loops_around(at, division) if divisor.is_length else ()
    if any(is_known(part) for loop in loops for part in below(loop.iter) if isinstance(part, cst.BaseExpression)):
        return True
    return any(_surely_divides(statement, is_known) for statement in statements_before(at, division))


def _surely_divides(statement: cst.CSTNode, is_known: Callable[[cst.BaseExpression], bool]) -> bool:
    """True if the statement has the same divisor: only the first of several divisions can fail."""
    parts = list(below(statement)) if isinstance(statement, cst.BaseSmallStatement) else []
    if any(isinstance(part, (cst.IfExp, cst.BooleanOperation)) for part in parts):
        return False
    return any((right := _right_side(part)) is not None and is_known(right) for part in parts)


def _code(node: cst.CSTNode, at: Place) -> str:
    return " ".join(at.code(node).split())


def _quote(node: cst.CSTNode, at: Place) -> str:
    code = _code(node, at)
    return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."
