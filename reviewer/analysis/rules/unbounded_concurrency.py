import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_threads import too_many
from reviewer.analysis.syntax import COMPREHENSIONS, Syntax, code, dotted_name, last_name, syntax_of
from reviewer.analysis.tokens import Token

_TOGETHER = frozenset({"asyncio.gather", "asyncio.wait", "asyncio.as_completed", "anyio.gather", "curio.gather"})
_STARTING = frozenset({"create_task", "ensure_future", "start_soon"})
_MAKERS = frozenset({"threading.Thread", "multiprocessing.Process", "subprocess.Popen"})
_LIMITED = regex(
    r"semaphore|limiter|throttl|max_concurren|concurrency|batch|chunk|rate_limit|pool|\bsem\b|\bqueue\b|worker"
    r"|max_parallel|TCPConnector"
    r"|islice|BoundedTask|limit=",
    re.IGNORECASE,
)
_CUT = regex(
    r"p-?limit|p-?map|bluebird|Semaphore|batch|chunk|concurrency|throttl|p-?queue|bottleneck|\.slice\(", re.IGNORECASE
)
_SOME = regex(
    r"[A-Z_]+|\w*(workers|handlers|receivers|services|checks|loaders|plugins|steps|consumers|listeners|callbacks"
    r"|hooks|tasks_to_cancel|pending)"
)


