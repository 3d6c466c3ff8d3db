import ast
from collections.abc import Iterator

from reviewer.analysis.async_managers import (
    GROUPS,
    SCOPES,
    With,
    decorators_of,
    manager_of,
    needs_async_with,
    needs_plain_with,
)
from reviewer.analysis.cancelling import ends_at_once
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import (
    Outline,
    code_of,
    dotted,
    inside,
    keyword_of,
    method_of,
    outline_of,
    uses_in,
    within,
)
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

_LIBRARIES = ("trio.", "anyio.")
_RELATIVE = frozenset({"trio.fail_after", "trio.move_on_after"})
_ABSOLUTE = frozenset({"trio.fail_at", "trio.move_on_at", "asyncio.timeout_at"})
_SLEEPS = frozenset({"asyncio.sleep", "trio.sleep", "anyio.sleep", "trio.sleep_until"})
_STARTS = frozenset({"start", "start_soon", "create_task"})
_RUNNERS = frozenset({"asyncio.run", "trio.run", "anyio.run"})
_SERVERS = frozenset({f"trio.{name}" for name in ("serve_tcp", "serve_ssl_over_tcp", "serve_listeners", "run_process")})
_MANAGER_DECORATORS = ("contextmanager", "asynccontextmanager", "fixture", "as_safe_channel")
_DAY = 86_400


