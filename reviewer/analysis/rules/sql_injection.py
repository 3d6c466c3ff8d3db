import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below, is_from_code
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.sql import continues_statement, expects_value, statement_of
from reviewer.analysis.template import called_name, is_for_people, is_part_of_template, template_of

_RUNNERS = re.compile(
    r"execute(many|script|_?sql|_query|_many|_raw)?|exec_driver_sql|raw|RawSQL|extra|mogrify|query|queries|sql|SQL"
    r"|read_sql(_query|_table)?|fetch(all|one|many|row|val|_all|_one|_val)?|scalars?|run_query|run_sql"
)
_QUOTING = re.compile(r"(quote|escape)\w*|\w+_(quote|escape|quoted|escaped)|\w*placeholders?|qn|Identifier|Literal")
_QUOTED = re.compile(r"\w*(placeholders?|qmarks|quoted|escaped)|db_table|__tablename__")
_LONGEST_QUOTE = 30


class SqlInjection(PythonRule):
    """A value is formatted into an SQL statement.

    Why look: whoever chooses the value can end the statement and write another.
    Ask: which of these values can a user reach, and why are they not parameters?
    """

    informs = "security"
    severity = Severity.HIGH
    visits = (cst.FormattedString, cst.ConcatenatedString, cst.BinaryOperation, cst.Call)

    INVALID = (
        Example("cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")\n"),
        Example(
            "def find(db, name):\n    sql = \"SELECT id FROM users WHERE name = '%s'\" % name\n    db.execute(sql)\n"
        ),
        Example('db.execute("DELETE FROM orders WHERE id = " + order_id)\n'),
        Example("db.execute(\"UPDATE orders SET state = '{}' WHERE id = {}\".format(state, number))\n"),
        Example(
            "from sqlalchemy import text\n\n"
            "def find(session, city):\n    return session.execute(text(f\"SELECT id FROM shop WHERE city='{city}'\"))\n"
        ),
        Example(
            'def find(name):\n    return f"""\n        SELECT id FROM users\n        WHERE name LIKE \'%{name}%\'"""\n'
        ),
        Example(
            "def find(db, name):\n"
            '    sql = "SELECT id FROM users"\n'
            "    if name:\n"
            "        sql += f\" WHERE name = '{name}'\"\n"
            "    return db.execute(sql)\n"
        ),
        Example('User.objects.raw("SELECT id FROM users ORDER BY %s" % order)\n'),
    )
    VALID = (
        Example('cursor.execute("SELECT id FROM users WHERE name = %s", (name,))\n'),
        Example('ORDERS = "orders"\n\ndef count(db):\n    return db.execute(f"SELECT count(*) FROM {ORDERS}")\n'),
        Example(
            'def find(db, ids):\n    marks = ",".join("?" * len(ids))\n'
            '    return db.execute(f"SELECT name FROM users WHERE id IN ({marks})", ids)\n'
        ),
        Example('db.execute("SELECT id FROM users LIMIT %d" % limit)\n'),
        Example('db.execute(f"SELECT id FROM users LIMIT {int(limit)}")\n'),
        Example('def page(db, limit: int):\n    return db.execute(f"SELECT id FROM users LIMIT {limit}")\n'),
        Example(
            'order = "DESC" if newest else "ASC"\n\n\ndef f(db, newest):\n    side = "DESC" if newest else "ASC"\n'
            '    db.execute(f"SELECT id FROM users ORDER BY id {side}")\n'
        ),
        Example(
            "def find(db, name):\n"
            '    terms = ["active"]\n'
            "    if name:\n"
            '        terms.append("name = ?")\n'
            '    return db.execute("SELECT id FROM users WHERE " + " AND ".join(terms), [name])\n'
        ),
        Example('def clear(db):\n    for table in ("orders", "users"):\n        db.execute(f"DELETE FROM {table}")\n'),
        Example(
            "from psycopg import sql\n\n"
            'def count(db, table):\n    db.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))\n'
        ),
        Example('def drop(db, table):\n    db.execute(f"DROP TABLE {db.quote_name(table)}")\n'),
        Example('raise LookupError(f"SELECT failed: no {name} FROM users")\n'),
        Example('log.info("DELETE FROM orders WHERE id = %s" % number)\n'),
        Example('title = f"Select {count} from {shop}"\nhelp = f"select one of {names} from the list"\n'),
        Example("db.execute(f\"SELECT * FROM users WHERE name = '{name}'\")\n", path="tests/test_users.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or is_part_of_template(at):
            return
        template = template_of(node)
        if template is None or not template.values:
            return
        verb = statement_of(template.text) or _clause_added(template.text, at)
        if verb is None or is_for_people(at):
            return
        risky = [(before, value) for before, value in template.holes if not is_from_code(value, at, _is_quoted)]
        is_value = any(expects_value(before) for before, _ in risky)
        runner = _runner(at)
        # A table or a fragment put in, and the text handed on: a query builder at work.
        if risky and (is_value or runner is not None):
            shown = _shown([value for _, value in risky], at)
            where = f"the SQL that `{_quote(runner.func, at)}` runs" if runner is not None else f"a SQL {verb}"
            severity = Severity.HIGH if is_value and runner is not None else Severity.MEDIUM
            yield Sighting(node, f"{shown} formatted into {where}", severity)


def _clause_added(text: str, at: Place) -> str | None:
    """Return the first word of a clause that `+=` puts on the end of a statement."""
    is_added = isinstance(at.parent, cst.AugAssign) and continues_statement(text)
    return text.split(maxsplit=1)[0] if is_added else None


def _is_quoted(node: cst.CSTNode) -> bool:
    """True for placeholders and what has gone through a quoting function, going by the names."""
    if isinstance(node, cst.Call):
        return _QUOTING.fullmatch(called_name(node)) is not None
    name = dotted_name(node)
    return name is not None and _QUOTED.fullmatch(name.rpartition(".")[2]) is not None


def _runner(at: Place) -> cst.Call | None:
    """Return the call that runs the text at this place, directly or by the name it is bound to."""
    direct, inner = None, None
    for parent in reversed(at.parents):
        if isinstance(parent, cst.Call) and isinstance(inner, cst.Arg) and _runs_sql(parent, at):
            direct = parent
        if isinstance(parent, (cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.Lambda)):
            return direct or _runner_of(_targets(parent), at)
        inner = parent
    return direct


def _runner_of(names: set[str], at: Place) -> cst.Call | None:
    for node in below(at.function or at.chunk) if names else ():
        if isinstance(node, cst.Call) and _runs_sql(node, at) and _mentions(node.args, names):
            return node
    return None


def _mentions(arguments: Sequence[cst.Arg], names: set[str]) -> bool:
    return any(dotted_name(part) in names for argument in arguments for part in below(argument.value))


def _runs_sql(call: cst.Call, at: Place) -> bool:
    name = called_name(call)
    is_sqlalchemy = name == "text" and (at.name(call.func) or "").startswith(("sqlalchemy.", "sqlmodel."))
    return is_sqlalchemy or _RUNNERS.fullmatch(name) is not None


def _targets(statement: cst.CSTNode) -> set[str]:
    match statement:
        case cst.Assign(targets=targets):
            return {dotted_name(target.target) or "" for target in targets} - {""}
        case cst.AnnAssign(target=target) | cst.AugAssign(target=target):
            return {dotted_name(target) or ""} - {""}
        case _:
            return set()


def _shown(values: list[cst.BaseExpression], at: Place) -> str:
    first, *others = dict.fromkeys(_quote(value, at) for value in values)
    if not others:
        return f"`{first}` is"
    if len(others) == 1 and len(first + others[0]) <= _LONGEST_QUOTE:
        return f"`{first}` and `{others[0]}` are"
    return f"`{first}` and {len(others)} other value{'s' if len(others) > 1 else ''} are"


def _quote(node: cst.CSTNode, at: Place) -> str:
    code = " ".join(at.code(node).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."
