"""Where the rows of a database come from: `fetchall()` and the statement before it, ORM chains, data frames.

Reads one function at a time; what it does not know for a query it does not call one.
"""

import ast
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.sql import is_bounded, is_one_row, reads_rows, table_of
from reviewer.analysis.syntax import Function, Syntax, dotted_name, keyword, last_name

FETCHES = frozenset({"fetchall", "fetch_all", "fetch", "mappings", "dictfetchall", "fetchallarrow"})
READERS = frozenset({"read_sql", "read_sql_query", "read_sql_table", "read_database", "read_gbq"})
RUNNERS = frozenset(
    {"execute", "aexecute", "exec_driver_sql", "execute_sql", "query", "run_query", "execute_query"}
    | {"select", "exec", "raw", "sql"}
    | {"db_query", "query_db", "query_all", "get_all", "run_sql", "fetch_rows", "all", "execute_fetchall"}
    | {"fetchrows", "selectall"}
)
DATABASE = regex(
    r"_?(\w+_)?(cursor|cur|curs|c|conn|connection|con|db|database|session|engine|tx|txn|transaction|pool|sess|dbsession|sql"
    r"|mysql|postgres|pg|sqlite|client|spark)",
    re.IGNORECASE,
)
MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})

_ALIKE = frozenset({"list", "tuple", "sorted", "enumerate", "reversed", "iter", "set", "tqdm", "len"})
_NARROWING = frozenset(
    {"filter", "filter_by", "exclude", "where", "get", "limit", "slice", "paginate", "first", "one"}
    | {"one_or_none", "fetch", "top"}
    | {"having", "in_bulk", "with_entities_limit", "search", "match", "union", "intersection", "raw"}
    | {"between", "sample", "none"}
    | {"join_from", "filter_queryset", "visible", "active", "published", "select_from_limit", "range"}
    | {"offset", "fetchmany", "in_"}
)
_SHRINKING = frozenset(
    {"count", "exists", "aggregate", "iterator", "first", "last", "earliest", "latest", "yield_per", "paginate"}
)
_CHUNKED = frozenset(
    {"iterator", "aiterator", "yield_per", "stream", "partitions", "paginate", "limit", "fetchmany"}
    | {"batch_size", "stream_results"}
)


_COLLECTION = regex(r"_?(\w+_)?(db|database|collection|coll|mongo|mongodb|col)")
_TABLE = regex(r"_?(\w+_)?table|dynamo\w*", re.IGNORECASE)
_ONE_OFF = regex(r"(^|/)(\w*migrations?|alembic|versions|delta|scripts?|tools|commands|bin|seeds?|fixtures)(/|_)")
_SELECTING = frozenset({"execute", "scalars", "exec", "scalar", "stream_scalars"})


@dataclass(frozen=True, slots=True)
class Rows:
    """What brings rows: `call` at run time, from the statement `text` if it is known, else through the chain `methods`.

    `table` is the first table or the model it reads, as far as it is written there.
    `is_whole` if nothing keeps the number of rows down: no condition and no limit.
    """

    call: ast.expr
    text: str | None
    methods: Sequence[str]
    is_whole: bool
    is_bounded: bool
    is_orm: bool = False
    table: str = ""

    @property
    def is_django(self) -> bool:
        """True for a queryset, which reads nothing until somebody goes through it."""
        return any(method in MANAGERS for method in self.methods[1:-1])

    @property
    def is_chunked(self) -> bool:
        return any(method in _CHUNKED for method in self.methods)


def rows_of(tree: Syntax, node: ast.AST) -> Rows | None:
    """Return where an expression's rows come from; None if they come from no database anyone can see here.

    `list(…)`, `enumerate(…)` and the like around them change nothing, nor does a name they go through.
    """
    for _ in range(6):
        node = tree.value(node)
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call) and dotted_name(node.func) in _ALIKE and node.args:
            node = node.args[0]
    return rows_made_by(tree, node)


def rows_made_by(tree: Syntax, node: ast.AST) -> Rows | None:
    """Return what a call, or an ORM chain, brings; None if it is none."""
    if isinstance(node, ast.Await):
        node = node.value
    if not isinstance(node, ast.Call):
        return None
    methods = chain_of(node)
    if (found := _fetched(tree, node, methods)) is not None:
        return found
    if _is_scan(node, methods):
        return Rows(node, None, methods, is_whole=True, is_bounded=False, table=methods[1] if len(methods) > 2 else "")
    calls = _calls_in_chain(tree, node)
    if _is_select(tree, calls):
        return _of_chain(tree, node, _all_methods(tree, calls), calls)
    if _is_orm(calls, methods):
        return _of_chain(tree, node, [name for call in reversed(calls) for name in chain_of(call)] or methods, calls)
    return None


def chain_of(node: ast.AST) -> Sequence[str]:
    """Return the names of a chain, last first: `all, filter, objects, Order` for `Order.objects.filter(…).all()`."""
    names: list[str] = []
    while True:
        match node:
            case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
                node = inner
            case ast.Attribute(value=inner, attr=name):
                names.append(name)
                node = inner
            case ast.Name(id=name):
                return (*names, name)
            case _:
                return names