class AsyncMisuse(ModuleRule):
    """Asynchronous code is put together in a way that cannot work or cannot be cancelled.

    Why look: it raises on first use, hangs on shutdown, or its timeout never fires; all of it rare in a quick test.
    Ask: where does this give way to the event loop, and what happens to it when it is cancelled?
    """

    informs = "debug"
    severity = Severity.HIGH
    words = ("async ", "await ", "asyncio", "trio", "anyio")

    INVALID = (
        Example("import asyncio\n\ndef load():\n    return await fetch()\n"),
        Example("import asyncio\n\nasync def page():\n    return asyncio.run(fetch())\n"),
        Example("import asyncio\n\nasync def page(loop):\n    return loop.run_until_complete(fetch())\n"),
        Example("async def load(path):\n    async with open(path) as file:\n        return file.read()\n"),
        Example(
            "import aiohttp\n\nasync def load(url):\n    with aiohttp.ClientSession() as http:\n        return http\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    async with asyncio.timeout(LIMIT):\n        return compute()\n"
        ),
        Example("import trio\n\nasync def rows():\n    with trio.move_on_after(LIMIT):\n        yield await row()\n"),
        Example(
            "import trio\n\nasync def work():\n    try:\n        await run()\n    finally:\n        await close()\n"
        ),
        Example("import asyncio\n\nasync def wait():\n    while not ready():\n        await asyncio.sleep(1)\n"),
        Example(
            "import trio\n\nasync def work(path):\n    async with trio.open_nursery() as nursery:\n"
            "        with open(path) as file:\n            nursery.start_soon(read, file)\n            more()\n"
        ),
        Example(
            "import threading\n\nlock = threading.Lock()\n\nasync def add(order):\n    with lock:\n"
            "        await save(order)\n"
        ),
        Example("async def rows():\n    yield 1\n\nasync def total():\n    return [row for row in rows()]\n"),
    )
    VALID = (
        Example("import asyncio\n\ndef main():\n    asyncio.run(serve())\n"),
        Example(
            "import asyncio\n\nasync def load():\n    async with asyncio.timeout(9):\n        return await fetch()\n"
        ),
        Example(
            "import aiofiles\n\nasync def load(path):\n    async with aiofiles.open(path) as f:\n        return f\n"
        ),
        Example(
            "import trio\n\nasync def work():\n    try:\n        await run()\n    finally:\n"
            "        with trio.CancelScope(shield=True):\n            await close()\n"
        ),
        Example(
            "import asyncio\n\nasync def work():\n    try:\n        await run()\n    finally:\n        await close()\n"
        ),
        Example(
            "import asyncio\n\nasync def watch():\n    while True:\n        await asyncio.sleep(1)\n        report()\n"
        ),
        Example(
            "import asyncio\n\nlock = asyncio.Lock()\n\nasync def add(order):\n    async with lock:\n"
            "        await save(order)\n"
        ),
        Example(
            "from contextlib import asynccontextmanager\nimport trio\n\n@asynccontextmanager\nasync def limit():\n"
            "    with trio.fail_after(LIMIT):\n        yield\n"
        ),
        Example(
            "import asyncio\n\nasync def page():\n    def work():\n        asyncio.run(fetch())\n    return work\n"
        ),
        Example("total = await fetch()\nasync with client as c:\n    pass\n", path="shop/notebook.py"),
        Example("import asyncio\n\nasync def test():\n    asyncio.run(fetch())\n", path="tests/test_page.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            yield from _call(call, outline)
        blocks: list[With] = [*outline.every(ast.With), *outline.every(ast.AsyncWith)]
        for block in blocks:
            yield from _block(block, outline)
        for loop in outline.added(file, ast.While):
            yield from _polling(loop, outline)
        for node in [*outline.added(file, ast.Await), *outline.every(ast.AsyncWith), *outline.every(ast.AsyncFor)]:
            yield from _outside(node, outline)
            yield from _unshielded(node, outline)
        for node in [*outline.added(file, ast.Yield)]:
            yield from _yield(node, outline)
        for values in [*outline.every(ast.For), *outline.every(ast.comprehension)]:
            yield from _loop(values, outline)


def _call(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    name, line, shown = outline.known(call.func), outline.line(call), f"`{outline.quote(call)}`"
    function = outline.function(call)
    is_async = isinstance(function, ast.AsyncFunctionDef)
    if is_async and (name in _RUNNERS or (method_of(call) == "run_until_complete" and _is_loop(call))):
        message = f"{shown} raises RuntimeError: async `{function.name if function else ''}` already runs in a loop"
        yield LineSighting(line, message)
    elif name in _SLEEPS and name.startswith(_LIBRARIES):
        yield from _sleep(call, outline)
    elif name in _RELATIVE and isinstance(outline.parents[call], ast.Assign):
        message = f"the time of {shown} runs from here on, not from where the scope is entered"
        yield LineSighting(line, message, Severity.LOW)
    elif name in _ABSOLUTE | {"trio.CancelScope"} and _fixed_deadline(call, name):
        yield LineSighting(
            line, f"{shown} gives a clock's reading as a deadline, and it is a constant", Severity.MEDIUM
        )
    elif name.endswith("get_cancelled_exc_class") and isinstance(outline.parents[call], (ast.Assign, ast.AnnAssign)):
        yield LineSighting(line, f"{shown} differs between back ends: ask for it where it is used", Severity.LOW)
    elif method_of(call) == "start_soon" and _is_early(call, outline):
        message = f"{shown} does not wait until the server is ready: use `start`"
        yield LineSighting(line, message, Severity.LOW)


def _is_loop(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    is_got = isinstance(owner, ast.Call) and method_of(owner) in ("get_event_loop", "get_running_loop")
    return is_got or "loop" in (dotted(owner).lower() if owner is not None else "")


def _sleep(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report sleeping for no time, which is a checkpoint, or for more than a day, which is for ever."""
    values = [*call.args, *(word.value for word in call.keywords)]
    seconds = values[0] if values else None
    shown = f"`{outline.quote(call)}`"
    if isinstance(seconds, ast.Constant) and seconds.value == 0:
        yield LineSighting(
            outline.line(call), f"{shown} is a checkpoint: say so with `lowlevel.checkpoint()`", Severity.INFO
        )
    elif _is_long(seconds):
        yield LineSighting(outline.line(call), f"{shown} sleeps for more than a day: `sleep_forever()`?", Severity.LOW)


def _is_long(seconds: ast.expr | None) -> bool:
    if isinstance(seconds, ast.Constant) and isinstance(seconds.value, (int, float)):
        return seconds.value > _DAY
    if isinstance(seconds, ast.Call):
        return dotted(seconds.func) == "float" and bool(seconds.args) and code_of(seconds.args[0]).strip("'\"") == "inf"
    return seconds is not None and dotted(seconds).rpartition(".")[2] == "inf"


def _fixed_deadline(call: ast.Call, name: str) -> bool:
    value = keyword_of(call, "deadline") or (call.args[0] if call.args and name in _ABSOLUTE else None)
    if value is None or code_of(value) in ("inf", "math.inf", "float('inf')"):
        return False
    return not any(isinstance(node, (ast.Name, ast.Call, ast.Attribute)) for node in nodes_in(value))


def _is_early(call: ast.Call, outline: Outline) -> bool:
    """True for a server started in `__aenter__`: whoever enters will use it at once."""
    function = outline.function(call)
    if function is None or not call.args:
        return False
    if function.name != "__aenter__" and "asynccontextmanager" not in " ".join(decorators_of(function)):
        return False
    if any(isinstance(node, ast.Yield) and node.lineno < call.lineno for node in inside(function)):
        return False
    started = next(
        (one for one in outline.every(ast.AsyncFunctionDef) if one.name == dotted(call.args[0]).rpartition(".")[2]),
        None,
    )
    takes_status = started is not None and any(
        one.arg == "task_status" for one in nodes_in(started.args) if isinstance(one, ast.arg)
    )
    return takes_status or outline.known(call.args[0]) in _SERVERS


def _block(block: With, outline: Outline) -> Iterator[LineSighting]:
    is_async = isinstance(block, ast.AsyncWith)
    for item in block.items:
        manager = item.context_expr
        name = manager_of(manager, outline)
        line = outline.line(manager)
        if is_async and needs_plain_with(manager, outline):
            yield LineSighting(line, f"`async with {outline.quote(manager)}` raises: that is entered by plain `with`")
        elif not is_async and needs_async_with(manager, outline):
            yield LineSighting(line, f"`with {outline.quote(manager)}` raises: that is entered by `async with`")
        elif isinstance(manager, ast.Call) and name in SCOPES:
            yield from _limit(block, manager, outline)
        elif name in GROUPS:
            yield from _group(block, item, outline)
        elif not is_async and _awaits_under(block, manager, outline):
            message = (
                f"this awaits while it holds the thread lock `{outline.quote(manager)}`, and may stop the event loop"
            )
            yield LineSighting(line, message)


def _limit(block: With, manager: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report a time limit around code that never gives way, so it cannot be cut short."""
    body = within(block.body)
    pauses = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield)
    if any(isinstance(node, pauses) or (isinstance(node, ast.comprehension) and node.is_async) for node in body):
        return
    names = uses_in(outline.scope(block))
    kept = [item.optional_vars.id for item in block.items if isinstance(item.optional_vars, ast.Name)]
    uses = [use for name in kept for use in names.get(name, ())]
    if any(isinstance(outline.parents[use], (ast.Call, ast.keyword, ast.Assign)) for use in uses):
        return
    if isinstance(outline.function(block), ast.AsyncFunctionDef) or outline.function(block) is None:
        message = f"nothing in this block awaits, so `{outline.quote(manager)}` can never end it"
        yield LineSighting(outline.line(manager), message, Severity.MEDIUM)


def _group(block: With, item: ast.withitem, outline: Outline) -> Iterator[LineSighting]:
    """Report what is closed before the tasks that use it end: managers opened inside a task group."""
    if manager_of(item.context_expr, outline).startswith(_LIBRARIES):
        yield from _leaving(block, outline)
    if not isinstance(item.optional_vars, ast.Name):
        return
    group = item.optional_vars.id
    after = block.items[block.items.index(item) + 1 :]
    inner = [node for node in within(block.body) if isinstance(node, (ast.With, ast.AsyncWith))]
    opened = {one.optional_vars.id for one in after if isinstance(one.optional_vars, ast.Name)}
    for call in (node for node in within(block.body) if isinstance(node, ast.Call)):
        if (
            not isinstance(call.func, ast.Attribute)
            or dotted(call.func.value) != group
            or call.func.attr not in _STARTS
        ):
            continue
        held = opened | {
            one.optional_vars.id
            for within in inner if within in list(outline.ancestors(call))
            for one in within.items if isinstance(one.optional_vars, ast.Name)
        }  # fmt: skip
        arguments = [*call.args, *(word.value for word in call.keywords)]
        names = {node.id for argument in arguments for node in nodes_in(argument) if isinstance(node, ast.Name)}
        for name in sorted(names & held - {group}):
            message = f"`{name}` is closed before the task that gets it here ends: open it outside of `{group}`"
            yield LineSighting(outline.line(call), message, Severity.MEDIUM)


def _leaving(block: With, outline: Outline) -> Iterator[LineSighting]:
    """Report a jump out of a task group: it does not leave until all tasks have ended."""
    for node in within(block.body):
        if not isinstance(node, (ast.Return, ast.Break, ast.Continue)):
            continue
        loops = [one for one in outline.ancestors(node) if isinstance(one, (ast.For, ast.AsyncFor, ast.While))]
        is_inner = bool(loops) and block in list(outline.ancestors(loops[0]))
        if isinstance(node, ast.Return) or not is_inner:
            word = type(node).__name__.lower()
            message = f"this `{word}` waits for all tasks of the group to end, or for ever"
            yield LineSighting(outline.line(node), message, Severity.LOW)


def _awaits_under(block: With, manager: ast.expr, outline: Outline) -> bool:
    if not isinstance(outline.function(block), ast.AsyncFunctionDef):
        return False
    is_thread_lock = outline.made_by(manager).startswith(("threading.", "multiprocessing."))
    return is_thread_lock and any(isinstance(node, ast.Await) for node in within(block.body))


def _polling(loop: ast.While, outline: Outline) -> Iterator[LineSighting]:
    """Report `while not ready: await sleep(1)`: an Event would say it at once."""
    match loop.body:
        case [ast.Expr(value=ast.Await(value=ast.Call(func=func)))]:
            is_nap = outline.known(func) in _SLEEPS
        case _:
            return
    if is_nap and not (isinstance(loop.test, ast.Constant) and loop.test.value is True):
        message = f"this loop only sleeps until `{outline.quote(loop.test)}` changes: an Event tells it at once"
        yield LineSighting(outline.line(loop), message, Severity.LOW)


def _outside(node: ast.AST, outline: Outline) -> Iterator[LineSighting]:
    """Report `await` in a plain function; at the top of a file it may be a notebook."""
    if isinstance(outline.scope(node), (ast.FunctionDef, ast.Lambda)):
        word = {ast.Await: "await", ast.AsyncWith: "async with", ast.AsyncFor: "async for"}[type(node)]
        yield LineSighting(outline.line(node), f"`{word}` in a function that is not `async` is a SyntaxError")


def _unshielded(node: ast.AST, outline: Outline) -> Iterator[LineSighting]:
    """Report an `await` that a cancelling under way ends at once, before it has cleaned anything up."""
    if not any(f"{origin}.".startswith(_LIBRARIES) for origin in outline.source.imports.values()):
        return
    if not ends_at_once(node, outline):
        return
    message = "a cancelling ends this await at once: shield it, or what it cleans up stays undone"
    yield LineSighting(outline.line(node), message, Severity.LOW)


def _yield(node: ast.Yield, outline: Outline) -> Iterator[LineSighting]:
    """Report a generator that hands out values from within a cancel scope or task group."""
    function = outline.function(node)
    if function is None or any(name.rpartition(".")[2] in _MANAGER_DECORATORS for name in decorators_of(function)):
        return
    for above in outline.ancestors(node):
        if above is function:
            return
        if isinstance(above, (ast.With, ast.AsyncWith)):
            name = next(
                (name for item in above.items if (name := manager_of(item.context_expr, outline)) in SCOPES | GROUPS),
                "",
            )
            if name:
                message = f"a `yield` within `{name}` lets the scope end in another task than it began in"
                yield LineSighting(outline.line(node), message, Severity.MEDIUM)
                return


def _loop(node: ast.AST, outline: Outline) -> Iterator[LineSighting]:
    """Report a plain loop over an async generator of this file."""
    is_plain = isinstance(node, ast.For) or (isinstance(node, ast.comprehension) and not node.is_async)
    values = getattr(node, "iter", None)
    made = outline.local_function(values) if is_plain and isinstance(values, ast.Call) else None
    if made is None or values is None:
        return
    if isinstance(made, ast.AsyncFunctionDef) and any(isinstance(part, ast.Yield) for part in inside(made)):
        yield LineSighting(outline.line(values), f"`{outline.quote(values)}` can only be gone through by `async for`")
