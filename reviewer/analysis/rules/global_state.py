import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.touched import Touched, touched

_CHANGES = frozenset(
    {
        "append",
        "appendleft",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "discard",
        "clear",
        "add",
        "update",
        "setdefault",
    }
)
_CONTAINERS = frozenset(
    {"list", "dict", "set", "defaultdict", "deque", "OrderedDict", "Counter", "WeakValueDictionary"}
)
# Registries are filled while modules load, caches are meant to be shared.
_MEANT = regex(
    r"cache|memo|registry|registered|handlers|plugins|hooks|logger|lock|singleton|_local|warned|"
    r"patterns",
    re.IGNORECASE,
)


class GlobalState(ModuleRule):
    """A function changes what belongs to the whole module.

    Why look: two tests, two threads or two workers see each other's values, or do not see them when they should.
    Ask: what happens with two of each?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example("count = 0\n\ndef ship(order):\n    global count\n    count += 1\n"),
        Example("orders = []\n\ndef ship(order):\n    orders.append(order)\n"),
        Example("users = {}\n\ndef login(user):\n    users[user.key] = user\n"),
        Example("current = None\n\ndef login(user):\n    global current\n    current = user\n"),
        Example("def login(user):\n    global current, last\n    current = last = user\n"),
        Example("seen = set()\n\nclass Shop:\n    def ship(self, order):\n        seen.add(order)\n"),
    )
    VALID = (
        Example("RATES = {}\n\ndef rate(key):\n    return RATES[key]\n"),
        Example("orders = []\n\ndef ship(order):\n    orders = []\n    orders.append(order)\n"),
        Example("_cache = {}\n\ndef rate(key):\n    _cache[key] = 1\n"),
        Example("orders = []\norders.append(1)\n"),
        Example("orders = []\n\ndef ship(orders):\n    orders.append(1)\n"),
        Example("users = {}\nlock = Lock()\n\ndef login(user):\n    with lock:\n        users[user.key] = user\n"),
        Example("count = 0\n\ndef test_it():\n    global count\n    count += 1\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        for node in nodes.of(ast.Global):
            if node.lineno in file.added:
                names = " and ".join(f"`{name}`" for name in node.names[:3])
                is_meant = all(_MEANT.search(name) for name in node.names)
                message = (
                    f"{names} is changed for the whole module"
                    if len(node.names) == 1
                    else f"{names} are changed for the whole module"
                )
                yield LineSighting(node.lineno, message, Severity.INFO if is_meant else Severity.LOW)
        shared = _shared(source.tree)
        told: set[str] = set()
        for name, change in _changes(nodes) if shared else ():
            if name in shared and name not in told and change.lineno in file.added and not _is_own(name, change, nodes):
                told.add(name)
                yield LineSighting(change.lineno, f"`{name}` is shared by the whole module, and changed here")


def _shared(tree: ast.Module) -> set[str]:
    """Return module-level names, not in capitals, that hold a container to be filled."""
    return {
        target.id
        for statement in tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        and statement.value is not None
        and _is_container(statement.value)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name) and not target.id.isupper() and not _MEANT.search(target.id)
    }


def _is_container(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Dict, ast.Set)):
        return True
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CONTAINERS
        case _:
            return False


def _changes(nodes: Touched) -> Iterator[tuple[str, ast.expr]]:
    for call in nodes.of(ast.Call):
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in _CHANGES:
                yield name, call
    for item in nodes.of(ast.Subscript):
        if isinstance(item.ctx, (ast.Store, ast.Del)) and isinstance(item.value, ast.Name):
            yield item.value.id, item


def _is_own(name: str, node: ast.AST, nodes: Touched) -> bool:
    """True if no function stands around the change, it has a variable of that name, or a lock is held."""
    function = nodes.function(node)
    if function is None:
        return True
    if any(
        isinstance(outer, (ast.With, ast.AsyncWith)) and "lock" in ast.unparse(outer.items[0]).lower()
        for outer in nodes.around(node)
    ):
        return True
    for outer in (function, *nodes.around(function)):
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in nodes_in(outer):
                if isinstance(part, ast.arg) and part.arg == name:
                    return True
                if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store):
                    return True
    return False
