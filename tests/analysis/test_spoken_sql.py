"""Statements in `.sql` files and in the strings of other languages."""

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import tokens_of


def _statements(path: str, code: str) -> list[tuple[int, str]]:
    file = ChangedFile(path.encode(), None, code.encode(), frozenset({1}), frozenset())
    return list(spoken_statements(tokens_of(file), file))


def test_a_script_is_cut_at_semicolons_outside_quotes_and_comments() -> None:
    found = _statements("a.sql", "-- one; two\nDELETE FROM a;\n\nINSERT INTO b (c)\nVALUES ('x;y');\n")

    assert [(line, text.split()[0]) for line, text in found] == [(2, "DELETE"), (4, "INSERT")]


def test_strings_that_are_statements_are_found_in_programs() -> None:
    found = _statements("a.js", "const a = 'hello'\ndb.query('DELETE FROM a')\n")

    assert found == [(2, "DELETE FROM a")]


def test_a_string_that_goes_on_ends_with_a_hole() -> None:
    found = _statements("A.java", 'run("DELETE FROM a WHERE id = " + id);\n')

    assert found == [(1, f"DELETE FROM a WHERE id = {HOLE}")]  # noqa: S608 - nothing runs it
