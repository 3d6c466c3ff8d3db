import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, SCRIPT, SHELL, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, literal_of, quote, text_of, value_of
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import HOLE, called_name, template_of
from reviewer.analysis.tokens import Token

# What sends everything in the clear, whatever it is given.
_PLAIN: Mapping[str, tuple[str, Severity]] = {
    "ftplib.FTP": ("use `FTP_TLS` or SFTP", Severity.MEDIUM),
    "telnetlib.Telnet": ("use SSH", Severity.MEDIUM),
    "telnetlib3.open_connection": ("use SSH", Severity.MEDIUM),
    "aioftp.Client": ("use SFTP or `ssl=`", Severity.LOW),
    "grpc.insecure_channel": ("use `secure_channel`", Severity.LOW),
    "grpc.aio.insecure_channel": ("use `secure_channel`", Severity.LOW),
    "pyghmi.ipmi.command.Command": ("IPMI is known to be insecure", Severity.MEDIUM),
    "pyghmi.ipmi.command": ("IPMI is known to be insecure", Severity.MEDIUM),
    "http.client.HTTPConnection": ("use `HTTPSConnection`", Severity.LOW),
    "urllib3.HTTPConnectionPool": ("use `HTTPSConnectionPool`", Severity.LOW),
    "urllib3.connection.HTTPConnection": ("use `HTTPSConnection`", Severity.LOW),
    "urllib3.connectionpool.HTTPConnectionPool": ("use `HTTPSConnectionPool`", Severity.LOW),
}
# These can be told to encrypt, by a call on the same object.
_MAIL: Mapping[str, str] = {
    "smtplib.SMTP": "starttls", "imaplib.IMAP4": "starttls", "poplib.POP3": "stls", "nntplib.NNTP": "starttls",
}  # fmt: skip
_LIBRARIES = (
    "requests", "httpx", "aiohttp", "urllib", "urllib2", "urllib3", "websockets", "websocket", "xmlrpc", "xmlrpclib",
    "httplib2", "ldap", "ldap3", "suds", "zeep", "tornado", "treq", "six", "pycurl", "curl_cffi",
)  # fmt: skip
_SENDERS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "open", "urlopen", "retrieve"}
    | {"urlretrieve", "Request", "ws_connect", "connect", "create_connection", "WebSocketApp", "ServerProxy", "Server"}
    | {"initialize", "Client", "AsyncClient", "fetch", "build_request", "PoolManager"}
)
_URL = regex(r"(?P<scheme>http|ftp|ws|ldap)://(?P<host>[^/:?#]*)", re.IGNORECASE)
# This machine, a neighbour known by its bare name, and addresses that no router passes on.
_NEAR = regex(
    r"localhost|127\.|0\.0\.0\.0|\[?::1|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|[\w-]+$|"
    r".*\.(?:local|internal|test|localhost|svc)\b",
    re.IGNORECASE,
)
# A host elsewhere, for patterns: not this machine, not a bare name, not a private address.
_FAR = r"(?!localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|169\.254\.|\$|host\.docker)[\w-]{1,60}\.[\w.-]{1,100}"
_SSL_OFF: Mapping[str, object] = {"sslmode": "disable", "ssl_disabled": True, "ssl_mode": "DISABLED", "encrypt": "no"}
_SIGNS = (
    sign(
        SCRIPT,
        r"\b(?:fetch|axios(?:\.\w+)?|http\.(?:get|request)|got(?:\.\w+)?|request(?:\.\w+)?|\$\.(?:get|post|ajax|"
        r"getJSON))\([\"'`]http://" + _FAR,
        "`{0}` is not encrypted",
    ),
    sign(SCRIPT, r"new (?:WebSocket|ReconnectingWebSocket)\([\"'`]ws://" + _FAR, "`{0}` is not encrypted"),
    sign(
        GO, r"\bhttp\.(?:Get|Post|PostForm|Head|NewRequest\w*)\([^\n;]{0,60}?\"http://" + _FAR, "`{0}` is not encrypted"
    ),
    sign(GO, r"\bgrpc\.WithInsecure\(\)|\binsecure\.NewCredentials\(\)", "`{0}`: everything travels in the clear"),
    sign(
        JVM,
        r"(?:new URL|URI\.create|new HttpGet|new HttpPost|getForObject|postForObject|\.url)\(\"http://" + _FAR,
        "`{0}` is not encrypted",
    ),
    sign(
        JVM | CSHARP,
        r"new (?:FTPClient|TelnetClient)\(|FtpWebRequest",
        "`{0}` sends everything in the clear",
        Severity.MEDIUM,
    ),
    sign(SHELL, r"\b(?:curl|wget)\b[^\n;|&]{0,120}? [\"']?(?:http|ftp)://" + _FAR, "`{0}` is not encrypted"),
    sign(SHELL, r"(?:^|[\n;&|] ?)(?:telnet|rsh|rlogin) (?=\S)", "`{0}` sends everything in the clear"),
    sign(PHP, r"(?<![\w>:$])(?:ftp_connect\(|file_get_contents\([\"']http://" + _FAR + ")", "`{0}` is not encrypted"),
)


