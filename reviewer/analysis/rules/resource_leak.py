import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.braces import go_bodies, own_places, text_at
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outline import Outline, code_of, dotted, inside, method_of, outline_of, shared_names, uses_in
from reviewer.analysis.regex import regex
from reviewer.analysis.resources import Resource, is_lock, resource_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_resources import go_faults, java_faults
from reviewer.analysis.tokens import Token

# Giving a file to one of these hands over the duty to close it.
_TAKERS = regex(
    r"enter(_async)?_?(c|C)ontext|enter\w*Context|push(_async)?_?(exit)?|callback|closing|aclosing|append|add|put"
    r"|register"
    r"|finalize|addCleanup|add_cleanup|[A-Z]\w*[a-z]\w*|next|partial|set_\w+|add_\w+|setdefault|isinstance|nullcontext"
)
# These read or write what they are given and leave it open, capital letter or not.
_READERS = frozenset({"DictReader", "DictWriter", "TextIOWrapper", "BufferedReader", "ConfigParser", "Popen"})
_ENTERING = frozenset({"__enter__", "__aenter__", "setUp", "asyncSetUp", "setup_method", "setUpClass", "startup"})
# What these hold is small, or is given back with something else.
_SLIGHT = frozenset({"session", "process", "cursor"})
_WITH = (ast.With, ast.AsyncWith)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_FAR = 5_000
_MOST_USES = 100
# What Go's own packages open, with how it is closed.
_GO_OPENERS = {
    **{("os", name): "Close" for name in ("Open", "Create", "OpenFile", "CreateTemp")},
    **{("net", name): "Close" for name in ("Dial", "DialTimeout", "Listen")},
    **{("http", name): "Body.Close" for name in ("Get", "Post", "PostForm", "Head")},
    **{(owner, name): "Close" for owner in ("db", "tx", "conn") for name in ("Query", "QueryContext")},
    **{(owner, name): "Body.Close" for owner in ("client", "httpClient") for name in ("Do", "Get", "Post")},
    ("gzip", "NewReader"): "Close",
    ("zip", "OpenReader"): "Close",
}


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
            for sighting in _in_go(tokens):
                seen.add(sighting.line)
                yield sighting
        faults = java_faults if language_of(file) == "java" else go_faults
        for line, message, severity in faults(blocks_of(file)):
            if line not in seen:
                yield LineSighting(line, message, severity)


def _in_go(tokens: Sequence[Token]) -> Iterator[LineSighting]:
    tokens = tuple(token for token in tokens if not token.is_comment)
    bodies = go_bodies(tokens)
    for body in bodies:
        yield from _go_function(
            tokens, list(own_places(body, bodies)), range(body.first, min(body.last, body.first + _FAR))
        )


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
    is_taken = _TAKERS.fullmatch(name) is not None and name not in _READERS
    is_returned = any(isinstance(outer, (ast.Return, ast.Yield, *_WITH)) for outer in _expression(taker, outline))
    is_known = bool(outline.known(taker.func)) and outline.local_function(taker) is None
    if not is_taken and (is_known or not is_returned) and resource.noun in ("file", "connection", "socket"):
        shown = f"`{outline.quote(call)}`"
        message = f"nothing closes the {resource.noun} that {shown} opens for `{outline.quote(taker.func)}`"
        yield LineSighting(outline.line(call), message, None if is_known else Severity.LOW)


def _expression(node: ast.AST, outline: Outline) -> Iterator[ast.AST]:
    for above in outline.ancestors(node):
        yield above
        if isinstance(above, (ast.stmt, ast.Lambda)):
            return


def _bound(call: ast.Call, target: ast.expr, resource: Resource, outline: Outline) -> Iterator[LineSighting]:
    """Judge `file = open(path)` by what the rest of the function does with the name."""
    if not isinstance(target, ast.Name):
        return
    scope = outline.scope(call)
    name, shown = target.id, f"`{target.id} = {outline.quote(call)}`"
    uses = [node for node in uses_in(scope).get(name, ())[:_MOST_USES] if node is not target]
    if any(_hands_over(use, resource, outline) for use in uses) or _is_global(name, scope):
        return
    closings = [use for use in uses if _is_closed(use, resource, outline)]
    if any(_is_certain(use, call, outline) for use in closings):
        return
    weight = Severity.LOW if isinstance(scope, ast.Module) or resource.noun in _SLIGHT else None
    if closings and resource.noun != "process":
        closing = f"{name}.{_method(closings[0], outline)}()"
        weight = Severity.LOW if _is_at_once(call, closings[0], outline) else weight
        message = f"{shown}: an error before `{closing}` leaves the {resource.noun} open"
        yield LineSighting(outline.line(call), message, weight)
    elif not closings and resource.noun != "cursor":
        yield LineSighting(outline.line(call), f"{shown}: nothing closes this {resource.noun}", weight)


