import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, dotted, outline_of, uses_in, within
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, children_of, nodes_in
from reviewer.analysis.tree import FUNCTIONS, tree_of

For = ast.For | ast.AsyncFor
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_GROUPS = frozenset({"itertools.groupby"})
# What these give can be gone through once.
_ONCE = frozenset({"map", "filter", "zip", "reversed", "enumerate", "iter", "csv.reader", "csv.DictReader"}) | {
    f"itertools.{name}" for name in ("chain", "islice", "takewhile", "dropwhile", "starmap", "filterfalse", "groupby")
}
_KEEPS_ALL = frozenset({"list", "tuple", "dict", "sorted", "set"})
_CONSUMERS = _KEEPS_ALL | {"sum", "any", "all", "min", "max", "frozenset", "enumerate", "map", "filter", "zip", "join"}
# How many statements further on a rule looks.
_FAR = 25
_DEEPEST = 50
_JUNK = frozenset({"_", "__", "dummy", "unused"})


@dataclass(slots=True)
class _Spending:
    """How an iterator is used along a way through the code; `spent` once something has gone through it."""

    name: str
    groups: bool
    spent: bool = False
    ended: bool = False
    depth: int = 0
    again: list[ast.Name] = field(default_factory=list)


class LoopVariableMisuse(ModuleRule):
    """A loop's variable or an iterator no longer holds what the code takes it for.

    Why look: what is read there is the last round's value, another loop's, or nothing at all.
    Ask: which value is meant here, and does the iterator still have any left?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("for ", "groupby", "map(", "filter(", "zip(", "iter(", "eader(", "yield")

    INVALID = (
        Example("for teas in teas:\n    print(teas)\n"),
        Example("for name, prices in prices.items():\n    print(name, prices)\n"),
        Example(
            "def show(rows):\n    for i in rows:\n        for i in range(3):\n            print(i)\n        send(i)\n"
        ),
        Example(
            "from itertools import groupby\n\nfor day, orders in groupby(rows, key=day_of):\n"
            "    total = sum(orders)\n    ship(orders)\n"
        ),
        Example(
            "import itertools\n\nfor day, orders in itertools.groupby(rows):\n    for shop in shops:\n"
            "        shop.ship(orders)\n"
        ),
        Example("from itertools import groupby\n\nby_day = dict(groupby(rows, key=day_of))\n"),
        Example("prices = {'tea': price for price in found}\n"),
        Example(
            "def show(teas):\n    prices = (tea.price for tea in teas)\n    print(max(prices))\n"
            "    return sum(prices)\n"
        ),
        Example(
            "def pairs(a, b):\n    both = zip(a, b)\n    print(list(both))\n    for one, other in both:\n        go()\n"
        ),
        Example("def last(rows):\n    for row in rows:\n        check(row)\n    return row.total\n"),
        Example(
            "def read(lines):\n    for line in lines:\n        yield int(line)\n\ndef mean(lines):\n"
            "    found = read(lines)\n    count = sum(1 for _ in found)\n    return fmean(found) if count else 0\n"
        ),
        Example(
            "def paid(orders):\n    return (order for order in orders if order.paid)\n\ndef show(orders):\n"
            "    ready = paid(orders)\n    for order in ready:\n        print(order)\n    send(list(ready))\n"
        ),
        Example("def show(words):\n    sizes = map(len, words)\n    return min(sizes), max(sizes)\n"),
    )
    VALID = (
        Example("for tea in teas:\n    print(tea)\nfor tea in [tea for tea in teas]:\n    print(tea)\n"),
        Example(
            "for row in rows:\n    for column in row:\n        print(column)\n    for column in row:\n        go()\n"
        ),
        Example(
            "from itertools import groupby\n\nfor day, orders in groupby(rows):\n    orders = list(orders)\n"
            "    print(len(orders))\n    ship(orders)\n"
        ),
        Example(
            "from itertools import groupby\n\nfor day, orders in groupby(rows):\n    if day:\n        ship(orders)\n"
            "    else:\n        keep(orders)\n"
        ),
        Example("from itertools import groupby\n\nby_day = {day: list(rows) for day, rows in groupby(found)}\n"),
        Example("prices = {tea: 0 for tea in teas}\nkinds = {kind(tea): tea for tea in teas}\n"),
        Example("def show(teas):\n    prices = [tea.price for tea in teas]\n    return max(prices), sum(prices)\n"),
        Example("def head(rows):\n    rows = iter(rows)\n    first = next(rows)\n    return first, list(rows)\n"),
        Example("def last(rows):\n    row = None\n    for row in rows:\n        check(row)\n    return row\n"),
        Example("def pairs(rows):\n    it = iter(rows)\n    return list(zip(it, it))\n"),
        Example("def find(rows):\n    for row in rows:\n        if row.ok:\n            break\n    return row\n"),
        Example(
            "def rest(rows):\n    left = iter(rows)\n    for row in left:\n        if row.ok:\n            break\n"
            "    return list(left)\n"
        ),
        Example(
            "def read(lines):\n    for line in lines:\n        yield int(line)\n\ndef mean(lines):\n"
            "    found = list(read(lines))\n    show(found)\n    return sum(found) / len(found)\n"
        ),
        Example(
            "def read(lines):\n    yield from lines\n\ndef f(lines):\n    found = read(lines)\n    head = next(found)\n"
            "    show(found)\n    return head\n"
        ),
        Example(
            "def f(rows):\n    left = iter(rows)\n    for row in left:\n        show(list(left))\n"
            "    first = iter(rows)\n    found = list(zip(range(3), first))\n    return found, list(first)\n"
        ),
        Example("def find(rows):\n    for row in rows:\n        go(row)\n    for row in rows:\n        go(row)\n"),
        Example("for _ in range(3):\n    for _ in range(3):\n        go()\n"),
        Example(
            "def show(teas, full):\n    prices = (tea.price for tea in teas)\n    if full:\n"
            "        return list(prices)\n    return sum(prices)\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        loops: list[For] = [*outline.every(ast.For), *outline.every(ast.AsyncFor)]
        for loop in loops:
            yield from _own_name(loop, outline)
            yield from _inner_name(loop, outline)
            yield from _after(loop, outline)
            yield from _groups(loop, outline)
        for made in outline.every(ast.DictComp):
            yield from _one_key(made, outline)
        for call in outline.added(file, ast.Call):
            yield from _late_groups(call, outline)
        for given in outline.every(ast.Assign):
            yield from _spent(given, outline)


def _own_name(loop: For, outline: Outline) -> Iterator[LineSighting]:
    """Report `for teas in teas`."""
    targets = loop.target.elts if isinstance(loop.target, (ast.Tuple, ast.List)) else [loop.target]
    if isinstance(loop.iter, ast.Call) and dotted(loop.iter.func) == "range":
        return  # `for i in range(i, end)` goes on where something stopped
    read = _read(loop.iter)
    for name in {dotted(target) for target in targets} & read - {""}:
        yield LineSighting(outline.line(loop), f"the loop gives `{name}`, which it goes through, another value")


def _inner_name(loop: For, outline: Outline) -> Iterator[LineSighting]:
    """Report an inner loop with the outer one's variable where the outer round still reads it afterwards."""
    names = _names(loop.target) - _JUNK
    for node in within(loop.body):
        if isinstance(node, (ast.For, ast.AsyncFor)) and (shared := names & _names(node.target)):
            name = min(shared)
            end = node.end_lineno or node.lineno
            later = [use for use in _uses(loop.body, name) if use.lineno > end and not _excludes(node, use, outline)]
            reads = [use for use in later if isinstance(use.ctx, ast.Load)]
            writes = [use.lineno for use in later if use not in reads]
            if reads and (not writes or min(writes) > reads[0].lineno):
                message = f"this inner loop gives `{name}` of the outer loop another value, and line {{}} reads it"
                yield LineSighting(outline.line(node), message.format(outline.line(reads[0])))


