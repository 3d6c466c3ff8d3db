import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name, has_double_star, keyword, positional
from reviewer.analysis.rule import Example, PythonRule, Sighting


@dataclass(frozen=True, slots=True)
class _Wait:
    """How a call waits: `position` is the timeout's place among the positional arguments, if it has one."""

    severity: Severity
    position: int | None = None
    says: str = "has no timeout and may wait for ever"


_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
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
}
_METHOD_NAMES = frozenset(method for methods, _ in _METHODS.values() for method in methods)
_MAKERS = frozenset({"requests", "paramiko"})
_LIMITS = frozenset(
    {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "async_timeout.timeout"}
    | {"anyio.fail_after", "anyio.move_on_after", "trio.fail_after", "trio.move_on_after"}
)
_UNDER_SOCKETS = ("ftplib.", "http.client.", "imaplib.", "poplib.", "smtplib.", "socket.", "urllib.")
# What the call makes can be told its timeout afterwards: `SMTP().connect(host, timeout=...)`.
_SET_LATER = {"aiohttp.": "timeout=", "ftplib.": "timeout=", "smtplib.": "timeout=", "socket.": "settimeout("}
_LONGEST_QUOTE = 45


class MissingTimeout(PythonRule):
    """A call waits for another machine or program and has no timeout.

    Why look: a peer that never answers holds the caller for ever, and soon all callers.
    Ask: how long may this take at most, and what happens when that time is over?
    """

    informs = "edge-cases"
    severity = Severity.HIGH
    visits = (cst.Call,)

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
    )
    VALID = (
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

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or _is_open_ended(node):
            return
        name = _called(node, at) or ""
        if name in _CALLS:
            yield from _without_timeout(node, name, _CALLS[name], at)
        elif name in _ONLY_NONE:
            yield from _with_none(node, _ONLY_NONE[name], at)
        elif name in ("aiohttp.ClientTimeout", "aiohttp.client.ClientTimeout"):
            if len(node.args) == 1 and _is_none(keyword(node, "total")):
                yield Sighting(node, f"`{_shown(node, at)}` sets no limit at all")
        elif isinstance(node.func, cst.Attribute) and node.func.attr.value in _METHOD_NAMES:
            yield from _method(node, node.func, at)


def _is_open_ended(call: cst.Call) -> bool:
    """True if nobody can see here which arguments the call gets."""
    return has_double_star(call) or any(arg.star for arg in call.args)


def _called(call: cst.Call, at: Place) -> str | None:
    return at.name(call.func) if at.is_imported(call.func) else None


def _without_timeout(call: cst.Call, name: str, wait: _Wait, at: Place) -> Iterator[Sighting]:
    given = _timeout(call, wait)
    if _is_none(given):
        yield from _with_none(call, wait, at)
    elif given is None and not _is_limited_around(at) and not _is_limited_beside(name, at):
        yield Sighting(call, f"`{_shown(call, at)}` {wait.says}", wait.severity)


def _with_none(call: cst.Call, wait: _Wait, at: Place) -> Iterator[Sighting]:
    if _is_none(_timeout(call, wait)) and not _is_limited_around(at):
        yield Sighting(call, f"`{_shown(call, at)}` gets None as its timeout and may wait for ever", wait.severity)


def _timeout(call: cst.Call, wait: _Wait) -> cst.BaseExpression | None:
    values = positional(call)
    if wait.position is not None and wait.position < len(values):
        return values[wait.position]
    return keyword(call, "timeout")


def _is_none(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def _is_limited_around(at: Place) -> bool:
    """True inside `async with asyncio.timeout(...)` and in an argument of `asyncio.wait_for`."""
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.ClassDef)):
            return False
        calls = [item.item for item in parent.items] if isinstance(parent, cst.With) else [parent]
        if any(isinstance(call, cst.Call) and at.name(call.func) in _LIMITS for call in calls):
            return True
    return False


def _is_limited_beside(name: str, at: Place) -> bool:
    """True if the file or the function sets the limit in another statement."""
    if name.startswith(_UNDER_SOCKETS) and b"setdefaulttimeout(" in (at.file.new_text or b""):
        return True
    scope = at.enclosing(cst.FunctionDef)
    word = next((word for prefix, word in _SET_LATER.items() if name.startswith(prefix)), None)
    return word is not None and scope is not None and word in at.code(scope)


def _method(call: cst.Call, func: cst.Attribute, at: Place) -> Iterator[Sighting]:
    """Report `session.get(url)` where the function or the class makes `session` itself."""
    if not any(origin.partition(".")[0] in _MAKERS for origin in at.imports.values()):
        return
    maker = _maker(func.value, at)
    methods, wait = _METHODS.get(maker or "", ((), None))
    if wait is not None and func.attr.value in methods:
        yield from _without_timeout(call, "", wait, at)


def _maker(receiver: cst.BaseExpression, at: Place) -> str | None:
    """Return the resolved name of the call that made the receiver, if every binding in sight agrees."""
    if isinstance(receiver, cst.Call):
        return _called(receiver, at)
    name = dotted_name(receiver) or ""
    scope = at.enclosing(cst.ClassDef) if name.startswith("self.") else at.function
    bound = _bindings(scope).get(name) if scope is not None else None
    if bound is None:
        return None if "." in name or _is_parameter(name, scope) else _module_level_maker(name, at)
    makers = {_called(value, at) if isinstance(value, cst.Call) else None for value in bound}
    return None if len(makers) > 1 or _has_own_limit(name, at.code(scope or at.chunk)) else makers.pop()


def _is_parameter(name: str, scope: cst.CSTNode | None) -> bool:
    if not isinstance(scope, cst.FunctionDef):
        return False
    given = scope.params
    return any(param.name.value == name for param in (*given.params, *given.kwonly_params, *given.posonly_params))


def _module_level_maker(name: str, at: Place) -> str | None:
    """Read `session = requests.Session()` off the text: its statement lies in another chunk of the file."""
    text = (at.file.new_text or b"").decode("utf-8", "replace")
    match = re.search(rf"^{re.escape(name)}\s*=\s*([\w.]+)\(", text, re.MULTILINE) if name else None
    if match is None or _has_own_limit(name, text):
        return None
    first, _, rest = match[1].partition(".")
    origin = at.imports.get(first)
    return f"{origin}.{rest}" if origin and rest else origin


def _has_own_limit(session: str, code: str) -> bool:
    """True if the session got an adapter or a `request` of its own that knows a timeout."""
    return "imeout" in code and (f"{session}.mount(" in code or f"{session}.request =" in code)


@lru_cache(maxsize=8)
def _bindings(scope: cst.CSTNode) -> Mapping[str, list[cst.BaseExpression]]:
    """Return what each name is set to in a function or class: `s = ...`, `self.s = ...`, `with ... as s`."""
    values: dict[str, list[cst.BaseExpression]] = {}
    stack = [scope]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target)], value=value):
                values.setdefault(dotted_name(target) or "", []).append(value)
            case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
                values.setdefault(dotted_name(target) or "", []).append(value)
            case cst.WithItem(item=value, asname=cst.AsName(cst.Name(name))):
                values.setdefault(name, []).append(value)
    return values


def _shown(call: cst.Call, at: Place) -> str:
    code = " ".join(at.code(call).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{at.code(call.func)}(...)"
