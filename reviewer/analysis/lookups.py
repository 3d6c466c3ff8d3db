"""What a test looks up before something is done: a file, a row in a store, a note that it was done already.

Goes by the names that people give to stores, and to what asks them.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.analysis.outline import Outline, code_of, dotted, method_of
from reviewer.analysis.regex import regex
from reviewer.analysis.source import children_of, nodes_in

# What asks whether a file is there.
_ASKS_FILE = frozenset(
    {f"os.path.{name}" for name in ("exists", "isfile", "isdir", "lexists", "islink")} | {"os.access", "os.stat"}
)
_ASKS_PATH = frozenset({"exists", "is_file", "is_dir", "is_symlink"})
_PATH_NAME = regex(
    r"(\w*[._])?(path|file|dir|directory|folder|target|dest|destination|lockfile|pidfile)", re.IGNORECASE
)
# What asks a store whether something is in it, or was done.
_ASKS = regex(
    r"exists?|contains|count|first|one_or_none|scalar(_one_or_none)?|fetch\w*|find\w*|get\w*|lookup\w*|load\w*|head_object"
    r"|(is|has|was|already|check|have|can|did)_\w+|\w+_exists?|\w*(processed|charged|sent|paid|taken|available)|aexists|afirst"
    r"|sismember|hexists|hget|llen|scard|query|select|search\w*|filter(_by)?|scalars|all|in_stock"
)
_STORE = regex(
    r"_?(\w+_)?(redis|cache|db|database|repo|repository|repositories|store|storage|session|conn|connection|cursor|cur"
    r"|client|service|dao|collection|table|kv|bucket|s3|api|gateway|manager|model|mongo|objects|query|tx|queryset|r)s?",
    re.IGNORECASE,
)
_LOCAL_STORES = frozenset({"os.environ", "request.session", "sys.modules"})
_REMEMBERED = regex(r"_?(\w+_)?(seen|processed|handled|sent|charged|paid|completed|done|delivered)(_\w+)?")
DONE = regex(
    r"(is_|was_|has_|been_)*(paid|charged|processed|sent|shipped|refunded|used|redeemed|claimed|completed|delivered|notified"
    r"|cancelled|captured|settled|booked|reserved|status|state|email_sent|welcome_sent|confirmed|fulfilled)"
)


@dataclass(frozen=True, slots=True)
class Check:
    """What a test asks, the names it asks about, and whether the answer came over a wire or from a disk."""

    asked: ast.expr
    names: frozenset[str]
    is_file: bool = False
    is_remote: bool = False
    is_flag: bool = False


def checks_in(test: ast.expr, outline: Outline) -> Iterator[Check]:
    """Yield what a test asks, with the names it looked up before."""
    for node in _asking(test):
        if isinstance(node, ast.Call):
            check = _asked(node, outline)
            if check is not None:
                yield check
        elif isinstance(node, ast.Attribute) and DONE.fullmatch(node.attr) and dotted(node):
            yield Check(node, frozenset({dotted(node.value)}), is_flag=True)
        elif isinstance(node, ast.Name):
            for value in outline.values(node):
                call = _innermost_call(value)
                check = _asked(call, outline) if call is not None else None
                is_member = _is_membership(outline.parents[node])
                if check is not None and not check.is_file and (check.is_remote or not is_member):
                    yield check
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            yield from (_member(node, store) for store in node.comparators if dotted(store))


def is_store(owner: ast.expr) -> bool:
    name = dotted(owner)
    return name not in _LOCAL_STORES and bool(name) and _STORE.fullmatch(name.rpartition(".")[2]) is not None


def names_in(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the names given to calls as arguments, and the classes named; an owner such as `self` says nothing."""
    names: set[str] = set()
    for node in nodes:
        for part in nodes_in(node):
            if isinstance(part, ast.Call):
                values = [*part.args, *(word.value for word in part.keywords)]
                for value in values:
                    names.update(dotted(one) for one in nodes_in(value) if isinstance(one, (ast.Name, ast.Attribute)))
            elif isinstance(part, ast.Name) and part.id[:1].isupper() and not part.id.isupper():
                names.add(part.id)
    names.update(dotted(node) for node in nodes if isinstance(node, (ast.Name, ast.Attribute)))
    return frozenset(names - {"", "self", "cls", "None"})


def _asking(test: ast.expr) -> Iterator[ast.AST]:
    """Yield the parts of a test, but nothing of `isinstance(x, T)`: types do not change meanwhile."""
    todo: list[ast.AST] = [test]
    while todo:
        node = todo.pop()
        if not (
            isinstance(node, ast.Call) and dotted(node.func) in ("isinstance", "issubclass", "callable", "hasattr")
        ):
            yield node
            todo.extend(children_of(node))


def _is_membership(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn))


def _member(test: ast.Compare, store: ast.expr) -> Check:
    """Return what `key in store` asks; what is only in memory counts where it remembers what was done."""
    last = dotted(store).rpartition(".")[2]
    is_memory = _REMEMBERED.fullmatch(last) is not None
    names = names_in([test.left]) if is_memory or is_store(store) else frozenset[str]()
    names |= {name.partition(".")[0] for name in names if is_memory}
    return Check(test, names, is_remote=not is_memory, is_flag=is_memory)


def _innermost_call(value: ast.expr) -> ast.Call | None:
    """Return `cursor.fetchone()` of `await …`, `int(…)` and `cursor.fetchone()[0]`."""
    while True:
        match value:
            case ast.Await(value=inner) | ast.Subscript(value=inner) | ast.BoolOp(values=[inner, *_]):
                value = inner
            case ast.Call(func=ast.Name(id="int" | "float" | "bool" | "len" | "list"), args=[inner]):
                value = inner
            case ast.Call():
                return value
            case _:
                return None


def _asked(call: ast.Call, outline: Outline) -> Check | None:
    name = outline.known(call.func)
    if name in _ASKS_FILE and call.args:
        return Check(call, frozenset({code_of(call.args[0])}), is_file=True)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _ASKS_PATH and not call.args:
        owner = call.func.value
        if _is_path(owner, outline):
            return Check(call, frozenset({code_of(owner)}), is_file=True)
    if not _ASKS.fullmatch(method_of(call)):
        return None
    owners = list(_owners(call))
    # `existing = result.first()` asks what `result = await session.execute(…)` asked.
    earlier = [inner for owner in owners for value in outline.values(owner) if (inner := _innermost_call(value))]
    names = names_in([call, *earlier])
    asked = [outline.parents.get(call), *(outline.parents.get(inner) for inner in earlier)]
    owners += [owner for inner in earlier for owner in _owners(inner)]
    is_remote = any(isinstance(above, ast.Await) for above in asked) or any(is_store(owner) for owner in owners)
    return Check(call, names, is_remote=is_remote) if names or is_remote else None


def _is_path(owner: ast.expr, outline: Outline) -> bool:
    made = outline.made_by(owner)
    if made:
        return made.startswith(("pathlib.", "anyio.Path", "os.path", "trio.Path"))
    joined = [
        value for value in outline.values(owner) if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
    ]
    return bool(joined) or isinstance(owner, ast.BinOp) or _PATH_NAME.fullmatch(dotted(owner)) is not None


def _owners(call: ast.Call) -> Iterator[ast.expr]:
    """Yield `User.objects` and `User` of `User.objects.filter(…).exists()`, outermost first."""
    node: ast.expr = call
    while isinstance(node, (ast.Attribute, ast.Call)):
        # What is called is no owner: `self.query(…)` is not `self.query`.
        node = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node
        node = node.func if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute) else node
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield node
            node = node.value if isinstance(node, ast.Attribute) else node
