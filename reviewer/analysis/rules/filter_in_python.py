import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rows import Rows, is_small_table, rows_of, runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import COMPREHENSIONS, Loop, Syntax, code, dotted_name, last_name, names_in, syntax_of

_GATHERING = frozenset({"setdefault", "append", "add", "update"})
_ORDERING = frozenset({"sorted", "max", "min"})
_COUNTING = frozenset({"Counter", "sum", "groupby", "fmean", "mean"})


class FilterInPython(ModuleRule):
    """Rows are read from a database only to be sorted out, added up or grouped in Python.

    Why look: all of them are sent and held, though the database could answer with the few that matter.
    Ask: why not WHERE, GROUP BY, SUM or ORDER BY?
    """

    informs = "scale"
    severity = Severity.HIGH
    words = ("fetch", "find(", "scan(", "all()", "read_sql", ".objects", "query", "select(", "execute", "SELECT")

    INVALID = (
        Example(
            "def paid(cursor):\n    cursor.execute('SELECT id, paid FROM orders')\n"
            "    for row in cursor.fetchall():\n        if row['paid']:\n            send(row)\n"
        ),
        Example(
            "def late(cursor, today):\n    cursor.execute('SELECT * FROM orders')\n"
            "    rows = cursor.fetchall()\n    return [row for row in rows if row[3] < today]\n"
        ),
        Example(
            "def open_orders(session):\n    found = []\n    for order in session.query(Order).all():\n"
            "        if order.state != 'open':\n            continue\n        found.append(order)\n"
            "    return found\n"
        ),
        Example(
            "def totals(cursor):\n    cursor.execute('SELECT shop, total FROM orders')\n    sums = {}\n"
            "    for shop, total in cursor.fetchall():\n        sums[shop] = sums.get(shop, 0) + total\n"
            "    return sums\n"
        ),
        Example("def revenue():\n    return sum(order.total for order in Order.objects.all())\n"),
        Example(
            "def newest(connection):\n"
            "    rows = connection.execute('SELECT id, day FROM orders').fetchall()\n"
            "    return sorted(rows, key=lambda row: row['day'])\n"
        ),
        Example(
            "async def big(pool):\n    rows = await pool.fetch('SELECT id, total FROM orders')\n"
            "    return [dict(row) for row in rows if row['total'] > 100]\n"
        ),
        Example(
            "import pandas as pd\n\ndef paid(engine):\n"
            "    frame = pd.read_sql('SELECT * FROM orders', engine)\n    return frame[frame['paid'] == 1]\n"
        ),
        Example("def names():\n    return {user.id: user.name for user in User.objects.all() if user.is_active}\n"),
    )
    VALID = (
        Example(
            "def paid(cursor):\n    cursor.execute('SELECT id FROM orders WHERE paid')\n"
            "    for row in cursor.fetchall():\n        send(row)\n"
        ),
        Example("def late(rows, today):\n    return [row for row in rows if row[3] < today]\n"),
        Example(
            "def seen(session, user):\n"
            "    return [order for order in session.query(Order).all() if may_see(user, order)]\n"
        ),
        Example(
            "def totals(cursor):\n    cursor.execute('SELECT shop, SUM(total) FROM orders GROUP BY shop')\n"
            "    return {shop: total for shop, total in cursor.fetchall() if total}\n"
        ),
        Example(
            "def some(cursor):\n    cursor.execute('SELECT id, paid FROM orders LIMIT 10')\n"
            "    return [row for row in cursor.fetchall() if row['paid']]\n"
        ),
        Example("def send():\n    for order in Order.objects.all().iterator():\n        mail(order)\n"),
        Example("def by_id(session):\n    return {order.id: order for order in session.query(Order).all()}\n"),
        Example("def open_files(paths):\n    return [path for path in paths if path.suffix == '.txt']\n"),
        Example(
            "def test_it(cursor):\n    cursor.execute('SELECT id, paid FROM orders')\n"
            "    assert [row for row in cursor.fetchall() if row['paid']]\n",
            path="tests/test_it.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for kind in (ast.For, ast.AsyncFor, ast.comprehension):
            for loop in tree.nodes.get(kind, ()):
                if isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension)):
                    yield from _gone_through(tree, loop, file)
        for call in tree.called("sorted", "max", "min", "filter", "sort"):
            yield from _ordered(tree, call)
        for subscript in tree.nodes.get(ast.Subscript, ()):
            yield from _picked(tree, subscript, file)


def _gone_through(tree: Syntax, loop: Loop, file: ChangedFile) -> Iterator[LineSighting]:
    if isinstance(loop, ast.While):
        return
    done = _filtered(loop) or _summed(tree, loop)
    rows = rows_of(tree, loop.iter) if done else None
    if rows is None or rows.is_bounded or is_small_table(rows.table):
        return
    yield LineSighting(tree.line(loop.iter), _message(rows, done), _severity(rows, done, file))


