import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.go_resources import unclosed_in_go
from reviewer.analysis.languages import language_of
from reviewer.analysis.outline import Outline, code_of, dotted, inside, method_of, outline_of, shared_names, uses_in
from reviewer.analysis.ownership import expression_around, hands_over, is_at_once, is_certain, is_in_finally, takes_over
from reviewer.analysis.resources import Resource, is_lock, resource_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_resources import go_faults, java_faults
from reviewer.analysis.tokens import Token

_ENTERING = frozenset({"__enter__", "__aenter__", "setUp", "asyncSetUp", "setup_method", "setUpClass", "startup"})
# What these hold is small, or is given back with something else.
_SLIGHT = frozenset({"session", "process", "cursor"})
_WITH = (ast.With, ast.AsyncWith)

_MOST_USES = 100


class ResourceLeak(ModuleRule, TokenRule):
    """Something that must be closed is opened, and not every way out of the code closes it.

    Why look: handles, connections and locks run out, or a file stays half written, on the first error.
    Ask: who closes it when a line in between raises?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    languages = frozenset({"go", "java"})

    INVALID = (
        Example("def load(path):\n    file = open(path)\n    text = file.read()\n    file.close()\n    return text\n"),
        Example("import json\n\ndef load(path):\n    return json.load(open(path))\n"),
        Example("def load(path):\n    return open(path).read()\n"),
        Example("def load(path):\n    for line in open(path):\n        yield line\n"),
        Example(
            "import sqlite3\n\ndef load(path):\n    db = sqlite3.connect(path)\n    return rows(db.execute(SQL))\n"
        ),
        Example("from pathlib import Path\n\ndef load(name):\n    text = (Path('teas') / name).open().read()\n"),
        Example("import socket\n\ndef ping(host):\n    s = socket.socket()\n    s.connect(host)\n    s.send(b'hi')\n"),
        Example("import csv\n\ndef rows(path):\n    reader = csv.DictReader(open(path))\n    return list(reader)\n"),
        Example("def work(self):\n    self.lock.acquire()\n    self.count += 1\n    self.lock.release()\n"),
        Example(
            "import subprocess\n\ndef build():\n    process = subprocess.Popen(['make'])\n    print('on its way')\n"
        ),
        Example("import subprocess\n\ndef build():\n    return subprocess.run(['make'], stdout=open(LOG, 'w'))\n"),
        Example(
            "def copy(a, b):\n    source = open(a)\n    target = open(b, 'w')\n    try:\n"
            "        target.write(source.read())\n    finally:\n        source.close()\n"
        ),
        Example(
            "func load(p string) error {\n\tf, err := os.Open(p)\n\tif err != nil {\n\t\treturn err\n\t}\n"
            "\treturn parse(f)\n}\n",
            path="shop/load.go",
        ),
        Example(
            "func ask(u string) (int, error) {\n\tresp, err := http.Get(u)\n\tif err != nil {\n\t\treturn 0, err\n\t}\n"
            "\treturn resp.StatusCode, nil\n}\n",
            path="shop/ask.go",
        ),
        Example(
            "func (c *Shop) Price() (int, error) {\n\tresp, err := c.http.Do(req)\n\tif err != nil {\n"
            "\t\treturn 0, err\n\t}\n"
            "\treturn read(resp.StatusCode)\n}\n",
            path="shop/price.go",
        ),
        Example(
            "func (s *Shop) Take(tea string) error {\n\ts.mu.Lock()\n\tif s.teas[tea] == 0 {\n\t\treturn ErrGone\n\t}\n"
            "\ts.teas[tea]--\n\ts.mu.Unlock()\n\treturn nil\n}\n",
            path="shop/take.go",
        ),
        Example(
            "class Teas {\n  int count(File file) throws IOException {\n"
            "    BufferedReader in = new BufferedReader(new FileReader(file));\n    int n = count(in.readLine());\n"
            "    in.close();\n"
            "    return n;\n  }\n}\n",
            path="shop/Teas.java",
        ),
        Example(
            "class Teas {\n  long count(Path path) throws IOException {\n    return Files.lines(path).count();\n  }\n"
            "}\n",
            path="shop/Teas.java",
        ),
        Example(
            'class Teas {\n  void load(Properties p) throws IOException {\n    p.load(new FileInputStream("tea"));\n'
            "  }\n}\n",
            path="shop/Teas.java",
        ),
        Example(
            "class Teas {\n  void take(int n) {\n    lock.lock();\n    left = check(left - n);\n    lock.unlock();\n"
            "  }\n}\n",
            path="shop/Teas.java",
        ),
    )
    VALID = (
        Example(
            "func (s *Shop) Take(tea string) error {\n\ts.mu.Lock()\n\tif s.teas[tea] == 0 {\n\t\ts.mu.Unlock()\n"
            "\t\treturn ErrGone\n\t}\n\ts.teas[tea]--\n\ts.mu.Unlock()\n\treturn nil\n}\n",
            path="shop/take.go",
        ),
        Example(
            "class Teas {\n  int count(File file) throws IOException {\n"
            "    try (BufferedReader in = new BufferedReader(new FileReader(file))) {\n"
            "      return count(in.readLine());\n    }\n"
            "  }\n  Reader open(File file) throws IOException {\n    return new FileReader(file);\n  }\n}\n",
            path="shop/Teas.java",
        ),
        Example(
            "class Teas {\n  int count(File file) throws IOException {\n    FileReader in = new FileReader(file);\n"
            "    try {\n"
            "      return count(in);\n    } finally {\n      in.close();\n    }\n  }\n}\n",
            path="shop/Teas.java",
        ),
        Example(
            "class Teas {\n  void take(int n) {\n    lock.lock();\n    try {\n      left = check(left - n);\n"
            "    } finally {\n"
            "      lock.unlock();\n    }\n  }\n}\n",
            path="shop/Teas.java",
        ),
        Example("def load(path):\n    with open(path) as file:\n        return file.read()\n"),
        Example(
            "def load(path):\n    file = open(path)\n    try:\n        return file.read()\n"
            "    finally:\n        file.close()\n"
        ),
        Example("def load(path):\n    return open(path)\n"),
        Example("def load(path):\n    file = open(path)\n    with file:\n        return file.read()\n"),
        Example(
            "import contextlib\n\ndef load(path, stack):\n    file = stack.enter_context(open(path))\n"
            "    return file.read()\n"
        ),
        Example(
            "import sqlite3\nfrom contextlib import closing\n\ndef load(path):\n    db = sqlite3.connect(path)\n"
            "    with closing(db):\n        return rows(db)\n"
        ),
        Example(
            "class Log:\n    def __init__(self, path):\n        self.file = open(path)\n\n"
            "    def close(self):\n        self.file.close()\n"
        ),
        Example("def touch(path):\n    open(path, 'w').close()\n"),
        Example("def reader(path):\n    file = open(path)\n    return Reader(file)\n"),
        Example("import subprocess\n\ndef build():\n    process = subprocess.Popen(['make'])\n    process.wait()\n"),
        Example("def work(lock):\n    lock.acquire()\n    try:\n        run()\n    finally:\n        lock.release()\n"),
        Example("class Gate:\n    def enter(self):\n        self.lock.acquire()\n"),
        Example(
            "from contextlib import contextmanager\n\n@contextmanager\ndef page(path):\n    file = open(path)\n"
            "    yield file\n    file.close()\n"
        ),
        Example("def test_load(path):\n    assert open(path).read()\n", path="tests/test_load.py"),
        Example("def reserve(self, product):\n    self.stock.acquire()\n    self.stock.release()\n"),
        Example(
            "def load(path):\n    file = None\n    try:\n        file = open(path)\n        return file.read()\n"
            "    finally:\n        if file:\n            file.close()\n"
        ),
        Example("import webbrowser\n\nwebbrowser.open('https://tea.shop')\n"),
        Example(
            "func load(p string) error {\n\tf, err := os.Open(p)\n\tif err != nil {\n\t\treturn err\n\t}\n"
            "\tdefer f.Close()\n\treturn parse(f)\n}\n",
            path="shop/load.go",
        ),
        Example(
            "func open(p string) (*os.File, error) {\n\tf, err := os.Open(p)\n\tif err != nil {\n"
            "\t\treturn nil, err\n\t}\n"
            "\treturn f, nil\n}\n",
            path="shop/load.go",
        ),
        Example(
            "func ask(u string) error {\n\tresp, err := http.Get(u)\n\tif err != nil {\n\t\treturn err\n\t}\n"
            "\tdefer func() { _ = resp.Body.Close() }()\n\treturn nil\n}\n",
            path="shop/ask.go",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            resource = resource_of(call, outline)
            if resource is not None and not _is_in_context_manager(call, outline):
                yield from _judge(call, resource, outline)
            elif method_of(call) == "acquire":
                yield from _lock(call, outline)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        seen = set[int]()
        if language_of(file) == "go":
            for line, message in unclosed_in_go(tokens):
                seen.add(line)
                yield LineSighting(line, message)
        faults = java_faults if language_of(file) == "java" else go_faults
        for line, message, severity in faults(blocks_of(file)):
            if line not in seen:
                yield LineSighting(line, message, severity)


def _judge(call: ast.Call, resource: Resource, outline: Outline) -> Iterator[LineSighting]:
    shown, line = f"`{outline.quote(call)}`", outline.line(call)
    value: ast.AST = call
    above = outline.parents[call]
    while isinstance(above, (ast.IfExp, ast.BoolOp, ast.Await, ast.NamedExpr, ast.Tuple)):
        value, above = above, outline.parents[above]
    match above:
        case ast.Attribute(attr=method) if resource.noun != "cursor":
            if method not in resource.closers | {"__enter__", "name", "start"}:
                yield LineSighting(line, f"nothing closes the {resource.noun} that {shown} opens for `.{method}`")
        case ast.For(iter=values) | ast.comprehension(iter=values) if values is value:
            yield LineSighting(line, f"the loop goes through {shown} and nothing closes it")
        case ast.Call() | ast.keyword():
            yield from _argument(call, above, resource, outline)
        case ast.Expr() if not _checks_only(call, outline):
            noun = f"the {resource.noun} of {shown} is not kept, so nothing can close it"
            yield LineSighting(line, noun, Severity.LOW if resource.noun == "process" else None)
        case ast.Assign(targets=targets) if len(targets) == 1:
            yield from _bound(call, _target_of(targets[0], value, call), resource, outline)
        case ast.AnnAssign(target=target):
            yield from _bound(call, target, resource, outline)


def _checks_only(call: ast.Call, outline: Outline) -> bool:
    """True for `ZipFile(stream)` alone, which looks whether the stream is one."""
    return (
        outline.known(call.func).rpartition(".")[2] in ("ZipFile", "TarFile", "cursor") or method_of(call) == "cursor"
    )


def _target_of(target: ast.expr, value: ast.AST, call: ast.Call) -> ast.expr:
    """Return the name that gets the call's result where several are set at once."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return next((name for name, part in zip(target.elts, value.elts, strict=True) if part is call), target)
    return target


