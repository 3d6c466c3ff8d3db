import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name, template_of

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "request"})
_MODULES = ("requests", "httpx", "aiohttp", "urllib.request", "urllib3")
_CLIENT = regex(r"_?(?:\w+_)?(?:session|http|s|client)")
_LOCAL = regex(r"https?://(?:localhost|127\.|0\.0\.0\.0|testserver|[\w.-]+\.(?:test|local|invalid)\b)|/", re.IGNORECASE)
_WAITS = regex(
    r"retry|retries|tenacity|backoff|poll|(?<!a)wait|eventually|attempt|deadline|until|sleep|flaky|rerun|HTTPAdapter|"
    r"for \w+ in range",
    re.IGNORECASE,
)
_PRETENDED = regex(
    r"responses|respx|requests_?mock|vcr|httpretty|aioresponses|monkeypatch|patch|[Mm]ock|httpserver|httpbin|pook|betamax|"
    r"ASGITransport|WSGITransport|[Tt]est_?[Cc]lient|live_server|local_server|cassette"
)


class TestAssumesInstantResponse(PythonRule):
    """A test asks a real server once and expects the right answer at once.

    Why look: a cold start, a slow region or one lost packet makes it fail, and people learn to run it again.
    Ask: how long may the answer take, and what should the test do until then?
    """

    __test__ = False
    informs = "validate"
    severity = Severity.MEDIUM
    visits = (cst.FunctionDef,)
    words = ("assert",)

    INVALID = (
        Example(
            'import requests\n\ndef test_prices():\n    reply = requests.get("https://api.shop.net/prices")\n'
            "    assert reply.status_code == 200\n",
            path="tests/test_prices.py",
        ),
        Example(
            "import requests\n\ndef test_regions():\n    for region in REGIONS:\n"
            '        reply = requests.get(f"https://{region}.shop.net/health", timeout=5)\n'
            '        assert reply.json()["status"] == "ok"\n',
            path="tests/test_regions.py",
        ),
        Example(
            "import httpx\n\nasync def test_order():\n    async with httpx.AsyncClient() as client:\n"
            '        reply = await client.post(f"{API_URL}/orders", json={})\n'
            "        assert reply.status_code == 201\n",
            path="tests/test_orders.py",
        ),
        Example(
            "import requests\n\nclass TestOrders(TestCase):\n    def test_it(self):\n"
            "        reply = requests.post(ORDERS_URL, json={})\n        self.assertEqual(reply.status_code, 201)\n",
            path="tests/test_orders.py",
        ),
    )
    VALID = (
        Example(
            "import requests\n\ndef test_prices():\n    for attempt in range(5):\n"
            '        reply = requests.get("https://api.shop.net/prices")\n        if reply.ok:\n            break\n'
            "    assert reply.status_code == 200\n",
            path="tests/test_prices.py",
        ),
        Example(
            "def test_prices(client):\n    reply = client.get('/prices')\n    assert reply.status_code == 200\n",
            path="tests/test_prices.py",
        ),
        Example(
            'import requests\n\ndef test_prices():\n    reply = requests.get("http://localhost:8000/prices")\n'
            "    assert reply.status_code == 200\n",
            path="tests/test_prices.py",
        ),
        Example(
            "import requests\nimport responses\n\n@responses.activate\ndef test_prices():\n"
            '    reply = requests.get("https://api.shop.net/prices")\n    assert reply.status_code == 200\n',
            path="tests/test_prices.py",
        ),
        Example(
            "import requests\n\n@retry(stop=stop_after_delay(30))\ndef test_prices():\n"
            '    reply = requests.get("https://api.shop.net/prices")\n    assert reply.status_code == 200\n',
            path="tests/test_prices.py",
        ),
        Example(
            'import requests\n\ndef test_it():\n    assert requests.codes.ok == 200\n    assert {}.get("a") == None\n',
            path="tests/test_it.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.FunctionDef) or not at.file.is_test or not node.name.value.startswith("test"):
            return
        code = at.code(node)
        text = (at.file.new_text or b"").decode("utf-8", "replace")
        if _WAITS.search(code) or _PRETENDED.search(text):
            return
        asked = False
        for part in below(node.body):
            asked = asked or (isinstance(part, cst.Call) and _asks_server(part, at))
            if asked and _expects(part):
                yield Sighting(part, f"`{node.name.value}` asks once and expects the answer at once")
                return


def _asks_server(call: cst.Call, at: Place) -> bool:
    verb = called_name(call)
    if verb not in _VERBS and verb != "urlopen":
        return False
    name = at.name(call.func) or ""
    is_library = at.is_imported(call.func) and name.startswith(_MODULES)
    owner = (dotted_name(call.func) or "").rpartition(".")[0].rpartition(".")[2]
    uses_library = any(origin.startswith(_MODULES) for origin in at.imports.values())
    if not is_library and not (uses_library and _CLIENT.fullmatch(owner)):
        return False
    values = positional(call)
    url = keyword(call, "url") or (values[-1] if verb == "request" and values else next(iter(values), None))
    if url is None:
        return False
    template = template_of(url)
    if template is None:
        return "url" in (dotted_name(url) or "").lower() and "local" not in (dotted_name(url) or "").lower()
    return _LOCAL.match(template.text) is None


def _expects(node: cst.CSTNode) -> bool:
    match node:
        case cst.Assert(test=cst.Comparison(comparisons=[cst.ComparisonTarget(operator=cst.Equal()), *_])):
            return True
        case cst.Call(func=cst.Attribute(attr=cst.Name("assertEqual" | "assertEquals" | "assertDictEqual"))):
            return True
        case _:
            return False
