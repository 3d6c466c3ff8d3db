"""Which calls run a text as SQL."""

import libcst as cst
import pytest

from reviewer.analysis.place import Place
from reviewer.analysis.sql_runners import gets_only_sql, is_sql_text, runner_at, runner_of
from tests.analysis.places import asked


def runner(code: str) -> str | None:
    """Return the function that runs what `made()` makes."""

    def ask(call: cst.Call, at: Place) -> str | None:
        found = runner_at(at) if at.code(call) == "made()" else None
        return at.code(found.func) if found is not None else None

    return next((name for name in asked(code, cst.Call, ask) if name is not None), None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def f(db):\n    db.execute(made())\n", "db.execute"),
        ("def f(db):\n    sql = made()\n    return db.fetchall(sql)\n", "db.fetchall"),
        ("def f(db):\n    sql = made()\n    return show(sql)\n", None),
        ("def f(db):\n    sql = made()\n    return db.execute(other)\n", None),
    ],
)
def test_a_text_is_run_where_it_stands_or_by_its_name(code: str, name: str | None) -> None:
    assert runner(code) == name


def test_a_runner_is_found_by_a_name_it_gets() -> None:
    code = "def f(db):\n    db.execute(first + second)\n    return 1\n"

    found = asked(code, cst.Return, lambda _, at: runner_of({"second"}, at) is not None)

    assert found == [True]


def test_some_get_nothing_but_sql() -> None:
    code = "a.execute(x)\na.raw(x)\na.fetchall(x)\n"

    assert asked(code, cst.Call, lambda call, _: gets_only_sql(call)) == [True, True, False]


def test_text_is_sql_if_it_is_that_of_sqlalchemy() -> None:
    assert asked("from sqlalchemy import text\ntext(x)\n", cst.Call, is_sql_text) == [True]
    assert asked("from shop import text\ntext(x)\n", cst.Call, is_sql_text) == [False]
