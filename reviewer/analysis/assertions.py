"""What the assertions of a test prove, and how two of them compare: which is stronger, which allows more."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in
from reviewer.analysis.twins import Function, own_nodes

_WORD = regex(r"\w+")
_NUMBER = regex(r"(?<![\w.])-?\d+(\.\d+)?([eE][-+]?\d+)?")
_ASSERTING = regex(
    r"(self\.)?(assert|fail|expect)\w*|assert_\w+|(pytest\.)?(raises|warns|deprecated_call)|\w*\.assert_\w+|check_\w+"
)
_LIMITS = frozenset({"abs", "rel", "atol", "rtol", "delta", "tolerance", "tol", "eps", "timeout", "abs_tol", "rel_tol"})
_WEAK_METHODS = {
    "assertTrue": 2, "assertFalse": 2, "assertIsNotNone": 1, "assertIsNone": 3, "assertIn": 3, "assertIsInstance": 2,
    "assertGreater": 3, "assertGreaterEqual": 3, "assertLess": 3, "assertLessEqual": 3, "assertNotEqual": 1,
    "assertAlmostEqual": 4, "assert_called": 1, "assert_called_once": 2, "assert_called_with": 4,
    "assert_called_once_with": 5, "assert_any_call": 3, "assert_has_calls": 4, "assertContains": 3, "assertIs": 5,
}  # fmt: skip
_STRONGEST = 5
_BROAD = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """`strength` is how much it proves, 0 to 5; `is_conditional` if an `if` may keep it from being run."""

    text: str
    line: int
    strength: int
    is_conditional: bool


def assertions_in(function: Function) -> Iterator[Assertion]:
    """Yield what a test asserts, by statements and by calls of any framework."""
    held_back = {
        id(part)
        for node in own_nodes(function)
        if isinstance(node, ast.If)
        for statement in (*node.body, *node.orelse)
        for part in nodes_in(statement)
    }
    for node in own_nodes(function):
        is_conditional = id(node) in held_back
        if isinstance(node, ast.Assert):
            yield Assertion(f"assert {ast.unparse(node.test)}", node.lineno, _strength(node.test), is_conditional)
        elif isinstance(node, ast.Call) and _ASSERTING.fullmatch(ast.unparse(node.func)):
            yield Assertion(ast.unparse(node), node.lineno, _call_strength(node), is_conditional)


def shortened(text: str) -> str:
    """Return the first line of an assertion, cut to fit into a message."""
    text = text.partition("\n")[0]
    return text if len(text) <= 50 else text[:49] + "…"


def _strength(test: ast.expr) -> int:
    """Return how much a truth proves: 0 for a constant, 5 for an equality."""
    match test:
        case ast.Constant():
            return 0
        case ast.BoolOp(op=ast.Or(), values=values):
            return min(_strength(value) for value in values) - 1
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]) | ast.Compare(ops=[ast.NotEq()]):
            return 1
        case ast.Compare(ops=[ast.In() | ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            return 3
        case ast.Compare(comparators=[*_, ast.Call(func=called)]) if "approx" in ast.unparse(called):
            return 4
        case ast.Compare():
            return _STRONGEST
        case ast.Call(func=ast.Name("isinstance" | "hasattr" | "callable")):
            return 1
        case _:
            return 2


def _call_strength(call: ast.Call) -> int:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("raises", "assertRaises", "warns", "assertRaisesRegex", "assertWarns"):
        is_broad = bool(call.args) and ast.unparse(call.args[0]) in _BROAD
        has_text = any(each.arg == "match" for each in call.keywords) or name == "assertRaisesRegex"
        return 2 + 2 * has_text - 2 * is_broad
    if name in ("assertTrue", "assertFalse") and call.args:
        return _strength(call.args[0])
    return _WEAK_METHODS.get(name, _STRONGEST)


def partner_of(gone: Assertion, came: list[Assertion]) -> Assertion | None:
    """Return the new assertion about the same thing, going by the words they share."""
    words = set(_WORD.findall(gone.text))
    shared = [(len(words & set(_WORD.findall(each.text))) / len(words), each) for each in came]
    best = max(shared, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= 0.5 else None


def expects_other_value(old: str, new: str) -> bool:
    """True if nothing but the literal on one side of an equality differs."""
    before, now = _sides(old), _sides(new)
    if before is None or now is None:
        return False
    same = [ast.dump(left) == ast.dump(right) for left, right in zip(before, now, strict=True)]
    return sum(same) == 1 and all(_is_literal(pair[same.index(False)]) for pair in (before, now))


def _sides(text: str) -> tuple[ast.expr, ast.expr] | None:
    match ast.parse(text).body[0]:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right])):
            return left, right
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name), args=[left, right, *_])) if "Equal" in name:
            return left, right
        case _:
            return None


def _is_literal(node: ast.expr) -> bool:
    return not any(isinstance(part, (ast.Name, ast.Call, ast.Attribute)) for part in nodes_in(node))


def allows_more(old: str, new: str) -> bool:
    """True if nothing but numbers differs, and they leave more room."""
    if _NUMBER.sub("0", old) != _NUMBER.sub("0", new):
        return False
    trees = [ast.parse(text) for text in (old, new)]
    for before, now in zip(*(nodes_in(tree) for tree in trees), strict=False):
        if isinstance(before, ast.keyword) and isinstance(now, ast.keyword) and before.arg == now.arg:
            first, second = _value(before.value), _value(now.value)
            grown = first is not None and second is not None and second > first
            shrunk = first is not None and second is not None and second < first
            if (before.arg in _LIMITS and grown) or (before.arg in ("places", "decimal", "significant") and shrunk):
                return True
        if isinstance(before, ast.Compare) and isinstance(now, ast.Compare) and _bound_moved(before, now):
            return True
        if isinstance(before, ast.Call) and isinstance(now, ast.Call) and _limit_moved(before, now):
            return True
    return False


def _limit_moved(before: ast.Call, now: ast.Call) -> bool:
    """True for `assertLess(x, 1)` that became `assertLess(x, 10)`, and the like."""
    name = before.func.attr if isinstance(before.func, ast.Attribute) else ""
    if name not in ("assertLess", "assertLessEqual", "assertGreater", "assertGreaterEqual") or len(now.args) < 2:
        return False
    first, second = _value(before.args[1]), _value(now.args[1])
    return first is not None and second is not None and (second > first if "Less" in name else second < first)


def _bound_moved(before: ast.Compare, now: ast.Compare) -> bool:
    first, second = _value(before.comparators[-1]), _value(now.comparators[-1])
    if first is None or second is None or type(before.ops[-1]) is not type(now.ops[-1]):
        return False
    if isinstance(before.ops[-1], (ast.Lt, ast.LtE)):
        return second > first
    return isinstance(before.ops[-1], (ast.Gt, ast.GtE)) and second < first


def _value(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return None if inner is None else -inner
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
    return (
        float(node.value)
        if is_number and isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
        else None
    )
