from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.hops import results_of
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import entry_into, is_checked, makers, shown
from reviewer.analysis.place import Place, dotted_name, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, Call, speech_of, text_of
from reviewer.analysis.spoken_checks import is_looked_at
from reviewer.analysis.template import HOLE, called_name, template_of
from reviewer.analysis.tokens import Token
from reviewer.analysis.values import Spot, spot_of, values_of

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
# Where the address stands among the arguments.
_CALLS: Mapping[str, int] = {
    **{
        f"{module}.{verb}": 0
        for module in ("requests", "requests.api", "httpx", "treq", "grequests")
        for verb in _VERBS
    },
    **{
        f"{module}.{verb}": 1 for module in ("requests", "httpx", "urllib3", "aiohttp", "treq") for verb in ("request",)
    },
    "httpx.stream": 1,
    **{f"urllib.request.{name}": 0 for name in ("urlopen", "urlretrieve")},
    **{f"urllib2.{name}": 0 for name in ("urlopen", "Request")},
    **{f"urllib.{name}": 0 for name in ("urlopen", "urlretrieve")},
    **{f"six.moves.urllib.request.{name}": 0 for name in ("urlopen", "urlretrieve")},
    "http.client.HTTPConnection": 0,
    "http.client.HTTPSConnection": 0,
    "httplib.HTTPConnection": 0,
    "httplib.HTTPSConnection": 0,
    "httplib2.Http.request": 0,
    "socket.create_connection": 0,
    "wget.download": 0,
    "feedparser.parse": 0,
    "git.Repo.clone_from": 0,
    "websocket.create_connection": 0,
    "websockets.connect": 0,
    "pycurl.Curl": 0,
    "ftplib.FTP": 0,
    "telnetlib.Telnet": 0,
    "urllib3.connection_from_url": 0,
    "scrapy.Request": 0,
    "newspaper.Article": 0,
    "pandas.read_html": 0,
    "langchain_community.document_loaders.WebBaseLoader": 0,
}
_CLIENTS = frozenset(
    {"requests.Session", "requests.session", "httpx.Client", "httpx.AsyncClient", "aiohttp.ClientSession"}
    | {"urllib3.PoolManager", "httplib2.Http", "tornado.httpclient.AsyncHTTPClient", "tornado.httpclient.HTTPClient"}
    | {"urllib.request.build_opener", "playwright.Page", "selenium.webdriver.Chrome", "selenium.webdriver.Firefox"}
)
_CLIENT_MAKERS = frozenset({"requests", "httpx", "aiohttp", "urllib3", "httplib2", "tornado", "playwright", "selenium"})
_CLIENT_NAMES = ("session", "client", "http", "pool", "opener", "driver", "browser", "page")
_METHODS: Mapping[str, int] = {
    **dict.fromkeys(_VERBS, 0), "request": 1, "stream": 1, "open": 0, "fetch": 0, "goto": 0, "urlopen": 1,
    "ws_connect": 0,
}  # fmt: skip
_CLEANING = frozenset({"quote", "quote_plus", "urlencode"})


_SPOKEN_JS = regex(
    r"(?:window\.)?fetch|(?:axios|got|superagent|needle|request|http|https)"
    r"(?:\.(?:get|post|put|delete|patch|head|request))?|nodeFetch|node_fetch|\$http\.(?:get|post)|undici\.(?:fetch"
    r"|request)"
)
_SPOKEN_JAVA = frozenset({"getForObject", "getForEntity", "postForObject", "postForEntity"})


