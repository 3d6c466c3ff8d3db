"""Where rows come from, and whether anything keeps their number down."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.rows import Rows, is_endpoint, is_small_table, rows_of, runs_once
from reviewer.analysis.source import read_source
from reviewer.analysis.syntax import syntax_of


def _rows(body: str) -> Rows | None:
    code = "async def f(cursor, connection, session, pool, db):\n" + "".join(
        f"    {line}\n" for line in body.split("\n")
    )
    tree = syntax_of(read_source(code.encode()))
    return rows_of(tree, next(tree.called("here")).args[0])


@pytest.mark.parametrize(
    ("body", "table"),
    [
        ("cursor.execute('SELECT a FROM orders')\nhere(cursor.fetchall())", "orders"),
        ("rows = connection.execute('SELECT a FROM orders').fetchall()\nhere(rows)", "orders"),
        ("result = connection.execute(text('SELECT a FROM orders'))\nhere(result.fetchall())", "orders"),
        ("here(await pool.fetch('SELECT a FROM orders'))", "orders"),
        ("here(list(Order.objects.all()))", "Order"),
        ("here(enumerate(Order.query.all()))", "Order"),
        ("here(session.query(Order).order_by(Order.day).all())", "Order"),
        ("found = await session.execute(select(Order))\nhere(found.scalars().all())", "Order"),
        ("here(db.orders.find({}))", "orders"),
    ],
)
def test_a_whole_table_is_known_by_its_name(body: str, table: str) -> None:
    rows = _rows(body)

    assert rows is not None
    assert (rows.table, rows.is_whole, rows.is_bounded) == (table, True, False)


@pytest.mark.parametrize(
    "body",
    [
        "cursor.execute('SELECT a FROM orders LIMIT 9')\nhere(cursor.fetchall())",
        "cursor.execute('SELECT COUNT(*) FROM orders')\nhere(cursor.fetchall())",
        "cursor.execute('SELECT a FROM orders WHERE order_id = ?', x)\nhere(cursor.fetchall())",
        "here(session.query(Order).limit(9).all())",
        "here(Order.objects.all().iterator())",
    ],
)
def test_few_rows_are_bounded(body: str) -> None:
    rows = _rows(body)

    assert rows is not None
    assert rows.is_bounded
    assert not rows.is_whole


def test_a_condition_keeps_rows_down_without_a_bound() -> None:
    rows = _rows("cursor.execute('SELECT a FROM orders WHERE paid')\nhere(cursor.fetchall())")

    assert rows is not None
    assert (rows.is_whole, rows.is_bounded) == (False, False)


def test_the_last_statement_run_is_the_one_fetched() -> None:
    rows = _rows("cursor.execute('SELECT a FROM b')\ncursor.execute('SELECT a FROM c')\nhere(cursor.fetchall())")

    assert rows is not None
    assert rows.table == "c"


@pytest.mark.parametrize(
    "body", ["here(page.find_all('a'))", "here(registry.all())", "here(cursor.fetchall())", "here(names)", "here(f(x))"]
)
def test_what_is_no_query_brings_no_rows(body: str) -> None:
    assert _rows(body) is None


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("@app.get('/')\ndef f():\n    pass\n", True),
        ("def f(request):\n    pass\n", True),
        ("class A(View):\n    def get(self):\n        pass\n", True),
        ("@cache\ndef f(x):\n    pass\n", False),
        ("class A:\n    def get(self):\n        pass\n", False),
    ],
)
def test_an_endpoint_answers_requests(code: str, answers: bool) -> None:
    tree = syntax_of(read_source(code.encode()))

    assert is_endpoint(tree, next(tree.functions())) is answers


def test_small_tables_are_known_by_name() -> None:
    assert is_small_table("countries")
    assert is_small_table("shop.user_roles")
    assert not is_small_table("orders")


def test_migrations_and_scripts_run_once() -> None:
    def file(path: bytes) -> ChangedFile:
        return ChangedFile(path, None, b"", frozenset(), frozenset())

    assert runs_once(file(b"shop/migrations/0001_a.py"))
    assert runs_once(file(b"scripts/fix.py"))
    assert not runs_once(file(b"shop/orders.py"))