def _excludes(one: ast.AST, other: ast.AST, outline: Outline) -> bool:
    """True if the two stand in different branches of one `if`."""
    tests = {above: inner for inner, above in _steps(one, outline) if isinstance(above, ast.If)}
    for inner, above in _steps(other, outline):
        if above in tests and isinstance(above, ast.If):
            return (tests[above] in above.body) != (inner in above.body)
    return False


def _steps(node: ast.AST, outline: Outline) -> Iterator[tuple[ast.AST, ast.AST]]:
    for above in outline.ancestors(node):
        yield node, above
        node = above


def _after(loop: For, outline: Outline) -> Iterator[LineSighting]:
    """Report the variable read after a loop that may have run no round at all."""
    function = outline.function(loop)
    block = _block(loop, outline)
    if function is None or loop.orelse or _is_sure(loop.iter) or _breaks(loop.body):
        return
    rest = block[block.index(loop) + 1 :][:_FAR]
    known = uses_in(function)
    for name in sorted(_names(loop.target) - _JUNK - _otherwise_bound(function)):
        if any(isinstance(use.ctx, ast.Store) and use.lineno < loop.lineno for use in known.get(name, ())):
            continue
        first = next(iter(_uses(rest, name)), None)
        if first is not None and isinstance(first.ctx, ast.Load):
            message = f"`{name}` has no value here if the loop over `{outline.quote(loop.iter)}` ran no round"
            yield LineSighting(outline.line(first), message, Severity.LOW)


