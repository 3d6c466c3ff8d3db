"""SQL in strings: what is a statement, what stands for a value, and what reads every column."""

import time

import pytest

from reviewer.analysis.sql import (
    blank_comments,
    continues_statement,
    expects_value,
    is_bounded,
    is_one_row,
    reads_rows,
    stars,
    statement_of,
    table_of,
)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("SELECT id FROM orders", "SELECT"),
        ("\n  -- all of them\n  select id from orders", "SELECT"),
        ("(SELECT \0 FROM \0)", "SELECT"),
        ("INSERT OR IGNORE INTO orders VALUES (1)", "INSERT"),
        ("update orders set paid = 1", "UPDATE"),
        ("DELETE FROM orders", "DELETE"),
        ("WITH paid (id) AS (SELECT 1) SELECT id FROM paid", "WITH"),
        ("CREATE TEMP TABLE \0 (id int)", "CREATE"),
    ],
)
def test_a_statement_is_known_by_its_first_words(text: str, verb: str) -> None:
    assert statement_of(text) == verb


@pytest.mark.parametrize(
    "text",
    [
        "Select a file from the list",
        "select one of the shops from \0",
        "Update the settings",
        "Delete from \0?",
        "cannot SELECT id FROM orders",
        "SELECT",
        "",
    ],
)
def test_prose_is_no_statement(text: str) -> None:
    assert statement_of(text) is None


def test_a_clause_in_capitals_continues_a_statement() -> None:
    assert continues_statement(" WHERE id = ")
    assert continues_statement("\nLEFT JOIN shops ON")
    assert not continues_statement(" and so on")


@pytest.mark.parametrize("before", ["WHERE id = ", "WHERE name LIKE '%", "VALUES (\0, ", "LIMIT ", "IN (", 'name = "'])
def test_a_value_follows_a_comparison_or_a_quote(before: str) -> None:
    assert expects_value(before)


@pytest.mark.parametrize("before", ["SELECT ", "FROM ", "ORDER BY ", "WHERE name = 'a' AND ", "INSERT INTO "])
def test_a_name_or_a_clause_is_no_value(before: str) -> None:
    assert not expects_value(before)


@pytest.mark.parametrize(
    ("text", "shown", "table"),
    [
        ("SELECT * FROM orders", "SELECT *", "orders"),
        ("SELECT DISTINCT id, * FROM shop.orders", "SELECT *", "shop.orders"),
        ("SELECT c.name, o.* FROM customers c JOIN orders AS o ON c.id = o.c", "SELECT o.*", "orders"),
        ("SELECT orders.* FROM shop.orders", "SELECT orders.*", "shop.orders"),
        ("SELECT id FROM (SELECT * FROM orders) AS o", "SELECT *", "orders"),
        ("SELECT * FROM \0.orders", "SELECT *", "\0.orders"),
    ],
)
def test_a_star_is_seen_with_its_table(text: str, shown: str, table: str) -> None:
    assert [(star.shown, star.table) for star in stars(text)] == [(shown, table)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT COUNT(*), price * 2 FROM orders",
        "SELECT 1 FROM a WHERE EXISTS (SELECT * FROM b)",
        "WITH best AS (SELECT id FROM a) SELECT * FROM best",
        "SELECT o.* FROM (SELECT id FROM a) o",
        "SELECT * FROM [\0]",
        "SELECT * FROM generate_series(1, 9)",
        "SELECT * FROM orders LIMIT 0",
        "SELECT * FROM pg_catalog.pg_tables",
        "-- SELECT * FROM orders",
        "SELECT 'SELECT * FROM orders' FROM notes",
        "SELECT * ",
    ],
)
def test_a_star_that_reads_no_table_whole_is_left_alone(text: str) -> None:
    assert list(stars(text)) == []


def test_a_star_is_found_behind_other_statements() -> None:
    text = "SELECT * FROM a LIMIT 0;\nSELECT id FROM b;\nSELECT *\nFROM c;\n"

    (star,) = stars(text)

    assert (text.count("\n", 0, star.offset), star.table) == (2, "c")


@pytest.mark.parametrize("piece", ["/**/", "SELECT ", "a", "'", "SELECT DISTINCT ON (", "IN (   ", "/*", "x AS ("])
def test_hostile_text_takes_no_time(piece: str) -> None:
    text = piece * 3_000
    start = time.perf_counter()

    statement_of(text)
    expects_value(text)
    list(stars(text))

    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM b LIMIT 5",
        "SELECT TOP 5 a FROM b",
        "SELECT a FROM b FETCH FIRST 5 ROWS ONLY",
        "SELECT COUNT(*) FROM b",
        "SELECT a, SUM(c) FROM b GROUP BY a",
        "SELECT DISTINCT a FROM b",
        "SELECT a FROM pg_catalog.pg_tables",
        "SELECT 1",
    ],
)
def test_some_statements_bring_no_more_rows_when_the_table_grows(text: str) -> None:
    assert is_bounded(text)


@pytest.mark.parametrize("text", ["SELECT a FROM b", "SELECT a FROM b WHERE c = 1", "SELECT a FROM b -- LIMIT 5\n"])
def test_a_plain_select_is_not_bounded(text: str) -> None:
    assert not is_bounded(text)


def test_a_key_keeps_a_select_to_one_row() -> None:
    assert is_one_row("SELECT a FROM b WHERE b.id = ?")
    assert is_one_row("SELECT a FROM b WHERE user_id = %s AND c")
    assert not is_one_row("SELECT a FROM b WHERE id = ANY(?)")
    assert not is_one_row("SELECT a FROM b WHERE paid = ?")


def test_rows_are_read_by_select_and_with() -> None:
    assert reads_rows("WITH a AS (SELECT 1) SELECT b FROM a")
    assert not reads_rows("UPDATE a SET b = 1")


def test_the_first_table_is_named_unless_it_is_put_in() -> None:
    assert table_of("SELECT a FROM shop.orders o JOIN b") == "shop.orders"
    assert table_of("SELECT a FROM \0") == ""


def test_comments_and_quotes_are_blanked_in_place() -> None:
    text = "SELECT 'a?b' -- c\nFROM d /* e\nf */ g"

    blank = blank_comments(text)

    assert len(blank) == len(text)
    assert blank.split() == ["SELECT", "'", "?", "'", "FROM", "d", "g"]
