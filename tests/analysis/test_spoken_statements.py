"""Statements of SQL that programs in other languages put together."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.spoken import speech_of
from reviewer.analysis.spoken_statements import filled_statements


def filled(code: str, path: str = "shop/teas.js") -> list[tuple[int, str, Severity]]:
    text = code.encode()
    lines = frozenset(range(1, text.count(b"\n") + 2))
    return list(filled_statements(speech_of(ChangedFile(path.encode(), None, text, lines, frozenset()))))


def test_a_value_in_a_statement_that_is_run_is_grave() -> None:
    assert filled("db.query(`SELECT id FROM teas WHERE name = '${name}'`);\n") == [
        (1, "`name` is formatted into the SQL that `db.query` runs", Severity.HIGH)
    ]


def test_what_nobody_runs_nearby_weighs_less() -> None:
    ((line, said, severity),) = filled('const sql = "SELECT id FROM teas WHERE name = \'" + name;\n')

    assert (line, severity) == (1, Severity.MEDIUM)
    assert said.endswith("a SQL SELECT")


def test_a_name_leads_to_the_call_that_runs_it() -> None:
    code = "const sql = 'DELETE FROM teas WHERE id = ' + id;\nawait db.execute(sql);\n"

    assert filled(code)[0][1:] == ("`id` is formatted into the SQL that `db.execute` runs", Severity.HIGH)


@pytest.mark.parametrize(
    "code",
    [
        "db.query('SELECT id FROM teas WHERE name = ?', [name]);\n",
        "db.query(`SELECT id FROM teas WHERE id IN (${placeholders})`, ids);\n",
        "show(`please select one of ${names}`);\n",
    ],
)
def test_parameters_placeholders_and_other_texts_are_left_alone(code: str) -> None:
    assert filled(code) == []
