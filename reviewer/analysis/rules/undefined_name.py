import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.name_reads import Gap, Lack
from reviewer.analysis.reading_order import gaps
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Read, Scopes, is_given, scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import FUNCTIONS, Function, Tree, dotted, head_line, tree_of

_PYTHON_2 = {
    "unicode": "str",
    "basestring": "str",
    "long": "int",
    "xrange": "range",
    "raw_input": "input",
    "unichr": "chr",
    "reduce": "functools.reduce",
    "reload": "importlib.reload",
    "cmp": "a key function",
    "execfile": "exec",
    "file": "open",
    "StandardError": "Exception",
    "apply": "a call",
    "intern": "sys.intern",
}
_OTHER_LANGUAGES = {
    "true": "True",
    "false": "False",
    "null": "None",
    "nil": "None",
    "undefined": "None",
    "NULL": "None",
    "console": "print",
    "elif_": "elif",
    "nullptr": "None",
    "TRUE": "True",
    "FALSE": "False",
    "NaN": "math.nan",
}
_ASKING = frozenset({"NameError", "UnboundLocalError"})
# Tools put these names into the files they run.
_BROUGHT = {
    "conf.py": frozenset({"tags"}),
    "SConstruct": frozenset({"Import", "Return", "Export", "Environment"}),
    "SConscript.py": frozenset({"Import", "Return", "Export", "Environment"}),
    "gunicorn.conf.py": frozenset({"cpu_count"}),
}
_NOTEBOOK = frozenset({"get_ipython", "display", "spark", "dbutils", "sc", "sqlContext", "displayHTML", "In", "Out"})
_NOTEBOOK_SIGNS = ("# Databricks notebook", "# %%", "# In[", "#%%", "get_ipython()")


