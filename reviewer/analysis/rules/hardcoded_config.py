from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.secrets import keys_in
from reviewer.analysis.template import called_name

# What connects, by its full name; the first argument says where to.
_CONNECTORS = frozenset({
    "psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "asyncpg.connect", "asyncpg.create_pool",
    "pymysql.connect", "MySQLdb.connect", "mysql.connector.connect", "aiomysql.connect", "pymssql.connect",
    "pyodbc.connect", "sqlite3.connect", "aiosqlite.connect", "oracledb.connect", "cx_Oracle.connect", "duckdb.connect",
    "sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine", "sqlmodel.create_engine",
    "pymongo.MongoClient", "motor.motor_asyncio.AsyncIOMotorClient", "redis.Redis", "redis.StrictRedis",
    "redis.from_url", "redis.Redis.from_url", "redis.asyncio.Redis", "redis.asyncio.from_url", "aioredis.from_url",
    "pika.ConnectionParameters", "pika.URLParameters", "aio_pika.connect", "aio_pika.connect_robust",
    "kafka.KafkaProducer", "elasticsearch.Elasticsearch", "smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP",
    "imaplib.IMAP4_SSL", "nats.connect", "neo4j.GraphDatabase.driver", "ldap3.Server", "cassandra.cluster.Cluster",
    "pymemcache.client.base.Client", "consul.Consul", "hvac.Client",
})  # fmt: skip
_KEYWORDS = (
    "host", "hostname", "dsn", "conninfo", "url", "database", "dbname", "db", "server", "bootstrap_servers", "hosts",
    "broker", "backend", "service_name",
)  # fmt: skip
_ABSOLUTE = regex(
    r"/(?!dev/|proc/|sys/|tmp/|etc/(?:hosts|passwd|os-release|resolv|machine-id|localtime|ssl)|usr/share/)\w[^\0{}]*/|[A-Za-z]:[\\/]|~/|\\\\\w"
)
_OPENERS = frozenset(
    {
        "open",
        "io.open",
        "codecs.open",
        "pathlib.Path",
        "pandas.read_csv",
        "pandas.read_excel",
        "os.listdir",
        "os.makedirs",
    }
)
_NO_PLACE = regex(r":memory:|file::memory:.*|sqlite(?:\+\w+)?://(?:/:memory:)?|")


class HardcodedConfig(PythonRule):
    """Where a database, a server or a file is found stands in the call that opens it.

    Why look: another machine, another environment or another user has it somewhere else.
    Ask: which setting should this come from?
    """

    informs = "maintain"
    severity = Severity.LOW
    cwe = 1051
    words = tuple(sorted({f"{name.rpartition('.')[2]}(" for name in _CONNECTORS | _OPENERS}))
    visits = (cst.Call,)

    INVALID = (
        Example('import psycopg2\n\nlink = psycopg2.connect(host="db1", dbname="orders")\n'),
        Example('from sqlalchemy import create_engine\n\nengine = create_engine("postgresql://shop@db1/orders")\n'),
        Example('import redis\n\ncache = redis.Redis(host="localhost", port=6379)\n'),
        Example('import sqlite3\n\nlink = sqlite3.connect("orders.db")\n'),
        Example('with open("/home/ada/orders.csv") as file:\n    load(file)\n'),
        Example('import smtplib\n\nserver = smtplib.SMTP("mail.shop.net", 587)\n'),
        Example('import pandas as pd\n\ntable = pd.read_csv("C:/Users/ada/orders.csv")\n'),
    )
    VALID = (
        Example("import psycopg2\n\nlink = psycopg2.connect(host=settings.DB_HOST, dbname=name)\n"),
        Example('import sqlite3\n\nlink = sqlite3.connect(":memory:")\n'),
        Example('with open(path) as file:\n    load(file)\nwith open("/dev/null", "w") as nothing:\n    go(nothing)\n'),
        Example('with open("README.md") as file:\n    text = file.read()\nopen("/etc/hosts")\n'),
        Example('import redis\n\ncache = redis.Redis(host="localhost")\n', path="tests/test_cache.py"),
        Example('import redis\n\ncache = redis.Redis(host="localhost")\n', path="shop/settings.py"),
        Example('import redis\n\ncache = redis.Redis(host=os.getenv("REDIS_HOST", "localhost"))\n'),
        Example('signal.connect("changed", redraw)\nself.connect("orders")\n'),
        Example('open(f"/srv/{shop}/orders")\nos.path.join("/srv", name)\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        file = at.file
        if not isinstance(node, cst.Call) or file.is_test or file.is_settings or file.is_example:
            return
        name = at.name(node.func) or ""
        if name in _OPENERS:
            path = string_value(next(iter(positional(node)), cst.Name("None")))
            if path is not None and _ABSOLUTE.match(path):
                yield Sighting(node, f"`{called_name(node)}` gets the path of one machine")
        elif name in _CONNECTORS and at.is_imported(node.func):
            given = [*positional(node)[:1], *(keyword(node, name) for name in _KEYWORDS)]
            text = next((text for value in given if value is not None and (text := _place(value)) is not None), None)
            if text is not None:
                yield Sighting(node, f"`{called_name(node)}` gets a fixed place to connect to")


def _place(node: cst.BaseExpression) -> str | None:
    """Return a literal place; one with its password is for another rule."""
    if isinstance(node, cst.List) and node.elements:
        node = node.elements[0].value
    text = string_value(node)
    return None if text is None or _NO_PLACE.fullmatch(text) or any(keys_in(text)) else text