def _argument(call: ast.Call, above: ast.AST, resource: Resource, outline: Outline) -> Iterator[LineSighting]:
    """Judge `json.load(open(path))`: whoever gets the file closes it only if it is known to."""
    taker = outline.parents[above] if isinstance(above, ast.keyword) else above
    if not isinstance(taker, ast.Call):
        return
    name = method_of(taker)
    is_returned = any(isinstance(outer, (ast.Return, ast.Yield, *_WITH)) for outer in expression_around(taker, outline))
    is_known = bool(outline.known(taker.func)) and outline.local_function(taker) is None
    if not takes_over(name) and (is_known or not is_returned) and resource.noun in ("file", "connection", "socket"):
        shown = f"`{outline.quote(call)}`"
        message = f"nothing closes the {resource.noun} that {shown} opens for `{outline.quote(taker.func)}`"
        yield LineSighting(outline.line(call), message, None if is_known else Severity.LOW)


def _bound(call: ast.Call, target: ast.expr, resource: Resource, outline: Outline) -> Iterator[LineSighting]:
    """Judge `file = open(path)` by what the rest of the function does with the name."""
    if not isinstance(target, ast.Name):
        return
    scope = outline.scope(call)
    name, shown = target.id, f"`{target.id} = {outline.quote(call)}`"
    uses = [node for node in uses_in(scope).get(name, ())[:_MOST_USES] if node is not target]
    if any(hands_over(use, resource, outline) for use in uses) or _is_global(name, scope):
        return
    closings = [use for use in uses if _is_closed(use, resource, outline)]
    if any(is_certain(use, call, outline) for use in closings):
        return
    weight = Severity.LOW if isinstance(scope, ast.Module) or resource.noun in _SLIGHT else None
    if closings and resource.noun != "process":
        closing = f"{name}.{_method(closings[0], outline)}()"
        weight = Severity.LOW if is_at_once(call, closings[0], outline) else weight
        message = f"{shown}: an error before `{closing}` leaves the {resource.noun} open"
        yield LineSighting(outline.line(call), message, weight)
    elif not closings and resource.noun != "cursor":
        yield LineSighting(outline.line(call), f"{shown}: nothing closes this {resource.noun}", weight)


