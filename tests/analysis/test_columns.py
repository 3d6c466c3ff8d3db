"""Columns that SQL makes or changes."""

from reviewer.analysis.columns import columns_in


def names(statement: str) -> list[tuple[str, str, str]]:
    return [(column.table, column.name, column.type) for column in columns_in(statement)]


def test_a_new_table_has_columns_and_its_constraints_are_none() -> None:
    statement = 'CREATE TABLE IF NOT EXISTS shop."Orders" (id int, price numeric(12, 2), PRIMARY KEY (id), UNIQUE (id))'

    assert names(statement) == [("orders", "id", "int"), ("orders", "price", "numeric")]


def test_a_table_gets_columns_in_every_way_there_is() -> None:
    assert names("ALTER TABLE a ADD COLUMN b int, ADD c double precision") == [
        ("a", "b", "int"),
        ("a", "c", "double precision"),
    ]
    assert names("ALTER TABLE a ADD (b int, c text)") == [("a", "b", "int"), ("a", "c", "text")]
    assert names("ALTER TABLE a ADD COLUMN IF NOT EXISTS b int NOT NULL") == [("a", "b", "int")]


def test_a_changed_column_is_said_to_be_one() -> None:
    (column,) = columns_in("ALTER TABLE a ALTER COLUMN b TYPE float8")

    assert (column.name, column.type, column.is_changed) == ("b", "float8", True)


def test_constraints_and_other_actions_are_no_columns() -> None:
    assert names("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0), DROP COLUMN d, OWNER TO e") == []


def test_the_offset_leads_to_the_name() -> None:
    statement = "CREATE TABLE a (\n  b int,\n  c text\n)"

    assert [statement[column.offset] for column in columns_in(statement)] == ["b", "c"]
