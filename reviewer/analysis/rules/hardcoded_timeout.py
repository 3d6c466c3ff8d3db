import ast
import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_NAME = regex(r"(\w*_)?timeout(_(s|sec|secs|seconds|ms|millis|milliseconds))?$|[a-z]\w*Timeout(MS|Ms|ms)?$|timeoutMs$")
_MILLISECONDS = regex(r"(timeout_(ms|millis|milliseconds)|T?imeoutM[sS])$")
_SETTER = regex(r"set_?(\w+_)?timeout$|implicitly_wait$")
_SHORT = 5
# Whoever writes more than an hour, or milliseconds for seconds, hears of the unit and not of this.
_LONG = 3600
# Where these calls take their timeout without naming it.
_POSITIONS = {
    "anyio.fail_after": 0, "anyio.move_on_after": 0, "async_timeout.timeout": 0, "asyncio.timeout": 0,
    "asyncio.wait_for": 1, "httpx.Timeout": 0, "socket.create_connection": 1, "socket.setdefaulttimeout": 0,
    "selenium.webdriver.support.ui.WebDriverWait": 1, "selenium.webdriver.support.wait.WebDriverWait": 1,
    "signal.alarm": 0, "trio.fail_after": 0, "trio.move_on_after": 0, "urllib.request.urlopen": 2,
}  # fmt: skip
# Every keyword of these is a timeout.
_TIMEOUTS = frozenset({"aiohttp.ClientTimeout", "httpx.Timeout", "urllib3.Timeout", "urllib3.util.Timeout"})
# Waiting for a thread of one's own, or showing something for a while, is the same in every environment.
_LOCAL_WAITS = frozenset({"join", "wait", "acquire", "put", "poll", "select", "notify", "toast"})
_FUTURES = frozenset({"result", "as_completed", "asyncio.wait", "concurrent.futures.wait", "communicate"})
_SHOWN_SOON = regex(r"(botocore|boto3)\.")
_URL = regex(r"https?://")
_LOCAL_URL = regex(r"https?://(localhost|127\.|0\.0\.0\.0|\[::1|testserver|[\w.-]+\.(test|local|invalid)\b)")
_FAKES = frozenset({"responses", "respx", "requests_mock", "httpretty", "pytest_httpx", "aioresponses", "vcr"})
_HOLDER = regex(r"(config|settings|options|defaults)$", re.IGNORECASE)
_KEPT = regex(r"(config|settings|defaults)$", re.IGNORECASE)
_LONGEST_QUOTE = 45
_CONFIGURATION = regex(r"(config|setup|rc)\.\w+$", re.IGNORECASE)
_WAITS = regex(
    r"[tT]imeout|timeoutMs|(?!(set|clear)Timeout)\w+Timeout(MS|Ms|Millis)?|abort|setDefault\w*Timeout|waitForTimeout|set\w+Timeout|WithTimeout|orTimeout"
)
# Behind the name: a colon or a bracket, perhaps a context, perhaps a unit, and a number.
_NUMBER_BEHIND = regex(
    r"\w+ (?::|\() (?:[\w. ()]{1,40} , |\) , )?(?P<unit>(?:(?:Duration|time) \.)? ?of\w+ \( )?(?P<number>[\d_.]+L?)"
    r"(?P<behind> \* time \. \w+| \* 1_?000| , TimeUnit \. \w+)?(?= [,)};\]]|$| [\w$]+ ?[:=.])"
)
_UNITS = {
    "Millisecond": 0.001,
    "MILLISECONDS": 0.001,
    "ofMillis": 0.001,
    "Minute": 60,
    "MINUTES": 60,
    "econd": 1,
    "SECONDS": 1,
    "* 1": 1,
}


