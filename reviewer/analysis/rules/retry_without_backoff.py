import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import (
    Function,
    Outline,
    code_of,
    dotted,
    inside,
    is_open_ended,
    keyword_of,
    method_of,
    outline_of,
    within,
)
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

_ATTEMPT = regex(r"_|(\w+_)?(attempts?|retry|retries|tries|try_\w+|trial)(_\w+)?|i|n")
_LIMIT = regex(r"(\w+_)?(attempts?|retry|retries|tries|trials)(_\w+)?", re.IGNORECASE)
_SLEEPS = frozenset({"sleep", "wait", "wait_for", "delay", "pause", "backoff", "sleep_backoff"})
# What a retry is for: calls that go over a network, by the words in their names.
_REMOTE = regex(
    r"requests|httpx|urlopen|http\w*|session|client|api|fetch\w*|download\w*|upload\w*|post|send\w*|connect\w*|publish\w*"
    r"|query|execute|request\w*|get|put|call\w*|load\w*|ping|sync\w*|submit\w*|rpc|invoke\w*|push|pull|login|charge\w*"
    r"|func|fn|function|operation|callable|action|coro|coroutine|task"
)
_DECORATORS = {"tenacity.retry": ("wait",), "retry.retry": ("delay", "backoff"), "retrying.retry": ("wait_",)}


