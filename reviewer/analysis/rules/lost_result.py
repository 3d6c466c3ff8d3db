import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Kind, scopes_of
from reviewer.analysis.source import Source
from reviewer.analysis.tree import FUNCTIONS, Function, Tree, below, dotted, head_line, own, quote, tree_of

_CHANGING = frozenset(
    {"append", "add", "extend", "update", "insert", "remove", "pop", "discard", "setdefault", "write", "send", "put"}
    | {
        "print",
        "info",
        "debug",
        "warning",
        "error",
        "exception",
        "save",
        "delete",
        "mkdir",
        "unlink",
        "setattr",
        "popleft",
    }
    | {
        "appendleft",
        "clear",
        "visit",
        "generic_visit",
        "execute",
        "commit",
        "set",
        "emit",
        "call",
        "run",
        "next",
        "move",
    }
    | {"writelines", "rmdir", "log", "echo", "touch", "rename", "seek", "sleep", "register", "push", "delattr", "sort"}
)
# What gives a new object and leaves the old one as it is.
_OF_FRAMES = frozenset(
    {
        "drop_duplicates",
        "fillna",
        "dropna",
        "sort_values",
        "reset_index",
        "set_index",
        "astype",
        "rename_axis",
        "sort_index",
    }
)
_OF_QUERIES = frozenset(
    {"filter", "exclude", "order_by", "filter_by", "select_related", "prefetch_related", "distinct", "annotate"}
    | {"where", "limit", "offset", "options", "group_by", "having", "using"}
)
_QUERY = regex(r"(?i)(\w+_)?(query|queryset|qs|stmt|statement)|query_set")
_FRAME = regex(r"(?i)(\w+_)?(df|frame|dataframe)\d*")
_OF_VALUES = frozenset(
    {"with_suffix", "with_name", "with_stem", "quantize", "astimezone", "removeprefix", "removesuffix"}
)


