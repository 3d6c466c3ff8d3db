import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rows import is_endpoint, runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.sql import statement_of
from reviewer.analysis.syntax import Function, code, last_name, syntax_of

_SAFE = regex(
    r"\bON\s+(?:CONFLICT|DUPLICATE)\b|\bINSERT\s+(?:OR\s+\w+|IGNORE)\b|\bNOT\s+EXISTS\b|\bMERGE\b|\bREPLACE\b",
    re.IGNORECASE,
)
_CAUGHT = regex(
    r"IntegrityError|UniqueViolation|Duplicate|Unique|AlreadyExists|Conflict|DatabaseError|OperationalError|Exception"
)
_LOOKED_UP = regex(
    r"exists|get_or_create|already|duplicate|processed|seen|find_by|is_new|upsert|idempoten|lock", re.IGNORECASE
)
# Who calls these may well call them twice with the same thing.
_AGAIN = regex(
    r"\w*(webhook|callback|consume|on_message|handle_event|process_event|process_payment|import_|sync_|ingest|retry|seed|enroll|register|sign_?up|subscribe|create_(order|payment|user|account|charge|invoice))\w*"
)


class NonIdempotentInsert(ModuleRule):
    """A row is inserted, and nothing keeps the same one from being inserted twice.

    Why look: a retry, a double click or a message delivered again makes a second order, user or payment.
    Ask: what happens when this runs twice with the same input?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ("INSERT", "insert", "session.add", "objects.create")

    INVALID = (
        Example(
            "def register(db, email):\n    db.execute('INSERT INTO users (email) VALUES (?)', (email,))\n"
            "    db.commit()\n"
        ),
        Example(
            "@app.post('/orders')\ndef add(order):\n"
            "    cursor.execute('INSERT INTO orders (id, total) VALUES (%s, %s)', order)\n"
        ),
        Example(
            "def on_message(message):\n    database.execute('INSERT INTO events (id, body) VALUES (?, ?)', message)\n"
        ),
        Example(
            "async def payment_webhook(event):\n    db.payments.insert_one({'id': event['id'], 'sum': event['sum']})\n"
        ),
    )
    VALID = (
        Example(
            "def register(db, email):\n"
            "    db.execute('INSERT INTO users (email) VALUES (?) ON CONFLICT DO NOTHING', (email,))\n"
        ),
        Example(
            "def register(db, email):\n    try:\n"
            "        db.execute('INSERT INTO users (email) VALUES (?)', (email,))\n"
            "    except IntegrityError:\n        raise TakenError(email)\n"
        ),
        Example(
            "def register(db, email):\n"
            "    if db.execute('SELECT id FROM users WHERE email = ?', (email,)).fetchone():\n"
            "        return\n    db.execute('INSERT INTO users (email) VALUES (?)', (email,))\n"
        ),
        Example(
            "def register(db, email):\n    if user_exists(email):\n        return\n"
            "    db.execute('INSERT INTO users (email) VALUES (?)', (email,))\n"
        ),
        Example(
            "def register(db, email):\n"
            "    db.execute('INSERT INTO visits (at) SELECT at FROM log WHERE NOT EXISTS (SELECT 1 FROM visits)')\n"
        ),
        Example(
            "def test_register(db):\n    db.execute('INSERT INTO users (email) VALUES (?)', ('a',))\n",
            path="tests/test_users.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or runs_once(file) or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called("execute", "insert_one"):
            function = tree.function(call)
            if function is None or not isinstance(call.func, ast.Attribute) or not call.args:
                continue
            text = tree.text(call.args[0])
            is_insert = call.func.attr == "insert_one" or (
                text is not None and statement_of(text) == "INSERT" and not _SAFE.search(text)
            )
            if is_insert and not _is_guarded(call, function):
                may_repeat = is_endpoint(tree, function) or _AGAIN.fullmatch(function.name) is not None
                severity = Severity.LOW if may_repeat else Severity.INFO
                yield LineSighting(
                    tree.line(call),
                    f"`{function.name}` inserts again when it is called again: `{code(call.func)}`",
                    severity,
                )


def _is_guarded(call: ast.Call, function: Function) -> bool:
    """True if the function asks first whether the row is there, or catches the database's refusal."""
    for part in nodes_in(function):
        if isinstance(part, ast.ExceptHandler) and (part.type is None or _CAUGHT.search(ast.unparse(part.type))):
            return True
        if isinstance(part, (ast.Name, ast.Attribute)) and _LOOKED_UP.search(last_name(part)):
            return True
        if (
            isinstance(part, ast.Call)
            and part is not call
            and last_name(part.func) in ("find_one", "first", "fetchone", "one_or_none", "fetchrow")
        ):
            return True
    return False
