import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outline import Outline, dotted, is_none, is_open_ended, keyword_of, outline_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_timeouts import waits
from reviewer.analysis.tokens import Token


@dataclass(frozen=True, slots=True)
class _Wait:
    """How a call waits: `position` is the timeout's place among the positional arguments, if it has one."""

    severity: Severity
    position: int | None = None
    says: str = "has no timeout and may wait for ever"


_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_REDIS = ("Redis", "StrictRedis", "Redis.from_url", "from_url", "asyncio.Redis", "asyncio.from_url")
_POOLS = ("urllib3.PoolManager", "urllib3.ProxyManager", "urllib3.HTTPConnectionPool", "urllib3.HTTPSConnectionPool")
_QUEUES = ("queue.Queue", "queue.LifoQueue", "queue.PriorityQueue", "queue.SimpleQueue", "multiprocessing.Queue")
_QUEUED = _Wait(Severity.INFO, 1, "has no timeout; it waits as long as nobody puts anything in")
_FOREVER = _Wait(Severity.INFO, 0, "has no timeout; it waits as long as the other side lives")
_COMMAND = _Wait(Severity.INFO, says="has no timeout; it waits as long as the command runs")
_CALLS: Mapping[str, _Wait] = {
    **{f"requests.{verb}": _Wait(Severity.HIGH) for verb in _VERBS},
    **{f"requests.api.{verb}": _Wait(Severity.HIGH) for verb in _VERBS},
    **{f"subprocess.{name}": _COMMAND for name in ("run", "call", "check_call", "check_output")},
    "aiohttp.ClientSession": _Wait(Severity.INFO, says="has no `timeout=`; the default is 5 minutes"),
    "asyncio.open_connection": _Wait(Severity.LOW),
    "ftplib.FTP": _Wait(Severity.MEDIUM, 4),
    "ftplib.FTP_TLS": _Wait(Severity.MEDIUM, 7),
    "http.client.HTTPConnection": _Wait(Severity.HIGH, 2),
    "http.client.HTTPSConnection": _Wait(Severity.HIGH, 4),
    "imaplib.IMAP4": _Wait(Severity.MEDIUM, 2),
    "imaplib.IMAP4_SSL": _Wait(Severity.MEDIUM, 5),
    "poplib.POP3": _Wait(Severity.MEDIUM, 2),
    "poplib.POP3_SSL": _Wait(Severity.MEDIUM, 4),
    "smtplib.LMTP": _Wait(Severity.MEDIUM, 4),
    "smtplib.SMTP": _Wait(Severity.MEDIUM, 3),
    "smtplib.SMTP_SSL": _Wait(Severity.MEDIUM, 5),
    "socket.create_connection": _Wait(Severity.MEDIUM, 1),
    "urllib.request.urlopen": _Wait(Severity.HIGH, 2),
    "urllib.request.urlretrieve": _Wait(Severity.MEDIUM, says="takes no timeout and may wait for ever"),
    "urllib3.request": _Wait(Severity.HIGH),
    "urllib2.urlopen": _Wait(Severity.HIGH, 2),
    "httplib2.Http": _Wait(Severity.MEDIUM, 1),
    "nntplib.NNTP": _Wait(Severity.MEDIUM, 5),
    "telnetlib.Telnet": _Wait(Severity.MEDIUM, 2),
    "websocket.create_connection": _Wait(Severity.MEDIUM, 1),
    "ldap3.Connection": _Wait(Severity.INFO, says="has no `receive_timeout=` and may wait for ever"),
    "psycopg2.connect": _Wait(Severity.INFO, says="has no `connect_timeout`; it waits as long as the network does"),
    **{f"redis.{name}": _Wait(Severity.LOW, says="has no `socket_timeout=` and may wait for ever") for name in _REDIS},
}
# The keyword that sets the limit where it is not called `timeout`.
_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((f"redis.{name}" for name in _REDIS), ("socket_timeout", "connection_pool")),
    "ldap3.Connection": ("receive_timeout",),
    "psycopg2.connect": ("connect_timeout", "dsn"),
    "asyncio.open_connection": ("sock",),
}
# These give up after a few seconds, or demand to be told when, unless they are given None.
_ONLY_NONE: Mapping[str, _Wait] = {
    **{f"httpx.{name}": _Wait(Severity.HIGH) for name in (*_VERBS, "stream", "Client", "AsyncClient")},
    "httpx.Timeout": _Wait(Severity.HIGH, 0),
    "asyncio.wait_for": _Wait(Severity.LOW, 1),
}
# What the call on the left makes waits in the methods on the right.
_METHODS: Mapping[str, tuple[tuple[str, ...], _Wait]] = {
    "requests.Session": (_VERBS, _Wait(Severity.HIGH)),
    "requests.session": (_VERBS, _Wait(Severity.HIGH)),
    "paramiko.SSHClient": (("connect",), _Wait(Severity.MEDIUM)),
    "paramiko.client.SSHClient": (("connect",), _Wait(Severity.MEDIUM)),
    **dict.fromkeys(_POOLS, (("request", "urlopen"), _Wait(Severity.HIGH))),
    "urllib.request.build_opener": (("open",), _Wait(Severity.HIGH, 2)),
    "urllib.request.OpenerDirector": (("open",), _Wait(Severity.HIGH, 2)),
    "subprocess.Popen": (("wait", "communicate"), _COMMAND),
    **dict.fromkeys(_QUEUES, (("get",), _QUEUED)),
    "threading.Thread": (("join",), _FOREVER),
    "threading.Event": (("wait",), _FOREVER),
    "multiprocessing.Process": (("join",), _FOREVER),
}
# Their constructor takes the limit for all that is done with them.
_LIMITED_BY_MAKER = frozenset({*_POOLS, "requests.Session", "requests.session"})
_LIMITS = frozenset(
    {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "async_timeout.timeout"}
    | {"anyio.fail_after", "anyio.move_on_after", "trio.fail_after", "trio.move_on_after"}
    | {"anyio.fail_at", "trio.fail_at", "gevent.Timeout", "eventlet.Timeout", "eventlet.timeout.Timeout"}
)
_UNDER_SOCKETS = ("ftplib.", "http.client.", "imaplib.", "poplib.", "smtplib.", "socket.", "urllib.")
# What the call makes can be told its timeout afterwards: `SMTP().connect(host, timeout=...)`.
_SET_LATER = {"aiohttp.": "timeout=", "ftplib.": "timeout=", "smtplib.": "timeout=", "socket.": "settimeout("}


