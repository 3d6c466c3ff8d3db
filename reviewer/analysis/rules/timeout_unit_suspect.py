import ast
import re
from collections.abc import Iterator, Sequence

from pygments.token import Token as Kinds

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import Syntax, code, dotted_name, last_name, syntax_of
from reviewer.analysis.tokens import Token

_MS, _S = "milliseconds", "seconds"
_DEEPEST = 3
_LONGEST_SECONDS = 600
_SHORTEST_MILLISECONDS = 50
_WORD = regex(r"(\w*_)?(timeout|time_out)(_(s|sec|secs|seconds))?")
_MILLISECONDS = regex(
    r"(\w*_)?timeout_?(ms|msec|millis|milliseconds|in_ms)|\w+TimeoutMS|timeoutMs|\w+_ms", re.IGNORECASE
)
_SAYS_SECONDS = regex(r"(.*_)?(s|sec|secs|seconds)", re.IGNORECASE)
_SAYS_MILLISECONDS = regex(
    r"(.*_)?(ms|msecs?|millis|milliseconds)|.*[a-z](Ms|Millis|MS)|(.*_)?(MS|MSECS?|MILLIS|MILLISECONDS)"
)
# A request that waits longer than ten minutes has seconds where milliseconds were meant.
_SECONDS = (
    "requests.", "httpx.", "urllib.", "urllib3.", "aiohttp.", "socket.", "smtplib.", "ftplib.", "imaplib.",
    "poplib.", "redis.", "psycopg2.", "psycopg.", "pymysql.", "MySQLdb.", "asyncpg.", "sqlite3.",
    "http.client.", "paramiko.", "telnetlib.", "openai.", "websockets.", "websocket.", "elasticsearch.",
    "mysql.connector.", "aioredis.", "kombu.", "botocore.", "boto3.", "grpc.", "anthropic.", "ldap3.",
)  # fmt: skip
# Programs and jobs may run for an hour; for them only a round thousand says milliseconds.
_POSITIONS = {
    "asyncio.wait_for": 1, "asyncio.timeout": 0, "anyio.fail_after": 0, "anyio.move_on_after": 0, "trio.fail_after": 0,
    "trio.move_on_after": 0, "async_timeout.timeout": 0, "httpx.Timeout": 0, "socket.setdefaulttimeout": 0,
    "socket.create_connection": 1, "urllib.request.urlopen": 2, "time.sleep": 0, "asyncio.sleep": 0, "anyio.sleep": 0,
    "trio.sleep": 0, "signal.alarm": 0, "selenium.webdriver.support.ui.WebDriverWait": 1, "select.select": 3,
    "selenium.webdriver.support.wait.WebDriverWait": 1, "threading.Timer": 0,
}  # fmt: skip
_SECOND_METHODS = frozenset(
    {"settimeout", "implicitly_wait", "set_page_load_timeout", "set_script_timeout", "join", "wait"}
    | {"acquire", "result"}
)
_MILLISECOND_METHODS = frozenset(
    {"set_default_timeout", "set_default_navigation_timeout", "wait_for_timeout", "setDefaultTimeout", "waitForTimeout"}
)
# Playwright waits in milliseconds wherever it takes a timeout.
_PLAYWRIGHT = frozenset(
    {"goto", "click", "fill", "wait_for_selector", "wait_for_load_state", "wait_for_url"}
    | {"wait_for_function", "expect_navigation"}
    | {"wait_for_event", "wait_for", "to_be_visible", "to_have_text", "dblclick", "hover", "press"}
    | {"type", "check", "reload"}
    | {"expect_response", "expect_request", "expect_popup", "expect_download", "launch", "select_option"}
    | {"screenshot", "connect"}
)
# How long something is kept, and how long a batch may run, are no waits.
_KEEPING = regex(
    r"cache\w*|set|set_many|get_or_set|add|touch|expire|lock|Lock|cached|memoize|sleep_until|run|Popen|check_\w+"
)


