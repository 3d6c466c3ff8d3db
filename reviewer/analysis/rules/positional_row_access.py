import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rows import Rows, rows_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.sql import stars
from reviewer.analysis.syntax import Syntax, dotted_name, syntax_of


class PositionalRowAccess(ModuleRule):
    """A column of a database row is taken by its number.

    Why look: a column added or moved changes what the number means, and nothing fails.
    Ask: can the row be unpacked, or the column be named?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ("execute", "fetch", "query", "SELECT", "select")

    INVALID = (
        Example(
            "def total(cursor):\n    cursor.execute('SELECT * FROM orders')\n"
            "    return sum(row[3] for row in cursor.fetchall())\n"
        ),
        Example(
            "def send(connection):\n    for row in connection.execute('SELECT * FROM orders'):\n        mail(row[1])\n"
        ),
        Example(
            "def name(cursor, user):\n    cursor.execute('SELECT * FROM users WHERE id = ?', (user,))\n"
            "    row = cursor.fetchone()\n    return row[2]\n"
        ),
        Example(
            "def load(cursor):\n    cursor.execute('SELECT id, shop, day, total FROM orders')\n"
            "    for row in cursor.fetchall():\n        yield Order(row[0], row[1], row[2], row[3])\n"
        ),
    )
    VALID = (
        Example(
            "def total(cursor):\n    cursor.execute('SELECT id, total FROM orders')\n"
            "    return sum(total for _, total in cursor.fetchall())\n"
        ),
        Example(
            "def ids(cursor):\n    cursor.execute('SELECT id FROM orders')\n"
            "    return [row[0] for row in cursor.fetchall()]\n"
        ),
        Example(
            "def send(connection):\n    for row in connection.execute('SELECT * FROM orders'):\n"
            "        mail(row['email'])\n"
        ),
        Example("def pairs(rows):\n    return [row[1] for row in rows]\n"),
        Example(
            "def columns(cursor):\n    cursor.execute('PRAGMA table_info(orders)')\n"
            "    return [row[1] for row in cursor.fetchall()]\n"
        ),
        Example(
            "def columns(cursor):\n    cursor.execute('SELECT * FROM orders LIMIT 0')\n"
            "    return [column[1] for column in cursor.description]\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        told: set[tuple[ast.AST, str]] = set()
        for node in tree.nodes.get(ast.Subscript, ()):
            match node:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(index)), ctx=ast.Load()) if (
                    index > 0
                ):
                    key = (tree.scope(node), name)
                    rows = _row(tree, node, name) if key not in told else None
                    if rows is not None and rows.text is not None:
                        told.add(key)
                        yield from _taken(tree, node, name, index, rows.text)


def _taken(tree: Syntax, node: ast.AST, name: str, index: int, text: str) -> Iterator[LineSighting]:
    of = "every column there is" if next(stars(text), None) is not None else "a list of columns written elsewhere"
    severity = Severity.LOW if of.startswith("every") else Severity.INFO
    yield LineSighting(tree.line(node), f"`{name}[{index}]` counts through {of}", severity)


def _row(tree: Syntax, node: ast.AST, name: str) -> Rows | None:
    """Return where a loop's variable, or what `fetchone()` gave, comes from."""
    for value in tree.values(node, name):
        match value:
            case ast.For(iter=source) | ast.AsyncFor(iter=source) | ast.comprehension(iter=source):
                return rows_of(tree, source)
            case ast.Call(func=ast.Attribute(value=owner, attr="fetchone" | "first" | "one")):
                return _fetched(tree, value, owner)
    return None


def _fetched(tree: Syntax, fetch: ast.AST, owner: ast.expr) -> Rows | None:
    """Return the rows of the last statement run before by the one that fetches."""
    runs = [
        run
        for run in tree.called("execute")
        if isinstance(run.func, ast.Attribute)
        and (run is owner or run is tree.value(owner) or dotted_name(run.func.value) == dotted_name(owner) != "")
        and tree.scope(run) is tree.scope(fetch)
        and tree.line(run) <= tree.line(fetch)
    ]
    return rows_of(tree, max(runs, key=lambda run: run.lineno)) if runs else None
