import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken_sql import LANGUAGES, spoken_strings
from reviewer.analysis.sql import Star, stars, statement_of
from reviewer.analysis.template import HOLE, is_for_people, template_of
from reviewer.analysis.tokens import Token

_MIGRATION = regex(r"(^|/)(migrations?|alembic|versions)/|(^|/)V\d+__", re.IGNORECASE)


class SelectStar(PythonRule, TokenRule):
    """SELECT * reads every column of a table.

    Why look: each column added later, however large or private, is then read and sent here too.
    Ask: which of these columns does the code use?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    words = ("SELECT", "select", "Select")
    visits = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
    languages = LANGUAGES

    INVALID = (
        Example('rows = db.execute("SELECT * FROM orders WHERE paid")\n'),
        Example('QUERY = """\n    select o.*, c.name\n    from orders o join customers c on c.id = o.customer\n"""\n'),
        Example(
            'def find(city):\n    return query("SELECT DISTINCT * "\n        "FROM shops WHERE city = %s", city)\n'
        ),
        Example('sql = f"SELECT * FROM {SCHEMA}.orders WHERE day = %s"\n'),
        Example('sql = "INSERT INTO archive SELECT * FROM orders WHERE year < 2020"\n'),
        Example('sql = "SELECT id FROM (SELECT * FROM orders) AS o"\n'),
        Example("CREATE VIEW open AS\n  SELECT *\n  FROM orders;\n", path="db/views.sql"),
        Example('String sql = "SELECT * FROM orders WHERE id = " + id;\n', path="src/Orders.java"),
        Example(
            "const rows = await db.query(`\n  SELECT o.* FROM orders o WHERE id = $1`, [id])\n", path="src/orders.ts"
        ),
    )
    VALID = (
        Example('rows = db.execute("SELECT id, total FROM orders")\n'),
        Example('sql = "SELECT COUNT(*), MAX(price * 2) FROM orders"\n'),
        Example('sql = "SELECT name FROM shops s WHERE EXISTS (SELECT * FROM orders o WHERE o.shop = s.id)"\n'),
        Example('sql = "WITH best AS (SELECT id, total FROM orders) SELECT * FROM best WHERE total > 10"\n'),
        Example('sql = "SELECT * FROM (SELECT id, rank() OVER (ORDER BY total) AS place FROM orders) AS o"\n'),
        Example('def dump(table):\n    return db.execute(f"SELECT * FROM {table}")\n'),
        Example('sql = "SELECT * FROM " + table\n'),
        Example('names = db.execute("SELECT * FROM information_schema.tables")\n'),
        Example('columns = db.execute("SELECT * FROM orders LIMIT 0").description\n'),
        Example(
            'def rows():\n    """SELECT * FROM orders is never used here."""\n    log.debug("select * from orders")\n'
        ),
        Example('print("Select * as many stars as you like")\n'),
        Example('rows = db.execute("SELECT * FROM orders")\n', path="tests/test_orders.py"),
        Example("-- SELECT * FROM orders\nSELECT id, '* from' FROM orders;\n", path="db/views.sql"),
        Example("select * from {{ ref('orders') }}\n", path="models/orders.sql"),
        Example('// "SELECT * FROM orders"\nString text = "Do not SELECT * FROM orders";\n', path="src/Orders.java"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if _is_elsewhere(at.file) or isinstance(at.parent, cst.ConcatenatedString):
            return
        template = template_of(node)
        if template is None or statement_of(template.text) is None or is_for_people(at):
            return
        for star in stars(template.text):
            before = template.text[: template.text.index(star.table, star.offset)].count(HOLE)
            table = star.table
            for value in template.values[before:]:
                table = table.replace(HOLE, f"{{{at.code(value)}}}", 1)
            yield Sighting(node, _message(star, table))

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if _is_elsewhere(file) or not tokens:
            return
        is_script = file.suffix == ".sql"
        texts = [(1, "\n".join(file.lines))] if is_script else list(spoken_strings(tokens))
        for first, text in texts:
            for star in stars(text):
                yield LineSighting(first + text.count("\n", 0, star.offset), _message(star, star.table))


def _is_elsewhere(file: ChangedFile) -> bool:
    return file.is_test or file.is_example or _MIGRATION.search(file.name) is not None


def _message(star: Star, table: str) -> str:
    return f"`{star.shown}` reads every column of `{table}`"