class TimeoutUnitSuspect(ModuleRule, TokenRule):
    """A timeout looks like milliseconds where seconds are taken, or the other way round.

    Why look: a thousand times too long never ends, a thousand times too short always fails.
    Ask: which unit does this call take?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    words = ("imeout", "TIMEOUT", "sleep", "WebDriverWait", "implicitly_wait", "alarm(", "_ms", "Timer(")
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin"})

    INVALID = (
        Example("import requests\n\nprices = requests.get(url, timeout=5000)\n"),
        Example("import httpx\n\nclient = httpx.AsyncClient(timeout=30_000)\n"),
        Example(
            "import asyncio\n\nasync def load(url):\n    return await asyncio.wait_for(fetch(url), timeout=5 * 1000)\n"
        ),
        Example(
            "import requests\n\nTIMEOUT_MS = 3000\n\ndef load(url):\n    return requests.get(url, timeout=TIMEOUT_MS)\n"
        ),
        Example("import time\n\ndef retry():\n    time.sleep(500)\n"),
        Example(
            "from playwright.sync_api import Page\n\ndef open_shop(page: Page):\n"
            "    page.wait_for_selector('#shop', timeout=5)\n"
        ),
        Example("from pymongo import MongoClient\n\nclient = MongoClient(url, serverSelectionTimeoutMS=5)\n"),
        Example("def dial(line):\n    line.settimeout(3000)\n"),
        Example(
            "from selenium.webdriver.support.ui import WebDriverWait\n\nWebDriverWait(driver, 10000).until(is_open)\n"
        ),
        Example("timeout_seconds = 30000\n"),
        Example("TIMEOUT_MS = 5\n"),
        Example("await page.waitForSelector('#shop', { timeout: 5 })\n", path="src/shop.js"),
        Example("client := &http.Client{Timeout: 10}\n", path="shop/client.go"),
        Example("connection.setConnectTimeout(5);\n", path="src/Shop.java"),
    )
    VALID = (
        Example("import requests\n\nprices = requests.get(url, timeout=30)\n"),
        Example("import subprocess\n\nsubprocess.run(['shop'], timeout=3600)\n"),
        Example("import time\n\ntime.sleep(3600)\ntime.sleep(0.5)\ntime.sleep(900)\n"),
        Example(
            "import requests\n\nTIMEOUT_MS = 3000\n\ndef load(url):\n"
            "    return requests.get(url, timeout=TIMEOUT_MS / 1000)\n"
        ),
        Example("from django.core.cache import cache\n\ncache.set('shop', shop, timeout=86400)\n"),
        Example(
            "from playwright.sync_api import Page\n\ndef open_shop(page: Page):\n    page.goto(URL, timeout=30_000)\n"
        ),
        Example("from pymongo import MongoClient\n\nclient = MongoClient(url, serverSelectionTimeoutMS=5000)\n"),
        Example("delay_ms = 5\nretry_ms = 10\n"),
        Example("session_timeout = 3600\n"),
        Example("consumer = make(request_timeout_ms=30_000, poll_timeout=1)\n"),
        Example("page.setDefaultTimeout(5000)\nsetTimeout(draw, 0)\n", path="src/shop.js"),
        Example("client := &http.Client{Timeout: 10 * time.Second}\ntime.Sleep(pause)\n", path="shop/client.go"),
        Example("connection.setConnectTimeout(5000);\nwait(Duration.ofSeconds(5));\n", path="src/Shop.java"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for calls in tree.calls.values():
            for call in calls:
                yield from _call(tree, call)
        for node in [*tree.nodes.get(ast.Assign, ()), *tree.nodes.get(ast.AnnAssign, ())]:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if target is not None and (value := getattr(node, "value", None)) is not None:
                yield from _assignment(tree, node, dotted_name(target).rpartition(".")[2], value)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        words = [token for token in tokens if not token.is_comment]
        check = _go if file.suffix == ".go" else _java if file.suffix in (".java", ".kt") else _script
        for index, token in enumerate(words):
            yield from check(words, index, token)


def _call(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    given = [(word.arg, word.value) for word in call.keywords if word.arg is not None]
    if (place := _place(tree, call)) is not None and place < len(call.args):
        given.append(("", call.args[place]))
    for label, value in given:
        unit = _unit(tree, call, label)
        if unit is None:
            continue
        number = _number(tree, value) or 0
        shown = f"{label}={code(value)}" if label else code(value)
        said = dotted_name(value).rpartition(".")[2]
        if _unit_of_name(said) not in (unit, None):
            told = f"{_unit_of_name(said)} where it takes {unit}"
        elif (0 < number < _SHORTEST_MILLISECONDS) if unit == _MS else _is_too_long(tree, call, number):
            told = f"{_amount(number)} {unit}"
        else:
            continue
        severity = Severity.MEDIUM if _is_known(tree, call, label) else Severity.LOW
        yield LineSighting(tree.line(value), f"`{shown}` gives `{code(call.func)}` {told}", severity)


def _is_known(tree: Syntax, call: ast.Call, label: str) -> bool:
    """True if the unit is certain; `self.client.ask(timeout=30000)` may well take milliseconds."""
    return not label or tree.is_imported(call.func) or _unit(tree, call, label) == _MS


def _place(tree: Syntax, call: ast.Call) -> int | None:
    method = last_name(call.func)
    if method == "WebDriverWait":
        return 1
    return _POSITIONS.get(tree.name(call.func), 0 if method in _SECOND_METHODS | _MILLISECOND_METHODS else None)


def _unit(tree: Syntax, call: ast.Call, label: str) -> str | None:
    """Return the unit the call takes its timeout in; None if the argument is no timeout."""
    method = last_name(call.func)
    if label and _MILLISECONDS.fullmatch(label):
        return _MS if "timeout" in label.lower() else None
    if method in _MILLISECOND_METHODS or (label == "timeout" and method in _PLAYWRIGHT and _uses_playwright(tree)):
        return _MS
    is_total = label == "total" and tree.name(call.func) == "aiohttp.ClientTimeout"
    return _S if not label or _WORD.fullmatch(label) or is_total else None


def _unit_of_name(name: str) -> str | None:
    if _SAYS_MILLISECONDS.fullmatch(name):
        return _MS
    return _S if _SAYS_SECONDS.fullmatch(name) else None


def _uses_playwright(tree: Syntax) -> bool:
    return any("playwright" in origin for origin in tree.source.imports.values())


def _is_too_long(tree: Syntax, call: ast.Call, number: float) -> bool:
    """Hours and days are meant as they stand; a round thousand is not, nor is a request of eleven minutes."""
    name, method = tree.name(call.func), last_name(call.func)
    if name.endswith("sleep"):
        return number == 500 or (number >= 1000 and number % 500 == 0 and number % 60 != 0)
    if method == "WebDriverWait" or (tree.is_imported(call.func) and name.startswith(_SECONDS)):
        return number > _LONGEST_SECONDS and not _KEEPING.fullmatch(method)
    is_kept = _KEEPING.fullmatch(method) is not None or "cache" in dotted_name(call.func).lower()
    return number >= 1000 and number % 1000 == 0 and number % 3600 != 0 and not is_kept and not _uses_playwright(tree)


def _assignment(tree: Syntax, node: ast.AST, name: str, value: ast.expr) -> Iterator[LineSighting]:
    number = _number(tree, value) if "timeout" in name.lower() and not dotted_name(value) else None
    if number is None:
        return
    if _MILLISECONDS.fullmatch(name) and 0 < number < _SHORTEST_MILLISECONDS:
        yield LineSighting(tree.line(node), f"`{name} = {code(value)}` is less than a twentieth of a second")
    is_round = number >= 1000 and number % 1000 == 0 and number % 3600 != 0
    if is_round and re.fullmatch(r".*timeout_(s|sec|secs|seconds)", name, re.IGNORECASE):
        yield LineSighting(tree.line(node), f"`{name} = {code(value)}` is {_amount(number / 60)} minutes")


def _number(tree: Syntax, node: ast.AST, depth: int = 0) -> float | None:
    """Return the number an expression of constants stands for, looking through names."""
    match tree.value(node) if depth < _DEEPEST else None:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = _number(tree, left, depth + 1), _number(tree, right, depth + 1)
            return None if one is None or other is None else one * other
        case _:
            return None


def _amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 and number == int(number) else f"{number:g}"


def _is_small_number(token: Token) -> float | None:
    text = token.text.replace("_", "").rstrip("L")
    if Kinds.Literal.Number not in token.kind.split() or not re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        return None
    return float(text)


def _ends(words: Sequence[Token], index: int) -> bool:
    return index >= len(words) or words[index].text.strip()[:1] in (",", ")", "}", ";", "]")


def _script(words: Sequence[Token], index: int, token: Token) -> Iterator[LineSighting]:
    """`timeout: 5` in options, `setDefaultTimeout(5)`, `AbortSignal.timeout(5)`: all of them milliseconds."""
    is_option = re.fullmatch(r"(\w*T|t)imeout(Ms)?", token.text) is not None and _text(words, index + 1) == ":"
    is_call = (
        re.fullmatch(r"(set\w*T|t)imeout|waitForTimeout", token.text) is not None and _text(words, index + 1) == "("
    )
    if (not is_option and not is_call) or token.text == "setTimeout" or index + 2 >= len(words):
        return
    number = _is_small_number(words[index + 2])
    if number and number < _SHORTEST_MILLISECONDS and _ends(words, index + 3):
        yield LineSighting(token.line, f"`{token.text}` of {_amount(number)} is in milliseconds")


def _go(words: Sequence[Token], index: int, token: Token) -> Iterator[LineSighting]:
    """A bare number is a time in nanoseconds."""
    is_field = token.text.endswith("Timeout") and _text(words, index + 1) == ":"
    is_pause = token.text in ("Sleep", "After", "NewTimer", "NewTicker", "Tick") and _text(words, index - 2) == "time"
    if is_field or is_pause:
        value = index + 2
    elif token.text == "WithTimeout" and _text(words, index + 1) == "(":
        value = next((at + 1 for at in range(index, min(index + 8, len(words))) if words[at].text == ","), len(words))
    else:
        return
    number = _is_small_number(words[value]) if value < len(words) else None
    if number and _ends(words, value + 1):
        yield LineSighting(token.line, f"`{token.text}` of {_amount(number)} is in nanoseconds")


def _java(words: Sequence[Token], index: int, token: Token) -> Iterator[LineSighting]:
    is_setter = re.fullmatch(r"set(Connect|Read|So|Socket|Request|Response)?\w*Timeout", token.text)
    if is_setter is None or _text(words, index + 1) != "(" or index + 2 >= len(words):
        return
    number = _is_small_number(words[index + 2])
    if number and number < _SHORTEST_MILLISECONDS and _text(words, index + 3) in (")", ");"):
        yield LineSighting(token.line, f"`{token.text}({_amount(number)})` is in milliseconds")


def _text(words: Sequence[Token], index: int) -> str:
    return words[index].text.strip() if 0 <= index < len(words) else ""
