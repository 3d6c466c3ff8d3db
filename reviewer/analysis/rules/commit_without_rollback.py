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
    r"(self\.|cls\.)?_?(\w+[._])?(conn|connection|con|cnx|db|database|session|sess|tx|transaction|engine)",
    re.IGNORECASE,
)
_WRITES = frozenset(
    {
        "add",
        "add_all",
        "delete",
        "merge",
        "bulk_save_objects",
        "bulk_insert_mappings",
        "executemany",
        "insert",
        "update",
    }
    | {"executescript", "copy_from", "bulk_update_mappings"}
)
_CHANGING = regex(r"\s*(INSERT|UPDATE|DELETE|MERGE|REPLACE|ALTER|DROP|CREATE|TRUNCATE)\b", re.IGNORECASE)
_SAVED = frozenset({"create", "bulk_create", "update_or_create", "update", "delete", "bulk_update"})
_NO_MODELS = frozenset(
    {"self", "cls", "form", "serializer", "formset", "workbook", "wb", "image", "img", "figure", "doc"}
)
_COVERED = regex(r"\w*(transaction|atomic|unit_of_work|rollback)\w*")


class CommitWithoutRollback(ModuleRule):
    """Several writes are committed, and an error before the commit rolls nothing back.

    Why look: the connection keeps a half-done transaction, which the next user of it commits or trips over.
    Ask: what happens to the first write when the second fails?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    words = ("commit(", ".objects.")

    INVALID = (
        Example(
            "def pay(conn, a, b):\n    cur = conn.cursor()\n"
            "    cur.execute('UPDATE a SET x = x - 1 WHERE id = ?', (a,))\n"
            "    cur.execute('UPDATE a SET x = x + 1 WHERE id = ?', (b,))\n    conn.commit()\n"
        ),
        Example(
            "def join(self, user):\n    self.session.add(user)\n    self.session.add(user.shop)\n"
            "    self.session.commit()\n"
        ),
        Example("async def join(db, user):\n    db.add(user)\n    await db.commit()\n"),
        Example(
            "def save(conn, rows):\n    for row in rows:\n        conn.execute('INSERT INTO a (x) VALUES (?)', row)\n"
            "    conn.commit()\n"
        ),
        Example(
            "def save(db, order):\n    try:\n        db.session.add(order)\n        db.session.commit()\n"
            "    except ValueError:\n        log(order)\n"
        ),
        Example(
            "def move(conn, a, b):\n    with conn.cursor() as cur:\n        cur.execute('UPDATE stock SET n = n - 1')\n"
            "        cur.execute('UPDATE store SET n = n + 1')\n        conn.commit()\n"
        ),
        Example(
            "GIVE = 'UPDATE stock SET n = n + 1'\n\ndef move(conn, a, b):\n    cur = conn.cursor()\n"
            "    cur.execute(GIVE)\n    cur.execute('UPDATE store SET n = n - 1')\n    conn.commit()\n"
        ),
        Example(
            "from shop.models import Order, Line\n\ndef close(order):\n    Line.objects.create(order=order)\n"
            "    order.open = False\n    order.save()\n"
        ),
    )
    VALID = (
        Example(
            "from django.db import transaction\n\ndef close(order):\n    with transaction.atomic():\n"
            "        Line.objects.create(order=order)\n        order.save()\n"
        ),
        Example(
            "def close(order, kind):\n    if kind:\n        Line.objects.create(order=order)\n    else:\n"
            "        order.save()\n"
        ),
        Example("def close(order):\n    Line.objects.create(order=order)\n    Line.objects.filter(a=1).count()\n"),
        Example(
            "def save(session, order):\n    try:\n        session.add(order)\n        session.commit()\n"
            "    except Exception:\n"
            "        session.rollback()\n        raise\n"
        ),
        Example(
            "def save(conn, row):\n    with conn:\n"
            "        conn.execute('INSERT INTO a (x) VALUES (?)', row)\n        conn.commit()\n"
        ),
        Example(
            "def save(order):\n    with Session() as session:\n        session.add(order)\n        session.commit()\n"
        ),
        Example("@transactional\ndef save(session, order):\n    session.add(order)\n    session.commit()\n"),
        Example("def close(conn):\n    conn.commit()\n    conn.close()\n"),
        Example("def save(repo):\n    repo.add('tea.py')\n    repo.commit('more tea')\n"),
        Example("def read(conn):\n    conn.execute('SELECT 1')\n    conn.commit()\n"),
        Example(
            "def test_save(session, order):\n    session.add(order)\n    session.commit()\n", path="tests/test_a.py"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        functions: list[Function] = [*outline.every(ast.FunctionDef), *outline.every(ast.AsyncFunctionDef)]
        for function in functions:
            calls = [node for node in inside(function) if isinstance(node, ast.Call)]
            commits = [call for call in calls if _is_commit(call)]
            if _is_covered(function, calls):
                continue
            if commits:
                yield from _judge(commits[0], calls, outline)
            elif "migrations/" not in file.name:
                yield from _unbound(calls, outline)


def _judge(commit: ast.Call, calls: Sequence[ast.Call], outline: Outline) -> Iterator[LineSighting]:
    writes = [call for call in calls if call.lineno <= commit.lineno and _is_write(call, outline)]
    if not writes:
        return
    is_many = len(writes) > 1 or outline.above(writes[0], ast.For, ast.While) is not None
    name = outline.quote(commit)
    what = f"{len(writes)} writes" if len(writes) > 1 else f"`{outline.quote(writes[0])}`"
    message = f"`{name}` follows {what}, and nothing rolls back when one fails before it"
    yield LineSighting(outline.line(commit), message, None if is_many else Severity.LOW)


def _unbound(calls: Sequence[ast.Call], outline: Outline) -> Iterator[LineSighting]:
    """Report objects of Django saved one after the other, each in a transaction of its own."""
    writes = [
        call for call in calls if _is_saved(call) and not outline.above(call, ast.If, ast.Try, ast.For, ast.While)
    ]
    has_manager = any(".objects." in code_of(call.func) for call in writes)
    texts = {code_of(call) for call in writes}
    if has_manager and len(writes) > 1 and len(texts) > 1:
        first, second = writes[0], writes[1]
        message = f"when `{outline.quote(second)}` fails, `{outline.quote(first)}` has been written: no transaction"
        yield LineSighting(outline.line(second), message, Severity.LOW)


def _is_saved(call: ast.Call) -> bool:
    """True for `Order.objects.create(…)`, `….filter(…).update(…)` and `order.save()`."""
    if not isinstance(call.func, ast.Attribute):
        return False
    method, owner = call.func.attr, call.func.value
    if ".objects." in f"{code_of(owner)}.":
        return method in _SAVED
    return method in ("save", "delete") and isinstance(owner, ast.Name) and owner.id not in _NO_MODELS


def _is_commit(call: ast.Call) -> bool:
    """True for `session.commit()`; a repository's commit has a message."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return method_of(call) == "commit" and not call.args and owner is not None and _is_database(owner)


