import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rows import rows_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import Syntax, code, last_name, syntax_of

# Local, or made one at a time: counting them costs no more than making them.
_CHEAP = frozenset(
    {
        "range",
        "enumerate",
        "zip",
        "open",
        "split",
        "splitlines",
        "finditer",
        "findall",
        "walk",
        "iterdir",
        "glob",
        "rglob",
    }
    | {"items", "keys", "values", "reader", "sorted", "reversed", "map", "filter", "groupby", "chain"}
    | {"product", "list", "set"}
)


class CountByIteration(ModuleRule):
    """Everything is fetched only to be counted.

    Why look: a count is one number; the rows, pages or objects behind it may be millions.
    Ask: can the other side count?
    """

    informs = "scale"
    severity = Severity.LOW
    words = ("+= 1", "+ 1", "len(", "sum(1")

    INVALID = (
        Example(
            "def count(container):\n    number = 0\n    for blob in container.list_blobs():\n"
            "        number += 1\n    return number\n"
        ),
        Example("def count():\n    return len(Order.objects.all())\n"),
        Example("def count(session):\n    return len(session.query(Order).filter(Order.paid).all())\n"),
        Example(
            "def count(cursor):\n    cursor.execute('SELECT id FROM orders WHERE paid')\n"
            "    return len(cursor.fetchall())\n"
        ),
        Example("def count():\n    return sum(1 for _ in Order.objects.filter(paid=True))\n"),
        Example(
            "def count(client):\n    count = 0\n    for entity in client.query_entities('paid eq true'):\n"
            "        count = count + 1\n    return count\n"
        ),
        Example(
            "def paid(cursor):\n    rows = cursor.execute('SELECT id FROM orders').fetchall()\n    return len(rows)\n"
        ),
        Example(
            "def count(conn):\n    rows = conn.execute('SELECT id FROM teas')\n    n = 0\n    for _ in rows:\n"
            "        n += 1\n    return n\n"
        ),
        Example(
            "def count(session):\n    n = 0\n    for tea in session.query(Tea).filter(Tea.sold):\n        n += 1\n"
            "    return n\n"
        ),
    )
    VALID = (
        Example("def count(lines):\n    return sum(1 for line in lines if line)\n"),
        Example(
            "def count(text):\n    number = 0\n    for line in text.splitlines():\n        number += 1\n"
            "    return number\n"
        ),
        Example("def count():\n    return Order.objects.filter(paid=True).count()\n"),
        Example(
            "def send(cursor):\n    rows = cursor.execute('SELECT id FROM orders').fetchall()\n"
            "    log(len(rows))\n    for row in rows:\n        mail(row)\n"
        ),
        Example(
            "def count(container):\n    size = 0\n    for blob in container.list_blobs():\n"
            "        size += blob.size\n    return size\n"
        ),
        Example(
            "def send(orders):\n    sent = 0\n    for order in orders.pending():\n        mail(order)\n"
            "        sent += 1\n    return sent\n"
        ),
        Example("def test_it():\n    assert len(Order.objects.all()) == 2\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for kind in (ast.For, ast.AsyncFor):
            for loop in tree.nodes.get(kind, ()):
                yield from _counted(tree, loop)
        for call in tree.called("len", "sum"):
            if (values := _values(call)) is not None and (rows := rows_of(tree, values)) is not None:
                is_used = isinstance(values, ast.Attribute) or (
                    isinstance(values, ast.Name) and _uses(tree, values) > 1
                )
                if not rows.is_bounded and not is_used:
                    yield LineSighting(tree.line(call), f"`{code(call)}` reads all the rows to count them")


def _counted(tree: Syntax, loop: ast.AST) -> Iterator[LineSighting]:
    """A loop over what a call brings, that does nothing but count."""
    if not isinstance(loop, (ast.For, ast.AsyncFor)) or len(loop.body) != 1 or not _is_count(loop.body[0]):
        return
    source = tree.value(loop.iter)
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Attribute):
        return
    if last_name(source.func) not in _CHEAP or rows_of(tree, source) is not None:
        yield LineSighting(tree.line(loop), f"every element of `{code(source)}` is fetched to be counted")


def _is_count(statement: ast.stmt) -> bool:
    match statement:
        case ast.AugAssign(op=ast.Add(), value=ast.Constant(value=1)):
            return True
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.BinOp(ast.Name(id=other), ast.Add(), ast.Constant(value=1))
        ):
            return name == other
        case _:
            return False


def _values(call: ast.Call) -> ast.expr | None:
    match call:
        case ast.Call(func=ast.Name(id="len"), args=[values]):
            return values
        case ast.Call(
            func=ast.Name(id="sum"),
            args=[ast.GeneratorExp(ast.Constant(value=1), [ast.comprehension(iter=values, ifs=[])])],
        ):
            return values
        case _:
            return None


def _uses(tree: Syntax, name: ast.Name) -> int:
    """Return how often a name is read where this one is."""
    scope = tree.scope(name)
    return sum(
        isinstance(node, ast.Name)
        and node.id == name.id
        and isinstance(node.ctx, ast.Load)
        and tree.scope(node) is scope
        for node in tree.nodes.get(ast.Name, ())
    )