class Ssrf(PythonRule, TokenRule):
    """The server fetches an address that a request chooses.

    Why look: the server reaches what its callers cannot, such as internal services and the cloud's metadata.
    Ask: which hosts may it reach, and where is that checked?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 918
    words = ("fetch(", "axios", "got", "Get(", "URL(", "URI", "curl_", "Post(", "NewRequest", "getForObject",
        *(f".{verb}(" for verb in _VERBS), "request(", "urlopen", "urlretrieve", "Connection(", "create_connection",
        "download(", "stream(", "clone_from", "connect(", "fetch(", "goto(", "open(", "get(", "post(", "parse(", "FTP(",
        "Request(", "read_html", "Loader(",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = LANGUAGES

    INVALID = (
        Example("import requests\nfrom flask import request\n\n\ndef load():\n    requests.get(request.args['url'])\n"),
        Example(
            "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/price/<host>')\n"
            "def price(host):\n    return requests.get(f'https://{host}/price', timeout=5).json()\n"
        ),
        Example(
            "from urllib.request import urlopen\n\n\ndef preview(request):\n    url = request.GET.get('url')\n"
            "    with urlopen(url) as page:\n        return page.read()\n"
        ),
        Example(
            "import httpx\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/preview')\n"
            "async def preview(url: str):\n    async with httpx.AsyncClient() as client:\n"
            "        return (await client.get(url)).text\n"
        ),
        Example(
            "import requests\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\n\napp = FastAPI()\n\n\n"
            "class Hook(BaseModel):\n    url: str\n\n\n@app.post('/hooks')\ndef add(hook: Hook):\n"
            "    requests.post(hook.url, json={'ok': True})\n"
        ),
        Example(
            "import requests\nfrom flask import request\n\n\ndef load():\n    url = 'https://'\n"
            "    url = url + request.args['host']\n    requests.get(url)\n"
        ),
        Example(
            "import httpx\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\ndef at(shop):\n"
            "    return f'https://{shop}.tea.net/prices'\n\n\n@app.get('/prices/{shop}')\n"
            "async def prices(shop: str):\n    async with httpx.AsyncClient() as client:\n"
            "        return (await client.get(at(shop))).json()\n"
        ),
        Example("const page = await fetch(req.query.url);\n", path="shop/preview.js"),
        Example(
            "const { host } = req.body;\nconst page = await axios.get(`https://${host}/price`);\n",
            path="shop/a.ts",
        ),
        Example('page, err := http.Get(r.URL.Query().Get("url"))\n', path="shop/preview.go"),
        Example('class A { void f() { new URL(request.getParameter("url")).openStream(); } }\n', path="shop/A.java"),
        Example("<?php\n$c = curl_init($_GET['url']);\n", path="shop/preview.php"),
    )
    VALID = (
        Example(
            "app.get('/look', async (req, res) => {\n  const page = new URL(req.query.url);\n"
            "  if (!HOSTS.has(page.hostname)) {\n    return res.sendStatus(400);\n  }\n"
            "  const got = await fetch(page, { signal });\n  res.send(got.ok);\n});\n",
            path="shop/look.js",
        ),
        Example(
            "app.get('/look', async (req, res) => {\n  const page = req.query.url;\n  await assertPublicHost(page);\n"
            "  res.send((await fetch(page, { signal })).ok);\n});\n",
            path="shop/look.js",
        ),
        Example("import requests\n\n\ndef load(url):\n    return requests.get(url)\n"),
        Example(
            "import requests\nfrom flask import request\n\n\ndef load():\n"
            "    return requests.get('https://shop.net/find', params={'q': request.args['q']})\n"
        ),
        Example(
            "import requests\nfrom flask import request\n\n\ndef load():\n"
            "    return requests.get('https://shop.net/find?q=' + request.args['q'])\n"
        ),
        Example(
            "import requests\nfrom urllib.parse import urlparse\nfrom flask import abort, request\n\n\n"
            "def load():\n    url = request.args['url']\n"
            "    if urlparse(url).hostname not in ('shop.net', 'shop.de'):\n        abort(400)\n"
            "    return requests.get(url)\n"
        ),
        Example("import sys, requests\n\nrequests.get(sys.argv[1])\n"),
        Example(
            "import requests\nfrom flask import request\n\nSHOPS = {'de': 'https://shop.de'}\n\n\ndef load():\n"
            "    return requests.get(SHOPS[request.args['country']])\n"
        ),
        Example(
            "import requests\nfrom flask import request\n\n\ndef load():\n    url = request.args['url']\n"
            "    validate_url(url)\n    return requests.get(url)\n"
        ),
        Example("def test_load(client, request):\n    client.get(request.GET['url'])\n", path="tests/test_load.py"),
        Example(
            "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\ndef at(tea):\n"
            "    return f'https://tea.net/{tea}/price?now'\n\n\n@app.get('/price/<tea>')\ndef price(tea):\n"
            "    known = TEAS[tea]\n    return requests.get(at(known), timeout=3).json()\n"
        ),
        Example("const page = await fetch(`https://shop.net/tea/${req.params.id}`);\n", path="shop/tea.js"),
        Example("const page = await fetch(url);\nconst tea = await axios.get(API + '/tea');\n", path="shop/tea.ts"),
        Example('page, err := http.Get("https://shop.net/tea")\n', path="shop/tea.go"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        address = _address(node, at)
        if address is None:
            return
        entry = entry_into(address, at, _is_clean)
        if entry is None or not entry.is_remote or is_checked(entry, node, at):
            return
        before = _before(address, at)
        if before is not None and "?" in before:
            return
        said = f"`{shown(entry.node, at)}` goes into the address that `{shown(node.func, at)}` asks"
        yield Sighting(node, said, Severity.INFO if before is not None else Severity.HIGH)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _address(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    name = at.name(call.func) or ""
    position: int | None = None
    if name in _CALLS and at.is_imported(call.func):
        position = _CALLS[name]
    elif isinstance(call.func, cst.Attribute) and called_name(call) in _METHODS and _is_client(call.func.value, at):
        position = _METHODS[called_name(call)]
    if position is None:
        return None
    values = positional(call)
    address = values[position] if position < len(values) else keyword(call, "url") or keyword(call, "host")
    if isinstance(address, cst.Tuple) and address.elements:
        return address.elements[0].value
    return address


def _is_client(owner: cst.BaseExpression, at: Place) -> bool:
    made = [one for one in makers(owner, at) if isinstance(one, cst.Call)]
    if made:
        return any(at.name(one.func) in _CLIENTS for one in made)
    modules = {origin.partition(".")[0] for origin in at.imports.values()}
    last = (dotted_name(owner) or "").rpartition(".")[2].lower()
    return bool(modules & _CLIENT_MAKERS) and last.strip("_").endswith(_CLIENT_NAMES)


def _is_clean(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and called_name(node) in _CLEANING


def _before(address: cst.BaseExpression, at: Place) -> str | None:
    """Return the text before the outside data if it settles the host: `https://shop.net/` or a base from elsewhere."""
    for made, spot, place in _made(address, at):
        if isinstance(made, cst.BinaryOperation) and template_of(made) is None:
            before = _text(made.left, spot, place)
        else:
            before = _before_hole(made, place)
        if before is None or not set(before.partition("://")[2] if "://" in before else before) & set("/?#"):
            return None
        return before
    return None


def _before_hole(made: cst.CSTNode, at: Place) -> str | None:
    template = template_of(made)
    for before, value in template.holes if template is not None else ():
        entry = entry_into(value, at, _is_clean)
        if entry is not None and entry.is_remote:
            return before
    return None


def _text(base: cst.BaseExpression, spot: Spot, at: Place) -> str | None:
    """Return what an address is added to: its literal text, or a stand-in for a base the code has from elsewhere."""
    if entry_into(base, at) is not None:
        return None
    texts = [string_value(value.node) for value in values_of(dotted_name(base) or "", spot, at)]
    return next((text for text in texts if text is not None), "https://base/")


def _made(address: cst.BaseExpression, at: Place) -> Iterator[tuple[cst.CSTNode, Spot, Place]]:
    """Yield the expressions that make the address, in this function or the one of this file that returns it."""
    spot = spot_of(at)
    values = [(value.node, value.spot) for value in values_of(dotted_name(address) or "", spot, at)]
    for node, where in values or [(address, spot)]:
        results = results_of(node, at) if isinstance(node, cst.Call) else ()
        yield from ((hop.node, spot_of(hop.at), hop.at) for _, _, hop in results)
        if not results:
            yield node, where, at


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, language = speech_of(file), language_of(file) or ""
    for call in speech.calls:
        position = _spoken_position(call, language)
        address = call.arguments[position] if position is not None and position < len(call.arguments) else ()
        text = text_of(address) or ""
        before = text.partition(HOLE)[0]
        is_settled = HOLE in text and bool(set(before.partition("://")[2] if "://" in before else before) & set("/?#"))
        entry = speech.outside(address) if address and not is_settled else None
        if entry is not None and not is_looked_at(file, entry, call.line):
            yield LineSighting(call.line, f"`{entry}` goes into the address that `{call.name}` asks")


def _spoken_position(call: Call, language: str) -> int | None:
    """Return where the address stands among the arguments of a request."""
    if language in ("javascript", "typescript"):
        return 0 if _SPOKEN_JS.fullmatch(call.name) else None
    if language == "go":
        return {"http.Get": 0, "http.Post": 0, "http.Head": 0, "http.NewRequest": 1}.get(call.name)
    if language == "java":
        is_url = call.is_new and call.name == "URL"
        return 0 if is_url or call.name == "URI.create" or call.method in _SPOKEN_JAVA else None
    return {"curl_init": 0, "curl_setopt": 2}.get(call.name) if language == "php" else None