class RetryWithoutBackoff(ModuleRule):
    """A failed call is tried again at once, or always after the same pause.

    Why look: all clients knock again together while the other side struggles, and keep it down.
    Ask: should the pause grow with each attempt and vary a little?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    words = ("except", "retry", "Retry")

    INVALID = (
        Example(
            "import requests\n\ndef load(url):\n    for attempt in range(3):\n        try:\n"
            "            return requests.get(url, timeout=LIMIT)\n        except requests.RequestException:\n"
            "            continue\n"
        ),
        Example(
            "import time\n\ndef load(url):\n    for attempt in range(3):\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            time.sleep(1)\n"
        ),
        Example(
            "def load(client):\n    tries = 0\n    while tries < 5:\n        try:\n            return client.fetch()\n"
            "        except OSError:\n            tries += 1\n"
        ),
        Example(
            "async def load(session, url):\n    for _ in range(MAX_RETRIES):\n        try:\n"
            "            return await session.get(url)\n        except OSError as error:\n            log(error)\n"
        ),
        Example(
            "from tenacity import retry, stop_after_attempt\n\n@retry(stop=stop_after_attempt(3))\ndef load(url):\n"
            "    return fetch(url)\n"
        ),
        Example("from urllib3.util import Retry\n\npolicy = Retry(total=5)\n"),
        Example("@app.task(autoretry_for=(OSError,), max_retries=5)\ndef load(url):\n    return fetch(url)\n"),
        Example(
            "import time\n\ndef load(client):\n    attempt = 0\n    while True:\n        try:\n"
            "            found = client.get('/teas')\n            break\n        except OSError:\n"
            "            if attempt == 3:\n                raise\n            time.sleep(1)\n"
            "            attempt += 1\n    return found\n"
        ),
        Example(
            "from celery import shared_task\n\n@shared_task(bind=True, max_retries=3)\ndef load(self):\n    try:\n"
            "        fetch()\n    except OSError as error:\n        raise self.retry(exc=error, countdown=60)\n"
        ),
    )
    VALID = (
        Example(
            "from celery import shared_task\n\n@shared_task(bind=True, max_retries=3)\ndef load(self):\n    try:\n"
            "        fetch()\n    except OSError as error:\n"
            "        raise self.retry(exc=error, countdown=2 ** self.request.retries)\n"
        ),
        Example(
            "from celery import shared_task\n\n@shared_task(bind=True, retry_backoff=True)\ndef load(self):\n    try:\n"
            "        fetch()\n    except OSError as error:\n        raise self.retry(exc=error)\n"
        ),
        Example(
            "import time\n\ndef load(url):\n    for attempt in range(3):\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            time.sleep(2**attempt)\n"
        ),
        Example(
            "import time\n\ndef load(url):\n    pause = 1\n    for attempt in range(3):\n        try:\n"
            "            return fetch(url)\n        except OSError:\n            time.sleep(pause)\n"
            "            pause *= 2\n"
        ),
        Example("for order in orders:\n    try:\n        send(order)\n    except OSError:\n        continue\n"),
        Example(
            "def first(urls):\n    for url in urls:\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            continue\n"
        ),
        Example(
            "from tenacity import retry, wait_exponential\n\n@retry(wait=wait_exponential())\ndef load(url):\n"
            "    return fetch(url)\n"
        ),
        Example("from urllib3.util import Retry\n\npolicy = Retry(total=5, backoff_factor=0.5)\n"),
        Example(
            "def name(taken):\n    for attempt in range(100):\n        try:\n            return make(attempt)\n"
            "        except ValueError:\n            continue\n"
        ),
        Example("@app.task(autoretry_for=(OSError,), retry_backoff=True)\ndef load(url):\n    return fetch(url)\n"),
        Example("from urllib3.util import Retry\n\npolicy = Retry(total=0)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        loops: list[ast.For | ast.While] = [*outline.added(file, ast.For), *outline.added(file, ast.While)]
        for loop in loops:
            yield from _loop(loop, outline)
        functions: list[Function] = [*outline.every(ast.FunctionDef), *outline.every(ast.AsyncFunctionDef)]
        for function in functions:
            for decorator in function.decorator_list:
                yield from _decorator(decorator, outline)
        for call in outline.added(file, ast.Call):
            yield from _policy(call, outline)
            yield from _task(call, outline)


def _loop(loop: ast.For | ast.While, outline: Outline) -> Iterator[LineSighting]:
    attempts = [statement for statement in loop.body if isinstance(statement, (ast.Try, ast.TryStar))]
    if len(attempts) != 1 or not _is_counted(loop):
        return
    attempt = attempts[0]
    rest = loop.body[loop.body.index(attempt) + 1 :]
    succeeds = [*attempt.body, *attempt.orelse, *rest]
    going_on = [handler for handler in attempt.handlers if not _always_leaves(handler.body)]
    call = _remote_call(attempt.body, loop)
    if call is None or not going_on or not _leaves(succeeds):
        return
    sleeps = [node for node in inside(loop) if isinstance(node, ast.Call) and method_of(node) in _SLEEPS]
    sleeps += [node for node in inside(loop) if isinstance(node, ast.Call) and "backoff" in code_of(node.func).lower()]
    if not sleeps:
        message = f"`{outline.quote(call)}` is tried again at once, without a pause"
        yield LineSighting(outline.line(loop), message)
    elif all(_is_fixed(sleep, loop) for sleep in sleeps):
        message = f"each attempt waits the same `{outline.quote(sleeps[0])}`: it neither grows nor varies"
        yield LineSighting(outline.line(loop), message, Severity.LOW)


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(statement, (ast.Return, ast.Break))
        or (isinstance(statement, (ast.With, ast.AsyncWith)) and _leaves(statement.body))
        for statement in body
    )


def _is_counted(loop: ast.For | ast.While) -> bool:
    """True for `for attempt in range(3)` and `while tries < limit`; loops without an end are another matter."""
    if isinstance(loop, ast.While):
        # `while True` counts where its body asks how many attempts there were.
        is_endless = isinstance(loop.test, ast.Constant)
        tests = [node for node in inside(loop) if isinstance(node, ast.Compare)] if is_endless else [loop.test]
        names = [
            dotted(node).rpartition(".")[2]
            for test in tests
            if isinstance(test, ast.Compare)
            for node in nodes_in(test)
            if isinstance(node, (ast.Name, ast.Attribute))
        ]
        return any(_LIMIT.fullmatch(name) for name in names)
    is_range = isinstance(loop.iter, ast.Call) and dotted(loop.iter.func) == "range"
    if not is_range or not isinstance(loop.target, ast.Name) or not _ATTEMPT.fullmatch(loop.target.id):
        return False
    uses = [node for node in inside(loop) if isinstance(node, ast.Name) and node.id == loop.target.id]
    is_named = _LIMIT.fullmatch(loop.target.id) is not None or _LIMIT.search(code_of(loop.iter)) is not None
    return is_named or not any(isinstance(use.ctx, ast.Load) for use in uses)


def _remote_call(body: Sequence[ast.stmt], loop: ast.For | ast.While) -> ast.Call | None:
    """Return the call that is tried, unless each attempt tries something else."""
    calls = [node for node in within(body) if isinstance(node, ast.Call)]
    counter = loop.target.id if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) else ""
    for call in calls:
        words = [word for part in code_of(call.func).split(".") for word in [part.lower().strip("_()")]]
        given = [*call.args, *(word.value for word in call.keywords)]
        uses = {node.id for one in given for node in nodes_in(one) if isinstance(node, ast.Name)}
        if any(_REMOTE.fullmatch(word) for word in words) and counter not in uses:
            return call
    return None


def _always_leaves(body: Sequence[ast.stmt]) -> bool:
    return isinstance(body[-1], (ast.Raise, ast.Return, ast.Break))


def _is_fixed(sleep: ast.Call, loop: ast.For | ast.While) -> bool:
    """True if a pause is a number, or a name that the loop does not change."""
    values = [*sleep.args, *(word.value for word in sleep.keywords)]
    names = {
        dotted(node) for value in values for node in nodes_in(value) if isinstance(node, (ast.Name, ast.Attribute))
    }
    changed = {
        dotted(node) for node in inside(loop)
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store)
    }  # fmt: skip
    changed |= {loop.target.id} if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) else set()
    has_call = any(isinstance(node, ast.Call) for value in values for node in nodes_in(value))
    return bool(values) and not has_call and not names & changed


def _decorator(decorator: ast.expr, outline: Outline) -> Iterator[LineSighting]:
    if not isinstance(decorator, ast.Call) or any(word.arg is None for word in decorator.keywords):
        return
    name = outline.known(decorator.func)
    words = [word.arg or "" for word in decorator.keywords]
    shown = f"`@{outline.quote(decorator)}`"
    # Without an end it is the other rule's: first of all it must stop.
    has_end = any(word in ("stop", "tries", "stop_max_attempt_number", "stop_max_delay") for word in words)
    if name in _DECORATORS and has_end and not any(word.startswith(_DECORATORS[name]) for word in words):
        yield LineSighting(outline.line(decorator), f"{shown} tries again at once, without a pause")
    is_task = method_of(decorator) in ("task", "shared_task") and "autoretry_for" in words
    if is_task and not {"retry_backoff", "default_retry_delay"} & set(words):
        yield LineSighting(outline.line(decorator), f"{shown} sets no `retry_backoff`", Severity.LOW)


def _task(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report `self.retry(exc=error)` of a task that waits the same time before each attempt."""
    function = outline.function(call)
    decorators = function.decorator_list if function is not None else []
    names = [dotted(one.func if isinstance(one, ast.Call) else one) for one in decorators]
    tasks = [one for one, name in zip(decorators, names, strict=True) if name.endswith("task")]
    if method_of(call) != "retry" or not tasks or is_open_ended(call) or keyword_of(call, "eta") is not None:
        return
    words = {word.arg for one in tasks if isinstance(one, ast.Call) for word in one.keywords}
    pause = keyword_of(call, "countdown")
    is_fixed = pause is None or isinstance(pause, ast.Constant) or dotted(pause).rpartition(".")[2].isupper()
    if is_fixed and not words & {"retry_backoff", None}:
        message = f"`{outline.quote(call)}` waits the same time before each attempt: it neither grows nor varies"
        yield LineSighting(outline.line(call), message, Severity.LOW)


def _policy(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    """Report urllib3's `Retry` without its pause, which is 0 unless it is set."""
    name = outline.known(call.func)
    if name.startswith(("urllib3.", "requests.")) and name.endswith(".Retry"):
        total = keyword_of(call, "total") or (call.args[0] if call.args else None)
        is_off = isinstance(total, ast.Constant) and not total.value
        is_open = any(word.arg is None for word in call.keywords)
        if not is_off and not is_open and keyword_of(call, "backoff_factor") is None:
            message = f"`{outline.quote(call)}` tries again at once: its `backoff_factor` is 0"
            yield LineSighting(outline.line(call), message, Severity.LOW)