class LostResult(ModuleRule):
    """A call's result is what it is there for, and it is thrown away.

    Why look: the search finds nothing, the generator never runs, the query stays as it was.
    Ask: where should the result of this call go?
    """

    informs = "correctness"
    severity = Severity.HIGH
    cwe = 252

    INVALID = (
        Example(
            "def find(node, key):\n    if node.key == key:\n        return node\n    for child in node.children:\n"
            "        find(child, key)\n    return None\n"
        ),
        Example(
            "class Menu:\n    def find(self, key):\n        if self.key == key:\n            return self\n"
            "        for child in self.children:\n            child.find(key)\n        return None\n"
        ),
        Example("def gcd(a, b):\n    if b == 0:\n        return a\n    gcd(b, a % b)\n"),
        Example("def walk(node):\n    yield node\n    for child in node.children:\n        walk(child)\n"),
        Example(
            "class Tree:\n    def walk(self, node):\n        yield node\n        for child in node.children:\n"
            "            self.walk(child)\n"
        ),
        Example(
            "def rows(lines):\n    for line in lines:\n        yield save(line)\n\ndef run(lines):\n    rows(lines)\n"
        ),
        Example("def f(query, name):\n    query.filter(name=name)\n    return query.all()\n"),
        Example("def f(df):\n    df.fillna(0)\n    return df.sort_values('price', inplace=False)\n"),
        Example("def f(path):\n    path.with_suffix('.txt')\n    return path\n"),
        Example("def product(n):\n    if n <= 1:\n        return 1\n    product(n - 1) * n\n"),
    )
    VALID = (
        Example(
            "def find(node, key):\n    if node.key == key:\n        return node\n    for child in node.children:\n"
            "        found = find(child, key)\n        if found:\n            return found\n    return None\n"
        ),
        Example(
            "def collect(node, found):\n    found.append(node)\n    for child in node.children:\n"
            "        collect(child, found)\n    return found\n"
        ),
        Example(
            "def end(node):\n    for each in node.children:\n        end(each)\n    node.done = True\n    return node\n"
        ),
        Example("def show(node):\n    if not node:\n        return\n    print(node)\n    show(node.next)\n"),
        Example("def walk(node):\n    yield node\n    for child in node.children:\n        yield from walk(child)\n"),
        Example("import contextlib\n\n@contextlib.contextmanager\ndef held():\n    yield\n\ndef f():\n    held()\n"),
        Example("class Shop:\n    def find(self, key):\n        self.index.find(key)\n        return self.key\n"),
        Example(
            "def f(query, df, x):\n    query = query.filter(a=1)\n    df.fillna(0, inplace=True)\n    x.filter(3)\n"
        ),
        Example("def get(cache, key):\n    if key in cache:\n        return cache[key]\n    cache.get(key)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        look = _Look(source, tree_of(source.tree))
        for node in look.tree.nodes(ast.Expr):
            line = head_line(node, source, file)
            if line is None or not isinstance(node.value, (ast.Call, ast.BinOp)):
                continue
            if isinstance(node.value, ast.BinOp):
                calls = [part for part in below(node.value) if isinstance(part, ast.Call)]
                found = next((fault for call in calls if (fault := look.recursion(call)) is not None), None)
                yield from [LineSighting(line, *found)] if found is not None else []
                continue
            found = look.generator(node.value) or look.recursion(node.value) or look.unchanged(node.value)
            if found is not None and not look.is_expected(node):
                yield LineSighting(line, *found)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree

    def generator(self, call: ast.Call) -> tuple[str, Severity] | None:
        """Report a generator of this file that is called and never gone through."""
        function = self.called(call)
        if function is None or function.decorator_list or not _yields(function):
            return None
        if isinstance(function, ast.AsyncFunctionDef):
            return None
        return f"`{quote(call)}` runs nothing: `{function.name}` is a generator that nobody goes through", Severity.HIGH

    def recursion(self, call: ast.Call) -> tuple[str, Severity] | None:
        around = self.tree.function(call)
        if around is None or self.tree.scope(call) is not around or around.decorator_list or _yields(around):
            return None
        is_itself = self.called(call) is around or self.is_same_method(call, around)
        if not is_itself or not _gives_only(around, call):
            return None
        return f"what `{quote(call)}` finds is dropped: `return` is missing", Severity.HIGH

    def called(self, call: ast.Call) -> Function | None:
        """Return the function of this file, or the method of this class, that a call reaches."""
        match call.func:
            case ast.Name(id=name):
                scopes = scopes_of(self.source.tree)
                around = self.tree.function(call)
                scope = scopes.by_node.get(around, scopes.module) if around is not None else scopes.module
                owner = scope.lookup(name)
                places = owner.bindings[name] if owner is not None and owner.kind is not Kind.CLASS else []
                return places[0] if len(places) == 1 and isinstance(places[0], FUNCTIONS) else None
            case ast.Attribute(value=ast.Name("self" | "cls"), attr=name):
                owner_class = next((each for each in self.tree.above(call) if isinstance(each, ast.ClassDef)), None)
                found = [part for part in getattr(owner_class, "body", []) if getattr(part, "name", "") == name]
                return found[0] if len(found) == 1 and isinstance(found[0], FUNCTIONS) else None
        return None

    def is_same_method(self, call: ast.Call, around: Function) -> bool:
        """True for `child.find(key)` in `find`, where `child` is one of the object's own kind, going by its loop."""
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if method == around.name and name != "self":
                loops = [each for each in self.tree.above(call) if isinstance(each, ast.For)]
                return any(
                    dotted(loop.target) == name and (dotted(loop.iter) or "").startswith("self.") for loop in loops
                )
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name("self"), attr="left" | "right" | "next"), attr=method
            ):
                return method == around.name
        return False

    def unchanged(self, call: ast.Call) -> tuple[str, Severity] | None:
        if not isinstance(call.func, ast.Attribute):
            return None
        method, owner = call.func.attr, call.func.value
        name = (dotted(owner) or "").rpartition(".")[2]
        is_query = method in _OF_QUERIES and _QUERY.fullmatch(name) is not None
        is_frame = method in _OF_FRAMES and _FRAME.fullmatch(name) is not None
        is_value = method in _OF_VALUES and name not in self.source.imports
        has_place = any(each.arg in (None, "inplace") for each in call.keywords)
        if (is_query or is_frame or is_value) and not has_place:
            return f"`{quote(call)}` gives a new object, which is dropped", Severity.MEDIUM
        return None

    def is_expected(self, node: ast.AST) -> bool:
        """True in a test that waits for an error, and in a `try` around the call."""
        inner = node
        for parent in self.tree.above(node):
            if isinstance(parent, FUNCTIONS):
                return False
            if isinstance(parent, (ast.With, ast.AsyncWith)) and any(
                word in quote(item.context_expr) for item in parent.items for word in ("aises", "suppress")
            ):
                return True
            if isinstance(parent, ast.Try) and inner in parent.body and parent.handlers:
                return True
            inner = parent
        return False


def _yields(function: Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own(*function.body))


def _gives_only(function: Function, call: ast.Call) -> bool:
    """True for a function that returns what it finds, and changes nothing that it does not hold itself."""
    given = [node.value for node in own(*function.body) if isinstance(node, ast.Return)]
    if not any(value is not None and not (isinstance(value, ast.Constant) and value.value is None) for value in given):
        return False
    for node in own(*function.body):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                return False
            case ast.Global() | ast.Nonlocal() | ast.Await():
                return False
            # A call that stands alone is there for what it does.
            case ast.Expr(value=ast.Call(func=func)) if not _is_called(func, function.name):
                return False
            case ast.Call(func=func) if node is not call and _may_change(func, function.name):
                return False
    return True


def _may_change(func: ast.expr, name: str) -> bool:
    """True for a call that is a statement in all but form: it writes, or nobody knows what it does."""
    last = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return last != name and (last in _CHANGING or not last)


def _is_called(func: ast.expr, name: str) -> bool:
    return (dotted(func) or "").rpartition(".")[2] == name