class MissingTimeout(ModuleRule, TokenRule):
    """A call waits for another machine or program and has no timeout.

    Why look: a peer that never answers holds the caller for ever, and soon all callers.
    Ask: how long may this take at most, and what happens when that time is over?
    """

    informs = "edge-cases"
    severity = Severity.HIGH
    languages = frozenset({"java", "kotlin", "go", "javascript", "typescript"})

    INVALID = (
        Example("import requests\n\nprices = requests.get(url).json()\n"),
        Example("import requests as http\n\nhttp.post(url, json=order, timeout=None)\n"),
        Example("from urllib.request import urlopen\n\nwith urlopen(url) as page:\n    text = page.read()\n"),
        Example("import requests\n\ndef load(url):\n    with requests.Session() as s:\n        return s.get(url)\n"),
        Example(
            "import requests\n\nclass Shop:\n    def __init__(self):\n        self.http = requests.Session()\n\n"
            "    def order(self, number):\n        return self.http.get(f'/orders/{number}')\n"
        ),
        Example("import requests\n\nsession = requests.Session()\n\ndef load(url):\n    return session.get(url)\n"),
        Example("import httpx\n\nclient = httpx.AsyncClient(timeout=None)\n"),
        Example(
            "import aiohttp\n\nasync def load(url):\n    async with aiohttp.ClientSession() as s:\n        return s\n"
        ),
        Example("import socket\n\nconnection = socket.create_connection((host, 25))\n"),
        Example("import smtplib\n\nserver = smtplib.SMTP(host, 587)\n"),
        Example("import subprocess\n\nsubprocess.run(['git', 'fetch'], check=True)\n"),
        Example("import aiohttp\n\nlimit = aiohttp.ClientTimeout(total=None)\n"),
        Example("import requests\n\ndef load(session: requests.Session, url):\n    return session.get(url)\n"),
        Example("import urllib3\n\nhttp = urllib3.PoolManager()\npage = http.request('GET', url)\n"),
        Example("import requests\n\nrequests.get(url, timeout=(3, None))\n"),
        Example(
            "from shop_pb2_grpc import ShopStub\n\ndef order(channel):\n    s = ShopStub(channel)\n    s.Order(ONE)\n"
        ),
        Example("import socket\n\ndef ping(host):\n    s = socket.socket()\n    s.connect((host, 80))\n"),
        Example("import redis\n\ncache = redis.Redis(host='cache')\n"),
        Example("import threading\n\ndef work():\n    t = threading.Thread(target=run)\n    t.start()\n    t.join()\n"),
        Example(
            "class Shop {\n  HttpClient http = HttpClient.newHttpClient();\n  HttpRequest ask(URI uri) {\n"
            "    return HttpRequest.newBuilder(uri).GET().build();\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example("class Shop {\n  RestTemplate http = new RestTemplate();\n}\n", path="shop/Shop.java"),
        Example(
            "class Shop {\n  void ask(URL url) {\n"
            "    HttpURLConnection c = (HttpURLConnection) url.openConnection();\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example("func ask(url string) {\n\tresp, err := http.Get(url)\n}\n", path="shop/ask.go"),
        Example("func ask(req *http.Request) {\n\tc := &http.Client{}\n\tc.Do(req)\n}\n", path="shop/ask.go"),
        Example("const answer = await axios.get(url);\n", path="shop/ask.js"),
    )
    VALID = (
        Example(
            "class Shop {\n  HttpClient http = HttpClient.newBuilder().connectTimeout(LIMIT).build();\n"
            "  HttpRequest ask(URI uri) {\n    return HttpRequest.newBuilder(uri).timeout(LIMIT).GET().build();\n"
            "  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "class Shop {\n  HttpRequest ask(URI uri) {\n    HttpRequest.Builder ask = HttpRequest.newBuilder(uri);\n"
            "    ask.timeout(LIMIT);\n    return ask.build();\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "class Shop {\n  void ask(URL url) {\n    URLConnection c = url.openConnection();\n"
            "    c.setReadTimeout(9);\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "func ask(req *http.Request) {\n\tc := &http.Client{Timeout: limit}\n\tc.Do(req)\n}\n", path="shop/ask.go"
        ),
        Example("const answer = await axios.get(url, { timeout: 9000 });\n", path="shop/ask.js"),
        Example("import urllib3\n\nhttp = urllib3.PoolManager(timeout=LIMIT)\npage = http.request('GET', url)\n"),
        Example("import queue\n\njobs = queue.Queue()\njob = jobs.get(timeout=LIMIT)\nnext_job = jobs.get(False)\n"),
        Example("import redis\n\ncache = redis.Redis(host='cache', socket_timeout=LIMIT)\n"),
        Example(
            "import socket\n\ndef ping(host):\n    s = socket.socket()\n    s.settimeout(2)\n    s.connect(host)\n"
        ),
        Example("import requests\n\nprices = requests.get(url, timeout=(3, 10)).json()\n"),
        Example("import requests\n\ndef get(url, **options):\n    return requests.get(url, **options)\n"),
        Example("import httpx\n\nprices = httpx.get(url).json()\nclient = httpx.Client()\n"),
        Example("from urllib.request import urlopen\n\npage = urlopen(url, None, LIMIT)\n"),
        Example("def show(requests):\n    return requests.get('shop')\n"),
        Example("import requests\n\nsession = {}\n\ndef user(session):\n    return session.get('user')\n"),
        Example("import requests\n\ndef name(order):\n    return order.get('name')\n"),
        Example(
            "import requests\n\ndef load(url):\n    s = requests.Session()\n"
            "    s.mount('https://', TimeoutAdapter(5))\n    return s.get(url)\n"
        ),
        Example(
            "import aiohttp\n\nasync def load(url):\n    async with aiohttp.ClientSession() as s:\n"
            "        return await s.get(url, timeout=LIMIT)\n"
        ),
        Example(
            "import asyncio\n\nasync def connect(host):\n    async with asyncio.timeout(LIMIT):\n"
            "        return await asyncio.open_connection(host, 443)\n"
        ),
        Example(
            "import socket\n\nsocket.setdefaulttimeout(LIMIT)\nconnection = socket.create_connection((host, 25))\n"
        ),
        Example("import aiohttp\n\nlimit = aiohttp.ClientTimeout(total=None, sock_read=LIMIT)\n"),
        Example("import requests\n\ndef test_shop():\n    assert requests.get(URL).ok\n", path="tests/test_shop.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            found = None if is_open_ended(call) else _judge(call, outline)
            if found is not None and not _is_limited_around(call, outline):
                yield LineSighting(outline.line(call), f"`{outline.quote(call)}` {found[0]}", found[1])

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if not file.is_test:
            for line, message, severity in waits(blocks_of(file), language_of(file) or ""):
                yield LineSighting(line, message, severity)


_Found = tuple[str, Severity]


def _judge(call: ast.Call, outline: Outline) -> _Found | None:
    name = outline.known(call.func)
    if name in _CALLS:
        wait = _CALLS[name]
        is_set = any(keyword_of(call, word) is not None for word in _KEYWORDS.get(name, ()))
        return None if is_set or _is_limited_beside(name, call, outline) else _without_timeout(call, wait)
    if name in _ONLY_NONE:
        return _with_none(call, _ONLY_NONE[name])
    if name in ("aiohttp.ClientTimeout", "aiohttp.client.ClientTimeout"):
        is_endless = len(call.keywords) == 1 and not call.args and is_none(keyword_of(call, "total"))
        return ("sets no limit at all", Severity.HIGH) if is_endless else None
    return _method(call, outline)


def _without_timeout(call: ast.Call, wait: _Wait) -> _Found | None:
    given = _timeout(call, wait)
    return (wait.says, wait.severity) if given is None else _with_none(call, wait)


def _with_none(call: ast.Call, wait: _Wait) -> _Found | None:
    given = _timeout(call, wait)
    is_pair = isinstance(given, ast.Tuple) and any(is_none(part) for part in given.elts)
    return ("gets None as its timeout and may wait for ever", wait.severity) if is_none(given) or is_pair else None


def _timeout(call: ast.Call, wait: _Wait) -> ast.expr | None:
    if wait.position is not None and wait.position < len(call.args):
        return call.args[wait.position]
    return keyword_of(call, "timeout")


def _is_limited_around(call: ast.Call, outline: Outline) -> bool:
    """True inside `async with asyncio.timeout(...)`, in an argument of `asyncio.wait_for`, or under `@timeout(...)`."""
    for above in outline.ancestors(call):
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return any("timeout" in dotted(_called(one)).lower() for one in above.decorator_list)
        if isinstance(above, (ast.With, ast.AsyncWith)):
            limits = [item.context_expr for item in above.items]
        else:
            limits = [above] if isinstance(above, ast.Call) else []
        if any(isinstance(limit, ast.Call) and outline.known(limit.func) in _LIMITS for limit in limits):
            return True
    return False


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_limited_beside(name: str, call: ast.Call, outline: Outline) -> bool:
    """True if the file or the function sets the limit in another statement."""
    if name.startswith(_UNDER_SOCKETS) and any("setdefaulttimeout(" in line for line in outline.source.lines):
        return True
    function = outline.function(call)
    word = next((word for prefix, word in _SET_LATER.items() if name.startswith(prefix)), None)
    return word is not None and function is not None and word in _text(function, outline)


def _text(node: ast.AST, outline: Outline) -> str:
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", len(outline.source.lines))
    return "\n".join(outline.source.lines[first - 1 : last])


def _method(call: ast.Call, outline: Outline) -> _Found | None:
    """Judge `session.get(url)` by what made `session`; a stranger's methods are not judged."""
    if not isinstance(call.func, ast.Attribute):
        return None
    owner, method = call.func.value, call.func.attr
    made = outline.made_by(owner)
    methods, wait = _METHODS.get(made, ((), None))
    if wait is not None and method in methods:
        is_counted = made in _QUEUES and (call.args or keyword_of(call, "block") is not None)
        is_limited = made in _LIMITED_BY_MAKER and _has_own_limit(owner, outline)
        return None if is_counted or is_limited else _without_timeout(call, wait)
    if made == "socket.socket" and method == "connect" and not _sets_limit(owner, outline):
        return "waits as long as the network lets it: this socket has no timeout", Severity.LOW
    # The code that gRPC generates lies in modules of this name, and its calls have names of types.
    if "_pb2_grpc." in made and made.endswith("Stub") and method[:1].isupper() and call.args:
        return _without_timeout(call, _Wait(Severity.MEDIUM, 1, "has no deadline: give it `timeout=`"))
    return None


def _has_own_limit(session: ast.expr, outline: Outline) -> bool:
    """True if the session or pool got a timeout when it was made, or an adapter or a `request` that knows one."""
    values = [value for value in [session, *outline.values(session)] if isinstance(value, ast.Call)]
    if any(keyword_of(value, "timeout") is not None or is_open_ended(value) for value in values):
        return True
    text, name = _text(_scope(session, outline), outline), dotted(session)
    return "imeout" in text and (f"{name}.mount(" in text or f"{name}.request =" in text)


def _scope(node: ast.expr, outline: Outline) -> ast.AST:
    owner = outline.owner(node) if dotted(node).startswith("self.") else None
    return owner or outline.function(node) or outline.source.tree


def _sets_limit(socket: ast.expr, outline: Outline) -> bool:
    text = _text(_scope(socket, outline), outline)
    words = ("settimeout(", "setblocking(", "set_blocking(", "SO_RCVTIMEO", "SOCK_NONBLOCK", "SOCK_DGRAM")
    return any(word in text for word in words) or any("setdefaulttimeout(" in line for line in outline.source.lines)