def statement_run(tree: Syntax, call: ast.Call) -> str | None:
    """Return the text that a call runs, if its first argument is one that reads rows."""
    if not call.args and (given := keyword(call, "query", "sql", "statement")) is None:
        return None
    text = tree.text(call.args[0] if call.args else given)  # type: ignore[arg-type]  # one of the two is there
    return text if text is not None and reads_rows(text) else None


def _fetched(tree: Syntax, call: ast.Call, methods: Sequence[str]) -> Rows | None:
    """Return the rows of statements in text: `cursor.fetchall()`, `db.fetch_all("SELECT …")`, `read_sql(…)`."""
    method = last_name(call.func)
    if method in READERS:
        text = tree.text(call.args[0]) if call.args else None
        is_chunked = keyword(call, "chunksize", "iter_batches", "max_results") is not None
        known = text if text is not None and reads_rows(text) else None
        if text is None or is_chunked or (known is None and " " in text.strip()):
            return None if text is None else Rows(call, known, ("paginate",), is_whole=False, is_bounded=True)
        return _of_text(call, known, methods) if known else Rows(call, None, methods, is_whole=True, is_bounded=False)
    text = statement_run(tree, call)
    if text is not None and (
        method in FETCHES | RUNNERS or DATABASE.fullmatch(last_name(getattr(call.func, "value", call)))
    ):
        return _of_text(call, text, methods)
    if method not in FETCHES or call.args or not isinstance(call.func, ast.Attribute):
        return None
    run = _run_before(tree, call, call.func.value)
    if run is None:
        return None
    text = statement_run(tree, run)
    return _of_text(call, text, methods) if text is not None else None


def _run_before(tree: Syntax, call: ast.Call, owner: ast.expr) -> ast.Call | None:
    """Return the `execute` whose rows are fetched: in what the name holds, or the last one before."""
    held = tree.value(owner)
    if isinstance(held, ast.Await):
        held = held.value
    if isinstance(held, ast.Call) and last_name(held.func) in RUNNERS:
        return held
    runs = _runs(tree).get((tree.scope(call), dotted_name(owner)), ())
    before = bisect_left(runs, (call.lineno, call.col_offset), key=lambda run: (run.lineno, run.col_offset))
    return runs[before - 1] if before else None


@lru_cache(maxsize=4)
def _runs(tree: Syntax) -> Mapping[tuple[ast.AST, str], Sequence[ast.Call]]:
    """Return the calls that run statements, by the function they are in and by what runs them, first to last."""
    runs: dict[tuple[ast.AST, str], list[ast.Call]] = {}
    for run in tree.called(*RUNNERS):
        if isinstance(run.func, ast.Attribute) and (name := dotted_name(run.func.value)):
            runs.setdefault((tree.scope(run), name), []).append(run)
    for found in runs.values():
        found.sort(key=lambda run: (run.lineno, run.col_offset))
    return runs


def _of_text(call: ast.expr, text: str | None, methods: Sequence[str]) -> Rows:
    if text is None:
        return Rows(call, None, methods, is_whole=False, is_bounded=True)
    bounded = is_bounded(text) or is_one_row(text)
    whole = not bounded and re.search(r"\bWHERE\b|\bHAVING\b|\0", text, re.IGNORECASE) is None
    return Rows(call, text, methods, is_whole=whole, is_bounded=bounded, table=table_of(text))


def _is_orm(calls: Sequence[ast.Call], methods: Sequence[str]) -> bool:
    """True for `Order.objects.all()`, `Order.query.all()` and `session.query(Order).all()`."""
    if any(name in MANAGERS for name in methods[1:-1]):
        return True
    if methods[0] not in ("all", "yield_per", "order_by", "filter", "filter_by", "limit", "offset"):
        return False
    if "query" in methods[1:] and methods[-2] == "query" and methods[-1][:1].isupper():
        return True
    return any(
        last_name(call.func) == "query"
        and isinstance(call.func, ast.Attribute)
        and DATABASE.fullmatch(last_name(call.func.value)) is not None
        and any(names_class(argument) for argument in call.args[:1])
        for call in calls
    )


def _is_scan(call: ast.Call, methods: Sequence[str]) -> bool:
    """True for `db.orders.find()`, `collection.find({})` and `table.scan()`: documents without a condition."""
    if methods[0] == "scan" and len(methods) > 1:
        return _TABLE.fullmatch(methods[1]) is not None and not call.args and keyword(call, "Limit") is None
    is_open = not call.args or (isinstance(call.args[0], ast.Dict) and not call.args[0].keys)
    return methods[0] == "find" and is_open and any(_COLLECTION.fullmatch(name) for name in methods[1:])


def names_class(node: ast.AST) -> bool:
    """True for a name written as classes are: `Order`, `models.Order`, `Order.name`."""
    first = [part for part in dotted_name(node).split(".") if part[:1].isupper()]
    return bool(first) and not first[0].isupper()


