import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rows import runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.sql import statement_of
from reviewer.analysis.syntax import Syntax, code, syntax_of
from reviewer.analysis.template import HOLE

_PLAIN = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
# What the mapper says less well, or not at all.
_BEYOND = regex(
    r"\bWITH\b|\bOVER\s*\(|\bRECURSIVE\b|\bON\s+CONFLICT\b|\bLATERAL\b|\bFOR\s+UPDATE\b|\bpg_|\binformation_schema\b|\bEXPLAIN\b"
    r"|\bSELECT\s+1\b|\bversion\s*\(|\bnextval\b|\bsqlite_|\bTABLESAMPLE\b|->>|\bMATCH\b|\btsvector\b|\bUSING\b",
    re.IGNORECASE,
)
_ORM = (
    "sqlalchemy.orm",
    "flask_sqlalchemy",
    "sqlmodel",
    "django.db.models",
    "django.db.connection",
    "django.db.connections",
    "django.db.models.",
)


class RawSqlInOrm(ModuleRule):
    """A statement is written as text beside an object-relational mapper.

    Why look: the models no longer tell all that is done to the tables; a renamed column is missed here.
    Ask: what can the mapper not do?
    """

    informs = "maintain"
    severity = Severity.LOW
    words = ("sqlalchemy", "sqlmodel", "django.db")

    INVALID = (
        Example(
            "from django.db import connection\n\ndef paid():\n    with connection.cursor() as cursor:\n"
            "        cursor.execute('SELECT id FROM orders WHERE paid')\n"
        ),
        Example(
            "from sqlalchemy import text\nfrom sqlalchemy.orm import Session\n\n"
            "def paid(session: Session):\n"
            "    return session.execute(text('SELECT id FROM orders WHERE paid'))\n"
        ),
        Example(
            "from django.db import models\n\ndef paid():\n"
            "    return Order.objects.raw('SELECT id FROM orders WHERE paid')\n"
        ),
        Example(
            "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n\ndef pay(number):\n"
            "    db.session.execute('UPDATE orders SET paid = 1 WHERE id = :id', {'id': number})\n"
        ),
    )
    VALID = (
        Example("import sqlite3\n\ndef paid(db):\n    return db.execute('SELECT id FROM orders WHERE paid')\n"),
        Example(
            "from sqlalchemy import create_engine, text\n\ndef paid(engine):\n"
            "    return engine.execute(text('SELECT id FROM orders'))\n"
        ),
        Example(
            "from django.db import connection\n\ndef rank():\n    with connection.cursor() as cursor:\n"
            "        cursor.execute('SELECT id, rank() OVER (ORDER BY total) FROM orders')\n"
        ),
        Example(
            "from sqlalchemy.orm import Session\n\ndef paid(session: Session):\n"
            "    return session.execute(select(Order).where(Order.paid))\n"
        ),
        Example(
            "from django.db import connection\n\ndef forwards(apps, editor):\n"
            "    connection.cursor().execute('UPDATE orders SET paid = 1 WHERE total = 0')\n",
            path="shop/migrations/0002_paid.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or runs_once(file) or not self.may_see("\n".join(source.lines)):
            return
        if not any(origin.startswith(_ORM) for origin in source.imports.values()):
            return
        tree = syntax_of(source)
        for call in tree.called("execute", "raw", "from_statement", "scalars"):
            yield from _run(tree, call)


def _run(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    text = tree.text(call.args[0]) if call.args and isinstance(call.func, ast.Attribute) else None
    if text is not None and statement_of(text) in _PLAIN and not _BEYOND.search(text) and HOLE not in text:
        yield LineSighting(tree.line(call), f"`{code(call.func)}` runs SQL written as text beside the mapper's models")