class UndefinedName(ModuleRule):
    """A name is read that nothing has bound: not here, not around, and it is no builtin.

    Why look: the line ends in a NameError the first time it runs, and no test has run it yet.
    Ask: which import or assignment was meant, and what ran this line?
    """

    informs = "correctness"
    severity = Severity.HIGH

    INVALID = (
        Example("def load(path):\n    return json.load(open(path))\n"),
        Example("import json\n\ntry:\n    json.loads(text)\nexcept JSONDecodeError:\n    raise\ntext = ''\n"),
        Example("class Order(BaseModel):\n    number: int\n"),
        Example("def total(prices: List[float]) -> float:\n    return sum(prices)\n"),
        Example("def total(prices):\n    for price in prices:\n        amount += price\n    return amount\n"),
        Example("rate = 2\n\ndef price(value):\n    result = value * rate\n    rate = 3\n    return result\n"),
        Example("def load(path):\n    value = paht.read_text()\n    return value\n"),
        Example("__all__ = ['load', 'store']\n\ndef load():\n    return 1\n"),
        Example("def text(value):\n    return unicode(value)\n"),
        Example("DEBUG = true\n"),
        Example("def f(x):\n    del x\n    return x\n"),
        Example("def f(job):\n    try:\n        job()\n    except OSError as error:\n        pass\n    return error\n"),
        Example(
            "def f(job):\n    try:\n        value = job()\n    except OSError:\n        print('no')\n    return value\n"
        ),
        Example("def f(job):\n    if job:\n        value = job()\n    return value\n"),
        Example("def total(order):\n    return 1\n\ndef total(order):\n    return 2\n"),
        Example("def test_a():\n    assert load()\n", path="tests/test_orders.py"),
        Example("import logging\n\ndef f():\n    with open('a') as f:\n        pass\n    return lgging\n"),
        Example("class Order:\n    def copy(self) -> Order:\n        return self\n"),
        Example("print(total(1))\n\ndef total(order):\n    return order\n"),
        Example("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop import Order\n\nNEW = Order()\n"),
    )
    VALID = (
        Example("import json\n\ndef load(path):\n    return json.load(open(path))\n"),
        Example("def load():\n    return helper()\n\ndef helper():\n    return 1\n"),
        Example("from shop.names import *\n\ndef load(path):\n    return json.load(open(path))\n"),
        Example(
            "try:\n    unicode\nexcept NameError:\n    unicode = str\n\ndef text(value):\n    return unicode(value)\n"
        ),
        Example("def load():\n    global cache\n    cache = {}\n\ndef find():\n    return cache\n"),
        Example("exec(code)\nprint(result)\n"),
        Example("def find(items):\n    return [item.price for item in items if (low := item.low)] or low\n"),
        Example("class Order:\n    size = 1\n    sizes = [size]\n\n    def kind(self):\n        return __class__\n"),
        Example(
            "from __future__ import annotations\n\nclass Order:\n    def copy(self) -> Order:\n        return self\n"
        ),
        Example(
            "def total(prices):\n    amount = 0\n    for price in prices:\n        amount += price\n    return amount\n"
        ),
        Example(
            "def f(rows):\n    for number, row in enumerate(rows):\n        if number:\n"
            "            use(last)\n        last = row\n\ndef use(x): ...\n"
        ),
        Example(
            "def f(job):\n    if job:\n        value = job()\n    if job:\n        return value\n    return None\n"
        ),
        Example(
            "def f(job):\n    try:\n        value = job()\n    except OSError:\n"
            "        raise ValueError(job)\n    return value\n"
        ),
        Example(
            "def f(job):\n    while True:\n        try:\n            value = job()\n            break\n"
            "        except OSError:\n            pass\n    return value\n"
        ),
        Example(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop import Order\n\n"
            "def f(order: 'Order') -> None: ...\n"
        ),
        Example(
            "from typing import overload\n\n@overload\ndef f(x: int) -> int: ...\n@overload\n"
            "def f(x: str) -> str: ...\ndef f(x):\n    return x\n"
        ),
        Example(
            "class Order:\n    @property\n    def size(self):\n        return 1\n\n    @size.setter\n"
            "    def size(self, value):\n        pass\n"
        ),
        Example(
            "import sys\n\nif sys.version_info >= (3, 12):\n    def load(): return 1\nelse:\n    def load(): return 2\n"
        ),
        Example("__all__ = ['load']\n\ndef __getattr__(name):\n    return name\n"),
        Example("def __getattr__(name):\n    return name\n\n__all__ = ['load']\n"),
        Example(
            "def f(x):\n    match x:\n        case {'a': a, **rest}:\n            return a, rest\n"
            "        case [b, *more]:\n            return b, more\n"
        ),
        Example("if 'x' in globals():\n    print(x)\nx = 1\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        scopes = scopes_of(source.tree)
        known: set[int] = set()
        for sighting in (*_unbound(source, file, scopes), *_too_early(source, file, scopes)):
            if sighting.line not in known:
                known.add(sighting.line)
                yield sighting
        yield from _missing_exports(source, file, scopes)
        yield from _defined_twice(source, file, scopes)


def _unbound(source: Source, file: ChangedFile, scopes: Scopes) -> Iterator[LineSighting]:
    """Report names that no scope binds, and those that only type checkers import."""
    if scopes.has_stars or scopes.is_open:
        return
    brought = _BROUGHT.get(PurePosixPath(file.name).name, frozenset())
    if any(sign in line for line in file.lines[:1000] for sign in _NOTEBOOK_SIGNS):
        brought |= _NOTEBOOK
    tree = tree_of(source.tree)
    is_lazy = source.imports.get("annotations") == "__future__.annotations"
    for read in scopes.reads:
        line = head_line(read.node, source, file)
        if line is None or is_given(read) or read.name in brought:
            continue
        owner = read.scope.lookup(read.name)
        if owner is None and not _is_asked(read.node, tree):
            is_harmless = read.is_quoted or (read.is_type and (is_lazy or file.suffix == ".pyi"))
            yield LineSighting(line, _nowhere(read), Severity.MEDIUM if is_harmless else None)
        elif owner is scopes.module and not read.is_type and file.suffix != ".pyi":
            is_missing = _is_for_types(owner.bindings[read.name], tree)
            if is_missing and not _is_under_type_checking(read.node, tree):
                message = f"`{read.name}` is imported for type checkers only; at run time it is not there"
                yield LineSighting(line, message)


def _nowhere(read: Read) -> str:
    if read.name in _PYTHON_2:
        return f"`{read.name}` is Python 2; Python 3 has `{_PYTHON_2[read.name]}`"
    if read.name in _OTHER_LANGUAGES:
        return f"`{read.name}` is no Python name; `{_OTHER_LANGUAGES[read.name]}` is"
    return f"`{read.name}` is not defined anywhere in this file and is no builtin"


def _is_asked(node: ast.AST, tree: Tree) -> bool:
    """True if the code expects that the name may be missing: `try: unicode except NameError: ...`."""
    inner = node
    for parent in tree.above(node):
        if isinstance(parent, ast.Try) and any(inner is statement for statement in parent.body):
            for handler in parent.handlers:
                kinds = [handler.type] if handler.type is not None else []
                names = {dotted(part) for kind in kinds for part in nodes_in(kind)}
                if handler.type is None or names & _ASKING:
                    return True
        # `str if PY3 else unicode`
        if isinstance(parent, (ast.If, ast.IfExp)) and any(
            word in ast.dump(parent.test) for word in ("version_info", "PY2", "PY3", "IS_PY", "is_py", "python_2")
        ):
            return True
        inner = parent
    return False


def _is_for_types(bindings: Sequence[ast.AST], tree: Tree) -> bool:
    return all(isinstance(node, ast.alias) and _is_under_type_checking(node, tree) for node in bindings)


def _is_under_type_checking(node: ast.AST, tree: Tree) -> bool:
    inner = node
    for parent in tree.above(node):
        is_for_types = isinstance(parent, ast.If) and (dotted(parent.test) or "").endswith("TYPE_CHECKING")
        if is_for_types and isinstance(parent, ast.If) and all(inner is not each for each in parent.orelse):
            return True
        inner = parent
    return False


def _too_early(source: Source, file: ChangedFile, scopes: Scopes) -> Iterator[LineSighting]:
    """Report reads before the name has a value, in the functions and the module's statements that changed."""
    if file.suffix == ".pyi":
        return
    added = sorted(file.added)
    tree = tree_of(source.tree)
    functions: list[Function] = [*tree.nodes(ast.FunctionDef), *tree.nodes(ast.AsyncFunctionDef)]
    touched = [function for function in functions if _is_touched(function, source, added)]
    scoped: list[ast.Module | Function] = [source.tree, *touched]
    for node in scoped:
        doubted: set[str] = set()
        for gap in gaps(node, scopes):
            line = head_line(gap.node, source, file)
            # A doubt is raised at the first read; whoever answers it answers the others.
            if line is not None and (gap.is_sure or gap.name not in doubted):
                doubted.add(gap.name)
                yield LineSighting(line, _early(gap), _weight(gap))


def _is_touched(node: Function, source: Source, added: Sequence[int]) -> bool:
    first, last = source.numbers[node.lineno - 1], source.numbers[(node.end_lineno or node.lineno) - 1]
    place = bisect_left(added, first)
    return place < len(added) and added[place] <= last


def _early(gap: Gap) -> str:
    name = f"`{gap.name}`"
    if gap.is_sure:
        after = "was deleted before this" if gap.lack is Lack.REMOVED else "has no value yet when this line runs"
        return f"{name} {after}"
    match gap.lack:
        case Lack.FAILED:
            return f"{name} has no value here if the `try` above failed before it was set"
        case Lack.REMOVED:
            return f"{name} may be gone here: the `except` or `del` above removes it"
        case _:
            return f"{name} has no value here if the `if` above did not hold"


def _weight(gap: Gap) -> Severity | None:
    if gap.is_sure:
        return Severity.MEDIUM if gap.is_type else None
    return Severity.LOW


def _missing_exports(source: Source, file: ChangedFile, scopes: Scopes) -> Iterator[LineSighting]:
    """Report names in `__all__` that the module does not have."""
    names = scopes.module.bindings
    if scopes.has_stars or scopes.is_open or "__getattr__" in names or "__all__" not in names:
        return
    is_package = PurePosixPath(file.name).name.startswith("__init__.")
    for statement in source.tree.body:
        for item in _exported(statement):
            line = head_line(item, source, file)
            name = str(item.value)
            if line is None or name in names or name in ("__version__", "__doc__"):
                continue
            if is_package and _may_be_submodule(name, file):
                continue
            yield LineSighting(line, f"`__all__` names `{name}`, which this module does not define")


def _exported(statement: ast.stmt) -> Iterator[ast.Constant]:
    match statement:
        case (
            ast.Assign(targets=[ast.Name("__all__")], value=value)
            | ast.AugAssign(target=ast.Name("__all__"), value=value)
        ):
            pass
        case ast.AnnAssign(target=ast.Name("__all__"), value=ast.expr() as value):
            pass
        case _:
            return
    if isinstance(value, (ast.List, ast.Tuple)):
        yield from (item for item in value.elts if isinstance(item, ast.Constant) and isinstance(item.value, str))


def _may_be_submodule(name: str, file: ChangedFile) -> bool:
    folder = str(PurePosixPath(file.name).parent)
    names = file.project.names
    if not names:
        return True
    stems = (f"{folder}/{name}.", f"{folder}/{name}/")
    return any(known.startswith(stems) for known in names)


def _defined_twice(source: Source, file: ChangedFile, scopes: Scopes) -> Iterator[LineSighting]:
    """Report a function or class that takes the place of another of its block before anything used that."""
    reads: dict[str, list[int]] = {}
    tree = tree_of(source.tree)
    owners: list[ast.ClassDef | Function] = [*tree.nodes(ast.ClassDef), *tree.nodes(ast.FunctionDef)]
    owners += tree.nodes(ast.AsyncFunctionDef)
    for body in (source.tree.body, *(owner.body for owner in owners)):
        before: dict[str, ast.stmt] = {}
        for statement in body:
            if not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                continue
            first = before.get(statement.name)
            before[statement.name] = statement
            line = head_line(statement, source, file)
            if first is None or line is None or _is_variant(first) or _is_variant(statement):
                continue
            if not reads:
                for read in scopes.reads:
                    reads.setdefault(read.name, []).append(read.node.lineno)
            start, end = first.end_lineno or first.lineno, statement.lineno
            if not any(start < place <= end for place in reads.get(statement.name, ())):
                yield LineSighting(
                    line, f"`{statement.name}` replaces the one defined on line {first.lineno}, which nothing has used"
                )


def _is_variant(statement: ast.stmt) -> bool:
    """True if decorators may have kept it: `@overload`, `@size.setter`, `@register`; or its name says it is unused."""
    if not isinstance(statement, (*FUNCTIONS, ast.ClassDef)) or set(statement.name) == {"_"}:
        return True
    kept = ("staticmethod", "classmethod", "property", "functools.lru_cache", "lru_cache", "cache", "functools.wraps")
    return any(dotted(node) not in kept for node in statement.decorator_list)
