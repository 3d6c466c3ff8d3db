import ast
from collections.abc import Iterator
from functools import lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, bound_names, method_of, outline_of, uses_in, within
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

Closure = ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
# These call what they are given before they return.
_AT_ONCE = frozenset(
    {
        "iter",
        "applyfunc",
        "map",
        "filter",
        "reduce",
        "sorted",
        "min",
        "max",
        "sort",
        "sub",
        "subn",
        "any",
        "all",
        "sum",
        "next",
    }
    | {"takewhile", "dropwhile", "filterfalse", "starmap", "accumulate", "groupby", "nlargest", "nsmallest"}
    | {"apply", "applymap", "agg", "aggregate", "transform", "pipe", "assign", "sort_values", "tree_map"}
    | {"raises", "assertRaises", "assertRaisesRegex", "assertWarns", "timeit", "wait_until", "wait_for", "poll"}
    | {"run_sync", "to_thread", "run_in_threadpool", "run_in_executor", "bisect_left", "bisect_right", "insort"}
)
_KEPT_BY = regex(
    r"append|appendleft|add|insert|extend|setdefault|register\w*|connect|bind\w*|subscribe|submit|call_later|call_soon"
    r"|call_soon_threadsafe|call_at|after|after_idle|on|once|add_\w+|schedule\w*|set_\w+|Thread|Timer|Process|Button"
    r"|Task|create_task|enqueue\w*|put|put_nowait|apply_async|map_async|partial|defer\w*|spawn|start_soon|start_new_thread"
)
_KEPT_AS = regex(r"command|callback|target|handler|func|fn|hook|factory|default_factory|on_\w+|\w+_(callback|handler)")


