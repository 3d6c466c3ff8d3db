import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rows import is_endpoint
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Function, Syntax, code, dotted_name, last_name, syntax_of

_DATABASES = frozenset(
    {
        "psycopg2.connect",
        "psycopg.connect",
        "psycopg.AsyncConnection.connect",
        "pymysql.connect",
        "MySQLdb.connect",
        "sqlite3.connect",
    }
    | {"mysql.connector.connect", "pyodbc.connect", "cx_Oracle.connect", "oracledb.connect"}
    | {"asyncpg.connect", "aiomysql.connect"}
    | {"aiosqlite.connect", "snowflake.connector.connect", "pymssql.connect", "sqlalchemy.create_engine"}
    | {"duckdb.connect"}
    | {"sqlalchemy.ext.asyncio.create_async_engine", "pymongo.MongoClient"}
    | {"motor.motor_asyncio.AsyncIOMotorClient", "redis.Redis"}
    | {"redis.StrictRedis", "redis.from_url", "redis.Redis.from_url", "redis.asyncio.Redis"}
    | {"redis.asyncio.from_url", "aioredis.from_url"}
    | {"elasticsearch.Elasticsearch", "cassandra.cluster.Cluster", "pika.BlockingConnection"}
    | {"kafka.KafkaProducer", "neo4j.GraphDatabase.driver"}
    | {"influxdb_client.InfluxDBClient", "clickhouse_driver.Client", "confluent_kafka.Producer"}
    | {"aiokafka.AIOKafkaProducer", "ldap3.Connection"}
)
# A file beside the program: opening it costs little.
_FILES = frozenset({"sqlite3.connect", "aiosqlite.connect", "duckdb.connect"})
_CLIENTS = frozenset(
    {"aiohttp.ClientSession", "httpx.Client", "httpx.AsyncClient", "requests.Session"}
    | {"requests.session", "boto3.client", "boto3.resource"}
)
_MAKERS = regex(
    r"_?(main|make|configure|register|install|prepare|boot|load_config|on_start|create|connect|open|init|setup|set_up|build|new|lifespan|startup|on_startup|run|cli|bootstrap|migrate|cmd|command|do_migrate|upgrade|fixture|client|session|engine)(_\w+)?|__\w+__|\w*_(factory|fixture|connection|pool|engine|client|session)|\w*connect\w*"
)
_OPENERS = frozenset({"closing", "aclosing", "enter_context", "enter_async_context", "read_sql", "contextmanager"})
_TASKS = frozenset({"task", "shared_task", "job", "periodic_task", "actor", "lambda_handler"})