def _is_select(tree: Syntax, calls: Sequence[ast.Call]) -> bool:
    """True for `session.execute(select(Order)).scalars().all()` and `session.scalars(query)` of such a `query`."""
    return any(
        last_name(call.func) in _SELECTING and any("select" in chain_of(part) for part in _statements(tree, call))
        for call in calls
    )


def _statements(tree: Syntax, call: ast.Call) -> Sequence[ast.AST]:
    """Return the statement a call is given, or all that its name ever holds: `query = query.limit(9)`."""
    given = call.args[:1]
    name = given[0].id if given and isinstance(given[0], ast.Name) else ""
    return [value for value in tree.values(call, name) if isinstance(value, ast.Call)] if name else given


def _calls_in_chain(tree: Syntax, node: ast.AST) -> Sequence[ast.Call]:
    """Return the calls of a chain, last first, through the names it begins with."""
    calls: list[ast.Call] = []
    for _ in range(4):
        while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript, ast.Await)):
            if isinstance(node, ast.Call):
                calls.append(node)
            node = node.func if isinstance(node, ast.Call) else node.value
        node = tree.value(node)
    return calls


def _all_methods(tree: Syntax, calls: Sequence[ast.Call]) -> Sequence[str]:
    """Return the names of a chain and of the chains given to it, as in `execute(select(Order).limit(9)).all()`."""
    return [name for call in calls for part in (call, *_statements(tree, call)) for name in chain_of(part)]


def _of_chain(tree: Syntax, node: ast.Call, methods: Sequence[str], calls: Sequence[ast.Call]) -> Rows:
    is_small = any(method in _SHRINKING for method in methods)
    is_cut = "limit" in methods or _is_cut(node, tree)
    is_whole = not is_small and not is_cut and not any(method in _NARROWING for method in methods)
    table = _model(tree, methods, calls)
    return Rows(
        node, None, methods, is_whole=is_whole, is_bounded=is_small or is_cut, is_orm=True, table=table
    )  # fmt: skip


def _model(tree: Syntax, methods: Sequence[str], calls: Sequence[ast.Call]) -> str:
    """Return `Order` for `Order.objects`, `Order.query`, `session.query(Order)` and `execute(select(Order))`."""
    for call in calls:
        inner = [part for given in _statements(tree, call) for part in (given, *_links(given))]
        for made in (call, *inner):
            if isinstance(made, ast.Call) and last_name(made.func) in ("query", "select") and made.args:
                return next((part for part in dotted_name(made.args[0]).split(".") if part[:1].isupper()), "")
    pairs = pairwise(methods)
    return next((owner for name, owner in pairs if name in MANAGERS or name == "query"), "").removeprefix("self")


def _is_cut(node: ast.AST, tree: Syntax) -> bool:
    """True for `orders[:100]`, here or around."""
    return isinstance(tree.parents.get(node), ast.Subscript) or any(
        isinstance(part, ast.Subscript) for part in _links(node)
    )


def _links(node: ast.AST) -> Sequence[ast.AST]:
    links = []
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript, ast.Await)):
        links.append(node)
        node = node.func if isinstance(node, ast.Call) else node.value
    return links


_ROUTES = frozenset(
    {"route", "get", "post", "put", "delete", "patch", "api_route", "view_config", "action", "api_view"}
    | {"websocket", "expose"}
    | {"endpoint", "view", "http_get", "require_http_methods", "require_GET", "list_route", "query_root", "field"}
)
_VIEW = regex(r".*(View|ViewSet|Resource|Handler|Controller|Endpoint)")
_SMALL = regex(
    r"([\w.\"`]*[._])?(countr|currenc|setting|config|role|permission|languag|locale|status|state|type|kind|flag|feature|tier|plan|level"
    r"|timezone|migration|version|schema|meta|option|unit|region|site|department|lookup)\w*",
    re.IGNORECASE,
)


def is_endpoint(tree: Syntax, function: Function | None) -> bool:
    """True for a function that answers requests: routes of web frameworks, views, methods of handlers."""
    if function is None:
        return False
    decorators = [part.func if isinstance(part, ast.Call) else part for part in function.decorator_list]
    if any(isinstance(part, ast.Attribute) and part.attr in _ROUTES for part in decorators) or any(
        tree.name(part).rpartition(".")[2] in ("api_view", "require_GET", "require_http_methods") for part in decorators
    ):
        return True
    owner = tree.parents.get(function)
    if isinstance(owner, ast.ClassDef):
        is_view = _VIEW.fullmatch(owner.name) or any(_VIEW.fullmatch(last_name(base)) for base in owner.bases)
        return bool(is_view) and function.name in ("get", "list", "post", "on_get", "index", "get_queryset", "retrieve")
    given = [*function.args.posonlyargs, *function.args.args]
    return bool(given) and given[0].arg in ("request", "req")


def is_small_table(name: str) -> bool:
    """True for tables that hold what people have written down once: countries, settings, roles."""
    return _SMALL.fullmatch(name) is not None


def runs_once(file: ChangedFile) -> bool:
    """True for migrations, scripts and commands, which somebody starts and watches."""
    return _ONE_OFF.search(file.name) is not None
