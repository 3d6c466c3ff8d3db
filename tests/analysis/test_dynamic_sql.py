"""Values that SQL joins into SQL."""

import pytest

from reviewer.analysis.dynamic_sql import joined_into_sql


def joined(text: str) -> list[tuple[str, int, bool]]:
    return [(one.name, one.line, one.is_quoted) for one in joined_into_sql(text)]


def test_a_value_in_quotes_of_its_own_is_told_from_a_name() -> None:
    assert joined("EXECUTE 'SELECT a FROM b WHERE c = ''' || d || '''';") == [("d", 1, True)]
    assert joined("EXECUTE 'SELECT a FROM ' || d;") == [("d", 1, False)]


def test_text_is_followed_to_the_variable_that_is_run() -> None:
    assert joined("q := 'DELETE FROM ' || t;\nEXECUTE q;") == [("t", 1, False)]
    assert joined("q := 'DELETE FROM ' || t;\nRAISE NOTICE '%', q;") == []


@pytest.mark.parametrize(
    "text",
    [
        "EXECUTE 'SELECT a FROM b WHERE c = $1' USING d;",
        "EXECUTE 'SELECT a FROM ' || quote_ident(d);",
        "EXECUTE format('SELECT a FROM %I WHERE b = %L', c, d);",
        "CREATE FUNCTION f(most integer) AS $$ EXECUTE 'SELECT a LIMIT ' || most; $$;",
        "-- EXECUTE 'SELECT ' || a;\nSELECT 'SELECT ' || name FROM b;",
        "EXEC sp_executesql N'SELECT a FROM b WHERE c = @c', N'@c int', @c = @d;",
    ],
)
def test_what_is_quoted_handed_over_or_a_number_is_no_fault(text: str) -> None:
    assert joined(text) == []


def test_format_puts_in_what_s_stands_for() -> None:
    assert joined("EXECUTE format('SELECT %I FROM a ORDER BY %s', b, c);") == [("c", 1, False)]
