from collections.abc import Iterator, Mapping
from functools import lru_cache

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.rule import Example, PythonRule, Sighting

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_LONGEST_QUOTE = 45
_FILES = frozenset(
    {"open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "zipfile.ZipFile", "tarfile.open"}
    | {f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move", "rmtree", "make_archive")}
)
_WAITS = frozenset(
    {"time.sleep", "input", "getpass.getpass", "os.system", "os.popen", "os.wait", "os.wait3", "os.wait4"}
    | {"os.waitpid", "os.waitid", "concurrent.futures.wait", "boto3.client", "boto3.resource"}
    | {f"requests.{verb}" for verb in _VERBS}
    | {f"httpx.{verb}" for verb in (*_VERBS, "stream")}
    | {"urllib.request.urlopen", "urllib.request.urlretrieve", "urllib3.request"}
    | {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {f"{driver}.connect" for driver in ("sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector")}
    | {f"{driver}.connect" for driver in ("pyodbc", "oracledb", "cx_Oracle", "pymssql")}
    | {"psycopg.Connection.connect", "socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname"}
    | {"smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "ftplib.FTP_TLS", "imaplib.IMAP4_SSL", "imaplib.IMAP4"}
)
_CALLS = {**dict.fromkeys(_FILES, Severity.MEDIUM), **dict.fromkeys(_WAITS, Severity.HIGH)}
_BUILT_IN = frozenset({"open", "input"})
# What the call on the left makes blocks in the methods on the right.
_PATH_METHODS = ("read_text", "read_bytes", "write_text", "write_bytes", "open")
_METHODS: Mapping[str, tuple[str, ...]] = {
    "pathlib.Path": _PATH_METHODS,
    "pathlib.Path.cwd": _PATH_METHODS,
    "pathlib.Path.home": _PATH_METHODS,
    "requests.Session": _VERBS,
    "requests.session": _VERBS,
    "httpx.Client": (*_VERBS, "stream"),
    "subprocess.Popen": ("wait", "communicate"),
    "asyncio.run_coroutine_threadsafe": ("result",),
    ".submit": ("result",),
}
_METHOD_NAMES = frozenset(name for methods in _METHODS.values() for name in methods)
# With these in the function its futures are done before anybody asks for their result.
_FINISHED = ("wrap_future(", ".done()")
_THREADS = ("to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "sync_to_async", "submit")


class BlockingInAsync(PythonRule):
    """A call that waits without giving way stands in an `async def`.

    Why look: the event loop stands still meanwhile, and with it every other request of the process.
    Ask: what else stops while this waits, and is there an awaitable call or a thread for it?
    """

    informs = "scale"
    severity = Severity.HIGH
    visits = (cst.Call,)

    INVALID = (
        Example("import time\n\nasync def poll():\n    while True:\n        check()\n        time.sleep(5)\n"),
        Example("import requests\n\nasync def load(url):\n    return requests.get(url, timeout=LIMIT).json()\n"),
        Example("async def load(path):\n    with open(path) as file:\n        return file.read()\n"),
        Example("from subprocess import run\n\nasync def build():\n    run(['make'], check=True)\n"),
        Example("import sqlite3\n\nasync def orders():\n    return sqlite3.connect('shop.db')\n"),
        Example("from pathlib import Path\n\nasync def load(path: Path):\n    return path.read_text()\n"),
        Example("from pathlib import Path\n\nasync def load(name):\n    return (Path('orders') / name).read_bytes()\n"),
        Example("import requests\n\nasync def load(url):\n    s = requests.Session()\n    return s.get(url)\n"),
        Example("async def work(pool):\n    job = pool.submit(count)\n    return job.result()\n"),
        Example("import asyncio, time\n\nasync def rest():\n    await asyncio.to_thread(time.sleep(1))\n"),
    )
    VALID = (
        Example("import asyncio\n\nasync def poll():\n    await asyncio.sleep(5)\n"),
        Example("from asyncio import sleep\n\nasync def poll():\n    await sleep(5)\n"),
        Example(
            "import asyncio, requests\n\nasync def load(url):\n    return await asyncio.to_thread(requests.get, url)\n"
        ),
        Example(
            "import asyncio, requests\n\nasync def load(url, loop):\n"
            "    return await loop.run_in_executor(None, lambda: requests.get(url))\n"
        ),
        Example(
            "import asyncio, time\n\nasync def rest():\n    def nap():\n        time.sleep(1)\n"
            "    await asyncio.to_thread(nap)\n"
        ),
        Example(
            "from aiofiles import open\n\nasync def load(path):\n    async with open(path) as file:\n"
            "        return file\n"
        ),
        Example("from anyio import Path\n\nasync def load(path: Path):\n    return await path.read_text()\n"),
        Example(
            "import httpx\n\nasync def load(url):\n    async with httpx.AsyncClient() as c:\n"
            "        return await c.get(url)\n"
        ),
        Example("import time\n\nasync def give_way():\n    time.sleep(0)\n"),
        Example("import time\n\ndef rest():\n    time.sleep(1)\n"),
        Example(
            "import asyncio\n\nasync def work():\n    task = asyncio.create_task(count())\n"
            "    await task\n    return task.result()\n"
        ),
        Example(
            "import asyncio\n\nasync def work(pool):\n    job = pool.submit(count)\n"
            "    await asyncio.wrap_future(job)\n    return job.result()\n"
        ),
        Example("import requests\n\nasync def load(requests):\n    return requests.get('shop')\n"),
        Example("import time\n\nasync def test_poll():\n    time.sleep(1)\n", path="tests/test_poll.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        function = at.function
        if not isinstance(node, cst.Call) or function is None or function.asynchronous is None or at.file.is_test:
            return
        severity = _blocks(node, function, at)
        if severity is None or function.body not in at.parents:
            return
        if not isinstance(at.parent, cst.Await) and not _goes_to_a_thread(at):
            yield Sighting(
                node, f"`{_shown(node, at)}` blocks the event loop in async `{function.name.value}`", severity
            )


def _blocks(call: cst.Call, function: cst.FunctionDef, at: Place) -> Severity | None:
    name = at.name(call.func)
    severity = _CALLS.get(name) if name is not None else None
    if name is not None and severity is not None and (name in _BUILT_IN or at.is_imported(call.func)):
        first = (dotted_name(call.func) or "").partition(".")[0]
        return None if first in _bindings(function) or _is_zero(call) else severity
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _METHOD_NAMES:
        return _method_blocks(call.func, function, at)
    return None


def _is_zero(call: cst.Call) -> bool:
    """True for `time.sleep(0)`, which waits for nothing."""
    return len(call.args) == 1 and isinstance(call.args[0].value, cst.Integer) and call.args[0].value.value == "0"


def _method_blocks(func: cst.Attribute, function: cst.FunctionDef, at: Place) -> Severity | None:
    """Judge `s.get(url)` by what the function made `s` with; a stranger's methods are not judged."""
    method = func.attr.value
    maker = _maker(func.value, function, at)
    if method not in _METHODS.get(maker, ()):
        return None
    if method == "result" and any(word in at.code(function) for word in _FINISHED):
        return None
    return Severity.MEDIUM if maker.startswith("pathlib.") else Severity.HIGH


def _maker(node: cst.CSTNode, function: cst.FunctionDef, at: Place, *, steps: int = 3) -> str:
    """Return the resolved name of the call or type an object comes from; empty if that is not plain."""
    node = _leftmost(node)
    if isinstance(node, cst.Annotation):
        return at.name(node.annotation) or ""
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "submit":
            return ".submit"
        return (at.name(node.func) or "") if at.is_imported(node.func) else ""
    if not isinstance(node, cst.Name) or steps == 0:
        return ""
    values = [value for value in _bindings(function).get(node.value, ()) if not _is_name(_leftmost(value), node.value)]
    makers = {_maker(value, function, at, steps=steps - 1) for value in values}
    return makers.pop() if len(makers) == 1 else ""


def _leftmost(node: cst.CSTNode) -> cst.CSTNode:
    """Return `folder` of `folder / "a" / "b"`: what it is decides what the whole is."""
    while isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
        node = node.left
    return node


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


@lru_cache(maxsize=8)
def _bindings(function: cst.FunctionDef) -> Mapping[str, list[cst.CSTNode]]:
    """Return what each local name stands for: a parameter's annotation, the values it is set to."""
    values: dict[str, list[cst.CSTNode]] = {}
    stack: list[cst.CSTNode] = [function]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        match node:
            case cst.Param(name=cst.Name(name)):
                values.setdefault(name, []).append(node.annotation or node)
            case cst.Assign(targets=[cst.AssignTarget(cst.Name(name))], value=value):
                values.setdefault(name, []).append(value)
            case cst.WithItem(item=value, asname=cst.AsName(cst.Name(name))):
                values.setdefault(name, []).append(value)
    return values


def _goes_to_a_thread(at: Place) -> bool:
    """True for `to_thread(open(path).read)`, but not for `to_thread(time.sleep(1))`, which sleeps first."""
    return any(
        isinstance(parent, cst.Call) and (dotted_name(parent.func) or "").rpartition(".")[2] in _THREADS
        for parent in at.parents[:-2]
    )


def _shown(call: cst.Call, at: Place) -> str:
    code = " ".join(at.code(call).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{at.code(call.func)}(...)"