def _is_global(name: str, scope: ast.AST) -> bool:
    if isinstance(scope, ast.Module):
        return name in _names_in_functions(scope)
    return name in shared_names(scope)


@lru_cache(maxsize=8)
def _names_in_functions(module: ast.Module) -> frozenset[str]:
    functions = [
        node for node in inside(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    ]
    return frozenset(name for function in functions for name in uses_in(function))


def _is_closed(use: ast.Name, resource: Resource, outline: Outline) -> bool:
    return _method(use, outline) in resource.closers


def _method(use: ast.Name, outline: Outline) -> str:
    above = outline.parents[use]
    return above.attr if isinstance(above, ast.Attribute) else ""


def _is_in_context_manager(call: ast.Call, outline: Outline) -> bool:
    """True where something else pairs opening with closing: `__enter__`, `@contextmanager`, a fixture."""
    function = outline.function(call)
    if function is None:
        return False
    decorators = {code_of(decorator) for decorator in function.decorator_list}
    return function.name in _ENTERING or any("contextmanager" in name or "fixture" in name for name in decorators)


def _lock(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report `lock.acquire()` where this function also releases it, but only if nothing fails."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(outline.statement(call), ast.Expr):
        return
    owner = call.func.value
    function = outline.function(call)
    if function is None or not is_lock(owner, outline) or _is_in_context_manager(call, outline):
        return
    releases = [
        node for node in inside(function)
        if isinstance(node, ast.Call) and method_of(node) == "release" and isinstance(node.func, ast.Attribute)
        and dotted(node.func.value) == dotted(owner)
    ]  # fmt: skip
    if releases and not any(is_in_finally(release, outline) for release in releases):
        message = f"an error before `{outline.quote(releases[0])}` leaves `{dotted(owner)}` locked for ever"
        yield LineSighting(outline.line(call), message)
