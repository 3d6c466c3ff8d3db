import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name, template_of

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
_CALLS = frozenset(
    {f"{module}.{verb}" for module in ("requests", "httpx", "requests.api", "niquests") for verb in _VERBS}
    | {"urllib.request.urlopen", "urllib.request.urlretrieve", "urllib3.request", "socket.create_connection"}
    | {"http.client.HTTPConnection", "http.client.HTTPSConnection", "smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP"}
    | {"websockets.connect", "websocket.create_connection", "paramiko.Transport", "socket.gethostbyname"}
)
_CLOUD = frozenset({"boto3.client", "boto3.resource", "boto3.session.Session", "boto3.Session"})
_CLIENTS = regex(r"_?(?:session|client|http|s)")
_LOCAL = regex(
    r"(?:https?://|wss?://)?(?:localhost|127\.|0\.0\.0\.0|\[::1\]|::1|testserver|test$|test/|.*\.(?:test|local|localhost|invalid)\b|\0)",
    re.IGNORECASE,
)
_PRETENDED = regex(
    r"responses|respx|requests_?mock|vcr|httpretty|aioresponses|moto\b|mock_(?:aws|s3|dynamodb|sqs|sns)|monkeypatch|patch|[Mm]ock|"
    r"httpserver|httpbin|pook|betamax|httpx_mock|pytest_httpx|mocker|[Ss]tubber|ASGITransport|WSGITransport|[Tt]est_?[Cc]lient|"
    r"localstack|endpoint_url|live_server|local_server|gock|cassette|pytest_socket|testcontainers|skip"
)
_MARKED = regex(r"mark\.(?:network|online|integration|external|slow|e2e|live|remote|internet|smoke|system)|skip|xfail")


class NetworkInTest(PythonRule):
    """A test talks to a real server.

    Why look: it fails when the other side is down or slow, and nobody can run it offline.
    Ask: what should the test prove that a recorded or pretended answer would not?
    """

    informs = "validate"
    severity = Severity.MEDIUM
    visits = (cst.Call,)
    words = ("requests", "httpx", "urlopen", "urlretrieve", "urllib3", "socket", "http", "smtp", "ftp", "FTP", "boto3")

    INVALID = (
        Example(
            'import requests\n\ndef test_prices():\n    assert requests.get("https://api.shop.net/prices").ok\n',
            path="tests/test_prices.py",
        ),
        Example(
            "import httpx\n\nasync def test_prices():\n    async with httpx.AsyncClient() as client:\n"
            '        reply = await client.get("https://api.shop.net/prices")\n    assert reply.is_success\n',
            path="tests/test_prices.py",
        ),
        Example(
            "from urllib.request import urlopen\n\nclass TestPrices:\n    def test_it(self):\n"
            '        page = urlopen("http://shop.net")\n        assert page.status == 200\n',
            path="shop/test_prices.py",
        ),
        Example(
            'import boto3\n\ndef test_upload():\n    s3 = boto3.client("s3")\n    s3.upload()\n',
            path="tests/test_s3.py",
        ),
        Example(
            'import socket\n\ndef test_port():\n    assert socket.create_connection(("shop.net", 443))\n',
            path="tests/test_port.py",
        ),
        Example(
            'import requests\n\nBASE = "https://api.shop.net"\n\ndef test_prices():\n'
            '    assert requests.get(f"{BASE}/prices").ok\n',
            path="tests/test_prices.py",
        ),
    )
    VALID = (
        Example(
            "import requests\nimport responses\n\n@responses.activate\ndef test_prices():\n"
            '    assert requests.get("https://api.shop.net/prices").ok\n',
            path="tests/test_prices.py",
        ),
        Example(
            'import requests\n\ndef test_prices():\n    assert requests.get("http://localhost:8000/prices").ok\n',
            path="tests/test_prices.py",
        ),
        Example(
            "import requests\n\ndef test_prices(live_server):\n"
            '    assert requests.get(f"{live_server.url}/prices").ok\n',
            path="tests/test_prices.py",
        ),
        Example(
            "import pytest\nimport requests\n\n@pytest.mark.network\ndef test_prices():\n"
            '    assert requests.get("https://api.shop.net/prices").ok\n',
            path="tests/test_prices.py",
        ),
        Example('import requests\n\ndef load():\n    return requests.get("https://api.shop.net/prices")\n'),
        Example('def test_it(client):\n    assert client.get("/prices").status_code == 200\n', path="tests/test_it.py"),
        Example(
            'from unittest.mock import patch\nimport requests\n\ndef test_it():\n    with patch("requests.get"):\n'
            '        requests.get("https://api.shop.net")\n',
            path="tests/test_it.py",
        ),
        Example(
            'import requests\n\ndef test_it():\n    request = requests.Request("GET", "https://api.shop.net")\n'
            "    assert request.url\n",
            path="tests/test_it.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or not at.file.is_test or not _is_in_test(at):
            return
        name = at.name(node.func) or ""
        is_known = name in _CALLS and at.is_imported(node.func)
        is_cloud = name in _CLOUD and at.is_imported(node.func)
        if not (is_known or is_cloud or _is_client(node, at)):
            return
        if (is_cloud or _is_remote(node, at)) and not _is_pretended(at):
            yield Sighting(node, f"`{at.code(node.func)}` reaches for a real server")


def _is_in_test(at: Place) -> bool:
    names = [parent.name.value for parent in at.parents if isinstance(parent, cst.FunctionDef)]
    return any(name.startswith("test") for name in names)


def _is_client(call: cst.Call, at: Place) -> bool:
    """True for a verb of `session` or `client` where the file imports a library for HTTP."""
    if not isinstance(call.func, cst.Attribute) or called_name(call) not in _VERBS:
        return False
    owner = call.func.value
    is_client = isinstance(owner, cst.Name) and _CLIENTS.fullmatch(owner.value) is not None
    return is_client and any(
        origin.partition(".")[0] in ("requests", "httpx", "aiohttp") for origin in at.imports.values()
    )


def _is_remote(call: cst.Call, at: Place) -> bool:
    """True if the call names a server that is not this machine."""
    values = positional(call)
    url = keyword(call, "url") or (
        values[1] if called_name(call) in ("request", "stream") and len(values) > 1 else None
    )
    url = url or (values[0] if values else None)
    if isinstance(url, cst.Tuple) and url.elements:
        url = url.elements[0].value
    template = template_of(url) if url is not None else None
    text = template.text if template is not None else ""
    first = template.values[0] if template is not None and template.values else url
    if (not text or text.startswith("\0")) and isinstance(first, cst.Name) and first.value in at.constants:
        value = getattr(at.constants[first.value], "value", None)
        text = value if isinstance(value, str) else ""
    is_host = "://" in text or (isinstance(url, cst.SimpleString) and "." in text and called_name(call) not in _VERBS)
    return is_host and _LOCAL.match(text) is None


def _is_pretended(at: Place) -> bool:
    """True if anything in the file or on the test gives pretended answers, or says that the network is meant."""
    text = (at.file.new_text or b"").decode("utf-8", "replace")
    if _PRETENDED.search(text):
        return True
    functions = [parent for parent in at.parents if isinstance(parent, (cst.FunctionDef, cst.ClassDef))]
    marks = [at.code(decorator) for function in functions for decorator in function.decorators]
    return "pytestmark" in text or any(_MARKED.search(mark) for mark in marks)