class HardcodedTimeout(PythonRule, TokenRule):
    """A timeout is written as a number where it is used.

    Why look: a slow network, a cold start or a busy machine needs another number, and nobody can set it.
    Ask: is this right for every environment, and how would somebody change it?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    visits = (cst.Call, cst.Assign, cst.AnnAssign, cst.Dict)
    words = (
        "imeout",
        "TIMEOUT",
        "_after",
        "wait_for",
        "alarm",
        "WebDriverWait",
        "implicitly_wait",
        "create_connection",
        "urlopen",
    )
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin"})

    INVALID = (
        Example("import requests\n\nprices = requests.get(url, timeout=5)\n"),
        Example("import requests\n\nprices = requests.get(url, timeout=(3, 5))\n"),
        Example("import requests\n\nprices = requests.get(url=url, timeout=0.5)\n"),
        Example("import asyncio\n\nasync def load(url):\n    return await asyncio.wait_for(fetch(url), 2)\n"),
        Example("def load(url):\n    timeout: int = 5\n    return fetch(url, timeout)\n"),
        Example("class Shop:\n    def __init__(self):\n        self.read_timeout = 30\n"),
        Example("def load(self, url):\n    return self.client.fetch(url, connect_timeout=3)\n"),
        Example("import aiohttp\n\nlimit = aiohttp.ClientTimeout(total=5)\n"),
        Example("import socket\n\ndef dial(host):\n    line = socket.socket()\n    line.settimeout(3)\n"),
        Example(
            "import requests\n\ndef test_shop():\n    assert requests.get('https://shop.example.com', timeout=5).ok\n",
            path="tests/test_shop.py",
        ),
        Example("from botocore.config import Config\n\nlimits = Config(connect_timeout=5, read_timeout=5 * 60)\n"),
        Example("def load(url):\n    options = {'url': url, 'timeout': 5}\n    return fetch(**options)\n"),
        Example("import asyncio\n\nasync def load(tasks):\n    await asyncio.wait(tasks, timeout=30)\n"),
        Example("page.setDefaultTimeout(5000)\nsetTimeout(() => controller.abort(), 5000)\n", path="src/shop.js"),
        Example("const shop = await axios.get(url, { timeout: 3000 })\n", path="src/shop.ts"),
        Example("ctx, cancel := context.WithTimeout(ctx, 5*time.Second)\n", path="shop/client.go"),
        Example("connection.setReadTimeout(5000);\n", path="src/Shop.java"),
        Example(
            "var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();\n",
            path="src/Shop.java",
        ),
        Example("import asyncio\n\nasync def f(lock):\n    await asyncio.wait_for(lock.acquire(), 5)\n"),
    )
    VALID = (
        Example("page.setDefaultTimeout(options.timeout)\nfetch(url, { timeout: TIMEOUT })\n", path="src/shop.js"),
        Example("const TIMEOUT_MS = 5000\nsetTimeout(draw, 300)\n", path="src/shop.js"),
        Example("export default { use: { timeout: 5000 } }\n", path="playwright.config.ts"),
        Example("client := &http.Client{Timeout: cfg.Timeout}\n", path="shop/client.go"),
        Example("future.get(timeout, TimeUnit.SECONDS);\n", path="src/Shop.java"),
        Example(
            "def load(url, config):\n    config['timeout'] = read()\n"
            "    return {'timeouts': 3, 'timeout': config.timeout}\n"
        ),
        Example("import requests\n\nTIMEOUT = 5\nprices = requests.get(url, timeout=TIMEOUT)\n"),
        Example("import requests\n\ndef load(url, timeout=5):\n    return requests.get(url, timeout=timeout)\n"),
        Example("import os\n\ntimeout = float(os.environ.get('SHOP_TIMEOUT', 5))\n"),
        Example("request_timeout = 5\n", path="shop/settings.py"),
        Example("from dataclasses import dataclass\n\n@dataclass\nclass Client:\n    timeout: float = 5.0\n"),
        Example(
            "def load(url, timeout=None):\n    if not timeout:\n        timeout = 5\n    return fetch(url, timeout)\n"
        ),
        Example("worker.join(timeout=2)\norder = orders.get(timeout=1)\nself.notify('sent', timeout=3)\n"),
        Example("lock.acquire(timeout=0)\nsocket.settimeout(None)\n"),
        Example("readable = self.poll_sockets(sockets, timeout=0.1)\n"),
        Example("import httpx\n\nLIMITS = httpx.Timeout(timeout=5.0, connect=2.0)\n"),
        Example(
            "import asyncio\n\nasync def take(orders):\n    return await asyncio.wait_for(orders.get(), timeout=1)\n"
        ),
        Example("retries = 5\ntimeouts = 3\n"),
        Example(
            "import requests\n\ndef test_shop():\n    assert requests.get('http://localhost:8000', timeout=5).ok\n",
            path="tests/test_shop.py",
        ),
        Example(
            "import subprocess\n\ndef test_it():\n    subprocess.run(['shop'], timeout=5)\n", path="tests/test_it.py"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_settings or at.file.is_example:
            return
        match node:
            case cst.Call():
                yield from _call(node, at)
            case cst.Assign(
                targets=[cst.AssignTarget(cst.Subscript(slice=[cst.SubscriptElement(cst.Index(key))]))], value=value
            ):
                yield from _entry(key, value, at)
            case cst.Assign(targets=[cst.AssignTarget(target)], value=value):
                yield from _assignment(target, value, at)
            case cst.Dict(elements=elements):
                for element in elements:
                    if isinstance(element, cst.DictElement):
                        yield from _entry(element.key, element.value, at)
            case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
                yield from _assignment(target, value, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_settings or file.is_example or file.is_test or _CONFIGURATION.search(file.name):
            return
        words = [token for token in tokens if not token.is_comment]
        for index, token in enumerate(words):
            if _WAITS.fullmatch(token.text.strip()):
                yield from _written(words, index)


def _written(words: Sequence[Token], index: int) -> Iterator[LineSighting]:
    """Read the few words behind `timeout:`, `setReadTimeout(` and `WithTimeout(ctx,`: a number, perhaps with a unit."""
    text = " ".join(word.text.strip() for word in words[index : index + 16])
    found = _NUMBER_BEHIND.match(text)
    if found is None:
        return
    amount = float(found["number"].replace("_", "").rstrip("L"))
    unit = next((scale for unit, scale in _UNITS.items() if unit in found[0]), 0.001)
    is_bare = not found["unit"] and not found["behind"]
    # Nanoseconds, or less than a twentieth of a second, say that the unit is wrong, which is worse.
    if is_bare and (words[index].text[0].isupper() or 0 < amount < 50):
        return
    if amount > 0:
        severity = Severity.LOW if amount * unit <= _SHORT else Severity.INFO
        shown = f"{found['number']}{found['behind'] or ''}".replace(" . ", ".").replace(" ,", ",")
        yield LineSighting(words[index].line, f"`{words[index].text}` is written into the code as {shown}", severity)


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    found = _numbers(call, at)
    if not found or (_is_local_wait(call, at) and not _waits_for_work(call, at)) or _holds_settings(call, at):
        return
    if at.file.is_test and not _asks_remote_host(call, at):
        return
    for label, value, seconds in found:
        shown = f"{label}={at.code(value)}" if label else at.code(value)
        message = f"`{shown}` is written into `{_function(call, at)}(...)`"
        yield Sighting(value, message, Severity.MEDIUM if at.file.is_test else _severity(seconds, call, at))


def _numbers(call: cst.Call, at: Place) -> list[tuple[str, cst.BaseExpression, float]]:
    """Return keyword, node and seconds of each timeout the call is given as a number."""
    name = (at.name(call.func) or "") if at.is_imported(call.func) else ""
    given = [
        (arg.keyword.value, arg.value)
        for arg in call.args
        if arg.keyword is not None and (_NAME.match(arg.keyword.value) or name in _TIMEOUTS)
    ]
    place = _POSITIONS.get(name)
    if place is None and isinstance(call.func, cst.Attribute) and _SETTER.match(call.func.attr.value):
        place = 0
    values = positional(call)
    if place is not None and place < len(values):
        given.append(("", values[place]))
    # `self.drain(timeout=1)` is a poll; `self.fetch(url, timeout=1)` and whatever an import names are not.
    least = 0.0 if name else 1.0 if values else 1.1
    found = [(label, value, _seconds(label, value)) for label, value in given if "default" not in label]
    if any("playwright" in origin for origin in at.imports.values()):
        found = [(label, value, seconds / 1000) for label, value, seconds in found]
    return [(label, value, seconds) for label, value, seconds in found if least <= seconds <= _LONG and seconds]


def _seconds(name: str, node: cst.BaseExpression) -> float:
    """Return the longest time a number, or a tuple of numbers, stands for; 0 for anything else."""
    if isinstance(node, cst.Tuple):
        return max((_seconds(name, element.value) for element in node.elements), default=0)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        return _seconds(name, node.left) * _seconds("", node.right)
    if not isinstance(node, (cst.Integer, cst.Float)):
        return 0
    return float(node.evaluated_value) / (1000 if _MILLISECONDS.search(name) else 1)


def _severity(seconds: float, call: cst.Call, at: Place) -> Severity:
    """Short timeouts fail first; where nobody can tell what is called, the word is a quieter one."""
    name = at.name(call.func) or ""
    is_quiet = name in _FUTURES or name.rpartition(".")[2] in _FUTURES or name.startswith("subprocess.")
    if seconds > _SHORT or is_quiet:
        return Severity.INFO
    return Severity.MEDIUM if at.is_imported(call.func) else Severity.LOW


def _is_local_wait(call: cst.Call, at: Place) -> bool:
    name = at.name(call.func) or ""
    if name == "asyncio.wait_for":
        inner = positional(call)[:1]
        # A lock may be held by somebody who waits for another machine.
        is_lock = bool(inner) and isinstance(inner[0], cst.Call) and called_name(inner[0]) == "acquire"
        return bool(inner) and isinstance(inner[0], cst.Call) and not is_lock and _is_local_wait(inner[0], at)
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else name.rpartition(".")[2]
    return method.lstrip("_") in _LOCAL_WAITS or (method == "get" and _takes_from_queue(call))


def _waits_for_work(call: cst.Call, at: Place) -> bool:
    """True if what is waited for may well be another machine's answer."""
    return (at.name(call.func) or "") in _FUTURES and at.is_imported(call.func)