class InsecureTransport(PythonRule, TokenRule):
    """Something is sent over a connection that is not encrypted.

    Why look: anybody on the way can read it, passwords among it, and put something else in its place.
    Ask: does anything private travel here, and does the peer not speak TLS?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 319
    words = (
        "http:", "ftp:", "ws:", "ldap:", "HTTP:", "FTP", "Telnet", "telnet", "insecure_", "Command", "HTTPConn",
        "SMTP", "IMAP4", "POP3", "CommunityData", "UsmUserData", "ssl", "INSECURE_TRANSPORT", "get", "post", "open",
        "connect", "curl", "wget", "FTPClient", "FtpWeb", "fetch", "axios", "Insecure", "rsh", "rlogin",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import httpx\n\nAPI = 'http://prices.tea-shop.com'\nhttpx.get(f'{API}/all', timeout=LIMIT)\n"),
        Example("import requests\n\nprices = requests.get('http://prices.tea-shop.com/all', timeout=LIMIT)\n"),
        Example("import requests\n\nURL = 'http://prices.tea-shop.com'\nrequests.post(URL, json=login)\n"),
        Example("import requests\n\nwith requests.Session() as s:\n    s.get(f'http://prices.tea-shop.com/{tea}')\n"),
        Example("from urllib.request import Request, urlopen\n\nurlopen(Request('ftp://files.tea-shop.com/all'))\n"),
        Example("from urllib.request import URLopener\n\nopener = URLopener()\nopener.open('http://tea-shop.com')\n"),
        Example("import websockets\n\nasync def listen():\n    await websockets.connect('ws://prices.tea-shop.com')\n"),
        Example("import ldap\n\ndirectory = ldap.initialize('ldap://directory.tea-shop.com')\n"),
        Example("from ftplib import FTP\n\nftp = FTP(host)\nftp.login(user, password)\n"),
        Example("import telnetlib\n\nconnection = telnetlib.Telnet(host)\n"),
        Example("from pysnmp.hlapi import CommunityData, UsmUserData\n\nCommunityData('public', mpModel=0)\n"),
        Example("from pysnmp.hlapi import UsmUserData\n\nuser = UsmUserData('name', 'auth')\n"),
        Example("import grpc\n\nchannel = grpc.insecure_channel('prices.tea-shop.com:50051')\n"),
        Example(
            "import smtplib\n\ndef send(text):\n    server = smtplib.SMTP(host)\n    server.login(user, password)\n",
        ),
        Example("import psycopg\n\ndb = psycopg.connect(host=host, sslmode='disable')\n"),
        Example("import os\n\nos.environ['OAUTHLIB_INSECURE_TRANSPORT'] = '1'\n"),
        Example('const prices = await fetch("http://prices.tea-shop.com/all");\n', path="shop/prices.js"),
        Example('prices, err := http.Get("http://prices.tea-shop.com")\n', path="shop/prices.go"),
        Example("curl -sS http://prices.tea-shop.com/all -o prices\n", path="bin/prices.sh"),
    )
    VALID = (
        Example("import requests\n\nprices = requests.get('https://prices.tea-shop.com/all', timeout=LIMIT)\n"),
        Example("import requests\n\nAPI = 'http://localhost:80'\nrequests.get(f'{API}/all', timeout=LIMIT)\n"),
        Example("import requests\n\nrequests.get('http://localhost:8000/health')\nrequests.get('http://10.0.0.7/x')\n"),
        Example("import requests\n\nrequests.get('http://prices:8080/all', timeout=LIMIT)\n"),
        Example("NAMESPACE = 'http://www.w3.org/2000/svg'\nsvg = tree.get('http://www.w3.org/2000/svg')\n"),
        Example("import requests\n\nrequests.get(URL, headers={'Referer': 'http://tea-shop.com'})\n"),
        Example("import webbrowser\n\nwebbrowser.open('http://tea-shop.com')\n"),
        Example("from ftplib import FTP_TLS\n\nftp = FTP_TLS(host)\n"),
        Example("import smtplib\n\ndef send():\n    server = smtplib.SMTP(host)\n    server.starttls()\n"),
        Example("import smtplib\n\nserver = smtplib.SMTP('localhost')\n"),
        Example("from pysnmp.hlapi import UsmUserData\n\nuser = UsmUserData('name', 'auth', 'priv')\n"),
        Example("import grpc\n\nchannel = grpc.insecure_channel('localhost:50051')\n"),
        Example(
            "import requests\n\ndef test_get():\n    requests.get('http://tea-shop.com')\n",
            path="tests/test_get.py",
        ),
        Example(
            'const prices = await fetch("http://localhost:3000/all");\nconst ns = "http://www.w3.org/2000/svg";\n',
            path="shop/prices.js",
        ),
        Example('prices, err := http.Get("https://prices.tea-shop.com")\n', path="shop/prices.go"),
        Example("curl -sS http://127.0.0.1:8080/health\nwget http://web:8080/\n", path="bin/health.sh"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Assign):
            yield from _variable(node, at)
        elif isinstance(node, cst.Call):
            seen = next(_faults(node, at), None)
            if seen is not None:
                yield Sighting(node, *seen)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _faults(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    name = called(call, at)
    if name in _PLAIN and not _is_near(call, at):
        instead, severity = _PLAIN[name]
        yield f"`{quote(call.func, at)}` sends everything in the clear; {instead}", severity
    if name in _MAIL and not _is_near(call, at) and not _calls(_MAIL[name], at):
        yield f"`{quote(call.func, at)}` without `{_MAIL[name]}` sends everything in the clear", Severity.LOW
    if name.startswith("pysnmp."):
        yield from _snmp(call, at)
    for argument in call.args:
        word = argument.keyword.value if argument.keyword is not None else ""
        if word in _SSL_OFF and literal_of(argument.value, at) == _SSL_OFF[word]:
            yield f"`{quote(argument, at).rstrip(',')}` sends everything in the clear", Severity.MEDIUM
    if called_name(call) in _SENDERS and _is_client(name, at):
        yield from _url(call, at)


def _is_near(call: cst.Call, at: Place) -> bool:
    given = keyword(call, "host") or keyword(call, "target") or next(iter(positional(call)), None)
    text = text_of(given, at) if given is not None else ""
    return bool(text) and HOLE not in text and _NEAR.match(text.partition(":")[0]) is not None


def _calls(method: str, at: Place) -> bool:
    scope = at.enclosing(cst.ClassDef) or at.function
    if scope is not None:
        return f"{method}(" in at.code(scope)
    return any(f"{method}(" in line for line in at.source.lines)


def _snmp(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    name, values = called_name(call), positional(call)
    model = keyword(call, "mpModel")
    if name == "CommunityData" and model is not None and literal_of(model, at) in (0, 1):
        yield f"`{quote(call, at)}`: SNMP before version 3 encrypts nothing", Severity.MEDIUM
    elif name == "UsmUserData" and len(values) < 3 and keyword(call, "privKey") is None and not has_double_star(call):
        yield f"`{quote(call, at)}` has no key to encrypt with", Severity.MEDIUM


def _is_client(name: str, at: Place) -> bool:
    """True if the call is a library's own, or a method in a file that uses one."""
    if name:
        return name.partition(".")[0] in _LIBRARIES
    return any(origin.partition(".")[0] in _LIBRARIES for origin in at.imports.values())