class ConnectionPerCall(ModuleRule):
    """A connection is opened by a function that is called again and again.

    Why look: opening one can cost more than the query, and many calls at once use up all the server has.
    Ask: is there a pool, or one client for the process?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    words = (
        "connect",
        "create_engine",
        "create_async_engine",
        "Client",
        "Session(",
        "session(",
        "Redis",
        "from_url",
        "Elasticsearch",
        "Producer",
        "Cluster(",
        "boto3",
        "driver(",
    )

    INVALID = (
        Example(
            "import psycopg2\n\ndef orders_of(user):\n    connection = psycopg2.connect(DSN)\n"
            "    with connection.cursor() as cursor:\n        cursor.execute(QUERY, (user,))\n"
            "        return cursor.fetchall()\n"
        ),
        Example(
            "import sqlite3\n\n@app.get('/orders')\ndef orders():\n"
            "    with sqlite3.connect('shop.db') as db:\n        return db.execute(QUERY).fetchone()\n"
        ),
        Example(
            "from pymongo import MongoClient\n\nclass Orders:\n    def find(self, number):\n"
            "        return MongoClient(URL).shop.orders.find_one({'id': number})\n"
        ),
        Example("import redis\n\ndef seen(key):\n    store = redis.Redis(host=HOST)\n    return store.exists(key)\n"),
        Example(
            "import aiohttp\n\nasync def load(urls):\n    for url in urls:\n"
            "        async with aiohttp.ClientSession() as session:\n"
            "            yield await session.get(url)\n"
        ),
        Example(
            "from sqlalchemy import create_engine\n\n@app.post('/orders')\ndef add(order):\n"
            "    with create_engine(URL).begin() as connection:\n        connection.execute(INSERT, order)\n"
        ),
        Example(
            "import aiohttp\n\nclass Shop:\n    def __init__(self, url):\n        self.url = url\n\n"
            "    async def price(self, tea):\n        async with aiohttp.ClientSession() as session:\n"
            "            return await session.get(self.url)\n"
        ),
    )
    VALID = (
        Example("import psycopg2\n\ndef get_connection():\n    return psycopg2.connect(DSN)\n"),
        Example("import sqlite3\n\ndef main():\n    db = sqlite3.connect('shop.db')\n    db.execute(QUERY)\n"),
        Example(
            "import redis\n\nclass Store:\n    def __init__(self):\n        self.redis = redis.Redis()\n\n"
            "    def restart(self):\n        self.redis = redis.Redis()\n"
        ),
        Example(
            "import sqlite3\nfrom contextlib import contextmanager\n\n@contextmanager\ndef database():\n"
            "    connection = sqlite3.connect('shop.db')\n    try:\n        yield connection\n    finally:\n"
            "        connection.close()\n"
        ),
        Example("from sqlalchemy import create_engine\n\nengine = create_engine(URL)\n"),
        Example(
            "import redis\n\n_store = None\n\ndef store():\n    global _store\n    if _store is None:\n"
            "        _store = redis.Redis()\n    return _store\n"
        ),
        Example("def find(socket):\n    socket.connect(ADDRESS)\n"),
        Example(
            "import aiohttp\n\nasync def load(urls):\n    async with aiohttp.ClientSession() as session:\n"
            "        return [await session.get(url) for url in urls]\n"
        ),
        Example(
            "import redis\n\ndef add_cache(app):\n    app.config.update(STORE=redis.Redis.from_url(URL), KIND='r')\n"
        ),
        Example("import sqlite3\n\ndef orders(path):\n    return sqlite3.connect(path).execute(QUERY).fetchone()\n"),
        Example(
            "import sqlite3\n\ndef test_orders():\n    sqlite3.connect('shop.db').execute(QUERY)\n",
            path="tests/test_orders.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        names = _DATABASES | _CLIENTS
        for call in tree.called(*sorted({name.rpartition(".")[2] for name in names})):
            name = tree.name(call.func)
            if name in names and tree.is_imported(call.func):
                yield from _opened(tree, call, name)


def _opened(tree: Syntax, call: ast.Call, name: str) -> Iterator[LineSighting]:
    function = tree.function(call)
    if function is None or _is_kept(tree, call, function):
        return
    in_loop = any(not isinstance(loop, ast.While) for loop in tree.loops(call))
    is_hot = is_endpoint(tree, function) or _is_task(function)
    if (
        not in_loop
        and not is_hot
        and (
            _MAKERS.fullmatch(function.name)
            or (name in _CLIENTS and not _is_kept_elsewhere(tree, call, function))
            or _is_told_where(call, function)
        )
    ):
        return
    where = "each time round" if in_loop else f"each time `{function.name}` is called"
    if in_loop:
        severity = Severity.MEDIUM
    elif name in _CLIENTS or name in _FILES or (not is_hot and _is_script(tree)):
        severity = Severity.INFO
    else:
        severity = Severity.MEDIUM if is_hot or function.args.args else Severity.LOW
    yield LineSighting(tree.line(call), f"`{code(call.func)}(…)` opens a connection {where}", severity)


def _is_script(tree: Syntax) -> bool:
    """True for a file that is run: what it does, it does once."""
    return any(isinstance(part, ast.If) and "__main__" in code(part.test) for part in tree.source.tree.body) or any(
        isinstance(part, ast.Import) and any(name.name in ("argparse", "click", "typer") for name in part.names)
        for part in tree.source.tree.body
    )


def _is_kept(tree: Syntax, call: ast.Call, function: Function) -> bool:
    """True if the connection outlives the call: returned, yielded, put into an attribute, a global or a container."""
    inner: ast.AST = call
    for outer in tree.around(call):
        if isinstance(outer, (ast.Return, ast.Yield)) and outer.value is call:
            return True
        if isinstance(outer, ast.Call) and outer.func is not inner and last_name(outer.func) not in _OPENERS:
            return True  # whoever gets it keeps it
        if isinstance(outer, ast.stmt):
            break
        inner = outer
    names = _names_given(tree, call)
    if any("." in name or "[" in name for name in names) or "" in names:
        return True
    declared = {
        name for part in nodes_in(function) if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names
    }
    return bool(names & declared) or any(_passes_on(part, names) for part in nodes_in(function))


def _names_given(tree: Syntax, call: ast.Call) -> set[str]:
    """Return the names the connection gets; "" for what is neither a name nor an attribute."""
    above = tree.parents.get(call)
    if isinstance(above, ast.Await):
        above = tree.parents.get(above)
    match above:
        case ast.Assign(targets=targets):
            return {dotted_name(target) for target in targets}
        case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
            return {dotted_name(target)}
        case ast.withitem(optional_vars=ast.expr() as target):
            return {dotted_name(target)}
        case _:
            return set()


def _passes_on(part: ast.AST, names: set[str]) -> bool:
    match part:
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            return any(dotted_name(each) in names for each in values if dotted_name(each))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()], value=ast.Name(id=name)):
            return name in names
        case _:
            return False


def _is_kept_elsewhere(tree: Syntax, call: ast.Call, function: Function) -> bool:
    """True in a method of an object that could hold one client for all of its calls."""
    owner = tree.parents.get(function)
    if not isinstance(owner, ast.ClassDef) or last_name(call.func) not in ("ClientSession", "AsyncClient", "Client"):
        return False
    methods = {part.name for part in owner.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return "__init__" in methods and not function.name.startswith("__")


def _is_told_where(call: ast.Call, function: Function) -> bool:
    """True if the caller says which database: a tool for files, not the shop's own store."""
    given = {part.arg for part in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]} - {
        "self",
        "cls",
    }
    return any(isinstance(part, ast.Name) and part.id in given for arg in call.args[:1] for part in nodes_in(arg))


def _is_task(function: Function) -> bool:
    if function.name in ("lambda_handler", "handler"):
        return True
    return any(last_name(part) in _TASKS for part in function.decorator_list)