def _takes_from_queue(call: cst.Call) -> bool:
    """True for `orders.get(timeout=1)`, but not for `session.get(url, timeout=1)`."""
    return all(arg.keyword is not None and arg.keyword.value in ("timeout", "block") for arg in call.args)


def _holds_settings(call: cst.Call, at: Place) -> bool:
    """True for `ClientConfig(timeout=5)` and `LIMITS = Limits(timeout=5)`: the number has a name already."""
    if _HOLDER.search(at.code(call.func)) and not _SHOWN_SOON.match(at.name(call.func) or ""):
        return True
    targets = [target.target for parent in at.parents if isinstance(parent, cst.Assign) for target in parent.targets]
    targets += [parent.target for parent in at.parents if isinstance(parent, cst.AnnAssign)]
    return any((dotted_name(target) or "").rpartition(".")[2].isupper() for target in targets)


def _asks_remote_host(call: cst.Call, at: Place) -> bool:
    """True if the call names a URL on another machine, and the file brings nothing to answer in its place."""
    if any(origin.partition(".")[0] in _FAKES for origin in at.imports.values()):
        return False
    texts = [_text(arg.value, at) for arg in call.args]
    return any(_URL.match(text) and not _LOCAL_URL.match(text) for text in texts)


def _text(node: cst.BaseExpression, at: Place) -> str:
    if isinstance(node, cst.Name):
        constant = at.constants.get(node.value)
        return constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else ""
    if isinstance(node, cst.FormattedString) and node.parts and isinstance(node.parts[0], cst.FormattedStringText):
        return node.parts[0].value
    return string_value(node) or ""


