import ast
import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Kind, scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import (
    FUNCTIONS,
    Node,
    Tree,
    added_line,
    dotted,
    full_name,
    head_line,
    names_stored,
    quote,
    tree_of,
)

_Fault = tuple[str, Severity | None]
# Of these the result is all there is.
_PURE_BUILTINS = frozenset(
    {"sorted", "reversed", "isinstance", "issubclass", "callable", "repr", "abs", "round", "map", "filter", "zip"}
    | {"enumerate", "range", "min", "max", "len", "str", "bool", "frozenset", "set", "dict", "tuple", "all", "any"}
    | {"id", "chr", "ord", "bin", "hex", "oct", "ascii", "slice", "divmod"}
)
# Alone on a line these mostly read an iterator to its end or ask whether a value can be converted.
_DRAINS = frozenset({"len", "set", "dict", "tuple", "all", "any", "str", "min", "max", "frozenset", "bool"})
_PURE_CALLS = frozenset(
    {"re.sub", "re.escape", "re.split", "re.findall", "os.path.join", "os.path.exists", "os.path.basename"}
    | {"os.path.dirname", "os.path.isfile", "os.path.isdir", "copy.copy", "copy.deepcopy", "json.dumps", "os.getcwd"}
    | {"dataclasses.replace", "datetime.timedelta", "math.floor", "math.ceil", "math.sqrt", "textwrap.dedent"}
    | {"html.escape", "shlex.quote", "urllib.parse.quote", "time.time", "operator.itemgetter", "functools.partial"}
)
_STRING_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "upper", "lower", "title", "capitalize", "casefold", "swapcase", "zfill", "ljust"}
    | {"rjust", "removeprefix", "removesuffix", "startswith", "endswith", "isdigit", "isalpha", "isalnum", "splitlines"}
    | {"isspace", "expandtabs", "isnumeric", "islower", "isupper"}
)
_TAKING = frozenset(
    {"strip", "lstrip", "rstrip", "zfill", "ljust", "rjust", "removeprefix", "removesuffix", "startswith", "endswith"}
    | {"splitlines", "expandtabs"}
)
# Bound methods somebody forgot to call.
_ACTIONS = frozenset(
    {"close", "commit", "rollback", "flush", "save", "clear", "sort", "reverse", "start", "stop", "shutdown", "join"}
    | {"cancel", "release", "acquire", "disconnect", "connect", "refresh", "delete", "terminate", "kill", "cleanup"}
    | {"increment", "reset", "notify", "wait", "execute", "run", "quit", "exit", "strip", "lower", "upper", "read"}
)
_RETURN_NONE = frozenset({"append", "extend", "sort", "reverse", "clear", "insert", "add", "discard", "update"})
_LIST_ONLY = frozenset({"append", "extend", "reverse", "insert"})
_RAISING_CONTEXTS = regex(r"raises|suppress|assertRaises\w*|warns|assertWarns\w*|assert_\w+|deprecated_call|expect\w*")
# Some libraries make `a >> b` and `a | b` say in which order things run.
_PIPES = (ast.LShift, ast.RShift, ast.BitOr, ast.BitAnd, ast.MatMult)
_ACTING = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_NOT_A_NUMBER = frozenset({"math.nan", "numpy.nan", "numpy.NaN", "numpy.NAN", "cmath.nan", "torch.nan"})
_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
) - {"Warning"}
_SINKS = regex(r"(\w*\.)*(log|logger|logging|_log|_logger|LOG|LOGGER)\.\w+|print|(\w+\.)*(execute|executemany|text)")
# Constants that are true or false themselves.
_FLAG = regex(
    r"DEBUG|VERBOSE|QUIET|TEST\w*|FORCE\w*|DRY_RUN|(IS|HAS|USE|ENABLE|ALLOW|NO|WITH|HAVE|SKIP|IN)_\w+|\w+_(ENABLED|MODE)"
    r"|PY\w*|WINDOWS|LINUX|MACOS|POSIX|TYPE_CHECKING|TRUE|FALSE"
)
_SAMPLES = 3
_CELLS = ("# %%", "#%%", "# In[", "# Databricks")