class UnboundedConcurrency(ModuleRule, TokenRule):
    """As many tasks are started at once as there are elements.

    Why look: ten thousand elements open ten thousand connections; the other side, or this one, gives way.
    Ask: how many at once, at most?
    """

    informs = "scale"
    severity = Severity.LOW
    words = (
        "gather",
        "create_task",
        "ensure_future",
        "start_soon",
        "Thread(",
        "Process(",
        "Popen(",
        "Promise.all",
        "go func",
        "go ",
        ".Go(",
        "asyncio.wait",
        "as_completed",
    )
    languages = frozenset({"javascript", "typescript", "go", "java"})

    INVALID = (
        Example(
            "import asyncio\n\nasync def load(urls):\n    return await asyncio.gather(*[fetch(url) for url in urls])\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls):\n    tasks = [fetch(url) for url in urls]\n"
            "    return await asyncio.gather(*tasks, return_exceptions=True)\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls):\n    tasks = []\n    for url in urls:\n"
            "        tasks.append(asyncio.create_task(fetch(url)))\n"
            "    return await asyncio.gather(*tasks)\n"
        ),
        Example(
            "async def load(urls):\n    async with TaskGroup() as group:\n        for url in urls:\n"
            "            group.create_task(fetch(url))\n"
        ),
        Example("import asyncio\n\nasync def load(urls):\n    await asyncio.gather(*map(fetch, urls))\n"),
        Example(
            "import threading\n\ndef load(urls):\n    for url in urls:\n"
            "        threading.Thread(target=fetch, args=(url,)).start()\n"
        ),
        Example("const shops = await Promise.all(urls.map(async (url) => load(url)))\n", path="src/shops.ts"),
        Example(
            "func Load(urls []string) {\n\tfor _, url := range urls {\n\t\tgo load(url)\n\t}\n}\n", path="shop/load.go"
        ),
        Example(
            "func Load(ctx context.Context, urls []string) error {\n\tg, ctx := errgroup.WithContext(ctx)\n"
            "\tfor _, url := range urls {\n\t\tg.Go(func() error { return load(ctx, url) })\n\t}\n\treturn g.Wait()\n"
            "}\n",
            path="shop/load.go",
        ),
        Example(
            "class Load {\n  void all(List<String> urls) {\n    for (String url : urls) {\n"
            "      new Thread(() -> load(url)).start();\n"
            "    }\n  }\n}\n",
            path="shop/Load.java",
        ),
    )
    VALID = (
        Example(
            "func Load(ctx context.Context, urls []string) error {\n\tg, ctx := errgroup.WithContext(ctx)\n"
            "\tg.SetLimit(8)\n"
            "\tfor _, url := range urls {\n\t\tg.Go(func() error { return load(ctx, url) })\n\t}\n\treturn g.Wait()\n"
            "}\n",
            path="shop/load.go",
        ),
        Example(
            "func Run(workers []Worker) {\n\tfor _, w := range workers {\n\t\tgo w.Run()\n\t}\n\tfor {\n"
            "\t\tgo handle(accept())\n\t}\n}\n",
            path="shop/run.go",
        ),
        Example(
            "// Load fetches a handful of pages.\nfunc Load(urls []string) {\n\tfor _, url := range urls {\n"
            "\t\tgo load(url)\n\t}\n}\n",
            path="shop/load.go",
        ),
        Example(
            "import { shops } from './shops';\nconst all = await Promise.all(shops.map((shop) => shop.load()));\n",
            path="src/shops.ts",
        ),
        Example("import asyncio\n\nasync def load(a, b):\n    return await asyncio.gather(fetch(a), fetch(b))\n"),
        Example(
            "import asyncio\n\nasync def load(urls):\n    slots = asyncio.Semaphore(10)\n"
            "    return await asyncio.gather(*[fetch(slots, url) for url in urls])\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    return await asyncio.gather(*[fetch(url) for url in SHOPS])\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    return await asyncio.gather(*[fetch(n) for n in range(3)])\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls):\n    for batch in batched(urls, 10):\n"
            "        await asyncio.gather(*[fetch(url) for url in batch])\n"
        ),
        Example("import asyncio\n\nasync def stop(tasks):\n    await asyncio.gather(*tasks, return_exceptions=True)\n"),
        Example(
            "import threading\n\ndef start(count):\n    for _ in range(4):\n"
            "        threading.Thread(target=work).start()\n"
        ),
        Example("const [shop, user] = await Promise.all([loadShop(), loadUser()])\n", path="src/shops.ts"),
        Example(
            "import pLimit from 'p-limit'\nconst limit = pLimit(5)\n"
            "await Promise.all(urls.map((url) => limit(() => load(url))))\n",
            path="src/shops.ts",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called(*sorted({name.rpartition(".")[2] for name in _TOGETHER})):
            if tree.name(call.func) in _TOGETHER and not _is_limited(tree, call):
                for made in _many(tree, call):
                    yield LineSighting(tree.line(call), f"`{code(call.func)}` runs all of `{code(made)}` at once")
        for call in tree.called(*_STARTING, *(name.rpartition(".")[2] for name in _MAKERS)):
            yield from _started(tree, call)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        if "script" not in (language_of(file) or ""):
            for line, what, elements in too_many(blocks_of(file), file.lines):
                yield LineSighting(line, f"{what} starts one for each of `{elements}` at once")
            return
        if _CUT.search("\n".join(file.lines)):
            return
        words = [token for token in tokens if not token.is_comment]
        for at, token in enumerate(words[:-5]):
            text = "".join(word.text.strip() for word in words[at : at + 9])
            found = (
                re.match(r"Promise\.(?:all|allSettled)\((\w[\w.]*)\.map\(", text) if token.text == "Promise" else None
            )
            if found is None or _is_listed_here(found[1], file):
                continue
            if not _SOME.fullmatch(found[1].rpartition(".")[2]):
                yield LineSighting(token.line, f"`Promise.all` starts a task for each of `{found[1]}` at once")


def _is_listed_here(name: str, file: ChangedFile) -> bool:
    """True for a list that is written out in the file, or imported: as long as somebody made it."""
    if not name.isidentifier():
        return False
    text = "\n".join(file.lines)
    written = rf"(?m)^(?:export )?const {name}\b[^=\n]{{0,80}}= *(?:Object\.freeze\()?\[(?! *\])"
    within = rf"[^;\n]{{0,200}}\b{name}\b[^;\n]{{0,200}}"
    imported = rf"(?m)^import {within} from |^const \{{{within}\}} = require"
    return re.search(written, text) is not None or re.search(imported, text) is not None


def _many(tree: Syntax, call: ast.Call) -> Iterator[ast.AST]:
    """Yield the collections whose every element becomes a task: `*[f(x) for x in xs]`, `*map(f, xs)`, or their name."""
    for given in call.args:
        value = tree.value(given.value if isinstance(given, ast.Starred) else given)
        if isinstance(value, COMPREHENSIONS):
            loop = value.generators[0]
            if (
                not _is_few(tree, loop.iter)
                and not _is_task(value)
                and isinstance(getattr(value, "elt", None), ast.Call)
            ):
                yield loop.iter
        elif (
            isinstance(value, ast.Call)
            and dotted_name(value.func) == "map"
            and len(value.args) > 1
            and not _is_few(tree, value.args[1])
        ):
            yield value.args[1]
        elif isinstance(given, ast.Starred) and isinstance(value, ast.List) and not value.elts:
            yield from _appended(tree, call, dotted_name(given.value))


def _appended(tree: Syntax, call: ast.Call, name: str) -> Iterator[ast.AST]:
    """Yield what a loop goes through that appends coroutines to the list; tasks started there are told there."""
    for append in tree.called("append"):
        if (
            isinstance(append.func, ast.Attribute)
            and dotted_name(append.func.value) == name
            and tree.scope(append) is tree.scope(call)
        ):
            loop = next(tree.loops(append), None)
            is_made = (
                append.args and isinstance(append.args[0], ast.Call) and last_name(append.args[0].func) not in _STARTING
            )
            if isinstance(loop, (ast.For, ast.AsyncFor)) and is_made and not _is_few(tree, loop.iter):
                yield loop.iter


def _is_task(made: ast.AST) -> bool:
    """True for tasks made in a comprehension: `create_task` there is told by itself."""
    part = getattr(made, "elt", None)
    return isinstance(part, ast.Call) and last_name(part.func) in _STARTING


def _started(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    if last_name(call.func) not in _STARTING and tree.name(call.func) not in _MAKERS:
        return
    loop = next(tree.loops(call), None)
    if (
        loop is None
        or isinstance(loop, (ast.While, ast.AsyncFor))
        or _is_few(tree, loop.iter)
        or _is_limited(tree, call)
    ):
        return
    yield LineSighting(tree.line(call), f"`{code(call.func)}` starts a task for each of `{code(loop.iter)}` at once")


def _is_few(tree: Syntax, values: ast.expr) -> bool:
    """True for literals, constants, small ranges, and collections that name a fixed set of things."""
    value = tree.value(values)
    if (
        isinstance(value, ast.Call)
        and dotted_name(value.func) in ("enumerate", "zip", "list", "sorted", "reversed")
        and value.args
    ):
        return _is_few(tree, value.args[0]) if value.args[0] is not values else False
    if isinstance(value, ast.Call) and dotted_name(value.func) == "range":
        return all(
            isinstance(arg, ast.Constant) or _SOME.fullmatch(last_name(arg)) or "worker" in code(arg)
            for arg in value.args
        )
    if isinstance(value, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        return bool(getattr(value, "elts", None) or getattr(value, "keys", None))
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        return True
    owner = value.func.value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else value
    return _SOME.fullmatch(last_name(owner)) is not None or re.search("batch|chunk|page", code(values)) is not None


def _is_limited(tree: Syntax, call: ast.Call) -> bool:
    function = tree.function(call)
    if function is None:
        return True
    first, last = function.lineno - 1, function.end_lineno or function.lineno
    return _LIMITED.search("\n".join(tree.source.lines[first:last])) is not None