def _assignment(target: cst.BaseExpression, value: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    name = dotted_name(target) or ""
    last = name.rpartition(".")[2]
    if at.file.is_test or last.isupper() or "default" in last.lower() or not _NAME.match(last):
        return
    seconds = _seconds(last, value)
    if seconds <= 0 or _is_a_default(name, at):
        return
    where = f"`{at.function.name.value}`" if at.function is not None else "the module"
    severity = Severity.MEDIUM if seconds <= _SHORT else Severity.INFO
    yield Sighting(value, f"`{name} = {at.code(value)}` is written into {where}", severity)


def _entry(key: cst.BaseExpression, value: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    """Options for a call, made in a function: `{"timeout": 5}` and `options["timeout"] = 5`."""
    name = string_value(key) or ""
    if at.file.is_test or at.function is None or not _NAME.match(name) or "default" in name.lower():
        return
    kept = [target.target for parent in at.parents if isinstance(parent, cst.Assign) for target in parent.targets]
    if any(_KEPT.search(dotted_name(target) or "") for target in kept):
        return
    seconds = _seconds(name, value)
    if seconds > 0:
        severity = Severity.LOW if seconds <= _SHORT else Severity.INFO
        yield Sighting(value, f"`{name}` is written into `{at.function.name.value}` as {at.code(value)}", severity)


def _is_a_default(name: str, at: Place) -> bool:
    """True if a caller can give another value: a parameter's fallback, or an attribute that subclasses set."""
    function = at.function
    if function is None:
        return at.enclosing(cst.ClassDef) is not None
    given = function.params
    return any(param.name.value == name for param in (*given.params, *given.kwonly_params, *given.posonly_params))


def _function(call: cst.Call, at: Place) -> str:
    code = " ".join(at.code(call.func).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."