def _message(rows: Rows, done: str) -> str:
    of = f"rows of `{rows.table}`" if rows.table else "database rows"
    return f"{of} are {done} in Python, after `{code(rows.call)}`"


def _severity(rows: Rows, done: str, file: ChangedFile) -> Severity:
    """What is thrown away was read for nothing; what is added up was at least needed."""
    if not rows.is_whole or runs_once(file):
        return Severity.LOW if done == "sorted out" else Severity.INFO
    return Severity.HIGH if done == "sorted out" else Severity.MEDIUM


def _filtered(loop: ast.For | ast.AsyncFor | ast.comprehension) -> str:
    names = names_in(loop.target)
    if isinstance(loop, ast.comprehension):
        return "sorted out" if any(_asks_columns(test, names) for test in loop.ifs) else ""
    first = loop.body[0]
    is_test = isinstance(first, ast.If) and not first.orelse and _asks_columns(first.test, names)
    # A test with more behind it keeps rows out only if it goes on with the next one.
    is_filter = (
        is_test and isinstance(first, ast.If) and (len(loop.body) == 1 or isinstance(first.body[-1], ast.Continue))
    )
    return "sorted out" if is_filter else ""


def _asks_columns(test: ast.expr, names: set[str]) -> bool:
    """True for `row["paid"]`, `order.state != "open"` and `row[3] < today`; not for `may_see(user, row)`."""
    asks = False
    for part in nodes_in(test):
        if isinstance(part, ast.Call) and any(isinstance(arg, ast.Name) and arg.id in names for arg in part.args):
            return False
        if isinstance(part, (ast.Subscript, ast.Attribute)) and dotted_name(part.value) in names:
            asks = True
        if isinstance(part, ast.Compare) and isinstance(part.left, ast.Name) and part.left.id in names:
            asks = asks or not any(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in part.ops)
    return asks and not any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and dotted_name(part.func.value) in names
        and part.func.attr != "get"
        for part in nodes_in(test)
    )


def _summed(tree: Syntax, loop: ast.For | ast.AsyncFor | ast.comprehension) -> str:
    names = names_in(loop.target)
    if isinstance(loop, ast.comprehension):
        made = tree.parents.get(loop)
        taker = tree.parents.get(made) if isinstance(made, COMPREHENSIONS) else None
        is_taken = (
            isinstance(taker, ast.Call)
            and last_name(taker.func) in _COUNTING
            and isinstance(made, (ast.GeneratorExp, ast.ListComp))
        )
        return (
            "added up"
            if is_taken and isinstance(made, (ast.GeneratorExp, ast.ListComp)) and names_in(made.elt) & names
            else ""
        )
    if len(loop.body) > 2:
        return ""
    last = loop.body[-1]
    match last:
        case ast.AugAssign(target=ast.Subscript(slice=key)) if names_in(key) & names:
            return "grouped"
        case ast.Assign(targets=[ast.Subscript(value=kept, slice=key)], value=value) if names_in(key) & names:
            return (
                "grouped"
                if dotted_name(kept) and dotted_name(kept) in {dotted_name(p) for p in nodes_in(value)}
                else ""
            )
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Attribute(attr="setdefault"), args=[key, *_]), attr="append" | "add"
                )
            )
        ) if names_in(key) & names:
            return "grouped"
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Subscript(slice=key), attr="append" | "add"))) if (
            names_in(key) & names
        ):
            return "grouped"
        case ast.AugAssign(op=ast.Add(), value=ast.Subscript() | ast.Attribute() as value) if (
            dotted_name(value.value) in names
        ):
            return "added up"
        case _:
            return ""


def _ordered(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    """`sorted(rows, key=…)`, `rows.sort(…)`, `max(rows, key=…)` and `filter(lambda row: …, rows)`."""
    name = last_name(call.func)
    if name == "sort":
        values = call.func.value if isinstance(call.func, ast.Attribute) and not call.args else None
    elif name == "filter":
        values = call.args[1] if isinstance(call.func, ast.Name) and len(call.args) == 2 else None
    else:
        values = call.args[0] if isinstance(call.func, ast.Name) and call.args and call.keywords else None
    rows = rows_of(tree, values) if values is not None else None
    if rows is None or rows.is_bounded or is_small_table(rows.table):
        return
    done = "sorted out" if name == "filter" else "put in order"
    severity = Severity.MEDIUM if rows.is_whole else Severity.INFO
    yield LineSighting(tree.line(call), _message(rows, done), severity)


def _picked(tree: Syntax, node: ast.AST, file: ChangedFile) -> Iterator[LineSighting]:
    """`frame[frame["paid"] == 1]` on a frame read by SQL."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Compare() | ast.BinOp() as test, ctx=ast.Load()):
            rows = rows_of(tree, node.value) if name in names_in(test) else None
            if rows is not None and last_name(rows.call).startswith("read_") and not rows.is_bounded:
                yield LineSighting(tree.line(node), _message(rows, "sorted out"), _severity(rows, "sorted out", file))
