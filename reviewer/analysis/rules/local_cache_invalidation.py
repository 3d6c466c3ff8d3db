import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.sql import statement_of
from reviewer.analysis.syntax import Function, Syntax, code, dotted_name, last_name, syntax_of
from reviewer.analysis.tokens import Token

_STORE = regex(r"\w*(cache|caches|redis|memcache|memcached|valkey|memo)\w*|rdb|mc", re.IGNORECASE)
_DROPPING = frozenset(
    {"delete", "adelete", "expire", "invalidate", "clear", "evict", "unlink", "pop", "remove", "delete_many", "flush"}
    | {"flushdb", "flush_all", "flushall", "hdel", "delete_pattern", "delete_prefix", "purge"}
    | {"delete_memoized", "discard"}
    | {"del_key", "delete_key", "invalidate_all", "reset", "forget", "bust", "srem", "zrem"}
    | {"remove_prefix", "del", "delete_multi"}
)
# Somebody has lost a right, or an answer is wrong from now on.
_GRAVE = regex(
    r"\w*(revoke|log_?out|sign_?out|ban|block|disable|deactivate|suspend|lock|expire|invalidate|kick|terminate)\w*"
    r"|\w*(password|permission|role|token|session|access|credential|api_?key)\w*",
    re.IGNORECASE,
)
_CHANGING = regex(
    r"_?(async_|handle_|do_|on_)?(update|delete|remove|set|save|edit|change|modify|replace|reset|rotate|cancel|rename|publish"
    r"|create|add|patch|put|upsert|store|write|archive|disable|deactivate|transfer|refund|purchase|checkout|reserve|invalidate|clear|bust|on)(_\w+)?",
    re.IGNORECASE,
)
_WRITES = frozenset(
    {"save", "asave", "commit", "executemany", "update_one", "insert_one", "delete_one", "replace_one", "update_many"}
    | {"delete_many", "insert_many", "bulk_create", "bulk_update", "put_item", "update_item"}
    | {"delete_item", "upsert", "merge"}
    | {"find_one_and_update", "update_or_create"}
)
# Reaching the others: a message, a list of regions or nodes, a transaction's end.
_TELLING = regex(
    r"publish|broadcast|notify|fan_?out|propagat|replicat|all_regions|for_each|on_commit|emit|dispatch|xadd|send_message"
    r"|send_event|enqueue|produce|all_nodes|everywhere|pubsub|invalidation_bus|send_task|apply_async|\.delay\b|purge_cdn|cluster",
    re.IGNORECASE,
)
_MANY = regex(
    r"\w*(region|node|replica|instance|cluster|shard|server|peer|host|datacenter|client|cache|redis|backend|zone)\w*s?_?\w*",
    re.IGNORECASE,
)
_SETS = frozenset(
    {"set", "hset", "hmset", "mset", "setex", "put", "save", "put_item", "write", "upsert", "sadd", "zadd"}
)
_SHARED = regex(
    r"_?\w*(redis|valkey|memcached?|db|database|table|repo|repository|store|client|backend|etcd|consul)\w*",
    re.IGNORECASE,
)
_IS_A_CACHE = regex(r"\w*(Cache|Memo|Store|Backend|Redis|Storage|Lru|LRU|Pool|Registry)\w*|\w*(Cached|Mixin)")


