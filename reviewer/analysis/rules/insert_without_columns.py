import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_sql import LANGUAGES, spoken_statements
from reviewer.analysis.sql import statement_of
from reviewer.analysis.syntax import syntax_of
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import Token

_INSERT = regex(
    rf"\s*(?:INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?|REPLACE\s+)INTO\s+([\w.\"`\[\]{HOLE}]+)\s+(?:VALUES\b|SELECT\b)",
    re.IGNORECASE,
)


class InsertWithoutColumns(ModuleRule, TokenRule):
    """Values are inserted without the names of their columns.

    Why look: a column added, dropped or moved puts each value one column further, or fails at run time.
    Ask: which value belongs to which column?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("INTO", "into", "Into")
    languages = LANGUAGES

    INVALID = (
        Example("cursor.execute('INSERT INTO orders VALUES (?, ?, ?)', row)\n"),
        Example('db.executemany("""\n    insert or ignore into shops\n    values (%s, %s)\n""", rows)\n'),
        Example("def add(table, values):\n    db.execute(f'INSERT INTO {table} VALUES ({values})')\n"),
        Example("db.execute('INSERT INTO archive SELECT id, total FROM orders')\n"),
        Example("INSERT INTO shops VALUES (1, 'Corner');\n", path="db/seed.sql"),
        Example("await db.query('INSERT INTO orders VALUES ($1, $2)', [id, total])\n", path="src/orders.ts"),
        Example('jdbc.update("INSERT INTO orders VALUES (?, ?)", id, total);\n', path="src/Orders.java"),
    )
    VALID = (
        Example("cursor.execute('INSERT INTO orders (id, total) VALUES (?, ?)', row)\n"),
        Example("cursor.execute('INSERT INTO orders(id, total) SELECT id, total FROM old')\n"),
        Example("cursor.execute('INSERT INTO counters DEFAULT VALUES')\n"),
        Example("print('INSERT INTO orders VALUES are wrong')\n"),
        Example('def add():\n    """INSERT INTO orders VALUES (1) is not what this does."""\n'),
        Example("-- INSERT INTO shops VALUES (1);\nINSERT INTO shops (id) VALUES (1);\n", path="db/seed.sql"),
        Example("cursor.execute('INSERT INTO orders VALUES (?)', row)\n", path="tests/test_orders.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for node, text in tree.texts:
            yield from _said(tree.line(node), text)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if not file.is_test:
            for line, text in spoken_statements(tokens, file):
                yield from _said(line, text)


def _said(line: int, text: str) -> Iterator[LineSighting]:
    found = _INSERT.match(text)
    if found is not None and statement_of(text) is not None:
        table = found[1].replace(HOLE, "…")
        yield LineSighting(line, f"`INSERT INTO {table}` does not say which columns")
