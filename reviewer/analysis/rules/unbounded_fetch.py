import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rows import FETCHES, READERS, RUNNERS, Rows, is_endpoint, is_small_table, rows_made_by, runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.sql import stars
from reviewer.analysis.syntax import Syntax, code, last_name, syntax_of

# Where rows go that are read one by one.
_WRITERS = frozenset({"writerow", "write", "writelines", "write_row"})
_TAKERS = frozenset({"list", "tuple", "set", "sorted", "dict", "max", "min", "sum", "DataFrame"})


class UnboundedFetch(ModuleRule):
    """Every row of a table is read into memory.

    Why look: it works with the rows of today; the table grows and the memory does not.
    Ask: how many rows will there be in three years?
    """

    informs = "scale"
    severity = Severity.HIGH
    words = ("fetch", "find(", "scan(", "all()", "read_sql", ".objects", "query", "select(", "execute", "SELECT")

    INVALID = (
        Example(
            "def total(cursor):\n    cursor.execute('SELECT * FROM orders')\n    rows = cursor.fetchall()\n"
            "    return sum(row.total for row in rows)\n"
        ),
        Example("def names(connection):\n    return connection.execute('SELECT name FROM users').fetchall()\n"),
        Example("def orders(session):\n    return session.query(Order).order_by(Order.day).all()\n"),
        Example("def report():\n    orders = Order.query.all()\n    return [order.total for order in orders]\n"),
        Example("def ids():\n    return list(Order.objects.values_list('id', flat=True))\n"),
        Example("def send():\n    for order in Order.objects.all():\n        mail(order)\n"),
        Example(
            "import pandas as pd\n\ndef load(engine):\n    return pd.read_sql('SELECT id, total FROM orders', engine)\n"
        ),
        Example(
            "async def load(session):\n    found = await session.execute(select(Order))\n"
            "    return found.scalars().all()\n"
        ),
        Example("def load(db):\n    return list(db.orders.find())\n"),
        Example("async def load(pool):\n    return await pool.fetch('SELECT id FROM orders')\n"),
        Example(
            "def upgrade():\n    rows = op.get_bind().execute('SELECT id, total FROM orders').fetchall()\n",
            path="migrations/0002_totals.py",
        ),
        Example(
            "def f(conn, out, shop):\n    rows = conn.execute('SELECT a FROM teas WHERE s = ?', (shop,)).fetchall()\n"
            "    for row in rows:\n        out.writerow(row)\n"
        ),
    )
    VALID = (
        Example(
            "def export(conn, out, shop):\n    for row in conn.execute('SELECT a FROM teas WHERE shop = ?', (shop,)):\n"
            "        out.writerow(row)\n"
        ),
        Example(
            "def some(cursor):\n    cursor.execute('SELECT id FROM orders LIMIT 100')\n    return cursor.fetchall()\n"
        ),
        Example(
            "def some(cursor, user):\n"
            "    cursor.execute('SELECT id FROM orders WHERE user_id = %s', (user,))\n"
            "    return cursor.fetchall()\n"
        ),
        Example(
            "def count(cursor):\n    cursor.execute('SELECT shop, COUNT(*) FROM orders GROUP BY shop')\n"
            "    return cursor.fetchall()\n"
        ),
        Example("def first(session):\n    return session.query(Order).limit(10).all()\n"),
        Example("def send():\n    for order in Order.objects.all().iterator():\n        mail(order)\n"),
        Example("def newest():\n    return list(Order.objects.order_by('-day')[:20])\n"),
        Example("def of(shop):\n    return list(Order.objects.filter(shop=shop))\n"),
        Example(
            "import pandas as pd\n\ndef load(engine):\n"
            "    return pd.read_sql('SELECT id FROM orders', engine, chunksize=1000)\n"
        ),
        Example("def orders():\n    return Order.objects.all()\n"),
        Example(
            "def countries(cursor):\n    cursor.execute('SELECT code, name FROM countries')\n"
            "    return cursor.fetchall()\n"
        ),
        Example(
            'def tables(cursor):\n    cursor.execute("SELECT name FROM sqlite_master")\n    return cursor.fetchall()\n'
        ),
        Example("def names(tag):\n    return tag.find_all('a'), page.query.all(), registry.all()\n"),
        Example(
            "def test_it(cursor):\n    cursor.execute('SELECT id FROM orders')\n    assert cursor.fetchall() == []\n",
            path="tests/test_it.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called(*FETCHES, *READERS, *RUNNERS, *_TAKERS, "to_list", "scan"):
            found = _read(tree, call)
            if found is None or found.is_chunked or _is_said_elsewhere(tree, call):
                continue
            if found.is_whole:
                yield from _said(tree, call, found, file)
            elif not found.is_bounded and last_name(call.func) == "fetchall" and _is_copied(tree, call) is not None:
                message = f"`{code(call)}` holds all rows in memory, only to write them out one by one"
                yield LineSighting(tree.line(call), message, Severity.LOW)
        for loop in [*tree.nodes.get(ast.For, ()), *tree.nodes.get(ast.comprehension, ())]:
            found = rows_made_by(tree, loop.iter) if isinstance(loop, (ast.For, ast.comprehension)) else None
            if found is not None and found.is_django and found.is_whole and not _is_said_elsewhere(tree, found.call):
                yield from _said(tree, found.call, found, file)


def _read(tree: Syntax, call: ast.Call) -> Rows | None:
    """Return the rows that a call brings into memory; a queryset of Django brings none until it is gone through."""
    method = last_name(call.func)
    if isinstance(call.func, ast.Name) and method in _TAKERS:
        made = rows_made_by(tree, call.args[0]) if call.args else None
        return made if made is not None and (made.is_django or last_name(made.call) == "find") else None
    if method == "to_list" and isinstance(call.func, ast.Attribute):
        has_limit = any(
            isinstance(part, ast.Constant) and part.value for part in [*call.args, *(w.value for w in call.keywords)]
        )
        return None if has_limit else rows_made_by(tree, call.func.value)
    made = rows_made_by(tree, call)
    if made is None or made.is_django or method == "find":
        return None
    is_lazy = made.text is not None and method in (
        "execute",
        "exec_driver_sql",
        "sql",
        "query",
        "exec",
        "aexecute",
        "raw",
    )
    return None if is_lazy or (made.is_orm and method not in ("all", "fetchall", "find_all", "scan")) else made


def _is_copied(tree: Syntax, call: ast.Call) -> ast.For | None:
    """Return the loop that writes the rows out one by one, and is all they were fetched for."""
    above = tree.parents.get(call)
    loops: list[ast.AST] = [above] if isinstance(above, ast.For) and above.iter is call else []
    if isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
        name, scope = above.targets[0].id, tree.scope(call)
        uses = [
            node
            for node in tree.nodes.get(ast.Name, ())
            if isinstance(node, ast.Name)
            and node.id == name
            and isinstance(node.ctx, ast.Load)
            and tree.scope(node) is scope
        ]
        parent = tree.parents.get(uses[0]) if len(uses) == 1 else None
        loops = [parent] if isinstance(parent, ast.For) and parent.iter is uses[0] else []
    for loop in loops:
        written = [part for part in nodes_in(loop) if isinstance(part, ast.Call) and last_name(part.func) in _WRITERS]
        if written and isinstance(loop, ast.For):
            return loop
    return None


def _is_said_elsewhere(tree: Syntax, call: ast.expr) -> bool:
    """True where another rule speaks: rows that are only counted, and lists that are answers to requests."""
    above = tree.parents.get(call)
    is_counted = isinstance(above, ast.Call) and last_name(above.func) == "len"
    return is_counted or is_endpoint(tree, tree.function(call))


def _said(tree: Syntax, call: ast.expr, rows: Rows, file: ChangedFile) -> Iterator[LineSighting]:
    if is_small_table(rows.table):
        return
    of = f" of `{rows.table}`" if rows.table else ""
    severity = Severity.MEDIUM
    if runs_once(file):
        severity = Severity.LOW
    elif rows.text is not None and next(stars(rows.text), None) is not None:
        severity = Severity.HIGH
    yield LineSighting(tree.line(call), f"`{code(call)}` reads every row{of} into memory", severity)