def _url(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    named = (keyword(call, word) for word in ("url", "uri", "base_url", "fullurl"))
    for given in (*(one for one in named if one is not None), *positional(call)[:2]):
        text = _address(given, at)
        match = _URL.match(text)
        if match is None or (match["host"] and HOLE not in match["host"] and _NEAR.match(match["host"])):
            continue
        severity = Severity.INFO if HOLE in match["host"] or not match["host"] else Severity.LOW
        yield f"`{quote(call.func, at)}` gets a URL of `{match['scheme'].lower()}://`, which is not encrypted", severity


def _address(given: cst.BaseExpression, at: Place) -> str:
    """Return the text of an address, with that of the constant it begins with."""
    text = text_of(given, at)
    template = template_of(value_of(given, at))
    if not text.startswith(HOLE) or template is None or not template.values:
        return text
    base = literal_of(template.values[0], at)
    return f"{base}{text[1:]}" if isinstance(base, str) else text


def _variable(node: cst.Assign, at: Place) -> Iterator[Sighting]:
    for target in node.targets:
        code = at.code(target.target)
        if "OAUTHLIB_INSECURE_TRANSPORT" in code and "environ" in code:
            yield Sighting(node, "`OAUTHLIB_INSECURE_TRANSPORT` lets tokens travel in the clear", Severity.MEDIUM)
