import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Kind, Scopes, scopes_of
from reviewer.analysis.source import Source, children_of, nodes_in
from reviewer.analysis.tree import FUNCTIONS, Tree, catches, dotted, full_name, head_line, own, tree_of

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_EXITS = frozenset({"sys.exit", "os._exit", "os.abort", "exit", "quit"})
_ASKING = frozenset({"locals", "vars", "eval", "exec", "globals", "dir"})
_LOUD = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class DeadCode(ModuleRule):
    """Code that can never run, or a name that is bound and never used.

    Why look: it was meant to do something, or it was left over; the next reader has to find out which.
    Ask: what was it for, and why keep it?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example("def total(order):\n    return sum(order)\n    print(order)\n"),
        Example("def load(path):\n    raise ValueError(path)\n    path.close()\n"),
        Example(
            "def first(rows):\n    for row in rows:\n        if row:\n            continue\n"
            "            log(row)\n        use(row)\n"
        ),
        Example("import sys\n\ndef stop():\n    sys.exit(1)\n    print('stopped')\n"),
        Example("def wait():\n    while True:\n        work()\n    close()\n"),
        Example("def kind(order):\n    if order:\n        return 1\n    else:\n        return 2\n    return 3\n"),
        Example("import json\n\ndef total(order):\n    return sum(order)\n"),
        Example("def total(order):\n    result = sum(order)\n    return 1\n"),
        Example("class Order:\n    def __sum(self):\n        return 1\n\n    def total(self):\n        return 2\n"),
        Example("def total(order):\n    def add(a, b):\n        return a + b\n    return sum(order)\n"),
    )
    VALID = (
        Example("def total(order):\n    if not order:\n        return 0\n    return sum(order)\n"),
        Example("def nothing():\n    return\n    yield\n"),
        Example("def wait():\n    while True:\n        if work():\n            break\n    close()\n"),
        Example("import json\n\n__all__ = ['json']\n"),
        Example("from shop.orders import total\n", path="shop/__init__.py"),
        Example("from shop.orders import total as total\n"),
        Example("try:\n    import fast\nexcept ImportError:\n    fast = None\n"),
        Example("import shop.plugins  # noqa: F401\n"),
        Example(
            "def total(order):\n    _, count = order\n    _unused = 1\n    first, last = order\n    return count\n"
        ),
        Example("def total(order):\n    result = sum(order)\n    return locals()\n"),
        Example(
            "def counter():\n    count = 0\n    def add():\n        nonlocal count\n        count += 1\n"
            "        return count\n    return add\n"
        ),
        Example("from __future__ import annotations\n\nfrom shop import Order\n\ndef f(order: 'Order') -> None: ...\n"),
        Example(
            "class Order:\n    def __sum(self):\n        return 1\n\n    def total(self):\n"
            "        return self.__sum()\n"
        ),
        Example("def total(order):\n    raise NotImplementedError\n    '''Later.'''\n"),
        Example("def test_total():\n    result = total()\n", path="tests/test_total.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        tree, scopes = tree_of(source.tree), scopes_of(source.tree)
        for statement, message in _unreachable(tree, source):
            line = head_line(statement, source, file)
            if line is not None:
                yield LineSighting(line, message)
        if scopes.is_open:
            return
        for node, message in (*_imports(scopes, tree, source, file), *_locals(scopes, tree, file), *_methods(tree)):
            line = head_line(node, source, file)
            if line is not None and "noqa" not in file.lines[line - 1]:
                yield LineSighting(line, message)


def _unreachable(tree: Tree, source: Source) -> Iterator[tuple[ast.stmt, str]]:
    for body in _blocks(tree):
        for statement, after in pairwise(body):
            word = _leaves(statement, tree, source)
            if word is None:
                continue
            # `return` before `yield` makes a generator of nothing; a text is a comment.
            is_kept = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in own(after))
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if not is_kept and not is_text:
                yield after, f"this is never reached: {word} above always leaves"
            break


def _blocks(tree: Tree) -> Iterator[Sequence[ast.stmt]]:
    for kind in (
        ast.If,
        ast.For,
        ast.While,
        ast.AsyncFor,
        ast.Try,
        ast.With,
        ast.AsyncWith,
        ast.ExceptHandler,
        *FUNCTIONS,
        ast.match_case,
    ):
        for node in tree.nodes(kind):
            for name in ("body", "orelse", "finalbody"):
                yield getattr(node, name, [])


def _leaves(node: ast.stmt, tree: Tree, source: Source, depth: int = 0) -> str | None:
    """Return what leaves the block for good, in words; None if what follows may run."""
    if isinstance(node, _LEAVING):
        return f"`{type(node).__name__.lower()}`"
    if depth > 20:
        return None
    match node:
        case ast.Expr(value=ast.Call(func=func)) if full_name(func, source) in _EXITS:
            return f"`{dotted(func)}()`"
        case ast.If(body=[*_, last], orelse=[*_, other]):
            if _leaves(last, tree, source, depth + 1) and _leaves(other, tree, source, depth + 1):
                return "the `if`"
        case ast.While(test=ast.Constant(value=value), body=body) if value:
            if not any(isinstance(part, ast.Break) for part in _in_loop(body)):
                return "the endless loop"
    return None


def _in_loop(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what belongs to a loop itself, not to loops inside it."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor)):
            todo.extend(node.orelse)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            todo.extend(children_of(node))


def _imports(scopes: Scopes, tree: Tree, source: Source, file: ChangedFile) -> Iterator[tuple[ast.AST, str]]:
    """Yield imports that nothing in the file reads."""
    name = PurePosixPath(file.name).name
    if name in ("__init__.py", "conftest.py") or file.is_settings or file.is_test:
        return
    used = {read.name for read in scopes.reads}
    exported = {node.value for node in tree.nodes(ast.Constant) if isinstance(node.value, str)}
    for bound, nodes in scopes.module.bindings.items():
        alias = nodes[0]
        if len(nodes) != 1 or not isinstance(alias, ast.alias) or bound in used or bound in exported:
            continue
        if bound == "*" or bound.startswith("_"):
            continue
        statement = tree.parents.get(alias)
        is_passed_on = alias.asname == alias.name
        if is_passed_on or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            continue
        # `import a.b` may be there for what importing it does.
        if isinstance(statement, ast.Import) and "." in alias.name and alias.asname is None:
            continue
        if not catches(alias, _LOUD, tree, source) and not any(
            isinstance(each, ast.ExceptHandler) for each in tree.above(alias)
        ):
            yield alias, f"`{bound}` is imported and never used"


def _locals(scopes: Scopes, tree: Tree, file: ChangedFile) -> Iterator[tuple[ast.AST, str]]:
    """Yield local variables and functions that nothing reads."""
    if file.is_test:
        return
    read = {(owner, each.name) for each in scopes.reads if (owner := each.scope.lookup(each.name)) is not None}
    for node, scope in scopes.by_node.items():
        if scope.kind is not Kind.FUNCTION or isinstance(node, ast.Lambda) or _asks(node):
            continue
        for name, bindings in scope.bindings.items():
            if name.startswith("_") or (scope, name) in read or name in scope.remote or name in scope.declared:
                continue
            if all(_is_plain(each, tree) for each in bindings):
                what = "defined" if isinstance(bindings[0], FUNCTIONS) else "set"
                yield bindings[0], f"`{name}` is {what} and never used"


def _asks(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and dotted(part.func) in _ASKING for part in nodes_in(node))


def _is_plain(node: ast.AST, tree: Tree) -> bool:
    """True for `name = value` alone: tuples, loops, `with` and parameters bind names nobody has to use."""
    if isinstance(node, FUNCTIONS):
        return not node.decorator_list
    parent = tree.parents.get(node)
    is_assigned = isinstance(parent, ast.Assign) and parent.targets == [node]
    return is_assigned or (isinstance(parent, ast.AnnAssign) and parent.value is not None)


def _methods(tree: Tree) -> Iterator[tuple[ast.AST, str]]:
    """Yield methods of a name only their class can use, which it does not."""
    used = {node.attr for node in tree.nodes(ast.Attribute)} | {
        node.value for node in tree.nodes(ast.Constant) if isinstance(node.value, str)
    }
    for owner in tree.nodes(ast.ClassDef):
        for part in owner.body:
            is_private = isinstance(part, FUNCTIONS) and part.name.startswith("__") and not part.name.endswith("__")
            if is_private and isinstance(part, FUNCTIONS) and part.name not in used and not part.decorator_list:
                yield part, f"`{part.name}` is private to `{owner.name}`, which never uses it"