@lru_cache(maxsize=64)
def _otherwise_bound(function: ast.AST) -> frozenset[str]:
    """Return the names of parameters and of caught errors."""
    nodes = [node for node in nodes_in(function) if isinstance(node, (ast.arg, ast.ExceptHandler))]
    return frozenset((node.arg if isinstance(node, ast.arg) else node.name) or "" for node in nodes)


def _groups(loop: For, outline: Outline) -> Iterator[LineSighting]:
    """Report a group of `groupby` that is gone through twice."""
    match loop:
        case ast.For(target=ast.Tuple(elts=[_, ast.Name(id=name)]), iter=ast.Call(func=func)):
            if outline.known(func) in _GROUPS:
                spending = _Spending(name, groups=True)
                _follow(loop.body, spending, repeated=False)
                yield from _again(spending, f"the group `{name}` is", outline)


def _spent(given: ast.Assign, outline: Outline) -> Iterator[LineSighting]:
    """Report a generator or a `zip` that is gone through twice."""
    if len(given.targets) != 1 or not isinstance(given.targets[0], ast.Name):
        return
    value, name = given.value, given.targets[0].id
    is_once = isinstance(value, ast.GeneratorExp)
    if isinstance(value, ast.Call):
        is_made = isinstance(value.func, ast.Name) and value.func.id in _generators(outline.source.tree)
        is_once = is_made or (outline.known(value.func) in _ONCE and bool(value.args))
    function = outline.function(given)
    if not is_once or function is None:
        return
    block = _block(given, outline)
    spending = _Spending(name, groups=False)
    _follow(block[block.index(given) + 1 :][:_FAR], spending, repeated=False)
    yield from _again(spending, f"`{name}` can be gone through once, and is", outline)


@lru_cache(maxsize=8)
def _generators(module: ast.Module) -> frozenset[str]:
    """Return the functions of a file that give something to be gone through once, whatever way they return."""
    found: set[str] = set()
    for function in tree_of(module).nodes(ast.FunctionDef):
        if function.decorator_list or function.name in found:
            continue
        inner = [node for node in within(function.body) if not isinstance(node, _SCOPES)]
        given = [node.value for node in inner if isinstance(node, ast.Return)]
        is_generator = any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in inner)
        if is_generator or (given and all(isinstance(value, ast.GeneratorExp) for value in given)):
            found.add(function.name)
    names = [
        getattr(node, "name", "") for node in tree_of(module).every if isinstance(node, (*FUNCTIONS, ast.ClassDef))
    ]
    return frozenset(name for name in found if names.count(name) == 1)