class NoEffect(ModuleRule):
    """A statement works something out and throws it away, or tests what can only come out one way.

    Why look: the author meant it to do something, and it does nothing.
    Ask: what was this line to change?
    """

    informs = "correctness"
    severity = Severity.HIGH

    INVALID = (
        Example("def close(order):\n    order.state == 'closed'\n"),
        Example("def close(connection):\n    connection.commit\n    connection.close\n"),
        Example("def clean(name):\n    name.strip()\n    return name\n"),
        Example("def clean(name):\n    name.replace('a', 'b')\n    return name\n"),
        Example("def order(rows):\n    sorted(rows)\n    return rows\n"),
        Example("def check(price):\n    if price < 0:\n        ValueError('negative')\n"),
        Example("def kind(value):\n    return value is 'new' or value is 3\n"),
        Example("def same(order):\n    return order.price == order.price\n"),
        Example("def is_missing(value):\n    return value == float('nan')\n"),
        Example("import numpy as np\n\nmissing = rate == np.nan\n"),
        Example("def set_rate(self, rate):\n    rate = rate\n"),
        Example("def add(total):\n    total =+ 1\n    return total\n"),
        Example("def kind(value):\n    if value == 'a' or 'b':\n        return 1\n"),
        Example(
            "from calendar import SATURDAY, SUNDAY\n\ndef f(day):\n    if day == SATURDAY or SUNDAY:\n        go()\n"
        ),
        Example("def is_done(tea):\n    return tea.state == State.COLD or State.GONE\n"),
        Example("def kind(name):\n    return 1 if 'a' or 'b' in name else 2\n"),
        Example("def kind(name):\n    return name == ('a' or 'b')\n"),
        Example("def f(name, ready):\n    while ready and (name != 'a' and 'b'):\n        go()\n"),
        Example("def is_ready(): ...\n\ndef go():\n    if is_ready:\n        run()\n"),
        Example("def base(name):\n    return name.rstrip('.jpeg')\n"),
        Example("def order(rows):\n    rows = rows.sort()\n    return rows\n"),
        Example("def f(cursor):\n    cursor.execute(f'SELECT name FROM orders')\n"),
        Example("def f():\n    [1, 2, 3]\n    42\n"),
        Example("def f(a, b):\n    a + b\n    return a\n"),
        Example("def f(name):\n    f'''Say {name}.'''\n    return name\n"),
        Example("import contextlib\n\nwith contextlib.suppress():\n    go()\n"),
        Example("if (price, 'too low'):\n    stop()\n"),
        Example("def test_a(order):\n    order.state == 'open'\n", path="tests/test_orders.py"),
    )
    VALID = (
        Example(
            "import pytest\n\ndef test_a(a, b):\n    with pytest.raises(TypeError):\n        a < b\n",
            path="tests/test_a.py",
        ),
        Example(
            "def f(a, b):\n    try:\n        a < b\n    except TypeError:\n        return False\n    return True\n"
        ),
        Example("def is_nan(value):\n    return value != value\n"),
        Example("class Order:\n    '''An order.'''\n    size: int\n    ...\n"),
        Example("def test_same(order):\n    assert order == order\n", path="tests/test_orders.py"),
        Example("def f(path, target):\n    path.replace(target)\n    path.rename(target)\n"),
        Example("from airflow import DAG\n\nload >> clean >> store\n"),
        Example("class Order:\n    size = size\n"),
        Example("def f(items):\n    items.sort()\n    items = sorted(items)\n    return items\n"),
        Example("def f(value):\n    return value is None or value is True or value is ... or value == 'a'\n"),
        Example("def f(total):\n    total = -1\n    total = +1\n    return total\n"),
        Example("while True:\n    go()\n"),
        Example(
            "from config import DEBUG, TEA\n\ndef f(kind):\n    if kind == TEA or DEBUG or kind == 'a':\n        go()\n"
        ),
        Example("def f(day):\n    rate = day == SUNDAY and RATE or 'x'\n    return rate or 'a' or 'b'\n"),
        Example("def f(name=None):\n    return name or 'nobody'\n"),
        Example("def base(name):\n    return name.rstrip('\\r\\n').strip('/.')\n"),
        Example("def f(rows):\n    return [row.strip() for row in rows]\n"),
        Example(
            "def f(rows):\n    [print(row) for row in rows]\n    rows and print(rows)\n"
            "    print(rows) if rows else None\n"
        ),
        Example("async def f(task):\n    await task\n    yield\n"),
        Example("from orders import is_ready\n\nif is_ready:\n    run()\n"),
        Example("def f(a):\n    a.update(b=1)\n    merged = a.update\n    b = bag.add(1)\n    return merged, b\n"),
        Example("x: int\nreveal_type(x)\n"),
        Example("def f():\n    raise ValueError('no')\n"),
        Example(
            "def walk(seen, name, hash):\n    seen = seen.add(name)\n    hash = hash.update(name)\n"
            "    return seen, hash\n"
        ),
        Example("# %%\nrows\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        look = _Look(source, file, tree_of(source.tree))
        found = list(look.faults())
        # A file that calls things for show again and again, as documentation does, is no program.
        shown = [node for node, _ in found if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
        samples = {node for node in shown if look.tree.scope(node) is None}
        for node, fault in found:
            if len(samples) > _SAMPLES and node in samples:
                continue
            line = head_line(node, source, file) or added_line(node, source, file)
            if line is not None:
                yield LineSighting(line, *fault)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    file: ChangedFile
    tree: Tree

    def faults(self) -> Iterator[tuple[ast.AST, _Fault]]:
        yield from self.each(ast.Expr, self.statement)
        yield from self.each(ast.Compare, self.comparison)
        yield from self.each(ast.Assign, self.assignment)
        yield from self.each(ast.BoolOp, self.choice)
        yield from self.each(ast.Call, self.call)
        tests = [node.test for node in self.tree.nodes(ast.If)] + [node.test for node in self.tree.nodes(ast.IfExp)]
        # A `while` over a literal is meant to run for ever, or never.
        tests += [node.test for node in self.tree.nodes(ast.While) if not isinstance(node.test, ast.Constant)]
        for test in tests:
            fault = self.test(test) if added_line(test, self.source, self.file) is not None else None
            if fault is not None:
                yield test, fault

    def each(self, kind: type[Node], check: Callable[[Node], _Fault | None]) -> Iterator[tuple[ast.AST, _Fault]]:
        for node in self.tree.nodes(kind):
            fault = check(node) if added_line(node, self.source, self.file) is not None else None
            if fault is not None:
                yield node, fault

    def statement(self, node: ast.Expr) -> _Fault | None:
        fault = self.docstring(node) if isinstance(node.value, ast.JoinedStr) else self.wasted(node.value)
        if fault is None or self.is_expected_to_raise(node) or self.is_shown(node):
            return None
        return fault

    def docstring(self, node: ast.Expr) -> _Fault | None:
        owner = self.tree.parents.get(node)
        is_first = isinstance(owner, (*FUNCTIONS, ast.ClassDef, ast.Module)) and owner.body[0] is node
        return ("an f-string is no docstring: it is worked out and dropped", Severity.MEDIUM) if is_first else None

    def wasted(self, value: ast.expr) -> _Fault | None:
        match value:
            case ast.Call():
                return self.dropped(value)
            case ast.Compare():
                hint = "; `=` was meant?" if len(value.ops) == 1 and isinstance(value.ops[0], ast.Eq) else ""
                return f"`{quote(value)}` compares and drops the answer{hint}", None
            case ast.Attribute(attr=name) if name in _ACTIONS:
                return f"`{quote(value)}` names the method and does not call it", None
            case ast.Attribute() | ast.Name():
                return f"`{quote(value)}` alone does nothing", Severity.LOW
            case ast.JoinedStr():
                return "an f-string here is worked out and dropped; as a docstring it does not count", Severity.MEDIUM
            case ast.Constant(value=constant) if constant is not ... and not isinstance(constant, str):
                return f"`{quote(value)}` alone does nothing", Severity.LOW
            case ast.List() | ast.Set() | ast.Dict() | ast.Tuple():
                return f"`{quote(value)}` is built and dropped", Severity.MEDIUM
            case ast.UnaryOp() | ast.Lambda() | ast.GeneratorExp() | ast.Subscript(slice=ast.Slice()):
                return f"`{quote(value)}` is worked out and dropped", Severity.MEDIUM
            case ast.BinOp(op=operator) if not isinstance(operator, _PIPES) and not _acts(value):
                return f"`{quote(value)}` is worked out and dropped", Severity.MEDIUM
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) if not _acts(element):
                return f"`{quote(value)}` is built and dropped", Severity.MEDIUM
            case ast.BoolOp() if not _acts(value):
                return f"`{quote(value)}` is worked out and dropped", Severity.MEDIUM
        return None

    def dropped(self, call: ast.Call) -> _Fault | None:
        name = full_name(call.func, self.source) or ""
        shown = f"`{quote(call)}`"
        if name in _EXCEPTIONS and not self.is_bound(name):
            return f"{shown} makes an exception and does not raise it", None
        if name in _PURE_BUILTINS and not self.is_bound(name):
            is_weak = name in _DRAINS and bool(call.args)
            how = (
                "a lazy iterator that nothing reads" if name in ("map", "filter", "zip") else "a result that is dropped"
            )
            return f"{shown} gives {how}", Severity.LOW if is_weak else None
        if name in _PURE_CALLS:
            return f"{shown} gives a result that is dropped", None
        if not isinstance(call.func, ast.Attribute):
            return None
        method, owner = call.func.attr, call.func.value
        is_text = isinstance(owner, (ast.Constant, ast.JoinedStr))
        if method == "replace":
            is_plain = len(call.args) in (2, 3) and not call.keywords and not self.is_module(owner)
            is_dropped = is_plain and all(_may_be_text(argument) for argument in call.args[:2])
        else:
            takes_nothing = method not in _TAKING and bool(call.args)
            is_dropped = (method in _STRING_METHODS and not takes_nothing and not self.is_module(owner)) or (
                is_text and method in ("format", "join", "split", "encode", "replace")
            )
        # A class of somebody's own may change itself by a method of that name.
        severity = None if is_text else Severity.MEDIUM
        return (f"{shown} gives a new string, which is dropped", severity) if is_dropped else None

    def is_module(self, node: ast.AST) -> bool:
        name = dotted(node)
        return name is not None and (name.partition(".")[0] in self.source.imports or name in ("self", "cls"))

    def is_bound(self, name: str) -> bool:
        return name in scopes_of(self.source.tree).module.bindings

    def is_expected_to_raise(self, node: ast.AST) -> bool:
        """True in `with raises(...)` and in a `try` that waits for an error of its own lines."""
        inner = node
        for parent in self.tree.above(node):
            if isinstance(parent, (*FUNCTIONS, ast.ClassDef)):
                return False
            if isinstance(parent, (ast.With, ast.AsyncWith)):
                calls = [item.context_expr for item in parent.items]
                names = [dotted(call.func if isinstance(call, ast.Call) else call) or "" for call in calls]
                if any(_RAISING_CONTEXTS.fullmatch(name.rpartition(".")[2]) for name in names):
                    return True
            if isinstance(parent, ast.Try) and parent.handlers and any(inner is each for each in parent.body):
                return True
            inner = parent
        return False

    def is_shown(self, node: ast.Expr) -> bool:
        """True at the end of a notebook's cell, and for a name imported for its side effects."""
        if self.tree.scope(node) is None and any(line.startswith(_CELLS) for line in self.file.lines):
            return True
        name = dotted(node.value)
        return isinstance(node.value, ast.Name) and (name in self.source.imports or name == "__tracebackhide__")

    def comparison(self, node: ast.Compare) -> _Fault | None:
        if len(node.ops) != 1:
            return None
        left, right, operator = node.left, node.comparators[0], node.ops[0]
        for side in (left, right):
            if isinstance(operator, (ast.Is, ast.IsNot)) and _is_literal(side):
                return f"`{quote(node)}` asks for the same object, not the same value; use `==`", None
            if isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)) and self.is_nan(side):
                return f"`{quote(node)}` never holds as meant: NaN equals nothing; use `math.isnan`", None
        is_same = ast.dump(left) == ast.dump(right) and not any(isinstance(part, ast.Call) for part in nodes_in(left))
        # `x != x` is how one asks for NaN without `math`.
        is_question = isinstance(operator, (ast.NotEq, ast.Eq)) and isinstance(left, ast.Name)
        if not is_same or self.file.is_test or (is_question and isinstance(operator, ast.NotEq)):
            return None
        if isinstance(operator, (ast.In, ast.NotIn)):
            return None
        return f"`{quote(node)}` compares a value with itself", None

    def is_nan(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(text))]) if full_name(func, self.source) in (
                "float",
                "decimal.Decimal",
            ):
                return text.strip().lower().lstrip("+-") == "nan"
        return full_name(node, self.source) in _NOT_A_NUMBER

    def assignment(self, node: ast.Assign) -> _Fault | None:
        if len(node.targets) != 1:
            return None
        target, value = node.targets[0], node.value
        match target, value:
            case ast.Name(id=name), ast.Name(id=other) if name == other:
                # In a class body, or at module level, it copies the name from another scope.
                if self.tree.function(node) is self.tree.scope(node) is not None:
                    return f"`{name} = {name}` changes nothing", Severity.MEDIUM
            case _, ast.UnaryOp(op=ast.UAdd() | ast.USub()) if self.is_twisted(node):
                sign = "+" if isinstance(value.op, ast.UAdd) else "-"
                return f"`={sign}` assigns `{sign}{quote(value.operand)}`; `{sign}=` was meant?", None
            case ast.Name() | ast.Attribute(), ast.Call(func=ast.Attribute(value=owner, attr=method)):
                is_same = dotted(target) == dotted(owner) and dotted(owner) is not None
                if method in _LIST_ONLY and is_same and not self.is_foreign(owner):
                    return f"`{quote(value)}` returns None, and `{dotted(target)}` is now that", None
                if method == "sort" and not value.args and not self.is_module(owner) and not self.is_foreign(owner):
                    return f"`{quote(value)}` returns None; the list itself is what it sorted", None
        return None

    def is_foreign(self, owner: ast.expr) -> bool:
        """True if a frame or an array library is about, whose `append` and `sort` return something."""
        return any(
            origin.partition(".")[0]
            in ("pandas", "numpy", "polars", "torch", "jax", "pyspark", "django", "pymongo", "tensorflow", "pyrsistent")
            for origin in self.source.imports.values()
        ) or "." in (dotted(owner) or "")

    def is_twisted(self, node: ast.Assign) -> bool:
        """True for `x =+ 1`: the sign stands at the `=` and a blank after it."""
        line = self.source.lines[node.value.lineno - 1].encode()
        before, after = line[: node.value.col_offset], line[node.value.col_offset + 1 :]
        return before.endswith(b"=") and not before.endswith(b"==") and after.startswith(b" ")

    def choice(self, node: ast.BoolOp) -> _Fault | None:
        """Report `x == "a" or "b"` and `"a" or "b" in x`, which always come out the same, and `x == ("a" or "b")`."""
        first, *others = node.values
        is_or = isinstance(node.op, ast.Or)
        parent = self.tree.parents.get(node)
        if is_or and all(_is_true(value) for value in node.values) and isinstance(parent, ast.Compare):
            return f"`{quote(node)}` is always `{quote(first)}`; the others are compared with nothing", None
        if is_or and _is_true(first) and self.is_test(node):
            return f"`{quote(node)}` is always true: `{quote(first)}` is not compared with anything", None
        compared = next((value for value in node.values if isinstance(value, ast.Compare)), None)
        if compared is None or compared is not first or not isinstance(compared.ops[0], (ast.Eq, ast.NotEq, ast.In)):
            return None
        right = compared.comparators[0]
        for value in others:
            is_literal = _is_true(value) and (self.is_tested(node) or (is_or and isinstance(right, ast.Constant)))
            is_returned = is_or and isinstance(parent, (ast.Return, ast.comprehension))
            if is_literal or ((self.is_tested(node) or is_returned) and self.is_alike(value, right)):
                how = "always true" if is_or else f"no more than `{quote(compared)}`"
                return f"`{quote(node)}` is {how}: `{quote(value)}` is not compared with anything", None
        return None

    def is_tested(self, node: ast.AST) -> bool:
        """True for a test, and for a part of one whose truth is all that counts."""
        inner = node
        for parent in self.tree.above(node):
            is_and = isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.And)
            if not is_and and not isinstance(parent, ast.UnaryOp):
                return self.is_test(inner)
            inner = parent
        return False

    def is_alike(self, one: ast.expr, other: ast.expr) -> bool:
        """True for two members of one enum, and for two constants of one kind: of one import, one line, one prefix."""
        name, _, last = (full_name(one, self.source) or "").rpartition(".")
        other_name, _, other_last = (full_name(other, self.source) or "").rpartition(".")
        if not last.isupper() or not other_last.isupper() or name != other_name or _FLAG.fullmatch(last):
            return False
        if name or last.partition("_")[0] == other_last.partition("_")[0]:
            return len(last) > 1
        places = [scopes_of(self.source.tree).module.bindings.get(each, [None])[0] for each in (last, other_last)]
        lines = {getattr(self.tree.parents.get(place, one), "lineno", 0) for place in places if place is not None}
        return None not in places and max(lines) - min(lines) <= 1

    def is_test(self, node: ast.AST) -> bool:
        parent = self.tree.parents.get(node)
        return isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)) and parent.test is node

    def test(self, test: ast.expr) -> _Fault | None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test = test.operand
        shown = f"`if {quote(test)}`"
        match test:
            case ast.Tuple(elts=[_, *_]):
                return f"{shown} always holds: a tuple is true", None
            case ast.Lambda() | ast.GeneratorExp():
                return f"{shown} always holds, whatever it would give", None
            case ast.Constant(value=bool() | 0 | 1):
                return f"{shown} always comes out the same", Severity.INFO
            case ast.Constant(value=value) if value is not ...:
                return f"{shown} always comes out the same", Severity.LOW
            case ast.List() | ast.Set() | ast.Dict() | ast.Tuple() | ast.JoinedStr(values=[ast.Constant(), *_]):
                return f"{shown} always comes out the same", Severity.LOW
            case ast.Name(id=name):
                return self.uncalled(name, test)
            case ast.Attribute(value=ast.Name(id=owner), attr=method) if owner in ("self", "cls"):
                return self.uncalled_method(method, test)
        return None

    def uncalled(self, name: str, test: ast.expr) -> _Fault | None:
        scopes = scopes_of(self.source.tree)
        around = self.tree.function(test)
        scope = scopes.by_node.get(around, scopes.module) if around is not None else scopes.module
        owner = scope.lookup(name)
        bindings = owner.bindings[name] if owner is not None else []
        if owner is None or owner.kind is Kind.CLASS or len(bindings) != 1 or scopes.has_stars:
            return None
        parent = self.tree.parents.get(bindings[0])
        if not isinstance(bindings[0], (*FUNCTIONS, ast.ClassDef)) or not isinstance(parent, (ast.Module, *FUNCTIONS)):
            return None
        kind = "class" if isinstance(bindings[0], ast.ClassDef) else "function"
        return f"`if {name}` asks for the {kind} itself, which is always true; `{name}()` was meant?", None

    def uncalled_method(self, method: str, test: ast.expr) -> _Fault | None:
        around = next((node for node in self.tree.above(test) if isinstance(node, ast.ClassDef)), None)
        named = [part for part in around.body if isinstance(part, FUNCTIONS) and part.name == method] if around else []
        if len(named) != 1 or named[0].decorator_list or around is None:
            return None
        if method in names_stored(around):
            return None
        return f"`if {quote(test)}` asks for the method itself, which is always true; call it", None

    def call(self, node: ast.Call) -> _Fault | None:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="strip" | "lstrip" | "rstrip" as method), args=[ast.Constant(value=text)]
            ):
                if isinstance(text, (str, bytes)) and _is_word(text):
                    other = "removeprefix" if method == "lstrip" else "removesuffix"
                    return f"`.{method}({text!r})` takes away any of these letters; `{other}` takes the word", None
        if full_name(node.func, self.source) == "contextlib.suppress" and not node.args:
            return "`suppress()` without a type suppresses nothing", Severity.MEDIUM
        name = dotted(node.func)
        if name is None or not node.args or not (_SINKS.fullmatch(name)):
            return None
        first = node.args[0]
        if isinstance(first, ast.JoinedStr) and all(isinstance(part, ast.Constant) for part in first.values):
            return f"the f-string in `{name}(...)` has nothing to fill in", Severity.LOW
        return None