def _hands_over(use: ast.Name, resource: Resource, outline: Outline) -> bool:
    """True where the name is returned, kept in something that lives on, or given to somebody who closes it."""
    if not isinstance(use.ctx, ast.Load):
        return False
    above = outline.parents[use]
    if isinstance(above, ast.Attribute):
        return above.attr in resource.closers and not isinstance(outline.parents[above], ast.Call)
    if isinstance(above, ast.withitem):
        return True
    for outer in _expression(use, outline):
        if isinstance(outer, ast.Call) and _takes(outer, use, outline):
            return True
        if isinstance(outer, ast.Call) or (isinstance(outer, ast.keyword) and outer.arg == "key"):
            return False
        if isinstance(outer, (ast.Return, ast.Yield, ast.YieldFrom, ast.withitem, ast.Lambda)):
            return True
        if isinstance(outer, (ast.Assign, ast.AnnAssign)):
            return True
    return False


def _takes(call: ast.Call, use: ast.Name, outline: Outline) -> bool:
    if use in nodes_in(call.func):
        return False
    name = method_of(call)
    if name in _READERS:
        return False
    return _TAKERS.fullmatch(name) is not None or "close" in name or "cleanup" in name or not outline.name(call.func)


def _is_global(name: str, scope: ast.AST) -> bool:
    if isinstance(scope, ast.Module):
        return name in _names_in_functions(scope)
    return name in shared_names(scope)


@lru_cache(maxsize=8)
def _names_in_functions(module: ast.Module) -> frozenset[str]:
    functions = [node for node in inside(module) if isinstance(node, (*_FUNCTIONS, ast.ClassDef))]
    return frozenset(name for function in functions for name in uses_in(function))


def _is_closed(use: ast.Name, resource: Resource, outline: Outline) -> bool:
    return _method(use, outline) in resource.closers


def _method(use: ast.Name, outline: Outline) -> str:
    above = outline.parents[use]
    return above.attr if isinstance(above, ast.Attribute) else ""


def _is_certain(use: ast.Name, call: ast.Call, outline: Outline) -> bool:
    """True for closing in a `finally`, or in a handler beside the way that succeeds."""
    inner: ast.AST = use
    for above in outline.ancestors(use):
        if isinstance(above, (ast.Try, ast.TryStar)) and isinstance(inner, ast.stmt) and inner in above.finalbody:
            return True
        if isinstance(above, ast.ExceptHandler):
            return True
        if isinstance(above, _FUNCTIONS):
            # A closing in a nested function is called by somebody else.
            return above is not outline.scope(call)
        inner = above
    return False


def _is_at_once(call: ast.Call, use: ast.Name, outline: Outline) -> bool:
    """True if nothing stands between opening and closing."""
    opening, closing = outline.statement(call), outline.statement(use)
    block = _block(opening, outline)
    return closing in block and block.index(closing) == block.index(opening) + 1


def _block(node: ast.stmt, outline: Outline) -> Sequence[ast.stmt]:
    above = outline.parents[node]
    blocks = (getattr(above, name, None) for name in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and node in block), [node])


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
    if releases and not any(_is_in_finally(release, outline) for release in releases):
        message = f"an error before `{outline.quote(releases[0])}` leaves `{dotted(owner)}` locked for ever"
        yield LineSighting(outline.line(call), message)


def _is_in_finally(node: ast.AST, outline: Outline) -> bool:
    inner = node
    for above in outline.ancestors(node):
        if isinstance(above, (ast.Try, ast.TryStar)) and isinstance(inner, ast.stmt) and inner in above.finalbody:
            return True
        if isinstance(above, ast.ExceptHandler):
            return True
        inner = above
    return False


def _go_function(tokens: Sequence[Token], places: Sequence[int], span: range) -> Iterator[LineSighting]:
    """Report `f, err := os.Open(…)` where the function neither closes `f` nor hands it on."""
    texts = [tokens[place].text for place in span]
    for place in places:
        if text_at(tokens, place) not in (":=", "=") or text_at(tokens, place - 2) != ",":
            continue
        names = [text_at(tokens, place + step) for step in (1, 3, 4)]
        # The receiver may be a field: `s.db.Query(…)`.
        is_field = names[2] == "." and text_at(tokens, place + 2) == "."
        owner, method, opening = (place + 3, place + 5, place + 6) if is_field else (place + 1, place + 3, place + 4)
        closer = _GO_OPENERS.get((text_at(tokens, owner), text_at(tokens, method)))
        name = text_at(tokens, place - 3)
        if closer is None or text_at(tokens, opening) != "(" or name == "_" or _go_is_closed(texts, name, closer):
            continue
        message = f"nothing closes `{name}` of `{text_at(tokens, owner)}.{text_at(tokens, method)}()`"
        yield LineSighting(tokens[place].line, f"{message}: `defer {name}.{closer}()` is missing")


def _go_is_closed(texts: Sequence[str], name: str, closer: str) -> bool:
    """True if the function closes the value, returns it, keeps it, or gives it to somebody."""
    called = [name, *(part for word in closer.split(".") for part in (".", word))]
    for at, text in enumerate(texts):
        if text != name:
            continue
        if texts[at : at + len(called)] == called or texts[at : at + 3] == [name, ".", "Close"]:
            return True
        before, after = texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else ""
        is_given = before in ("return", ":", "=", "<-", "&") or (
            before == "," and after in (")", ",", "}") and "return" in texts[max(0, at - 6) : at]
        )
        if is_given and after != ".":
            return True
    return False