def _again(spending: _Spending, what: str, outline: Outline) -> Iterator[LineSighting]:
    if spending.again:
        first = min(spending.again, key=lambda use: (use.lineno, use.col_offset))
        yield LineSighting(outline.line(first), f"{what} spent by the time it is used here", Severity.HIGH)


def _follow(body: Sequence[ast.stmt], spending: _Spending, *, repeated: bool) -> None:
    """Walk a block in the order it runs and note what uses the iterator after something has spent it."""
    spending.depth += 1
    for statement in body:
        if spending.ended or spending.depth > _DEEPEST:
            break
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.If(test=test, body=then, orelse=other):
                _spend(test, spending, repeated=repeated)
                _branches([then, other], spending, repeated=repeated)
            case ast.For() | ast.AsyncFor():
                _follow_loop(statement, spending, repeated=repeated)
            case ast.While(test=test):
                _spend(test, spending, repeated=True)
                _follow(statement.body, spending, repeated=not _breaks(statement.body))
            case ast.With() | ast.AsyncWith():
                _follow(statement.body, spending, repeated=repeated)
            case ast.Try() | ast.TryStar():
                _follow(statement.body, spending, repeated=repeated)
                _branches([statement.orelse, *(h.body for h in statement.handlers)], spending, repeated=False)
            case ast.Match():
                _branches([case.body for case in statement.cases], spending, repeated=repeated)
            case _:
                _spend(statement, spending, repeated=repeated)
                spending.ended = isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break))
                if _binds(statement, spending.name):
                    spending.ended = not isinstance(statement, ast.AnnAssign) or statement.value is not None
    spending.depth -= 1


def _follow_loop(loop: For, spending: _Spending, *, repeated: bool) -> None:
    was_spent = spending.spent
    # A loop that can break off leaves the rest for later, as `next()` does.
    if not _breaks(loop.body):
        _spend(loop.iter, spending, repeated=repeated, through=True)
    # What the body takes of the iterator it loops over, the loop skips.
    if was_spent or not spending.spent:
        _follow(loop.body, spending, repeated=not _breaks(loop.body))


def _branches(blocks: Sequence[Sequence[ast.stmt]], spending: _Spending, *, repeated: bool) -> None:
    """Walk blocks of which one runs; afterwards the iterator is spent if one that goes on has spent it."""
    ends = []
    for block in blocks:
        branch = _Spending(spending.name, spending.groups, spending.spent, depth=spending.depth)
        _follow(block, branch, repeated=repeated)
        spending.again += branch.again
        ends.append(branch)
    going_on = [branch for branch in ends if not branch.ended]
    spending.ended = not going_on
    spending.spent = any(branch.spent for branch in going_on)


def _spend(part: ast.AST, spending: _Spending, *, repeated: bool, through: bool = False) -> None:
    calls: list[ast.AST | None] = []
    for node, above in _consumptions(part, spending, through=through):
        # `zip(rows, rows)` takes turns: the pairs of one iterator.
        if (spending.spent and above not in calls) or repeated:
            spending.again.append(node)
        spending.spent = True
        calls.append(above)


def _consumptions(part: ast.AST, spending: _Spending, *, through: bool) -> Iterator[tuple[ast.Name, ast.AST | None]]:
    """Yield each place where the iterator is gone through; for a group every use counts."""
    todo: list[tuple[ast.AST, ast.AST | None]] = [(part, None)]
    while todo:
        node, above = todo.pop()
        if isinstance(node, ast.Name) and node.id == spending.name and isinstance(node.ctx, ast.Load):
            is_next = isinstance(above, ast.Call) and dotted(above.func) == "next"
            is_all = (spending.groups and not is_next) or (through and above is None)
            # Whoever gets it after it was spent finds it empty, whatever it does with it.
            is_handed = spending.spent and isinstance(above, ast.Call) and above.func is not node and not is_next
            yield from [(node, above)] if is_all or is_handed or _goes_through(node, above) else []
        if not isinstance(node, _SCOPES):
            todo.extend((child, node) for child in reversed(list(children_of(node))))


