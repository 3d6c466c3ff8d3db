import ast
from collections.abc import Iterator, Mapping, Sequence

from reviewer.analysis.braces import body_around, script_bodies, text_at
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Function, Outline, bound_names, dotted, inside, method_of, outline_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tokens import Token

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_SENDING = frozenset({*_VERBS, "send", "stream", "close"})
_FILES = frozenset(
    {"open", "io.open", "io.open_code", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "os.fdopen", "os.open"}
    | {"zipfile.ZipFile", "tarfile.open", "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile", "shelve.open"}
    | {f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move", "rmtree", "make_archive")}
    | {f"pandas.{name}" for name in ("read_csv", "read_excel", "read_parquet", "read_sql", "read_json")}
)
_WAITS = frozenset(
    {"time.sleep", "input", "getpass.getpass", "os.system", "os.popen", "os.wait", "os.wait3", "os.wait4"}
    | {"os.waitpid", "os.waitid", "concurrent.futures.wait", "concurrent.futures.as_completed", "select.select"}
    | {"boto3.client", "boto3.resource", "os.posix_spawn", "os.posix_spawnp"}
    | {f"os.spawn{name}" for name in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}
    | {f"{module}.{verb}" for module in ("requests", "requests.api", "httpx", "httpx2") for verb in (*_VERBS, "stream")}
    | {"urllib.request.urlopen", "urllib.request.urlretrieve", "urllib3.request", "urllib2.urlopen"}
    | {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {f"{driver}.connect" for driver in ("sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector")}
    | {f"{driver}.connect" for driver in ("pyodbc", "oracledb", "cx_Oracle", "pymssql", "mariadb", "duckdb")}
    | {"psycopg.Connection.connect", "socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname"}
    | {"smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "ftplib.FTP_TLS", "imaplib.IMAP4_SSL", "imaplib.IMAP4"}
    | {"multiprocessing.connection.wait", "signal.pause", "signal.sigwait", "pdb.set_trace", "breakpoint"}
)
_LOOKS_UP = frozenset(
    {f"os.path.{name}" for name in ("exists", "isfile", "isdir", "islink", "lexists", "ismount", "realpath", "relpath")}
    | {f"os.path.{name}" for name in ("getsize", "getatime", "getctime", "getmtime", "samefile", "sameopenfile")}
    | {"os.path.normpath", "os.path._path_normpath", "os.path._joinrealpath", "os.stat", "os.lstat", "os.access"}
)
_TOUCHES = frozenset(
    {
        f"os.{name}"
        for name in ("listdir", "scandir", "walk", "remove", "unlink", "mkdir", "makedirs", "rmdir", "rename")
    }
    | {"os.replace", "os.removedirs", "glob.glob", "glob.iglob", "subprocess.Popen"}
)
_CALLS: Mapping[str, Severity] = {
    **dict.fromkeys(_FILES, Severity.MEDIUM),
    **dict.fromkeys(_WAITS, Severity.HIGH),
    **dict.fromkeys(_TOUCHES, Severity.LOW),
    **dict.fromkeys(_LOOKS_UP, Severity.INFO),
}
# Methods that block on what the call or type on the left makes.
_PATH = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "open"})
_PATH_LOOKS = frozenset(
    {"exists", "is_file", "is_dir", "stat", "lstat", "mkdir", "unlink", "rmdir", "touch", "iterdir", "glob", "rglob"}
    | {"rename", "replace", "resolve", "samefile", "chmod", "owner", "group", "is_symlink", "readlink", "symlink_to"}
)
_REDIS = frozenset(
    {"get", "set", "setex", "delete", "exists", "incr", "decr", "expire", "hget", "hset", "hgetall", "publish", "ping"}
    | {"lpush", "rpush", "lpop", "rpop", "blpop", "brpop", "sadd", "smembers", "zadd", "zrange", "keys", "mget", "mset"}
)
_SESSION = frozenset({"query", "execute", "commit", "scalars", "scalar", "get", "flush", "refresh", "merge"})
_CURSOR = frozenset(
    {"execute", "executemany", "executescript", "commit", "fetchone", "fetchall", "fetchmany", "callproc"}
)
_METHODS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("requests.Session", "requests.session", "httpx.Client", "httpx2.Client"), _SENDING),
    **dict.fromkeys(
        ("urllib3.PoolManager", "urllib3.ProxyManager", "urllib3.HTTPConnectionPool"), frozenset({"urlopen"})
    ),
    "subprocess.Popen": frozenset({"wait", "communicate"}),
    "asyncio.run_coroutine_threadsafe": frozenset({"result"}),
    **dict.fromkeys(("redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url"), _REDIS),
    **dict.fromkeys(("sqlalchemy.orm.Session", "sqlalchemy.orm.session.Session", "sqlmodel.Session"), _SESSION),
    **dict.fromkeys(("sqlite3.connect", "psycopg2.connect", "pymysql.connect", "sqlite3.Connection"), _CURSOR),
    "smtplib.SMTP": frozenset({"sendmail", "send_message", "login", "connect", "starttls"}),
    "paramiko.SSHClient": frozenset({"connect", "exec_command"}),
    "threading.Thread": frozenset({"join"}),
    "threading.Event": frozenset({"wait"}),
    "queue.Queue": frozenset({"get", "put", "join"}),
    "socket.socket": frozenset({"recv", "recvfrom", "accept", "connect", "sendall", "send"}),
}
# Every call on these, and on what hangs from them, goes over the network or to the disk.
_WHOLLY = frozenset(
    {"openai.OpenAI", "openai.AzureOpenAI", "anthropic.Anthropic", "boto3.client", "boto3.resource", "groq.Groq"}
    | {"mistralai.Mistral", "cohere.Client", "pymongo.MongoClient", "elasticsearch.Elasticsearch"}
)
_OPEN_FILES = frozenset(
    f"io.{name}" for name in ("TextIOWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom", "FileIO")
) | {"typing.TextIO", "typing.BinaryIO", "typing.IO"}
_MODELS = frozenset(
    {"get", "create", "count", "exists", "first", "last", "update", "delete", "aggregate", "bulk_create"}
    | {"get_or_create", "update_or_create", "latest", "earliest", "in_bulk"}
)
_MODULES = frozenset({"subprocess", "os", "time", "requests", "httpx", "httpx2", "urllib3", "socket"})
# With these in the function its futures are done before anybody asks for their result.
_FINISHED = frozenset({"wrap_future", "done"})
_THREADS = frozenset({"to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "sync_to_async", "submit"})

# JavaScript's own names for waiting, of files and of what computes or runs long.
_SCRIPT_FILES = regex(r"(read|write|append|copy|rm|unlink|mkdir|readdir|stat|open|rename|cp)(File|dir)?Sync")
_SCRIPT_LONG = regex(
    r"(exec|execFile|spawn|pbkdf2|scrypt|gzip|gunzip|deflate|inflate|brotliCompress|brotliDecompress|hash|compare"
    r"|genSalt|generateKeyPair|randomFill)Sync"
)


class BlockingInAsync(ModuleRule, TokenRule):
    """A call that waits without giving way stands in an `async def`.

    Why look: the event loop stands still meanwhile, and with it every other request of the process.
    Ask: what else stops while this waits, and is there an awaitable call or a thread for it?
    """

    informs = "scale"
    severity = Severity.HIGH
    words = ("async def", "Sync(")
    languages = frozenset({"javascript", "typescript"})

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
        Example(
            "import requests\n\ndef ask(url):\n    return requests.get(url)\n\nasync def load():\n    return ask(URL)\n"
        ),
        Example(
            "from openai import OpenAI\n\nclient = OpenAI()\n\nasync def ask(text):\n"
            "    return client.chat.completions.create(model=MODEL, messages=[text])\n"
        ),
        Example(
            "from sqlalchemy.orm import Session\n\nasync def load(db: Session):\n    return db.query(Order).all()\n"
        ),
        Example(
            "from django.db import models\n\nasync def load(pk):\n    return Order.objects.filter(pk=pk).first()\n"
        ),
        Example("import httpx\n\nasync def load(client: httpx.Client | None):\n    client.send(REQUEST)\n"),
        Example("async def build():\n    subprocess.run(['make'])\n"),
        Example("async function load(name) {\n  return fs.readFileSync(name, 'utf8');\n}\n", path="shop/teas.js"),
        Example("app.get('/teas', (req, res) => {\n  res.send(execSync('teas'));\n});\n", path="shop/teas.ts"),
    )
    VALID = (
        Example("from pathlib import Path\n\ndef load(path: Path):\n    return path.read_text()\n"),
        Example("import redis.asyncio as redis\n\nasync def load(db: redis.Redis):\n    return await db.get('tea')\n"),
        Example("async def load(subprocess):\n    subprocess.run()\n"),
        Example(
            "from django.db import models\nfrom asgiref.sync import sync_to_async\n\nasync def load():\n"
            "    return await sync_to_async(Order.objects.get)(pk=1)\n"
        ),
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
        Example(
            "const text = fs.readFileSync(name);\n\nfunction load() {\n  return fs.readFileSync(name);\n}\n",
            path="a.js",
        ),
        Example(
            "async function load(name) {\n  // fs.readFileSync(name)\n  return fs.promises.readFile(name);\n}\n",
            path="a.js",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        seen: set[tuple[Function, str]] = set()
        for call in outline.added(file, ast.Call):
            function = outline.function(call)
            if isinstance(function, ast.AsyncFunctionDef) and not _gives_way(call, outline):
                found = _named(call, outline) or _method(call, function, outline, seen) or _callee(call, outline)
                if found is not None:
                    message = f"{found[0]} blocks the event loop in async `{function.name}`"
                    yield LineSighting(outline.line(call), message, found[1])

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tokens = tuple(token for token in tokens if not token.is_comment)
        bodies = script_bodies(tokens)
        for place, token in enumerate(tokens):
            severity = _script_severity(token, text_at(tokens, place + 1))
            body = body_around(bodies, place) if severity is not None else None
            if body is not None and (body.is_async or body.serves):
                where = f"async `{body.name}`" if body.name and body.is_async else "this function"
                yield LineSighting(token.line, f"`{token.text}()` blocks the event loop in {where}", severity)


_Found = tuple[str, Severity]


def _gives_way(call: ast.Call, outline: Outline) -> bool:
    """True if the call is awaited, entered by `async with`, or runs in a thread.

    `to_thread(open(path).read)` opens first and is let pass; `to_thread(time.sleep(1))` sleeps before any thread does.
    """
    above = outline.parents[call]
    if isinstance(above, ast.Await) or (isinstance(above, ast.withitem) and _is_async_item(above, outline)):
        return outline.known(call.func) not in _LOOKS_UP
    for outer in outline.ancestors(call):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.Call) and (method_of(outer) == "wrap_file" or _runs_in_thread(outer, call)):
            return True
    return False


def _runs_in_thread(outer: ast.Call, call: ast.Call) -> bool:
    return method_of(outer) in _THREADS and call not in outer.args


def _is_async_item(item: ast.withitem, outline: Outline) -> bool:
    return isinstance(outline.parents[item], ast.AsyncWith)


def _named(call: ast.Call, outline: Outline) -> _Found | None:
    """Judge a call by its name; one of a module that nobody imported, in a piece of a file, weighs less."""
    name = outline.known(call.func)
    severity = _CALLS.get(name)
    if severity is None:
        name = dotted(call.func)
        first = name.partition(".")[0]
        is_free = first in _MODULES and first not in outline.source.imports and not _is_bound(first, call, outline)
        severity = Severity.MEDIUM if is_free and _CALLS.get(name) is Severity.HIGH else None
    if severity is None or _is_zero(call):
        return None
    return f"`{outline.quote(call)}`", severity


def _is_bound(name: str, node: ast.AST, outline: Outline) -> bool:
    return name in bound_names(outline.source.tree) or name in bound_names(outline.function(node))


def _is_zero(call: ast.Call) -> bool:
    """True for `time.sleep(0)`, which waits for nothing."""
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def _method(call: ast.Call, function: Function, outline: Outline, seen: set[tuple[Function, str]]) -> _Found | None:
    """Judge `s.get(url)` by what `s` was made with; a stranger's methods are not judged."""
    if not isinstance(call.func, ast.Attribute):
        return None
    owner, method, shown = call.func.value, call.func.attr, f"`{outline.quote(call)}`"
    made = _made_by(owner, outline)
    if made.startswith("pathlib."):
        is_heavy = method in _PATH
        return (shown, Severity.MEDIUM if is_heavy else Severity.INFO) if is_heavy or method in _PATH_LOOKS else None
    if made in _OPEN_FILES and not method.startswith("_"):
        return shown, Severity.MEDIUM
    if method == "request" and made.startswith("urllib3.") and _is_verb(call):
        return shown, Severity.HIGH
    if method in _METHODS.get(made, ()) or _is_wholly(owner, outline):
        key = (function, dotted(owner)) if made.rpartition(".")[2] in ("Session", "connect") else None
        is_again = key is not None and (key in seen or _is_made_here(owner, function, outline))
        seen.update({key} if key is not None and made.startswith(("sql", "psycopg", "pymysql")) else ())
        is_told = is_again and made.startswith(("sql", "psycopg", "pymysql"))
        return None if is_told else (shown, Severity.HIGH)
    if method == "result" and _is_submitted(owner, function, outline):
        return shown, Severity.HIGH
    return (shown, Severity.HIGH) if method in _MODELS and _is_model(owner, outline) else None


def _made_by(owner: ast.expr, outline: Outline) -> str:
    """Return what made an object; of `folder / "a" / "b"`, what made the folder."""
    for _ in range(3):
        while isinstance(owner, ast.BinOp) and isinstance(owner.op, ast.Div):
            owner = owner.left
        values = [value for value in outline.values(owner) if isinstance(value, ast.BinOp)]
        if len(values) != 1 or isinstance(values[0].op, ast.BitOr):
            break
        owner = values[0]
    return outline.made_by(owner) or _unread_maker(owner, outline)


def _unread_maker(owner: ast.expr, outline: Outline) -> str:
    """Return `httpx.Client` where nobody imported httpx: a piece of a file, not a name of another kind."""
    values = outline.values(owner)
    parts = [value.func if isinstance(value, ast.Call) else value for value in values]
    names = [dotted(part) for value in parts for part in nodes_in(value) if isinstance(part, ast.Attribute)]
    name = names[0] if len(names) == 1 == len(values) else ""
    is_free = name in _METHODS and name.partition(".")[0] not in outline.source.imports
    return name if is_free and not _is_bound(name.partition(".")[0], owner, outline) else ""


def _is_verb(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    verbs = {*_VERBS, "trace", "connect"} - {"request"}
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.lower() in verbs


def _is_wholly(owner: ast.expr, outline: Outline) -> bool:
    while isinstance(owner, ast.Attribute) and not dotted(owner).startswith("self."):
        owner = owner.value
    name = dotted(owner)
    if name.startswith("self."):
        root: ast.expr = owner
        while dotted(root).count(".") > 1 and isinstance(root, ast.Attribute):
            root = root.value
        owner = root
    return outline.made_by(owner) in _WHOLLY


def _is_made_here(owner: ast.expr, function: Function, outline: Outline) -> bool:
    """True if the call that made the object stands in the function too, and is reported itself."""
    calls = [value for value in outline.values(owner) if isinstance(value, ast.Call)]
    return any(outline.known(call.func) in _WAITS and outline.function(call) is function for call in calls)


def _is_submitted(owner: ast.expr, function: Function, outline: Outline) -> bool:
    calls = [value for value in outline.values(owner) if isinstance(value, ast.Call)]
    if not calls or not all(method_of(call) == "submit" for call in calls):
        return False
    return not any(isinstance(node, ast.Call) and method_of(node) in _FINISHED for node in inside(function))


def _is_model(owner: ast.expr, outline: Outline) -> bool:
    """True for `Order.objects…`, which Django refuses to run in a coroutine."""
    if not any(origin.startswith("django") for origin in outline.source.imports.values()):
        return False
    while isinstance(owner, (ast.Attribute, ast.Call)):
        if isinstance(owner, ast.Attribute) and owner.attr == "objects":
            return dotted(owner.value).rpartition(".")[2][:1].isupper()
        owner = owner.func if isinstance(owner, ast.Call) else owner.value
    return False


def _callee(call: ast.Call, outline: Outline) -> _Found | None:
    """Judge a call of a plain function in this file by what it waits for itself."""
    callee = outline.local_function(call)
    if not isinstance(callee, ast.FunctionDef):
        return None
    for node in inside(callee):
        if isinstance(node, ast.Call) and outline.known(node.func) in _WAITS and not _is_zero(node):
            return f"`{outline.quote(call)}` waits for `{outline.quote(node)}`: it", Severity.MEDIUM
    return None


def _script_severity(token: Token, following: str) -> Severity | None:
    if following != "(" or token.is_string:
        return None
    if _SCRIPT_LONG.fullmatch(token.text):
        return Severity.HIGH
    return Severity.MEDIUM if _SCRIPT_FILES.fullmatch(token.text) else None
