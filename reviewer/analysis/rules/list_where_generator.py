import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Syntax, code, names_in, syntax_of

_TAKERS = frozenset({"sum", "any", "all", "min", "max", "set", "frozenset", "tuple", "list", "sorted", "dict"})
_STOPPING = frozenset({"any", "all"})
# Builds its own list, so that nothing is saved.
_BUILDERS = frozenset({"list", "tuple", "sorted"})
_ELSEWHERE = frozenset(
    {"math.fsum", "math.prod", "statistics.mean", "collections.deque", "itertools.chain.from_iterable"}
)


class ListWhereGenerator(ModuleRule):
    """A list is built only to be gone through once.

    Why look: all of it stands in memory at the same time, and `any` and `all` cannot stop early.
    Ask: can the brackets go, so that elements are made one at a time?
    """

    informs = "scale"
    severity = Severity.LOW
    words = (
        "sum(",
        "len(",
        "any(",
        "all(",
        "min(",
        "max(",
        "set(",
        "tuple(",
        "list(",
        "sorted(",
        "dict(",
        "chain",
        "prod(",
        "mean(",
    )

    INVALID = (
        Example("total = sum([order.total for order in orders])\n"),
        Example("def is_open(orders):\n    return any([order.is_open for order in orders])\n"),
        Example("best = max([score(order) for order in orders], default=0)\n"),
        Example("shops = set([order.shop for order in orders])\n"),
        Example("import math\n\nproduct = math.prod([order.rate for order in orders])\n"),
        Example("count = len([order for order in orders if order.is_open])\n"),
        Example("rows = tuple([read(line) for line in lines])\n"),
    )
    VALID = (
        Example("total = sum(order.total for order in orders)\n"),
        Example("lines = ', '.join([order.name for order in orders])\n"),
        Example("best = max([first, second])\n"),
        Example("lists = sum([order.lines for order in orders], [])\n"),
        Example("is_open = any(is_open(order) for order in orders)\n"),
        Example("def max(values): ...\n\nbest = max([order.total for order in orders])\n"),
        Example("async def load(urls):\n    return all([await fetch(url) for url in urls])\n"),
        Example("async def load(urls):\n    return sum([url for url in urls if await is_up(url)])\n"),
        Example("assert sum([n for n in range(9)]) == 36\n", path="tests/test_sum.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tree = syntax_of(source)
        own = {function.name for function in tree.functions()}
        for node in tree.nodes.get(ast.ListComp, ()):
            call = tree.parents.get(node)
            if isinstance(node, ast.ListComp) and isinstance(call, ast.Call) and call.args[:1] == [node]:
                yield from _built(tree, node, call, own)


def _built(tree: Syntax, made: ast.ListComp, call: ast.Call, own: set[str]) -> Iterator[LineSighting]:
    name = tree.name(call.func)
    if name in own or not (name in _TAKERS or name == "len" or name in _ELSEWHERE) or len(call.args) > 1:
        return
    if _waits(made):
        return
    if name == "len":
        if not any(generator.ifs for generator in made.generators) or _is_short(made):
            return
        yield LineSighting(tree.line(call), f"`{code(call)}` builds a list only to count it", Severity.INFO)
        return
    saves = "cannot stop at the first that decides" if name in _STOPPING else "builds a list that is read once"
    severity = Severity.LOW if name in _STOPPING or not _is_short(made) else Severity.INFO
    if name in _BUILDERS or name in ("set", "frozenset", "dict"):
        saves, severity = "builds a list to build another collection of it", Severity.INFO
    yield LineSighting(tree.line(call), f"`{code(call)}` {saves}", severity)


def _waits(made: ast.ListComp) -> bool:
    """True if a generator in its place would be an asynchronous one; whatever is gone through first."""
    inner = [
        made.elt,
        *(test for loop in made.generators for test in loop.ifs),
        *(loop.iter for loop in made.generators[1:]),
    ]
    waiting = (ast.Await, ast.Yield, ast.YieldFrom)
    return any(isinstance(part, waiting) for node in inner for part in nodes_in(node)) or any(
        loop.is_async for loop in made.generators
    )


def _is_short(made: ast.ListComp) -> bool:
    """True for literals and constants gone through."""
    values = [generator.iter for generator in made.generators]
    return all(
        isinstance(value, (ast.List, ast.Tuple)) or all(n.isupper() for n in names_in(value)) for value in values
    )