def _is_database(owner: ast.expr) -> bool:
    return _DATABASE.fullmatch(dotted(owner)) is not None


def _is_write(call: ast.Call, outline: Outline) -> bool:
    if method_of(call) == "execute" and call.args:
        given = call.args[0]
        given = outline.source.constants.get(given.id, given) if isinstance(given, ast.Name) else given
        text = code_of(given).lstrip("frbu\"'( \\n")
        return _CHANGING.match(text.replace("\\n", " ")) is not None or text.startswith(
            ("insert(", "update(", "delete(")
        )
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (
        method_of(call) in _WRITES and owner is not None and (_is_database(owner) or method_of(call) == "executemany")
    )


def _is_covered(function: Function, calls: Sequence[ast.Call]) -> bool:
    """True if something else rolls back: a `with`, a decorator, a handler of this function."""
    decorators = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
    if any(_COVERED.fullmatch(dotted(one).rpartition(".")[2]) for one in decorators):
        return True
    if any("rollback" in method_of(call) or method_of(call) in ("begin", "begin_nested", "atomic") for call in calls):
        return True
    managers = [item for node in inside(function) if isinstance(node, (ast.With, ast.AsyncWith)) for item in node.items]
    # Leaving a cursor's block closes the cursor, and rolls nothing back.
    names = [code_of(item.context_expr).lower() for item in managers if _method(item.context_expr) != "cursor"]
    words = ("session", "conn", "transaction", "atomic", "begin", "db", "engine", "uow", "unit_of_work")
    return any(word in name for name in names for word in words)


def _method(node: ast.expr) -> str:
    return method_of(node) if isinstance(node, ast.Call) else ""