class LocalCacheInvalidation(ModuleRule, TokenRule):
    """What was changed is dropped from one cache only.

    Why look: other processes, nodes and regions keep the old value until it expires there, be it a revoked right.
    Ask: does this reach every cache that holds the value?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    words = ("cache", "redis", "Cache", "Redis", "memo", "CACHE", "rdb", "valkey")
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin"})

    INVALID = (
        Example(
            "def revoke(token):\n    db.execute('UPDATE tokens SET revoked = 1 WHERE id = ?', (token,))\n"
            "    cache.delete(f'token:{token}')\n"
        ),
        Example(
            "async def revoke_token(self, token):\n    await self.redis.delete(f'token:{token}')\n    return True\n"
        ),
        Example("class Sessions:\n    def log_out(self, user):\n        self._session_cache.pop(user, None)\n"),
        Example("def update_price(shop, price):\n    shop.price = price\n    shop.save()\n    price_cache.clear()\n"),
        Example(
            "def change_role(user, role):\n    users.update_one({'id': user}, {'$set': {'role': role}})\n"
            "    del permission_cache[user]\n"
        ),
        Example("def clear_user_cache(user):\n    cache.delete(f'user:{user}')\n"),
        Example("def ban_user(user_id):\n    redis_client.hdel('sessions', user_id)\n"),
        Example("import redis\n\nr = redis.Redis()\n\ndef revoke(token):\n    r.delete(token)\n"),
        Example(
            "async function revokeToken(id) {\n"
            "  await db.query('UPDATE tokens SET revoked = true WHERE id = $1', [id])\n"
            "  await redis.del(`token:${id}`)\n}\n",
            path="src/tokens.js",
        ),
        Example(
            "class TeaStore:\n    def __init__(self, redis):\n        self._redis = redis\n        self._cache = {}\n\n"
            "    def set_price(self, tea, price):\n        self._redis.hset('teas', tea, price)\n"
            "        self._cache.pop(tea, None)\n"
        ),
        Example(
            "from functools import lru_cache\n\n@lru_cache\ndef price(tea):\n    return ask(tea)\n\n"
            "def set_price(session, tea):\n    session.execute('UPDATE teas SET price = 3')\n    price.cache_clear()\n"
        ),
    )
    VALID = (
        Example("def reload_all(settings):\n    price.cache_clear()\n    cache = 3\n    return cache\n"),
        Example("def revoke(token):\n    cache.delete(token)\n    bus.publish('revoked', token)\n"),
        Example("def revoke(token):\n    for region in regions:\n        region.cache.delete(token)\n"),
        Example("def revoke(token):\n    for redis in redis_clients:\n        redis.delete(token)\n"),
        Example("def save_price(shop):\n    shop.save()\n    transaction.on_commit(lambda: cache.delete(shop.key))\n"),
        Example("class ShopCache:\n    def delete(self, key):\n        self._cache.pop(key, None)\n"),
        Example("def clear_cache():\n    _cache.clear()\n"),
        Example("def reload():\n    read_settings.cache_clear()\n"),
        Example("def tidy(cache):\n    while len(cache) > LIMIT:\n        cache.popitem()\n"),
        Example(
            "def read(key):\n    value = cache.get(key)\n    if value is BROKEN:\n"
            "        cache.delete(key)\n    return value\n"
        ),
        Example("def test_revoke():\n    cache.delete('token')\n", path="tests/test_tokens.py"),
        Example(
            "async function revokeToken(id) {\n  await redis.del(id)\n  await redis.publish('revoked', id)\n}\n",
            path="src/tokens.js",
        ),
        Example("function tidy(id) {\n  cache.delete(id)\n}\n", path="src/tokens.js"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called(*_DROPPING):
            if isinstance(call.func, ast.Attribute) and _is_store(tree, call.func.value):
                yield from _dropped(tree, call, f"{code(call.func)}(…)")
        for call in tree.called("cache_clear"):
            yield from _dropped(tree, call, f"{code(call.func)}(…)")
        for statement in tree.nodes.get(ast.Delete, ()):
            for target in statement.targets if isinstance(statement, ast.Delete) else ():
                if isinstance(target, ast.Subscript) and _is_store(tree, target.value):
                    yield from _dropped(tree, statement, f"del {code(target)}")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        words = [token for token in tokens if not token.is_comment]
        for name, first, last in _blocks(words):
            if not _GRAVE.fullmatch(name):
                continue
            body = words[first:last]
            text = " ".join(token.text for token in body)
            if _TELLING.search(text) or re.search(r"\bfor\b|\bforEach\b|\bregions?\b|\bnodes\b", text):
                continue
            for at, token in enumerate(body[2:], 2):
                if token.text in _SCRIPTED and body[at - 1].text == "." and _STORE.fullmatch(body[at - 2].text):
                    shown = f"{body[at - 2].text}.{token.text}(…)"
                    yield LineSighting(token.line, f"`{shown}` in `{name}` drops the value from this cache only")


_SCRIPTED = frozenset(
    {"del", "delete", "Del", "Delete", "unlink", "expire", "invalidate", "evict", "clear", "remove"}
    | {"Remove", "invalidateAll"}
)


def _is_store(tree: Syntax, owner: ast.expr) -> bool:
    if _STORE.fullmatch(last_name(owner)):
        return not isinstance(owner, ast.Call) or last_name(owner) in (
            "get_redis",
            "get_cache",
            "caches",
            "Redis",
            "get_redis_client",
        )
    value = tree.value(owner)
    return (
        isinstance(value, ast.Call)
        and re.match(r"(redis|aioredis|pymemcache|valkey|cachetools)\b", tree.name(value.func)) is not None
    )


def _dropped(tree: Syntax, node: ast.AST, shown: str) -> Iterator[LineSighting]:
    function = tree.function(node)
    owner = tree.class_around(node)
    if function is None or _is_tidying(function, owner):
        return
    is_beyond = _writes_beyond(function, node)
    if owner is not None and _IS_A_CACHE.fullmatch(owner.name) and not is_beyond:
        return
    is_certain = _GRAVE.fullmatch(function.name) is not None or is_beyond or _writes(function)
    # One entry dropped by its key: somebody knows that it changed.
    is_likely = isinstance(node, ast.Call) and node.args and _CHANGING.fullmatch(function.name)
    if not is_certain and not is_likely:
        return
    if _reaches_others(tree, function, node):
        return
    severity = Severity.MEDIUM if is_certain else Severity.LOW
    yield LineSighting(
        tree.line(node), f"`{shown}` in `{function.name}` drops the value from this cache only", severity
    )


def _is_tidying(function: Function, owner: ast.ClassDef | None) -> bool:
    """True where the cache itself is at work, not somebody who changed what it holds."""
    name = function.name.lower()
    is_own = (
        name.startswith("__")
        or "clean" in name
        or "evict" in name
        or name in ("close", "shutdown", "teardown", "get", "stop")
    )
    return is_own or (name.rstrip("s").endswith("cache") and name.count("_") < 2 and owner is None)


def _writes(function: Function) -> bool:
    """True if the function changes rows of a database."""
    for part in nodes_in(function):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            if part.func.attr in _WRITES and not _STORE.fullmatch(last_name(part.func.value)):
                return True
            if part.func.attr in ("update", "delete", "create", "add") and re.search(
                r"\b(objects|session|db|query|repo|repository|table|filter)\b", ast.unparse(part.func.value)
            ):
                return True
        if (
            isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and statement_of(part.value) in ("UPDATE", "DELETE", "INSERT")
        ):
            return True
    return False


def _writes_beyond(function: Function, node: ast.AST) -> bool:
    """True if the function changes the value in a store that others read, and drops it here from another one."""
    target = node.targets[0] if isinstance(node, ast.Delete) else node
    held = target.value if isinstance(target, ast.Subscript) else getattr(getattr(target, "func", None), "value", None)
    for part in nodes_in(function):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _SETS:
            owner = dotted_name(part.func.value)
            if _SHARED.fullmatch(owner.rpartition(".")[2]) and held is not None and owner != dotted_name(held):
                return True
    return False


def _reaches_others(tree: Syntax, function: Function, node: ast.AST) -> bool:
    for part in nodes_in(function):
        if isinstance(part, ast.Call) and _TELLING.search(dotted_name(part.func) or last_name(part.func)):
            return True
    return any(
        not isinstance(loop, ast.While)
        and (_MANY.fullmatch(last_name(loop.target)) or _MANY.fullmatch(last_name(loop.iter)))
        for loop in tree.loops(node)
    )


def _blocks(words: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
    """Yield the named functions of a file in braces: name, first and last word of the body; found by `name(…) … {`."""
    stack: list[tuple[str, int]] = []
    name, depth = "", 0
    for at, token in enumerate(words):
        for mark in token.text if not token.is_string else "":
            if mark == "(":
                if (
                    depth == 0
                    and at
                    and re.fullmatch(r"\w+", words[at - 1].text)
                    and words[at - 1].text not in _KEYWORDS
                ):
                    name = words[at - 1].text if not stack or not any(held for held, _ in stack) else name
                depth += 1
            elif mark == ")":
                depth = max(0, depth - 1)
            elif mark == "{":
                is_body = depth == 0 and name and not any(held for held, _ in stack)
                stack.append((name if is_body else "", at))
            elif mark == "}" and stack:
                held, first = stack.pop()
                if held:
                    yield held, first, at
                    name = ""
            elif mark == ";" and depth == 0 and not any(held for held, _ in stack):
                name = ""


_KEYWORDS = frozenset({"if", "for", "while", "switch", "catch", "return", "func", "function"})