def _is_true(node: ast.expr) -> bool:
    """True for a text or a number that counts as true."""
    match node:
        case ast.Constant(value=str() | int() as value):
            return bool(value) and not isinstance(value, bool)
    return False


def _acts(node: ast.expr) -> bool:
    """True for what may do something at once: calls, awaits, yields."""
    if isinstance(node, ast.Lambda):
        return any(_acts(default) for default in (*node.args.defaults, *node.args.kw_defaults) if default)
    if isinstance(node, ast.GeneratorExp):
        return _acts(node.generators[0].iter)
    return any(isinstance(part, _ACTING) for part in nodes_in(node))


def _is_literal(node: ast.expr) -> bool:
    """True for a literal that is a new object, or may be: not None, True, False or `...`."""
    match node:
        case ast.Constant(value=value):
            return not isinstance(value, bool) and value is not None and value is not ...
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return True
    is_new = isinstance(node, (ast.List, ast.Dict, ast.Set, ast.JoinedStr))
    return is_new or (isinstance(node, ast.Tuple) and bool(node.elts))


def _may_be_text(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes)))


def _is_word(text: str | bytes) -> bool:
    """True for what looks like a word to take away: a letter twice, or a file's suffix."""
    value = text if isinstance(text, str) else text.decode("latin-1")
    letters = [letter for letter in value if not letter.isspace()]
    if "\\" in value and len(value) > 1:
        return True
    is_suffix = re.fullmatch(r"\.[a-z]{2,4}", value) is not None
    is_repeating = len(set(letters)) < len(letters) and any(letter.isalnum() for letter in letters)
    return (is_suffix or is_repeating) and len(letters) > 2
