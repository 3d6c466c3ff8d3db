import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.coroutines import is_coroutine, is_unawaited, is_used_as_value
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, bound_names, dotted, outline_of, shared_names, uses_in
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.script_calls import unawaited_calls
from reviewer.analysis.script_promises import dropped_callbacks, dropped_calls, uncaught_chains
from reviewer.analysis.source import Source
from reviewer.analysis.tokens import Token

_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.tasks.create_task"})
_LOOPS = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"})
_LOOP_NAME = regex(r"(\w+\.)*_?(event_?|main_?|io_?)?loop")
_POOLS = frozenset(
    {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"}
    | {"concurrent.futures.thread.ThreadPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor"}
)
_MOST_USES = 100


class DanglingTask(ModuleRule, TokenRule):
    """A task or a coroutine is started or made, and nobody keeps it, awaits it or sees its error.

    Why look: a task without a reference may be collected while it runs; a coroutine without `await` never runs.
    Ask: who awaits it, and who hears of it when it fails?
    """

    informs = "debug"
    severity = Severity.HIGH
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("import asyncio\n\nasync def order():\n    asyncio.create_task(send_mail())\n"),
        Example("import asyncio\n\ndef order(loop):\n    asyncio.ensure_future(send_mail(), loop=loop)\n"),
        Example("import asyncio\n\ndef order():\n    asyncio.get_event_loop().create_task(send_mail())\n"),
        Example("class Shop:\n    def order(self):\n        self.loop.create_task(send_mail())\n"),
        Example("import asyncio\n\nasync def order():\n    task = asyncio.create_task(send_mail())\n    return 1\n"),
        Example("import asyncio\n\nasync def order(ids):\n    [asyncio.create_task(ship(i)) for i in ids]\n"),
        Example("async def ship(order):\n    await send(order)\n\nasync def order(order):\n    ship(order)\n"),
        Example(
            "class Shop:\n    async def ship(self):\n        await send()\n\n"
            "    def order(self):\n        self.ship()\n"
        ),
        Example("async def price(tea):\n    return 1\n\nasync def total(teas):\n    return price(teas[0]) * 2\n"),
        Example("async def load():\n    return 1\n\nasync def show():\n    page = load()\n    print(page.text)\n"),
        Example("async def is_open():\n    return True\n\nasync def order():\n    if is_open():\n        ship()\n"),
        Example("import asyncio\n\nasync def rest():\n    asyncio.sleep(1)\n"),
        Example(
            "from concurrent.futures import ThreadPoolExecutor\n\ndef work(jobs):\n"
            "    with ThreadPoolExecutor() as pool:\n        for job in jobs:\n            pool.submit(run, job)\n"
        ),
        Example("import asyncio\n\ndef order(loop):\n    asyncio.run_coroutine_threadsafe(send(), loop)\n"),
        Example(
            "async function mail(order) {\n  await send(order);\n}\n\nfunction buy(order) {\n  mail(order);\n}\n",
            path="shop/orders.js",
        ),
        Example(
            "class Shop {\n  async save(): Promise<void> {\n    await this.store();\n  }\n  buy() {\n    this.save()\n"
            "    this.show();\n  }\n}\n",
            path="shop/orders.ts",
        ),
        Example(
            "async function ship(orders) {\n  orders.forEach(async (order) => {\n    await send(order);\n  });\n}\n",
            path="shop/orders.js",
        ),
        Example("const open = shops.filter(async (shop) => await shop.isOpen());\n", path="shop/orders.ts"),
        Example("function show() {\n  shop.load().then((teas) => draw(teas));\n}\n", path="shop/teas.js"),
        Example("useEffect(async () => {\n  setTeas(await load());\n}, []);\n", path="shop/Teas.tsx"),
        Example("const tea = new Promise(async (resolve) => {\n  resolve(await load());\n});\n", path="shop/tea.js"),
        Example("function ship(order) {\n  fetch('/ship', { method: 'POST' });\n}\n", path="shop/orders.js"),
        Example(
            "const { sendMail } = require('./mail');\n\nasync function buy(order) {\n  sendMail(order);\n"
            "  return order.id;\n}\n",
            path="shop/orders.js",
        ),
        Example(
            "async function buy(order) {\n  await stock.take(order);\n  mail.thank(order);\n}\n\n"
            "async function again(order) {\n  await mail.thank(order);\n}\n",
            path="shop/orders.ts",
        ),
        Example(
            "async function ship(orders) {\n  orders.map(async (order) => {\n    await send(order);\n  });\n}\n",
            path="shop/orders.js",
        ),
    )
    VALID = (
        Example(
            "async function ship(orders) {\n  await Promise.all(orders.map(async (order) => send(order)));\n"
            "  const jobs = orders.map(async (order) => send(order));\n  return Promise.all(jobs);\n}\n",
            path="shop/orders.js",
        ),
        Example("orders.forEach((order) => send(order));\nfetch('/ship').catch(log);\n", path="shop/orders.js"),
        Example(
            "async function buy(order) {\n  const saved = await save(order);\n  updateView(saved);\n}\n",
            path="shop/orders.js",
        ),
        Example(
            "function show() {\n  shop.load().then(draw).catch(log);\n  shop.load().then(draw, log);\n"
            "  return shop.load().then(draw);\n}\n",
            path="shop/teas.js",
        ),
        Example("useEffect(() => {\n  void load();\n}, []);\n", path="shop/Teas.tsx"),
        Example("import asyncio\n\nasync def order():\n    task = asyncio.create_task(mail())\n    await task\n"),
        Example(
            "import asyncio\n\nasync def order(self):\n    task = asyncio.create_task(mail())\n"
            "    self.tasks.add(task)\n    task.add_done_callback(self.tasks.discard)\n"
        ),
        Example(
            "import asyncio\n\nasync def order(ids):\n    async with asyncio.TaskGroup() as group:\n"
            "        for i in ids:\n            group.create_task(ship(i))\n"
        ),
        Example("import asyncio\n\nasync def order(self):\n    self.job = asyncio.create_task(mail())\n"),
        Example("import asyncio\n\ndef order():\n    return asyncio.create_task(mail())\n"),
        Example("async def ship(order):\n    await send(order)\n\nasync def order(order):\n    await ship(order)\n"),
        Example(
            "import asyncio\n\nasync def ship():\n    await send()\n\nasyncio.run(ship())\njob = ship()\njob.close()\n"
        ),
        Example("@task\nasync def ship(order):\n    await send(order)\n\ndef order(order):\n    ship(order)\n"),
        Example(
            "async def load():\n    return 1\n\nasync def show():\n    page = load()\n    return (await page).text\n"
        ),
        Example("def ship(order):\n    send(order)\n\nasync def order(order):\n    ship(order)\n"),
        Example(
            "async def rows():\n    yield 1\n\nasync def order():\n    async for row in rows():\n        print(row)\n"
        ),
        Example(
            "import asyncio\n\ndef order():\n    job = asyncio.create_task(mail())\n    job.add_done_callback(seen)\n"
        ),
        Example("def order(form):\n    form.submit(run)\n    board.create_task('write')\n"),
        Example(
            "from concurrent.futures import ThreadPoolExecutor\n\ndef work(pool: ThreadPoolExecutor):\n"
            "    job = pool.submit(run)\n    return job.result()\n"
        ),
        Example("import asyncio\n\non_order = lambda order: asyncio.create_task(ship(order))\n"),
        Example("from functools import partial\nimport asyncio\n\nrest = partial(asyncio.sleep, 1)\n"),
        Example("import asyncio\n\nasync def test():\n    asyncio.create_task(mail())\n", path="tests/test_mail.py"),
        Example(
            "async function mail(order) {\n  await send(order);\n}\n\nasync function buy(order) {\n"
            "  await mail(order);\n"
            "  return mail(order);\n}\n",
            path="shop/orders.js",
        ),
        Example(
            "async function mail(order) {\n  await send(order);\n}\n\nfunction buy(order) {\n"
            "  mail(order).catch(log);\n"
            "  void mail(order);\n  const job = mail(order);\n}\n",
            path="shop/orders.js",
        ),
        Example(
            "async function mail(order) {\n  try {\n    await send(order);\n  } catch (error) {\n"
            "    log(error);\n  }\n}\n\n"
            "function buy(order) {\n  mail(order);\n}\n",
            path="shop/orders.js",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            found = _task(call, outline) or _coroutine(call, outline)
            if found:
                message, severity = found
                yield LineSighting(outline.line(call), message, severity)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        seen = set[int]()
        for call in unawaited_calls(tokens):
            message = f"`{call.text}()` gives a promise that nobody awaits: its error goes unseen"
            seen.add(call.line)
            yield LineSighting(call.line, message, Severity.MEDIUM)
        yield from (each for each in _dropped(file) if each.line not in seen)


def _dropped(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield what a script drops without a function of its own that says so."""
    blocks = blocks_of(file)
    for line, message in dropped_callbacks(blocks):
        yield LineSighting(line, message, Severity.MEDIUM)
    for line, message, severity in dropped_calls(blocks):
        yield LineSighting(line, message, severity)
    for line, message in uncaught_chains(blocks):
        yield LineSighting(line, message, Severity.LOW)


def _task(call: ast.Call, outline: Outline) -> tuple[str, Severity] | None:
    name, shown = outline.known(call.func), f"`{outline.quote(call)}`"
    if name in _TASKS or _is_of_loop(call, outline):
        if _is_dropped(call, outline):
            return f"nothing keeps the task of {shown}: it may be collected before it ends", Severity.HIGH
        kept = _unread_name(call, outline)
        return (
            (f"`{kept}` is never used again: nobody awaits the task or sees its error", Severity.HIGH) if kept else None
        )
    is_job = name == "asyncio.run_coroutine_threadsafe" or _is_of_pool(call, outline)
    if is_job and isinstance(outline.parents[call], ast.Expr):
        return f"the future of {shown} is dropped: nobody sees its error", Severity.MEDIUM
    return None


def _is_of_loop(call: ast.Call, outline: Outline) -> bool:
    """True for `loop.create_task(…)`; task groups keep their tasks."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("create_task", "ensure_future"):
        return False
    owner = call.func.value
    if isinstance(owner, ast.Call):
        return outline.known(owner.func) in _LOOPS
    if outline.made_by(owner) in _LOOPS:
        return True
    name = dotted(owner)
    is_bound = "." in name or any(name in bound_names(scope) for scope in (outline.function(call), outline.source.tree))
    return is_bound and _LOOP_NAME.fullmatch(name) is not None


def _is_of_pool(call: ast.Call, outline: Outline) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "run_in_executor":
        return True
    return call.func.attr == "submit" and outline.made_by(call.func.value) in _POOLS


def _is_dropped(call: ast.AST, outline: Outline) -> bool:
    """True if nothing takes what the call gives: a statement of its own, a test, a list nobody binds."""
    above = outline.parents[call]
    match above:
        case ast.Expr() | ast.withitem() | ast.Assign(targets=[ast.Name(id="_")]):
            return True
        case ast.IfExp(test=test) | ast.If(test=test) | ast.While(test=test):
            return test is call or _is_dropped(above, outline)
        case ast.comprehension():
            return any(test is call for test in above.ifs)
        case ast.List() | ast.Tuple() | ast.Set() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.BoolOp():
            return _is_dropped(above, outline)
    return False


def _unread_name(call: ast.Call, outline: Outline) -> str:
    """Return the local variable that gets the task and is never read."""
    above = outline.parents[call]
    function = outline.function(call)
    if function is None or not isinstance(above, (ast.Assign, ast.AnnAssign)):
        return ""
    targets = above.targets if isinstance(above, ast.Assign) else [above.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return ""
    name = targets[0].id
    names = uses_in(function).get(name, ())[:_MOST_USES]
    is_elsewhere = name in shared_names(function)
    is_read = is_elsewhere or any(isinstance(node.ctx, ast.Load) for node in names)
    return "" if is_read else name


def _coroutine(call: ast.Call, outline: Outline) -> tuple[str, Severity] | None:
    above = outline.parents[call]
    if isinstance(above, ast.Assign) and is_used_as_value(above, outline) and is_coroutine(call, outline):
        return (
            f"`{outline.quote(above.targets[0])}` is a coroutine here: nothing awaits `{outline.quote(call)}`",
            Severity.HIGH,
        )
    if not is_unawaited(call, outline) or not is_coroutine(call, outline):
        return None
    if isinstance(outline.parents[call], ast.Expr):
        return f"`{outline.quote(call)}` is never awaited, so it never runs", Severity.HIGH
    return f"`{outline.quote(call)}` is not awaited: its value here is a coroutine", Severity.HIGH