def _goes_through(node: ast.Name, above: ast.AST | None) -> bool:
    match above:
        case ast.Call(func=func):
            # `zip(range(3), rows)` takes three of them.
            is_partial = dotted(func) == "zip" and len(above.args) > 1 and above.args[0] is not node
            return func is not node and dotted(func).rpartition(".")[2] in _CONSUMERS and not is_partial
        case ast.comprehension(iter=values):
            return values is node
        case ast.Starred() | ast.YieldFrom():
            return True
    return False


def _one_key(made: ast.DictComp, outline: Outline) -> Iterator[LineSighting]:
    """Report `{"a": x for x in xs}`: the key is the same in every round."""
    bound = {name for part in made.generators for name in _names(part.target)}
    walrus = {node.target.id for node in nodes_in(made) if isinstance(node, ast.NamedExpr)}
    key = made.key
    is_fixed = isinstance(key, ast.Constant) or (isinstance(key, ast.Name) and key.id not in bound | walrus)
    if is_fixed:
        message = f"every round writes the same key `{outline.quote(key)}`, so only the last value stays"
        yield LineSighting(outline.line(key), message, Severity.HIGH)


def _late_groups(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report `dict(groupby(…))`: each group is empty as soon as the next one begins."""
    match call:
        case ast.Call(func=ast.Name(id=keeper), args=[ast.Call(func=func)]):
            is_late = keeper in _KEEPS_ALL and outline.known(func) in _GROUPS
        case _:
            return
    if is_late:
        message = f"`{keeper}()` keeps the groups of `groupby`, and they are spent once it moves on"
        yield LineSighting(outline.line(call), message, Severity.HIGH)


def _read(node: ast.AST) -> set[str]:
    """Return the dotted names an expression reads, without those its comprehensions and lambdas bind."""
    names = {dotted(part) for part in nodes_in(node) if isinstance(part, (ast.Name, ast.Attribute))}
    own: set[str] = set()
    for part in nodes_in(node):
        if isinstance(part, ast.comprehension):
            own |= _names(part.target) - {dotted(part.iter)}
        elif isinstance(part, ast.arg):
            own.add(part.arg)
    return {name for name in names if name.partition(".")[0] not in own}


def _names(target: ast.AST) -> set[str]:
    return {node.id for node in nodes_in(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _uses(body: Sequence[ast.stmt], name: str) -> Iterator[ast.Name]:
    """Yield the places that read or write a name, in reading order, functions and comprehensions of that name aside."""
    hidden = {
        id(node)
        for part in within(body)
        if isinstance(part, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp))
        and any(name in _names(generator.target) for generator in part.generators)
        for node in nodes_in(part)
    }
    found = [node for node in within(body) if isinstance(node, ast.Name) and node.id == name]
    yield from sorted(
        (node for node in found if id(node) not in hidden),
        key=lambda node: (node.lineno, isinstance(node.ctx, ast.Store), node.col_offset),
    )


def _binds(statement: ast.stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(target is not None and name in _names(target) for target in targets)


def _block(node: ast.stmt, outline: Outline) -> list[ast.stmt]:
    """Return the statements among which one stands."""
    above = outline.parents[node]
    blocks = (getattr(above, name, None) for name in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and node in block), [node])


def _is_sure(values: ast.expr) -> bool:
    """True for literals and constants, which have an element."""
    if isinstance(values, ast.Call):
        return all(_is_sure(argument) for argument in values.args) and bool(values.args)
    return isinstance(values, (ast.List, ast.Tuple, ast.Constant)) or dotted(values).rpartition(".")[2].isupper()


def _breaks(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, (ast.Break, ast.Return)) for node in within(body))
