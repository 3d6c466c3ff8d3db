import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Function, Syntax, dotted_name, is_open_ended, keyword, last_name, syntax_of

_UNBOUNDED = frozenset({"functools.cache", "backports.functools_lru_cache.cache"})
_BOUNDED = frozenset({"functools.lru_cache", "backports.functools_lru_cache.lru_cache", "async_lru.alru_cache"})
_CACHE = regex(r"_?(\w*_)?(cache|memo|memoized|cached)(_\w*)?", re.IGNORECASE)
_STORE = regex(r"\w*(cache|redis|memcache|memcached|valkey)\w*", re.IGNORECASE)
_DJANGO = ("django.core.cache.cache", "django.core.cache.caches")
_EXPIRY = (
    "ex",
    "px",
    "exat",
    "pxat",
    "timeout",
    "expire",
    "expiry",
    "ttl",
    "time",
    "expires",
    "expire_at",
    "keepttl",
    "KEEPTTL",
)
_ASKING = frozenset(
    {"execute", "query", "get", "fetch", "fetchone", "fetchall", "urlopen", "request", "first", "filter"}
)
_EMPTYING = frozenset(
    {"clear", "pop", "popitem", "expire", "delete", "evict", "invalidate", "expireat", "pexpire", "setex"}
)


class CacheWithoutExpiry(ModuleRule):
    """What is cached never leaves the cache.

    Why look: it grows as long as the process runs, keeps objects alive, and gives old answers.
    Ask: how many entries can there be, and when is an entry wrong?
    """

    informs = "debug"
    severity = Severity.LOW
    words = ("cache", "memo", "redis", "Cache")

    INVALID = (
        Example(
            "import functools\n\nclass Shop:\n    @functools.lru_cache\n    def rate(self, day):\n"
            "        return load(day)\n"
        ),
        Example(
            "from functools import cache\n\nclass Shop:\n    @cache\n    def rate(self, day):\n"
            "        return load(day)\n"
        ),
        Example(
            "from functools import lru_cache as remember\n\nclass Shop:\n    @remember(maxsize=None)\n"
            "    def rate(self, day):\n        return load(day)\n"
        ),
        Example(
            "import functools\n\n@functools.lru_cache(maxsize=None)\ndef user(user_id):\n    return db.query(user_id)\n"
        ),
        Example(
            "_cache = {}\n\ndef rate(day):\n    if day not in _cache:\n        _cache[day] = load(day)\n"
            "    return _cache[day]\n"
        ),
        Example("from redis import Redis\n\nredis = Redis()\n\ndef keep(key, value):\n    redis.set(key, value)\n"),
        Example(
            "from django.core.cache import cache\n\ndef keep(key, value):\n    cache.set(key, value, timeout=None)\n"
        ),
    )
    VALID = (
        Example(
            "from functools import lru_cache\n\nclass Shop:\n    @lru_cache(maxsize=8)\n"
            "    def rate(self, day):\n        return load(day)\n"
        ),
        Example("from functools import lru_cache\n\n@lru_cache(maxsize=256)\ndef rate(day):\n    return load(day)\n"),
        Example("from functools import cache\n\n@cache\ndef settings():\n    return read()\n"),
        Example(
            "from functools import lru_cache\n\nclass Shop:\n    @staticmethod\n    @lru_cache\n"
            "    def rate(day):\n        return load(day)\n"
        ),
        Example(
            "from functools import lru_cache\n\nclass Shop:\n    @classmethod\n    @lru_cache(maxsize=1)\n"
            "    def rates(cls):\n        return load()\n"
        ),
        Example(
            "from functools import cached_property\n\nclass Shop:\n    @cached_property\n"
            "    def rates(self):\n        return load()\n"
        ),
        Example(
            "from enum import Enum\nfrom functools import cache\n\nclass Day(Enum):\n    MONDAY = 1\n\n"
            "    @cache\n    def rate(self):\n        return load(self)\n"
        ),
        Example(
            "from redis import Redis\n\nredis = Redis()\n\ndef keep(key, value):\n"
            "    redis.set(key, value, ex=60)\n    redis.setex(key, 60, value)\n"
        ),
        Example("from django.core.cache import cache\n\ndef keep(key, value):\n    cache.set(key, value, 300)\n"),
        Example(
            "_cache = {}\n\ndef rate(day):\n    if len(_cache) > 100:\n        _cache.clear()\n"
            "    _cache[day] = load(day)\n"
        ),
        Example(
            "def total(orders):\n    cache = {}\n    for order in orders:\n"
            "        cache[order.shop] = order\n    return cache\n"
        ),
        Example("import functools\n\n@functools.cache\ndef parse(kind: type):\n    return read(kind)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for function in tree.functions():
            yield from _decorated(tree, function)
        yield from _dictionaries(tree)
        for call in tree.called("set", "set_many"):
            yield from _kept(tree, call)


def _decorated(tree: Syntax, function: Function) -> Iterator[LineSighting]:
    names = {tree.name(part.func if isinstance(part, ast.Call) else part) for part in function.decorator_list}
    owner = tree.parents.get(function)
    is_method = isinstance(owner, ast.ClassDef) and not names & {"staticmethod"}
    for decorator in function.decorator_list:
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = tree.name(maker)
        if name not in _UNBOUNDED | _BOUNDED:
            continue
        shown = f"@{dotted_name(maker)}"
        if isinstance(owner, ast.ClassDef) and is_method and "classmethod" not in names:
            if not _is_single(tree, owner) and _takes(function) not in ("", "cls", "mcs") and not _is_small(decorator):
                message = f"`{shown}` on method `{function.name}` keeps every `{_takes(function)}` alive"
                yield LineSighting(tree.line(decorator), message)
        elif _is_unbounded(name, decorator) and _grows(function, skip=1 if is_method else 0):
            message = f"`{shown}` on `{function.name}` keeps an answer for every argument, for ever"
            yield LineSighting(tree.line(decorator), message, _unbounded_severity(function))


def _is_unbounded(name: str, decorator: ast.expr) -> bool:
    if name in _UNBOUNDED:
        return True
    if not isinstance(decorator, ast.Call):
        return False
    size = keyword(decorator, "maxsize") or next(iter(decorator.args), None)
    return isinstance(size, ast.Constant) and size.value is None


def _is_small(decorator: ast.expr) -> bool:
    """True if the size of the cache was thought about: `maxsize=16`."""
    size = (
        (keyword(decorator, "maxsize") or next(iter(decorator.args), None)) if isinstance(decorator, ast.Call) else None
    )
    return isinstance(size, ast.expr) and not (isinstance(size, ast.Constant) and not isinstance(size.value, int))


def _takes(function: Function) -> str:
    """Return the name of the first parameter; "" if there is none."""
    given = [*function.args.posonlyargs, *function.args.args]
    return given[0].arg if given else ""


def _grows(function: Function, *, skip: int) -> bool:
    """True if arguments come from the data: ids, keys, anything not a type, a flag or an enum."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs][skip:]
    return any(re.search(r"(\b|_)(id|uid|key|user|email|url|query|path|date|day|token)\b", part.arg) for part in given)


def _unbounded_severity(function: Function) -> Severity:
    """What is read anew each time is worth keeping, but not for ever."""
    asks = {last_name(part.func) for part in nodes_in(function) if isinstance(part, ast.Call)}
    is_remote = asks & _ASKING
    return Severity.LOW if is_remote else Severity.INFO


def _is_single(tree: Syntax, owner: ast.ClassDef) -> bool:
    """True for enums and metaclasses, whose objects live as long as the process."""
    return any(
        tree.name(base).rpartition(".")[2] in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "type", "EnumMeta")
        for base in owner.bases
    )


def _dictionaries(tree: Syntax) -> Iterator[LineSighting]:
    """Yield module-level and class-level dicts named as caches that functions fill and nobody empties."""
    text = "\n".join(tree.source.lines)
    for node in [*tree.nodes.get(ast.Assign, ()), *tree.nodes.get(ast.AnnAssign, ())]:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        name = dotted_name(target) if target is not None else ""
        last = name.rpartition(".")[2]
        if not _CACHE.fullmatch(last) or (tree.function(node) is not None and not name.startswith("self.")):
            continue
        if not (
            (isinstance(value, ast.Dict) and not value.keys)
            or (
                isinstance(value, ast.Call) and last_name(value.func) in ("dict", "defaultdict") and len(value.args) < 2
            )
        ):
            continue
        word = re.escape(last)
        if (
            re.search(rf"\b{word}\[[^\]=]+\] = ", text)
            and not re.search(
                rf"\b{word}\.({'|'.join(_EMPTYING)})\b|\bdel [\w.]*\b{word}\b|len\([\w.]*\b{word}\)", text
            )
            and len(re.findall(rf"\b{word}(?:: [^=\n]+)? = ", text)) < 2
        ):
            yield LineSighting(
                tree.line(node),
                f"`{name}` is filled and never emptied",
                Severity.INFO if name.startswith("self.") else Severity.LOW,
            )


def _kept(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    if (
        not isinstance(call.func, ast.Attribute)
        or is_open_ended(call)
        or not _STORE.fullmatch(last_name(call.func.value))
    ):
        return
    owner = dotted_name(call.func.value)
    is_django = tree.name(call.func.value).startswith(_DJANGO)
    expiry = keyword(call, *_EXPIRY)
    is_none = isinstance(expiry, ast.Constant) and expiry.value is None
    if is_django and not is_none:
        return
    is_client = is_django or re.search("redis|memcache|valkey", owner.lower()) is not None
    is_bare = call.func.attr == "set" and len(call.args) == 2 and expiry is None
    function = tree.function(call)
    is_expired_beside = function is not None and any(
        isinstance(part, ast.Call) and last_name(part.func) in ("expire", "expireat", "pexpire", "touch")
        for part in nodes_in(function)
    )
    if is_client and (is_none or is_bare) and not is_expired_beside:
        yield LineSighting(tree.line(call), f"`{owner}.{call.func.attr}` keeps the value without an expiry")
