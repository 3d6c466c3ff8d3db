import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Function, dotted, head_line, own, quote, tree_of

_NUMBER = regex(r"\b(int|float|Decimal|bool|timedelta)\b")
_OTHERS = regex(r"\b(str|list|dict|List|Dict|Any|Callable|object|bytes|tuple|set)\b")
_OF_NUMBERS = regex(r"(dict|Dict|Mapping|MutableMapping)\[.+, (int|float|Decimal)\]")
_CACHE = regex(r"(\w*_)?(cache|cached|redis|memcache|memo)\w*", re.IGNORECASE)


class TruthinessOfOptional(ModuleRule):
    """A value that may be missing is tested for truth, so that 0 and empty count as missing too.

    Why look: a price of 0, a limit of 0 or a cached empty list is taken for nothing at all.
    Ask: is 0 or empty a value here, so that `is None` would be the test?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ("None", "Optional", ".get(")

    INVALID = (
        Example("def find(limit: int | None = None):\n    limit = limit or 10\n    return query(limit)\n"),
        Example(
            "from typing import Optional\n\ndef price(rate: Optional[float] = None):\n    if not rate:\n"
            "        rate = 1.5\n    return rate\n"
        ),
        Example(
            "def load(cache, key):\n    value = cache.get(key)\n    if not value:\n"
            "        value = compute(key)\n    return value\n"
        ),
        Example(
            "def load(self, key):\n    cached = self._cache.get(key)\n    if cached:\n"
            "        return cached\n    return compute(key)\n"
        ),
        Example("def wait(self, timeout: float | None):\n    return self.poll(timeout if timeout else 30)\n"),
        Example("def load(cache, key):\n    return cache.get(key) or compute(key)\n"),
        Example(
            "def days(limits: dict[str, int]):\n    kept = limits.get('days')\n    if not kept:\n        return 30\n"
            "    return kept\n"
        ),
    )
    VALID = (
        Example("def f(names: dict[str, str]):\n    name = names.get('a')\n    return name if name else 'b'\n"),
        Example(
            "def find(limit: int | None = None):\n    limit = 10 if limit is None else limit\n    return query(limit)\n"
        ),
        Example("def find(name: str | None = None):\n    return name or 'nobody'\n"),
        Example(
            "def load(cache, key):\n    value = cache.get(key)\n    if value is None:\n"
            "        value = compute(key)\n    return value\n"
        ),
        Example("def find(limit: int):\n    if not limit:\n        return []\n    return query(limit)\n"),
        Example(
            "def find(limit: int | None = None):\n    if limit is not None and limit:\n"
            "        return query(limit)\n    return []\n"
        ),
        Example(
            "def load(shop, key):\n    value = shop.get(key)\n    if value:\n        return value\n    return None\n"
        ),
        Example("def find(limit: int | None = None):\n    return query(limit or 0)\n"),
        Example("def find(is_open: bool | None = None):\n    return query(is_open) if is_open else []\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tree = tree_of(source.tree)
        asked = _asked_for_none(source.tree)
        functions: list[Function] = [*tree.nodes(ast.FunctionDef), *tree.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            numbers, cached = _numbers(function) | _looked_up(function), None
            for test in _tests(function):
                line = head_line(test, source, file)
                if line is None or (function, dotted(test)) in asked:
                    continue
                cached = cached if cached is not None else _from_cache(function)
                name = dotted(test)
                if name in numbers:
                    yield LineSighting(line, f"`{name}` may be 0 here, and 0 is taken for missing")
                elif name in cached or _is_cache(test):
                    yield LineSighting(
                        line, f"`{quote(test)}` may be cached and empty or 0, which is taken for missing"
                    )


def _asked_for_none(module: ast.Module) -> set[tuple[ast.AST, str | None]]:
    """Return the names that a function compares with None: there the author told the two apart."""
    tree = tree_of(module)
    found: set[tuple[ast.AST, str | None]] = set()
    for node in tree.nodes(ast.Compare):
        function = tree.function(node)
        if function is not None and isinstance(node.ops[0], (ast.Is, ast.IsNot, ast.Eq)):
            found.add((function, dotted(node.left)))
    return found


def _numbers(function: Function) -> set[str]:
    """Return the parameters that are a number or None by their type."""
    args = function.args
    found = set()
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        kind = quote(arg.annotation, longest=100) if arg.annotation is not None else ""
        is_optional = "None" in kind or "Optional" in kind
        if is_optional and _NUMBER.search(kind) and not _OTHERS.search(kind) and "bool" not in kind:
            found.add(arg.arg)
    return found


def _looked_up(function: Function) -> set[str]:
    """Return the names that hold a number, or None, out of a parameter: `limits.get("size")` of a `dict[str, int]`."""
    args = function.args
    holders = {
        arg.arg
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)
        if isinstance(arg.annotation, ast.Subscript) and _OF_NUMBERS.search(quote(arg.annotation, longest=100))
    }
    found = set()
    for part in own(*function.body) if holders else ():
        match part:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr="get"), args=[_]),
            ) if holder in holders:
                found.add(name)
    return found


def _tests(function: Function) -> Iterator[ast.expr]:
    """Yield what the function tests for truth: `if x`, `not x`, `x or y`, `a if x else b`."""
    for part in own(*function.body):
        match part:
            case ast.If(test=test) | ast.IfExp(test=test):
                yield test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
            case ast.BoolOp(op=ast.Or(), values=[first, *rest]):
                # `size or 0` gives the same for both.
                if not any(isinstance(each, ast.Constant) and not each.value for each in rest):
                    yield first


def _from_cache(function: Function) -> set[str | None]:
    return {
        dotted(part.targets[0])
        for part in own(*function.body)
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and _is_cache(part.value)
    }


def _is_cache(node: ast.expr) -> bool:
    """True for `cache.get(key)` without a default."""
    if isinstance(node, ast.Await):
        node = node.value
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or len(node.args) != 1
        or node.keywords
    ):
        return False
    owner = (dotted(node.func.value) or "").rpartition(".")[2]
    return node.func.attr == "get" and _CACHE.fullmatch(owner) is not None
