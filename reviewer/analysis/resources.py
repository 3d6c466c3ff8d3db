"""What must be given back: files, sockets, connections, processes, pools, locks; and by which calls that happens."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reviewer.analysis.outline import Outline, dotted
from reviewer.analysis.regex import regex

_PATHS = frozenset(
    {f"pathlib.{name}" for name in ("Path", "PosixPath", "WindowsPath", "Path.cwd", "Path.home")}
    | {"zipfile.Path", "upath.UPath"}
)
_ARCHIVES = frozenset({"zipfile.ZipFile", "zipfile.PyZipFile", "tarfile.TarFile"})
_LOCKS = frozenset(
    f"{module}.{name}"
    for module in ("threading", "multiprocessing", "asyncio", "anyio", "trio")
    for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "CapacityLimiter")
)
_LOCK_NAME = regex(r"(\w*[._])?_*(lock|rlock|mutex|semaphore|sema|sem)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Resource:
    """`noun` says what it is; any of the methods in `closers` gives it back."""

    noun: str
    closers: frozenset[str] = frozenset({"close", "aclose"})


_FILE = Resource("file")
_SOCKET = Resource("socket", frozenset({"close", "detach", "shutdown"}))
_CONNECTION = Resource("connection", frozenset({"close", "quit", "disconnect", "logout", "terminate"}))
_SESSION = Resource("session")
_PROCESS = Resource(
    "process", frozenset({"wait", "communicate", "kill", "terminate", "poll", "send_signal", "returncode"})
)
_POOL = Resource("pool", frozenset({"close", "terminate", "shutdown", "join"}))
_DIRECTORY = Resource("temporary directory", frozenset({"cleanup"}))
_CURSOR = Resource("cursor")
_NAMES: Mapping[Resource, str] = {
    _FILE: """open builtins.open io.open io.open_code io.FileIO codecs.open gzip.open gzip.GzipFile bz2.open bz2.BZ2File
        lzma.open lzma.LZMAFile os.fdopen tokenize.open wave.open mmap.mmap tarfile.open tarfile.TarFile
        tarfile.TarFile.open tarfile.TarFile.taropen tarfile.TarFile.gzopen zipfile.ZipFile zipfile.PyZipFile
        fileinput.input fileinput.FileInput shelve.open dbm.open dbm.gnu.open dbm.ndbm.open dbm.dumb.open
        dbm.sqlite3.open h5py.File fitz.open tempfile.NamedTemporaryFile tempfile.TemporaryFile
        tempfile.SpooledTemporaryFile""",
    _CONNECTION: """urllib.request.urlopen urllib2.urlopen http.client.HTTPConnection http.client.HTTPSConnection
        sqlite3.connect psycopg2.connect psycopg.connect psycopg.Connection.connect pymysql.connect MySQLdb.connect
        mysql.connector.connect pyodbc.connect cx_Oracle.connect oracledb.connect pymssql.connect mariadb.connect
        duckdb.connect snowflake.connector.connect asyncpg.connect aiosqlite.connect aiomysql.connect smtplib.SMTP
        smtplib.SMTP_SSL ftplib.FTP ftplib.FTP_TLS imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL
        telnetlib.Telnet ldap3.Connection paramiko.SSHClient paramiko.Transport websocket.create_connection
        pika.BlockingConnection""",
    _SOCKET: "socket.socket socket.create_connection socket.create_server",
    _SESSION: "requests.Session requests.session httpx.Client httpx.AsyncClient aiohttp.ClientSession",
    _PROCESS: "subprocess.Popen",
    _POOL: "multiprocessing.Pool multiprocessing.pool.Pool multiprocessing.pool.ThreadPool multiprocessing.dummy.Pool",
    _DIRECTORY: "tempfile.TemporaryDirectory",
}
_OPENERS = {name: resource for resource, names in _NAMES.items() for name in names.split()}
_DATABASE_NAME = regex(r"(\w*[._])?_?(conn|connection|con|db|database)")


def resource_of(call: ast.Call, outline: Outline) -> Resource | None:
    """Return what a call opens: by its name, or as `Path(…).open()` and `archive.open(…)`."""
    found = _OPENERS.get(outline.known(call.func))
    if found is not None:
        return found
    match call.func:
        case ast.Attribute(value=owner, attr="open") if _maker(owner, outline) in _PATHS | _ARCHIVES:
            return _FILE
        case ast.Attribute(value=owner, attr="cursor") if not call.args and _DATABASE_NAME.fullmatch(dotted(owner)):
            return _CURSOR
        case _:
            return None


def is_lock(node: ast.expr, outline: Outline) -> bool:
    """True for what a lock's constructor made, and for names such as `self._lock`."""
    made = outline.made_by(node)
    return made in _LOCKS or (not made and _LOCK_NAME.fullmatch(dotted(node)) is not None)


def makes_lock(call: ast.AST, outline: Outline) -> bool:
    """True for `threading.Lock()` and the like."""
    return isinstance(call, ast.Call) and outline.known(call.func) in _LOCKS


def _maker(owner: ast.expr, outline: Outline) -> str:
    """Return what made a path, also where parts are joined to it by `/`."""
    while isinstance(owner, ast.BinOp) and isinstance(owner.op, ast.Div):
        owner = owner.left
    return outline.made_by(owner)
