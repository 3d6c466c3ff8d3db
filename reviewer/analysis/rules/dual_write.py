import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Function, Outline, code_of, dotted, inside, method_of, outline_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

_DATABASE = regex(
    r"_?(\w+_)?(conn|connection|db|database|session|cursor|cur|repo|repository|objects|tx)", re.IGNORECASE
)
_SAVES = frozenset(
    {"commit", "save", "asave", "create", "acreate", "bulk_create", "update", "insert", "add", "execute"}
)
_CHANGING = regex(r"\s*(INSERT|UPDATE|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)
# The other store by the name of what is called, with the calls that write to it.
_OTHERS: Sequence[tuple[re.Pattern[str], frozenset[str], str]] = (
    (
        regex(r"_?(\w+_)?(cache|redis|memcached?|r)", re.IGNORECASE),
        frozenset({"set", "setex", "hset", "delete", "lpush", "rpush"}),
        "cache",
    ),
    (
        regex(
            r"_?(\w+_)?(producer|publisher|queue|channel|broker|bus|sqs|sns|kafka|rabbit|topic|events?)", re.IGNORECASE
        ),
        frozenset({"send", "publish", "basic_publish", "send_message", "produce", "emit", "enqueue", "send_and_wait"}),
        "queue",
    ),
    (
        regex(r"_?(\w+_)?(es|elastic\w*|opensearch|search_index|index|solr|algolia)", re.IGNORECASE),
        frozenset({"index", "update", "bulk"}),
        "search index",
    ),
    (
        regex(r"_?(\w+_)?(s3|bucket|blob\w*|minio|gcs|storage)", re.IGNORECASE),
        frozenset({"put_object", "upload_file", "upload_fileobj", "upload", "upload_blob"}),
        "object store",
    ),
)
_HTTP = frozenset(f"{module}.{verb}" for module in ("requests", "httpx") for verb in ("post", "put", "patch", "delete"))
_QUEUED = frozenset({"delay", "apply_async", "send_task"})
_SAFE = regex(r"\w*(outbox|on_commit|after_commit|saga|compensat|two_phase|atomic|rollback)\w*", re.IGNORECASE)


class DualWrite(ModuleRule):
    """A function writes to a database and to a second store, and nothing binds the two together.

    Why look: when the second write fails, or the process stops in between, the two disagree until someone notices.
    Ask: which of the two is right then, and what brings the other back in line?
    """

    informs = "debug"
    severity = Severity.LOW

    INVALID = (
        Example(
            "def save(order):\n    db.session.add(order)\n    db.session.commit()\n"
            "    redis.set(order.key, order.total)\n"
        ),
        Example(
            "def ship(conn, order):\n    conn.execute('UPDATE orders SET shipped = 1 WHERE id = ?', (order.id,))\n"
            "    producer.send('shipped', order.id)\n"
        ),
        Example(
            "import requests\n\ndef join(user):\n    User.objects.create(name=user)\n"
            "    requests.post('https://crm.shop/users', json=user, timeout=LIMIT)\n"
        ),
        Example(
            "class Shop:\n    async def save(self, tea):\n        await self.repo.add(tea)\n"
            "        await self.es.index(index='teas', body=tea)\n"
        ),
    )
    VALID = (
        Example(
            "def save(order):\n    db.session.add(order)\n    db.session.commit()\n    try:\n"
            "        redis.set(order.key, order.total)\n    except RedisError:\n        requeue(order)\n"
        ),
        Example(
            "from django.db import transaction\n\ndef save(order):\n    Order.objects.create(order)\n"
            "    transaction.on_commit(lambda: queue.send(order))\n"
        ),
        Example(
            "def save(conn, order):\n    conn.execute('INSERT INTO outbox (x) VALUES (?)', order)\n    conn.commit()\n"
        ),
        Example("def total(order):\n    db.session.execute('SELECT 1')\n    redis.set(order.key, order.total)\n"),
        Example("def save(order):\n    redis.set(order.key, order.total)\n    redis.delete(order.old_key)\n"),
        Example(
            "def test_save(order):\n    db.session.commit()\n    redis.set(order.key, 1)\n", path="tests/test_a.py"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        functions: list[Function] = [*outline.every(ast.FunctionDef), *outline.every(ast.AsyncFunctionDef)]
        for function in functions:
            calls = [node for node in inside(function) if isinstance(node, ast.Call)]
            saves = [call for call in calls if _saves(call)]
            others = [(call, other) for call in calls if saves and (other := _other(call, outline))]
            if others and not _is_bound(function):
                yield from _judge(saves, others, outline)


def _judge(
    saves: Sequence[ast.Call], others: Sequence[tuple[ast.Call, str]], outline: Outline
) -> Iterator[LineSighting]:
    open_ones = [(call, other) for call, other in others if outline.above(call, ast.Try, ast.TryStar) is None]
    if not open_ones:
        return
    call, other = open_ones[-1] if open_ones[-1][0].lineno >= saves[0].lineno else open_ones[0]
    message = f"`{outline.quote(saves[0])}` and `{outline.quote(call)}`: database and {other} can come to disagree"
    yield LineSighting(outline.line(call), message)


def _saves(call: ast.Call) -> bool:
    name = method_of(call)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    last = dotted(owner).rpartition(".")[2] if owner is not None else ""
    if name not in _SAVES or not last:
        return False
    if name == "execute":
        return bool(call.args) and _CHANGING.match(code_of(call.args[0]).strip("frb\"'( ")) is not None
    if name in ("save", "asave"):
        return not call.args and last[:1].islower() and last not in ("self", "form")
    return _DATABASE.fullmatch(last) is not None


def _other(call: ast.Call, outline: Outline) -> str:
    """Return which other store the call writes to."""
    if outline.known(call.func) in _HTTP:
        return "remote service"
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    last = dotted(owner).rpartition(".")[2] if owner is not None else ""
    name = method_of(call)
    if name in _QUEUED and last:
        return "queue"
    return next((noun for pattern, methods, noun in _OTHERS if name in methods and pattern.fullmatch(last)), "")


def _is_bound(function: Function) -> bool:
    names = (
        dotted(node).rpartition(".")[2] for node in inside(function) if isinstance(node, (ast.Name, ast.Attribute))
    )
    decorators = (code_of(one) for one in function.decorator_list)
    texts = (node.value for node in inside(function) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return any(_SAFE.search(name) for name in [*names, *decorators, *texts])
