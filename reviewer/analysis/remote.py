"""Calls that wait for another machine: queries to a database, requests over HTTP.

Goes by imports where there are any, and by the names people give to cursors, sessions and managers.
"""

import re
from enum import Enum

import libcst as cst

from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.sql import is_definition, statement_of
from reviewer.analysis.template import called_name, template_of

SAVES = frozenset({"save", "asave"})

_VERBS = ("get", "post", "put", "patch", "delete", "head", "request")
_REQUESTS = frozenset(
    {f"{module}.{verb}" for module in ("requests", "httpx", "requests.api") for verb in _VERBS}
    | {"urllib.request.urlopen", "urllib.request.urlretrieve", "urllib3.request", "httpx.stream"}
)
_CLIENT = regex(r"_?(\w+_)?(session|client|http|api)")
_URL = regex(r"(\w*_)?(url|uri|endpoint|href|link)")
_RUNNERS = frozenset(
    {"execute", "execute_sql", "exec_driver_sql", "query", "scalar", "scalars", "fetch", "fetchrow", "fetchval"}
    | {"fetch_one", "fetch_all", "fetch_val", "fetchone", "fetchall", "read_sql", "read_sql_query"}
)
_DATABASE = regex(
    r"_?(\w+_)?(cursor|cur|curs|conn|connection|con|db|database|session|engine|tx|txn|transaction|pool)", re.IGNORECASE
)
_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_QUERIES = frozenset(
    {"get", "filter", "filter_by", "exclude", "create", "get_or_create", "update_or_create", "where", "in_bulk"}
    | {"aget", "acreate", "aget_or_create", "get_or_404", "update", "all", "first", "count", "exists"}
)
_FORM = regex(r"\w*(form|formset|serializer|panel)")
_DOCUMENTS = frozenset(
    {"find_one", "insert_one", "update_one", "replace_one", "delete_one", "find_one_and_update", "find_one_and_delete"}
)


_LOOKUPS = frozenset({"django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404"})
_ITEMS = frozenset({"get_item", "put_item", "update_item", "delete_item"})
_OBJECTS = frozenset({"get_object", "put_object", "head_object", "delete_object", "copy_object", "list_objects_v2"})
_STORE = regex(r"_?(\w+_)?(redis|redis_client|redis_conn|rdb|memcache|memcached|valkey)")
_KEYED = frozenset({"get", "set", "hget", "hset", "hgetall", "setex", "exists", "expire", "incr", "sadd", "lpush"})


class Remote(Enum):
    QUERY = "query"
    REQUEST = "request"


def remote_call(call: cst.Call, at: Place) -> Remote | None:
    """Return what a call sends to another machine; definitions of tables and settings of a connection are nothing."""
    if at.is_imported(call.func) and (name := at.name(call.func)) in _REQUESTS | _LOOKUPS:
        return Remote.REQUEST if name in _REQUESTS else Remote.QUERY
    if not isinstance(call.func, cst.Attribute):
        return None
    method = call.func.attr.value
    if method in _OBJECTS and keyword(call, "Bucket") is not None:
        return Remote.REQUEST
    if method in _VERBS and _is_client_with_url(call, call.func.value):
        return Remote.REQUEST
    is_query = (
        (method in SAVES and _is_django_model(call, at))
        or (method in _RUNNERS and _runs_query(call, call.func.value))
        or (method in _QUERIES and _is_of_model(call.func.value))
        or (method == "get" and _gets_row(call, call.func.value))
        or (method in _DOCUMENTS and bool(call.args))
        or (method in _ITEMS and (keyword(call, "Key") or keyword(call, "Item")) is not None)
        or (method in _KEYED and bool(call.args) and _STORE.fullmatch(_last_name(call.func.value)) is not None)
    )
    return Remote.QUERY if is_query else None


def _is_client_with_url(call: cst.Call, owner: cst.BaseExpression) -> bool:
    if _CLIENT.fullmatch(_last_name(owner).lower()) is None:
        return False
    where = keyword(call, "url") or next(iter(positional(call)), None)
    if where is None:
        return False
    template = template_of(where)
    return "/" in template.text if template is not None else _URL.fullmatch(_last_name(where).lower()) is not None


def _runs_query(call: cst.Call, owner: cst.BaseExpression) -> bool:
    values = positional(call)
    template = template_of(values[0]) if values else None
    if template is not None:
        verb = statement_of(template.text)
        return verb is not None and not is_definition(verb)
    return bool(values) and _DATABASE.fullmatch(_last_name(owner)) is not None


def _is_of_model(owner: cst.BaseExpression) -> bool:
    """True for `Order.objects…`, `Order.query…`, `session.query(Order)…` and `order.item_set…`."""
    while isinstance(owner, (cst.Call, cst.Attribute)):
        if isinstance(owner, cst.Call):
            if called_name(owner) == "query" and isinstance(owner.func, cst.Attribute):
                return _DATABASE.fullmatch(_last_name(owner.func.value)) is not None
            owner = owner.func
            continue
        name = owner.attr.value
        if name in _MANAGERS or name.endswith("_set"):
            return True
        owner = owner.value
        if name == "query" and _last_name(owner)[:1].isupper():
            return True
    return False


def _is_django_model(call: cst.Call, at: Place) -> bool:
    """True for `order.save()`, a query though it names no database; forms have a `save` of their own."""
    owner = (dotted_name(call.func) or "").partition(".")[0]
    is_form = keyword(call, "commit") is not None or _FORM.fullmatch(owner) is not None
    uses_django = any(origin.startswith("django.") for origin in at.imports.values())
    return uses_django and not is_form and not positional(call)


def _gets_row(call: cst.Call, owner: cst.BaseExpression) -> bool:
    """True for `session.get(Order, 7)`: a class first, so no dictionary."""
    values = positional(call)
    kind = dotted_name(values[0]) if len(values) > 1 else None
    is_class = kind is not None and kind.rpartition(".")[2][:1].isupper() and not kind.rpartition(".")[2].isupper()
    return is_class and _DATABASE.fullmatch(_last_name(owner)) is not None


def _last_name(node: cst.CSTNode) -> str:
    """Return the word that says what an expression is: `cursor` for `self.cursor`, `connect` for `connect()`."""
    match node:
        case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
            return name
        case cst.Call():
            return called_name(node)
        case cst.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""
