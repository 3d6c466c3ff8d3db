import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outline import (
    Function,
    Outline,
    bound_names,
    code_of,
    dotted,
    inside,
    keyword_of,
    method_of,
    outline_of,
    shared_names,
    uses_in,
)
from reviewer.analysis.resources import is_lock, makes_lock
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_threads import in_handlers, shared_formats, unguarded
from reviewer.analysis.tokens import Token

_STARTERS = frozenset({"Thread", "Timer", "submit", "map", "run_in_executor", "to_thread", "start_new_thread", "imap"})
_THREADED = ("threading", "_thread", "concurrent.futures", "multiprocessing.pool", "multiprocessing.dummy")
_HANDLERS = frozenset({"route", "get", "post", "put", "delete", "patch", "websocket"})


class UnsynchronisedSharedState(ModuleRule, TokenRule):
    """Several threads read, change and write back the same value, and no lock keeps them apart.

    Why look: two that read the same number both write number + 1; now and then an update is lost.
    Ask: who else changes this at the same time, and which one lock do all of them hold?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    cwe = 362
    languages = frozenset({"go", "java"})
    words = (
        "@Service",
        "Controller",
        "@Component",
        "ResponseWriter",
        "gin.Context",
        "echo.Context",
        "go func",
        ".Go(",
        "DateFormat",
        "NumberFormat",
        "Calendar",
        "submit(",
        "Executor",
        "thread",
        "Thread",
        "concurrent",
        "Lock",
        "Semaphore",
        "Condition",
        "global ",
    )

    INVALID = (
        Example(
            "import threading\n\ntotal = 0\n\ndef add():\n    global total\n    total += 1\n\n"
            "threading.Thread(target=add).start()\n"
        ),
        Example(
            "from concurrent.futures import ThreadPoolExecutor\n\nclass Count:\n    def one(self, row):\n"
            "        self.rows += 1\n\n    def all(self, rows):\n        with ThreadPoolExecutor() as pool:\n"
            "            pool.map(self.one, rows)\n"
        ),
        Example(
            "from threading import Thread\n\ncounts = {}\n\ndef count(name):\n"
            "    counts[name] = counts.get(name, 0) + 1\n\n"
            "for name in names:\n    Thread(target=count, args=(name,)).start()\n"
        ),
        Example(
            "import threading\n\nclass Bank:\n    def add(self, amount):\n        old = self.total\n        log(old)\n"
            "        self.total = old + amount\n\n    def go(self):\n"
            "        threading.Thread(target=self.add, args=(1,)).start()\n"
        ),
        Example("import threading\n\ndef add(order):\n    with threading.Lock():\n        save(order)\n"),
        Example(
            "import threading\n\ndef add(order):\n    lock = threading.Lock()\n    with lock:\n        save(order)\n"
        ),
        Example(
            "import asyncio\n\nasync def add(order):\n    gate = asyncio.Semaphore(3)\n    async with gate:\n"
            "        await save(order)\n"
        ),
        Example("visits = 0\n\n@app.route('/')\ndef page():\n    global visits\n    visits += 1\n    return 'tea'\n"),
        Example(
            "func Count(urls []string) int {\n\tn := 0\n\tvar wg sync.WaitGroup\n\tfor _, url := range urls {\n"
            "\t\twg.Add(1)\n"
            "\t\tgo func(url string) {\n\t\t\tdefer wg.Done()\n\t\t\tif load(url) {\n\t\t\t\tn++\n\t\t\t}\n"
            "\t\t}(url)\n\t}\n"
            "\twg.Wait()\n\treturn n\n}\n",
            path="shop/count.go",
        ),
        Example(
            "func Sizes(urls []string) map[string]int {\n\tsizes := map[string]int{}\n\tfor _, url := range urls {\n"
            "\t\tgroup.Go(func() error {\n\t\t\tsizes[url] = size(url)\n\t\t\treturn nil\n\t\t})\n\t}\n"
            "\treturn sizes\n}\n",
            path="shop/sizes.go",
        ),
        Example(
            'class Days {\n  private static final SimpleDateFormat DAY = new SimpleDateFormat("yyyy-MM-dd");\n}\n',
            path="shop/Days.java",
        ),
        Example(
            "type Shop struct {\n\thits map[string]int\n}\n\n"
            "func (s *Shop) Show(w http.ResponseWriter, r *http.Request) {\n"
            "\ts.hits[r.URL.Path]++\n}\n",
            path="shop/shop.go",
        ),
        Example(
            "@Service\nclass Shop {\n  private int sold;\n  public void sell() {\n    sold++;\n  }\n}\n",
            path="shop/Shop.java",
        ),
    )
    VALID = (
        Example(
            "@Service\nclass Shop {\n  private final AtomicInteger sold = new AtomicInteger();\n  public int sell() {\n"
            "    int n = 0;\n    n++;\n    return sold.addAndGet(n);\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "func (s *Shop) Show(w http.ResponseWriter, r *http.Request) {\n\ts.mu.Lock()\n\ts.hits[r.URL.Path]++\n"
            "\ts.mu.Unlock()\n}\n",
            path="shop/shop.go",
        ),
        Example(
            "func Count(urls []string) int {\n\tn := 0\n\tvar mu sync.Mutex\n\tfor _, url := range urls {\n"
            "\t\tgo func(url string) {\n\t\t\tsize := load(url)\n\t\t\tmu.Lock()\n\t\t\tn += size\n"
            "\t\t\tmu.Unlock()\n\t\t}(url)\n\t}\n"
            "\treturn n\n}\n",
            path="shop/count.go",
        ),
        Example(
            "func Sizes(urls []string) []int {\n\tsizes := make([]int, len(urls))\n\tfor i, url := range urls {\n"
            "\t\tgroup.Go(func() error {\n\t\t\tn := 0\n\t\t\tn++\n\t\t\tsizes[i] = size(url) + n\n\t\t\treturn nil\n"
            "\t\t})\n\t}\n"
            "\treturn sizes\n}\n",
            path="shop/sizes.go",
        ),
        Example(
            'class Days {\n  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy");\n'
            '  String day(Date d) {\n    return new SimpleDateFormat("dd").format(d);\n  }\n}\n',
            path="shop/Days.java",
        ),
        Example(
            "import threading\n\ntotal = 0\nlock = threading.Lock()\n\ndef add():\n    global total\n    with lock:\n"
            "        total += 1\n\nthreading.Thread(target=add).start()\n"
        ),
        Example("import threading\n\ntotal = 0\n\ndef add():\n    global total\n    total += 1\n\nadd()\n"),
        Example(
            "from threading import Thread\n\ndef work(rows):\n    total = 0\n    for row in rows:\n"
            "        total += row\n"
            "    return total\n\nThread(target=work).start()\n"
        ),
        Example(
            "import threading\n\ndef start(jobs):\n    lock = threading.Lock()\n"
            "    for job in jobs:\n        threading.Thread(target=job, args=(lock,)).start()\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls):\n    gate = asyncio.Semaphore(3)\n\n    async def one(url):\n"
            "        async with gate:\n            return await fetch(url)\n\n"
            "    return [await one(url) for url in urls]\n"
        ),
        Example(
            "from threading import Thread\n\nfound = []\n\ndef look(name):\n    found.append(name)\n\n"
            "Thread(target=look, args=('tea',)).start()\n"
        ),
        Example(
            "def all(rows):\n    return list(map(one, rows))\n\ndef one(row):\n    global total\n    total += row\n"
        ),
        Example(
            "import threading\n\ndef test_add():\n    with threading.Lock():\n        add()\n", path="tests/test_a.py"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for run, how in _run_by_threads(outline):
            yield from _changes(run, how, outline)
        blocks: list[ast.With | ast.AsyncWith] = [*outline.every(ast.With), *outline.every(ast.AsyncWith)]
        for block in blocks:
            for item in block.items:
                yield from _own_lock(item, outline)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        language, blocks = language_of(file) or "", blocks_of(file)
        for line, message in unguarded(blocks, language):
            yield LineSighting(line, message)
        for line, message in in_handlers(blocks, language):
            yield LineSighting(line, message)
        if language == "java":
            for line, message, is_sure in shared_formats(blocks):
                yield LineSighting(line, message, Severity.MEDIUM if is_sure else Severity.LOW)


def _run_by_threads(outline: Outline) -> Iterator[tuple[Function, str]]:
    """Yield the functions of this file that threads run, and who starts them."""
    seen: set[Function] = set()
    is_threaded = any(origin.startswith(_THREADED) for origin in outline.source.imports.values())
    for call in outline.every(ast.Call):
        if method_of(call) not in _STARTERS or not is_threaded or dotted(call.func) == "map":
            continue
        found = _function(_target(call), call, outline)
        if found is not None and found not in seen:
            seen.add(found)
            yield found, f"`{outline.quote(call.func)}` runs it in a thread"
    functions: list[Function] = [*outline.every(ast.FunctionDef)]
    for function in functions:
        decorators = [one for one in function.decorator_list if isinstance(one, ast.Call)]
        if function not in seen and any(method_of(one) in _HANDLERS and "." in dotted(one.func) for one in decorators):
            yield function, "requests run it in threads"


def _target(call: ast.Call) -> ast.expr | None:
    """Return the function given to a thread or a pool."""
    name = method_of(call)
    given = keyword_of(call, "target") or keyword_of(call, "function")
    if given is not None or name == "Thread":
        return given
    position = 1 if name in ("Timer", "run_in_executor") else 0
    return call.args[position] if position < len(call.args) else None


def _function(target: ast.expr | None, call: ast.Call, outline: Outline) -> Function | None:
    """Return the function of this file that a name or `self.name` stands for."""
    name = dotted(target) if target is not None else ""
    owner = outline.owner(call) if name.startswith("self.") else None
    around = [one for one in outline.ancestors(call) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    scopes: Sequence[ast.AST] = [owner] if owner is not None else [*around, outline.source.tree]
    for scope in scopes:
        for node in getattr(scope, "body", ()):
            if isinstance(node, ast.FunctionDef) and name and node.name == name.removeprefix("self."):
                return node
    return None


def _changes(function: Function, how: str, outline: Outline) -> Iterator[LineSighting]:
    """Report what a function reads, changes and writes back of what is not its own."""
    if any(isinstance(node, ast.Call) and method_of(node) == "acquire" for node in inside(function)):
        return
    for node in inside(function):
        target = _written_back(node) or _put_back(node, outline)
        if target is None or not _is_shared(target, function, outline) or _is_locked(node, outline):
            continue
        if how.startswith("requests") and not isinstance(target, ast.Name):
            continue
        message = f"`{outline.quote(node)}` reads and writes back what threads share: {how}, without a lock"
        yield LineSighting(outline.line(node), message, Severity.LOW if how.startswith("requests") else None)


def _written_back(node: ast.AST) -> ast.expr | None:
    """Return the target of `x += 1` and `x = x + 1`."""
    match node:
        case ast.AugAssign(target=target):
            return target
        case ast.Assign(targets=[(ast.Name() | ast.Attribute() | ast.Subscript()) as target], value=value):
            code = code_of(target)
            parts = {
                code_of(part) for part in nodes_in(value) if isinstance(part, (ast.Name, ast.Attribute, ast.Subscript))
            }
            is_read = code in parts or (isinstance(target, ast.Subscript) and f"{code_of(target.value)}.get" in parts)
            return target if is_read and isinstance(value, (ast.BinOp, ast.Call)) else None
    return None


def _put_back(node: ast.AST, outline: Outline) -> ast.expr | None:
    """Return the target of `self.x = old + 1` where `old = self.x` stands before."""
    match node:
        case ast.Assign(targets=[(ast.Name() | ast.Attribute()) as target], value=ast.BinOp() as value):
            names = [part for part in nodes_in(value) if isinstance(part, ast.Name)]
            code = dotted(target)
            return target if any(dotted(one) == code for name in names for one in outline.values(name)) else None
    return None


def _is_shared(target: ast.expr, function: Function, outline: Outline) -> bool:
    """True for `global` and `nonlocal` names, attributes of `self` or a class, and cells of what lies outside."""
    if isinstance(target, ast.Name):
        return target.id in shared_names(function)
    root: ast.expr = target
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    if root.id in ("self", "cls"):
        return isinstance(target, ast.Attribute)
    return root.id not in bound_names(function) and root.id in bound_names(outline.source.tree)


def _is_locked(node: ast.AST, outline: Outline) -> bool:
    for above in outline.ancestors(node):
        if isinstance(above, (ast.With, ast.AsyncWith)):
            managers = [item.context_expr for item in above.items]
            if any(is_lock(manager, outline) or "lock" in code_of(manager).lower() for manager in managers):
                return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return any("lock" in code_of(one).lower() or "synchron" in code_of(one) for one in above.decorator_list)
    return False


def _own_lock(item: ast.withitem, outline: Outline) -> Iterator[LineSighting]:
    """Report a lock that is made where it is used: each caller gets another one."""
    manager = item.context_expr
    if makes_lock(manager, outline):
        shown = f"`with {outline.quote(manager)}`"
        yield LineSighting(outline.line(manager), f"{shown} locks nobody out: each run makes a lock of its own")
        return
    function = outline.function(item)
    if function is None or not isinstance(manager, ast.Name):
        return
    made = [value for value in outline.values(manager) if makes_lock(value, outline)]
    if not made or manager.id not in bound_names(function):
        return
    uses = uses_in(function).get(manager.id, ())
    reads = [node for node in uses if isinstance(node.ctx, ast.Load)]
    if all(isinstance(outline.parents[use], ast.withitem) and outline.function(use) is function for use in reads):
        message = f"`{manager.id}` locks nobody out: each call of `{function.name}` makes one of its own"
        yield LineSighting(outline.line(manager), message)
