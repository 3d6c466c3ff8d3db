import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Loop, Syntax, code, dotted_name, last_name, names_in, syntax_of

# Costly enough to matter, and the same for the same arguments.
_COSTLY = frozenset(
    {"re.compile", "sorted", "json.loads", "json.load", "yaml.safe_load", "yaml.load", "tomllib.loads"}
    | {"jinja2.Template", "jinja2.Environment", "zoneinfo.ZoneInfo", "importlib.import_module", "inspect.signature"}
    | {"datetime.datetime.strptime", "sum", "set", "frozenset", "list", "max", "min", "pandas.read_csv"}
    | {"hashlib.sha256"}
    | {"statistics.mean", "statistics.stdev", "statistics.median", "numpy.mean", "numpy.std", "string.Template", "dict"}
)
_METHODS = frozenset(
    {"read_text", "read_bytes", "readlines", "toPandas", "mean", "std", "groupby", "sort_values", "splitlines"}
)
_OF_ALL = frozenset({"sum", "max", "min", "sorted", "list", "set", "frozenset", "dict"})
_MAKING = frozenset({"list", "set", "dict", "frozenset"})


class LoopInvariantCall(ModuleRule):
    """The same call with the same arguments is made each time round a loop.

    Why look: what does not change is worked out again for every element.
    Ask: can it be done once, before the loop?
    """

    informs = "scale"
    severity = Severity.LOW
    words = ("for ", "while ")

    INVALID = (
        Example(
            "import re\n\ndef find(lines, pattern):\n    for line in lines:\n"
            "        if re.compile(pattern).match(line):\n            yield line\n"
        ),
        Example(
            "import re\n\ndef find(lines):\n    found = []\n    for line in lines:\n"
            "        word = re.compile(r'\\w+')\n        found += word.findall(line)\n    return found\n"
        ),
        Example(
            "def share(orders):\n    for order in orders:\n"
            "        order.share = order.total / sum(o.total for o in orders)\n"
        ),
        Example("def places(names, scores):\n    return [sorted(scores).index(scores[name]) for name in names]\n"),
        Example(
            "import json\n\ndef check(orders, text):\n    for order in orders:\n"
            "        rules = json.loads(text)\n        rules['check'](order)\n"
        ),
        Example("def find(orders, known):\n    return [order for order in orders if order.id in set(known)]\n"),
        Example(
            "def check(orders, path):\n    for order in orders:\n        if order.id in path.read_text():\n"
            "            yield order\n"
        ),
        Example(
            "def f(teas, hidden):\n    for tea in teas:\n        names = frozenset(hidden)\n"
            "        if tea not in names:\n            show(tea)\n"
        ),
    )
    VALID = (
        Example(
            "def f(teas, known):\n    for tea in teas:\n        seen = set(known)\n        seen.add(tea)\n"
            "        if tea.parent not in seen:\n            show(tea)\n"
        ),
        Example(
            "import re\n\nWORD = re.compile(r'\\w+')\n\ndef find(lines):\n    for line in lines:\n"
            "        yield WORD.findall(line)\n"
        ),
        Example("import re\n\ndef find(patterns):\n    for pattern in patterns:\n        yield re.compile(pattern)\n"),
        Example(
            "def grow(orders):\n    while orders:\n        first = sorted(orders)[0]\n        orders.remove(first)\n"
        ),
        Example("def copy(orders, names):\n    for order in orders:\n        order.names = list(names)\n"),
        Example(
            "def total(orders):\n    for order in orders:\n        yield sum(line.total for line in order.lines)\n"
        ),
        Example("def log(orders):\n    for order in orders:\n        print(len(orders), order)\n"),
        Example(
            "def first(orders, scores):\n    for order in orders:\n        if order.open:\n"
            "            return sorted(scores)[0]\n"
        ),
        Example("def both(orders):\n    for order in sorted(orders):\n        print(order)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        names = {name.rpartition(".")[2] for name in _COSTLY} | _METHODS
        for call in tree.called(*sorted(names)):
            if tree.name(call.func) in _COSTLY or (isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS):
                yield from _repeated(tree, call)


def _repeated(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    loop = next(tree.loops(call), None)
    if loop is None or _leaves(tree, call) or (not call.args and not isinstance(call.func, ast.Attribute)):
        return
    is_compile = tree.name(call.func) == "re.compile"
    name = tree.name(call.func)
    if name in _MAKING and not _is_searched(tree, call) and not _is_only_searched(tree, call, loop):
        return
    read = names_in(call) - _own_names(call)
    if name in _OF_ALL and len(call.args) != 1:
        return
    if not read - {"re", "json", "copy"} and not is_compile:
        return
    if isinstance(loop, ast.While) and not is_compile:
        return
    if read & _changed_in(tree, loop) or any(
        isinstance(part, (ast.Call, ast.Await)) and part is not call for part in nodes_in(call) if _may_differ(part)
    ):
        return
    yield LineSighting(tree.line(call), f"`{code(call)}` is the same each time round")


def _may_differ(part: ast.AST) -> bool:
    """True for calls inside the call that need not give the same each time."""
    return isinstance(part, ast.Await) or (
        isinstance(part, ast.Call)
        and last_name(part.func) in ("next", "get", "pop", "read", "time", "now", "random", "input")
    )


def _is_searched(tree: Syntax, call: ast.Call) -> bool:
    """True for `x in set(known)`: a copy that is to be kept or changed has to be made each time."""
    above = tree.parents.get(call)
    return (
        isinstance(above, ast.Compare) and call in above.comparators and isinstance(above.ops[0], (ast.In, ast.NotIn))
    )


def _is_only_searched(tree: Syntax, call: ast.Call, loop: Loop) -> bool:
    """True for `known = set(names)` where the loop asks what is in `known`, and does no more with it."""
    above = tree.parents.get(call)
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name) or len(above.targets) > 1:
        return False
    name = above.targets[0].id
    uses = [part for part in nodes_in(loop) if isinstance(part, ast.Name) and part.id == name]
    reads = [part for part in uses if isinstance(part.ctx, ast.Load)]
    asked = [part for part in reads if isinstance(tree.parents.get(part), ast.Compare)]
    return bool(reads) and len(asked) == len(reads) == len(uses) - 1


def _own_names(call: ast.Call) -> set[str]:
    """Return the names that comprehensions and lambdas inside the call bind themselves."""
    names: set[str] = set()
    for part in nodes_in(call):
        if isinstance(part, ast.comprehension):
            names |= names_in(part.target)
        elif isinstance(part, ast.Lambda):
            names |= {given.arg for given in part.args.args}
    return names | ({call.func.id} if isinstance(call.func, ast.Name) else set())


def _changed_in(tree: Syntax, loop: Loop) -> set[str]:
    """Return the names the loop binds, changes, or hands to something that may change them."""
    if isinstance(loop, ast.comprehension):
        made = tree.parents.get(loop)
        return {name for each in getattr(made, "generators", [loop]) for name in names_in(each.target)}
    changed = set() if isinstance(loop, ast.While) else names_in(loop.target)
    for statement in loop.body:
        for part in nodes_in(statement):
            match part:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    changed.add(name)
                case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                    changed.add(dotted_name(_base(part)).partition(".")[0])
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))):
                    changed.add(dotted_name(owner).partition(".")[0])
    return changed


def _base(node: ast.AST) -> ast.AST:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node


def _leaves(tree: Syntax, call: ast.Call) -> bool:
    """True if the call is made once at most: the statement, or the block it ends, leaves the loop."""
    statement = tree.statement(call)
    if isinstance(next(tree.loops(call), None), ast.comprehension):
        return False
    if isinstance(statement, (ast.Return, ast.Raise)):
        return True
    parent = tree.parents.get(statement)
    block = getattr(parent, tree.field(statement), None) if parent is not None else None
    return isinstance(block, list) and bool(block) and isinstance(block[-1], (ast.Break, ast.Return, ast.Raise))
