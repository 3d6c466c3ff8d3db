"""Which context managers are entered by `async with` and which by `with`; which are cancel scopes or task groups."""

import ast
from collections.abc import Sequence

from reviewer.analysis.outline import Function, Outline, dotted

With = ast.With | ast.AsyncWith
SCOPES = frozenset(
    {f"{library}.{name}" for library in ("trio", "anyio") for name in ("fail_after", "move_on_after", "CancelScope")}
    | {"trio.fail_at", "trio.move_on_at", "asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout"}
)
GROUPS = frozenset({"trio.open_nursery", "anyio.create_task_group", "asyncio.TaskGroup"})
_ASYNC_MANAGERS = frozenset(
    {"asyncio.Lock", "asyncio.Semaphore", "asyncio.BoundedSemaphore", "asyncio.Condition", "asyncio.timeout"}
    | {"aiohttp.ClientSession", "httpx.AsyncClient", "contextlib.AsyncExitStack", "aiofiles.open"}
    | {"contextlib.aclosing", "asyncpg.create_pool", "aiosqlite.connect"}
)
_SYNC_MANAGERS = frozenset(
    {"open", "io.open", "threading.Lock", "threading.RLock", "threading.Semaphore", "requests.Session", "httpx.Client"}
    | {"contextlib.suppress", "contextlib.closing", "contextlib.ExitStack", "tempfile.TemporaryDirectory"}
    | {"tempfile.NamedTemporaryFile", "zipfile.ZipFile", "tarfile.open", "sqlite3.connect"}
    | {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"}
)


def needs_plain_with(node: ast.expr, outline: Outline) -> bool:
    """True for what cannot be entered by `async with`."""
    return manager_of(node, outline) in _SYNC_MANAGERS or _is_local(node, outline, "__enter__", "contextmanager")


def needs_async_with(node: ast.expr, outline: Outline) -> bool:
    """True for what cannot be entered by plain `with`."""
    is_known = manager_of(node, outline) in _ASYNC_MANAGERS
    return is_known or _is_local(node, outline, "__aenter__", "asynccontextmanager")


def manager_of(node: ast.expr, outline: Outline) -> str:
    """Return the full name of the function or class that made what is entered."""
    return outline.known(node.func) if isinstance(node, ast.Call) else outline.made_by(node)


def decorators_of(function: Function) -> Sequence[str]:
    return [dotted(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list]


def _is_local(node: ast.expr, outline: Outline, method: str, decorator: str) -> bool:
    """True for a class or function of this file that is a context manager of one kind only."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    name = node.func.id
    found = [one for one in outline.source.tree.body if getattr(one, "name", None) == name]
    if len(found) != 1:
        return False
    made = found[0]
    if isinstance(made, ast.ClassDef):
        methods = {one.name for one in made.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
        other = "__aenter__" if method == "__enter__" else "__enter__"
        return method in methods and other not in methods and not made.bases
    if isinstance(made, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return {one.rpartition(".")[2] for one in decorators_of(made)} == {decorator}
    return False