class LateBinding(ModuleRule):
    """A function made in a loop reads a variable that the loop changes.

    Why look: it looks the variable up when it is called, so after the loop all of them see the last value.
    Ask: should it keep the value of its own round, by a default such as `x=x` or by `partial`?
    """

    informs = "correctness"
    severity = Severity.HIGH
    words = ("lambda", "def ")

    INVALID = (
        Example("calls = []\nfor shop in shops:\n    calls.append(lambda: shop.open())\n"),
        Example("calls = [lambda: number for number in range(3)]\n"),
        Example("prices = {name: lambda count: count * rate for name, rate in rates.items()}\n"),
        Example(
            "def build(shops):\n    jobs = []\n    for shop in shops:\n        def job():\n"
            "            return shop.open()\n        jobs.append(job)\n    return jobs\n"
        ),
        Example("def watch(names, root):\n    for name in names:\n        root.bind(name, lambda event: show(name))\n"),
        Example("from threading import Thread\n\nfor shop in shops:\n    Thread(target=lambda: visit(shop)).start()\n"),
        Example("for i in range(3):\n    price = i * 2\n    handlers[i] = lambda: price\n"),
        Example("async def run(pool, ids):\n    async for i in ids:\n        pool.submit(lambda: load(i))\n"),
        Example("for name in names:\n    @app.route(name)\n    def page():\n        return render(name)\n"),
    )
    VALID = (
        Example("calls = []\nfor shop in shops:\n    calls.append(lambda shop=shop: shop.open())\n"),
        Example("from functools import partial\n\ncalls = [partial(visit, shop) for shop in shops]\n"),
        Example("for shop in shops:\n    teas = sorted(shop.teas, key=lambda tea: tea.price * shop.rate)\n"),
        Example("for rate in rates:\n    prices = list(map(lambda price: price * rate, prices))\n"),
        Example(
            "def first(shops):\n    for shop in shops:\n        if shop.is_open:\n            return lambda: shop\n"
        ),
        Example(
            "for shop in shops:\n    def price(tea):\n        return shop.rates[tea]\n    total += price('green')\n"
        ),
        Example("for shop in shops:\n    calls.append(lambda shop: shop.open())\n"),
        Example("def build(shop):\n    return lambda: shop.open()\n\ncalls = [build(shop) for shop in shops]\n"),
        Example("for pattern in patterns:\n    text = re.sub(pattern, lambda match: names[pattern], text)\n"),
        Example("rate = 2\nfor shop in shops:\n    calls.append(lambda: rate)\n"),
        Example("for shop in shops:\n    total = (lambda: shop.total)()\n"),
        Example("for _ in range(3):\n    calls.append(lambda: [tea for tea in teas])\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        outline = outline_of(source)
        closures: list[Closure] = [*outline.every(ast.Lambda), *outline.every(ast.FunctionDef)]
        for closure in [*closures, *outline.every(ast.AsyncFunctionDef)]:
            changing = _changing(closure, outline)
            use = _first_use(closure, changing) if changing else None
            if use is None or file.is_test:
                continue
            severity = _fate(closure, outline)
            if severity is not None:
                what = "this lambda" if isinstance(closure, ast.Lambda) else f"`{closure.name}`"
                message = f"{what} reads `{use.id}` when it is called; by then the loop may have changed it"
                yield LineSighting(outline.line(use), message, severity)


def _changing(closure: Closure, outline: Outline) -> frozenset[str]:
    """Return the names that the loops around a function change from round to round."""
    names: set[str] = set()
    inner: ast.AST = closure
    for above in outline.ancestors(closure):
        if isinstance(above, (ast.For, ast.AsyncFor, ast.While)) and inner in above.body:
            names |= _set_in(above)
        elif isinstance(above, _COMPREHENSIONS) and not isinstance(inner, ast.comprehension):
            names |= {name for part in above.generators for name in _stored(part.target)}
        elif isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            break
        elif isinstance(above, ast.Return) and isinstance(closure, ast.Lambda):
            # The loop is over; only a comprehension inside the returned value can still change names.
            break
        inner = above
    return frozenset(names)


@lru_cache(maxsize=64)
def _set_in(loop: ast.For | ast.AsyncFor | ast.While) -> frozenset[str]:
    names = set() if isinstance(loop, ast.While) else set(_stored(loop.target))
    own = within(loop.body)
    inner = {name for node in own if isinstance(node, ast.comprehension) for name in _stored(node.target)}
    names.update(name for node in own for name in _stored(node, deep=False))
    names.update(node.name for node in own if isinstance(node, ast.ExceptHandler) and node.name)
    return frozenset(names - inner)


def _stored(node: ast.AST, *, deep: bool = True) -> Iterator[str]:
    for part in nodes_in(node) if deep else (node,):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _first_use(closure: Closure, changing: frozenset[str]) -> ast.Name | None:
    """Return the first reading of a changing name that the function has not bound itself."""
    body = [closure.body] if isinstance(closure, ast.Lambda) else closure.body
    nodes = [node for part in body for node in nodes_in(part)]
    own = set(bound_names(closure))
    for node in nodes:
        if isinstance(node, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)):
            own |= bound_names(node)
        elif isinstance(node, ast.comprehension):
            own.update(_stored(node.target))
    uses = (node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    found = [use for use in uses if use.id in changing - own]
    return min(found, key=lambda use: (use.lineno, use.col_offset), default=None)


def _fate(closure: Closure, outline: Outline) -> Severity | None:
    """Return how surely the function outlives its round of the loop; None if it does not."""
    if isinstance(closure, ast.Lambda):
        return _fate_of_value(closure, outline)
    if closure.decorator_list:
        return Severity.HIGH
    return _fate_of_name(closure.name, closure, outline)


def _fate_of_name(name: str, binding: ast.AST, outline: Outline) -> Severity | None:
    scope = outline.scope(binding)
    uses = uses_in(scope).get(name, ())
    fates = [
        Severity.HIGH if outline.scope(use) is not scope else _fate_of_value(use, outline)
        for use in uses
        if isinstance(use.ctx, ast.Load) and use is not binding
    ]
    return min((fate for fate in fates if fate is not None), key=lambda fate: fate.rank, default=None)


def _fate_of_value(value: ast.expr, outline: Outline) -> Severity | None:
    above = outline.parents[value]
    if isinstance(above, (ast.IfExp, ast.BoolOp, ast.Starred)):
        return _fate_of_value(above, outline)
    match above:
        case ast.Call(func=func) if func is value:
            return None
        case ast.Call():
            return _fate_of_argument(above, None)
        case ast.keyword(arg=name):
            call = outline.parents[above]
            return _fate_of_argument(call, name) if isinstance(call, ast.Call) else Severity.LOW
        case ast.Assign(targets=[ast.Name(id=name)]) if isinstance(value, ast.Lambda):
            return _fate_of_name(name, above, outline)
        case ast.Return() | ast.Expr():
            return None
        case ast.Assign() | ast.Yield() | ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
            return Severity.HIGH
    return Severity.HIGH if isinstance(above, _COMPREHENSIONS) else Severity.LOW


def _fate_of_argument(call: ast.Call, name: str | None) -> Severity | None:
    """Judge a function given to a call, as a keyword argument if it has a name."""
    method = method_of(call)
    if name == "key" or method in _AT_ONCE:
        return None
    if _KEPT_BY.fullmatch(method) or (name is not None and _KEPT_AS.fullmatch(name)):
        return Severity.HIGH
    return Severity.LOW
