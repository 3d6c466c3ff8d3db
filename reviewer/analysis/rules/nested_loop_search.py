import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import Syntax, code, dotted_name, last_name, names_in, syntax_of


class NestedLoopSearch(ModuleRule):
    """Each element of one collection is looked for in another by a loop inside a loop.

    Why look: ten times the elements take a hundred times as long.
    Ask: would a dict or a set, made once, find it at once?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    words = ("for ",)

    INVALID = (
        Example(
            "def join(orders, users):\n    for order in orders:\n        for user in users:\n"
            "            if user.id == order.user_id:\n                order.user = user\n"
        ),
        Example(
            "def twins(names):\n    found = []\n    for i in range(len(names)):\n"
            "        for j in range(i + 1, len(names)):\n            if names[i] == names[j]:\n"
            "                found.append(names[i])\n    return found\n"
        ),
        Example(
            "def twins(names):\n    for i in range(len(names)):\n        for j in range(len(names)):\n"
            "            if i != j and names[i] == names[j]:\n                return True\n"
            "    return False\n"
        ),
        Example("def pairs(orders):\n    return [(a, b) for a in orders for b in orders if a.day == b.day]\n"),
        Example("def common(first, second):\n    return [a for a in first for b in second if a == b]\n"),
        Example(
            "def join(orders, users):\n    for order in orders:\n"
            "        order.user = next((user for user in users if user.id == order.user_id), None)\n"
        ),
        Example(
            "def join(orders, users):\n    for i, order in enumerate(orders):\n        for user in users:\n"
            "            if order['user'] == user['id']:\n                order['name'] = user['name']\n"
            "                break\n"
        ),
    )
    VALID = (
        Example(
            "def join(orders, users):\n    by_id = {user.id: user for user in users}\n"
            "    for order in orders:\n        order.user = by_id.get(order.user_id)\n"
        ),
        Example(
            "def lines(orders):\n    for order in orders:\n        for line in order.lines:\n"
            "            if line.shop == order.shop:\n                yield line\n"
        ),
        Example(
            "def cells(rows, columns):\n    for row in rows:\n        for column in columns:\n"
            "            draw(row, column)\n"
        ),
        Example(
            "def bigger(orders, limits):\n    for order in orders:\n        for limit in LIMITS:\n"
            "            if order.total == limit.total:\n                yield order\n"
        ),
        Example(
            "def closer(points):\n    for a in points:\n        for b in points:\n"
            "            if distance(a, b) < 3:\n                yield a, b\n"
        ),
        Example(
            "def kinds(orders):\n    for order in orders:\n        for kind in ('a', 'b'):\n"
            "            if order.kind == kind:\n                yield order\n"
        ),
        Example(
            "def bubble(board):\n    for x in range(8):\n        for y in range(8):\n"
            "            if board[x] == board[y]:\n                return x\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        told: set[int] = set()
        for node in tree.nodes.get(ast.Compare, ()):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
                loops = [loop for loop in tree.loops(node) if not isinstance(loop, ast.While)]
                pair = _looking(tree, node, loops) if len(loops) > 1 else None
                if pair is not None and id(pair[1]) not in told:
                    told.add(id(pair[1]))
                    yield from _said(tree, *pair)


_For = ast.For | ast.AsyncFor | ast.comprehension


def _said(tree: Syntax, outer: _For, inner: _For) -> Iterator[LineSighting]:
    each, others = _collection(outer.iter), _collection(inner.iter)
    what = (
        f"`{code(others)}` for each of `{code(each)}`"
        if code(each) != code(others)
        else f"`{code(each)}` for each element of it"
    )
    yield LineSighting(tree.line(inner.iter), f"goes through {what}")


def _looking(tree: Syntax, test: ast.Compare, loops: list[_For]) -> tuple[_For, _For] | None:
    """Return the two loops whose elements the test holds equal, if the inner one goes through the same each time."""
    inner, outers = loops[0], loops[1:]
    mine = names_in(inner.target)
    for outer in outers:
        theirs = names_in(outer.target)
        sides = [names_in(test.left), names_in(test.comparators[0])]
        is_pair = (sides[0] & mine and sides[1] & theirs) or (sides[1] & mine and sides[0] & theirs)
        is_same_each_time = not names_in(inner.iter) & theirs or _is_tail(inner.iter, outer.iter)
        if (
            is_pair
            and is_same_each_time
            and _is_open(tree, inner.iter)
            and _is_open(tree, outer.iter)
            and _is_key(test)
        ):
            return outer, inner
    return None


def _is_key(test: ast.Compare) -> bool:
    """True if plain values, attributes or items are compared; what a call works out of both cannot be looked up."""
    return not any(isinstance(side, (ast.Call, ast.BinOp, ast.Constant)) for side in (test.left, test.comparators[0]))


def _is_tail(inner: ast.expr, outer: ast.expr) -> bool:
    """True for `range(i + 1, len(xs))` inside `range(len(xs))`, and `xs[i + 1:]` inside `enumerate(xs)`."""
    return code(_collection(inner)) == code(_collection(outer)) and bool(dotted_name(_collection(inner)))


def _collection(values: ast.expr) -> ast.expr:
    """Return what is gone through, without `enumerate`, `range(len(…))` and the like."""
    while True:
        match values:
            case ast.Call(
                func=ast.Name(id="enumerate" | "sorted" | "reversed" | "list" | "iter" | "len"), args=[first, *_]
            ):
                values = first
            case ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Call(func=ast.Name(id="len"), args=[first])]
                | [_, ast.Call(func=ast.Name(id="len"), args=[first])],
            ):
                values = first
            case ast.Subscript(value=first, slice=ast.Slice()):
                values = first
            case _:
                return values


def _is_open(tree: Syntax, values: ast.expr) -> bool:
    """True for a collection that may be large: no literal, no constant, no plain range."""
    values = _collection(values)
    if isinstance(values, ast.Call):
        return last_name(values.func) not in (
            "range",
            "items",
            "keys",
            "values",
            "split",
            "zip",
            "product",
            "combinations",
            "permutations",
        )
    name = dotted_name(values)
    value = tree.value(values)
    is_short = isinstance(value, (ast.Tuple, ast.List, ast.Set, ast.Dict)) and bool(
        getattr(value, "elts", None) or getattr(value, "keys", None)
    )
    return bool(name) and not last_name(values).isupper() and not is_short
