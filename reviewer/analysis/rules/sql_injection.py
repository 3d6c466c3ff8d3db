import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.built_text import built_text
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.checked import are_checked
from reviewer.analysis.dynamic_sql import joined_into_sql
from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.outside import argument, entry_into, is_checked, is_fixed, makers, shown
from reviewer.analysis.place import Place, dotted_name, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, speech_of
from reviewer.analysis.spoken_statements import filled_statements
from reviewer.analysis.sql import continues_statement, expects_value, statement_of
from reviewer.analysis.sql_runners import gets_only_sql, is_sql_text, runner_at, runner_of
from reviewer.analysis.template import Template, called_name, is_for_people, is_part_of_template, template_of
from reviewer.analysis.tokens import Token

# Statements that hold no table, or that no table begins.
_COMMAND = regex(
    r"\s*(EXEC|EXECUTE|CALL|GRANT|REVOKE|SELECT|COPY|LOAD DATA|KILL|SHOW|SET|USE|ATTACH|LOCK)\s", re.IGNORECASE
)
# Methods of SQLAlchemy's queries that take a text for SQL.
_CLAUSES = frozenset({"filter", "having", "group_by", "order_by", "distinct", "where", "select_from", "with_hint"})
# Keywords of the Django method whose values are fragments of SQL.
_FRAGMENTS = ("select", "where", "tables", "order_by")
_QUOTING = regex(r"(quote|escape)\w*|\w+_(quote|escape|quoted|escaped)|\w*placeholders?|qn|Identifier|Literal")
_QUOTED = regex(r"\w*(placeholders?|qmarks|quoted|escaped)|db_table|__tablename__")
_LONGEST_QUOTE = 30


class SqlInjection(PythonRule, TokenRule):
    """A value is formatted into an SQL statement.

    Why look: whoever chooses the value can end the statement and write another.
    Ask: which of these values can a user reach, and why are they not parameters?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 89
    visits = (cst.FormattedString, cst.ConcatenatedString, cst.BinaryOperation, cst.Call, cst.AugAssign)
    languages = LANGUAGES | {"sql"}

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
        Example(
            "FIND = \"SELECT id FROM users WHERE name = '%s'\"\n\n\ndef find(db, name):\n"
            "    return db.execute(FIND % name)\n"
        ),
        Example(
            'def find(db, name):\n    sql = "SELECT id FROM users WHERE name = \'"\n'
            '    sql = sql + name + "\'"\n    return db.execute(sql)\n'
        ),
        Example(
            "def find(db, name):\n    sql = 'SELECT id FROM users WHERE name = '\n    sql += name\n"
            "    db.execute(sql)\n"
        ),
        Example(
            "from sqlalchemy import text\n\n\ndef find(query, name):\n"
            "    return query.filter(text(f\"name = '{name}'\")).all()\n"
        ),
        Example("from flask import request\n\n\ndef run(db):\n    return db.execute(request.form['sql'])\n"),
        Example("def find(users, order):\n    return users.extra(where=[f'name > {order}'])\n"),
        Example('db.execute(" ".join(["SELECT id FROM users WHERE name =", name]))\n'),
        Example("db.query(`SELECT id FROM users WHERE name = '${req.query.name}'`);\n", path="shop/users.js"),
        Example(
            "const sql: string = 'DELETE FROM teas WHERE id = ' + id;\nawait db.execute(sql);\n",
            path="shop/teas.ts",
        ),
        Example('rows, err := db.Query("SELECT id FROM teas WHERE name = \'" + name + "\'")\n', path="shop/teas.go"),
        Example("q := fmt.Sprintf(\"SELECT id FROM teas WHERE name = '%s'\", name)\ndb.Exec(q)\n", path="shop/find.go"),
        Example(
            'class A { void f(String n) { s.executeQuery("SELECT id FROM teas WHERE name = \'" + n + "\'"); } }\n',
            path="shop/A.java",
        ),
        Example('<?php\n$rows = mysqli_query($db, "SELECT id FROM teas WHERE id = $id");\n', path="shop/teas.php"),
        Example(
            "CREATE FUNCTION find(term text) RETURNS SETOF shops LANGUAGE plpgsql AS $$\nBEGIN\n"
            "  RETURN QUERY EXECUTE 'SELECT * FROM shops WHERE name = ''' || term || '''';\nEND $$;\n",
            path="db/find.sql",
        ),
        Example(
            "DECLARE q text;\nBEGIN\n  q := format('SELECT id FROM %s WHERE name = %L', shop_table, term);\n"
            "  EXECUTE q;\nEND;\n",
            path="db/find.sql",
        ),
        Example(
            "CREATE PROCEDURE dbo.Find @Name nvarchar(50) AS\nBEGIN\n"
            "  EXEC('SELECT Id FROM dbo.Shops WHERE Name = ''' + @Name + '''');\nEND\n",
            path="db/Find.sql",
        ),
        Example(
            "SET @q = CONCAT('SELECT id FROM shops WHERE name = ''', term, '''');\nPREPARE s FROM @q;\nEXECUTE s;\n",
            path="db/find.sql",
        ),
        Example("BEGIN\n  EXECUTE IMMEDIATE 'DELETE FROM shops WHERE city = ' || p_city;\nEND;\n", path="db/x.sql"),
    )
    VALID = (
        Example(
            "CREATE FUNCTION find(term text, most int) RETURNS SETOF shops LANGUAGE plpgsql AS $$\nBEGIN\n"
            "  RETURN QUERY EXECUTE 'SELECT * FROM shops WHERE name = $1 LIMIT ' || most USING term;\nEND $$;\n",
            path="db/find.sql",
        ),
        Example(
            "BEGIN\n  EXECUTE format('SELECT id FROM %I WHERE name = %L', shop_table, term);\n"
            "  EXECUTE 'DROP TABLE ' || quote_ident(shop_table);\nEND;\n",
            path="db/find.sql",
        ),
        Example("SELECT 'SELECT ' || name AS example FROM shops;\nEXECUTE FUNCTION f();\n", path="db/find.sql"),
        Example(
            "SET @q = N'SELECT Id FROM ' + QUOTENAME(@Table) + N' WHERE Name = @Name';\n"
            "EXEC sp_executesql @q, N'@Name nvarchar(50)', @Name = @Name;\n",
            path="db/Find.sql",
        ),
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
        Example(
            "def page(db, order):\n    if order not in ('name', 'price'):\n        raise ValueError(order)\n"
            "    return db.execute(f'SELECT id FROM teas ORDER BY {order}')\n"
        ),
        Example("from django.db import models\n\n\ndef page(rows, name):\n    return rows.order_by(f'-{name}')\n"),
        Example("def find(users):\n    return users.extra(where=['name > 3'])\n"),
        Example("db.query('SELECT id FROM users WHERE name = ?', [name]);\n", path="shop/users.js"),
        Example("const rows = await sql`SELECT id FROM users WHERE name = ${name}`;\n", path="shop/users.ts"),
        Example(
            "db.query(`SELECT id FROM teas WHERE id IN (${ids.map(() => '?').join(',')})`, ids);\n"
            "console.log(`SELECT id FROM teas WHERE id = ${id}`);\n",
            path="shop/teas.js",
        ),
        Example('rows, err := db.Query("SELECT id FROM teas WHERE name = $1", name)\n', path="shop/teas.go"),
        Example('q := fmt.Sprintf("SELECT id FROM teas WHERE id = %d", id)\ndb.Exec(q)\n', path="shop/find.go"),
        Example('class A { String q = "SELECT id " + "FROM teas WHERE name = ?"; }\n', path="shop/A.java"),
        Example("<?php\n$rows = $db->query('SELECT id FROM teas WHERE id = ' . (int) $id);\n", path="shop/teas.php"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.AugAssign):
            yield from _added(node, at)
        elif not is_part_of_template(at):
            template = built_text(node, at)
            if template is not None and template.values:
                yield from _formatted(node, template, at)
            elif isinstance(node, cst.Call):
                yield from _brought(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if file.is_test:
            return
        if file.suffix == ".sql":
            for one in joined_into_sql("\n".join(file.lines)):
                severity = Severity.HIGH if one.is_quoted else Severity.MEDIUM
                yield LineSighting(one.line, f"`{one.name}` is joined into the SQL that is run", severity)
        else:
            yield from (LineSighting(*fault) for fault in filled_statements(speech_of(file)))


def _formatted(node: cst.CSTNode, template: Template, at: Place) -> Iterator[Sighting]:
    verb = statement_of(template.text) or _clause_added(template.text, at)
    runner = None
    if verb is None and _COMMAND.match(template.text):
        runner = runner_at(at)
        verb = "command" if runner is not None and gets_only_sql(runner) else None
    if verb is None or is_for_people(at):
        return
    risky = [
        (before, value)
        for before, value in template.holes
        if not _is_harmless(value, at) and not are_checked(frozenset(names_read(value)), node, at)
    ]
    is_value = any(expects_value(before) for before, _ in risky)
    runner = runner or runner_at(at)
    # A table or a fragment put in, and the text handed on: a query builder at work.
    if risky and (is_value or runner is not None):
        said = _shown([value for _, value in risky], at)
        where = f"the SQL that `{_quote(runner.func, at)}` runs" if runner is not None else f"a SQL {verb}"
        severity = Severity.HIGH if is_value and runner is not None else Severity.MEDIUM
        yield Sighting(node, f"{said} formatted into {where}", severity)


def _is_harmless(value: cst.CSTNode, at: Place) -> bool:
    entry = entry_into(value, at, _is_quoted)
    if entry is not None and entry.is_remote:
        return False
    return is_fixed(value, at, _is_quoted)


def _added(node: cst.AugAssign, at: Place) -> Iterator[Sighting]:
    """Report `sql += name`: a bare value put on the end of a statement."""
    if not isinstance(node.operator, cst.AddAssign) or template_of(node.value) is not None:
        return
    begun = [string_value(made) or "" for made in makers(node.target, at)]
    verb = next((verb for text in begun if (verb := statement_of(text)) is not None), None)
    runner = runner_of({dotted_name(node.target) or ""} - {""}, at) if verb is not None else None
    if runner is None or _is_harmless(node.value, at):
        return
    # Whether a value is expected after the text is known of the text just before alone.
    severity = Severity.HIGH if any(expects_value(text) for text in begun[:1]) else Severity.MEDIUM
    said, where = _shown([node.value], at), _quote(runner.func, at)
    yield Sighting(node, f"{said} added to the SQL that `{where}` runs", severity)


def _brought(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report statements and fragments that a request brings whole, and fragments made at run time."""
    name = called_name(call)
    if name == "extra":
        yield from _fragments(call, at)
        return
    if name in _CLAUSES or is_sql_text(call, at):
        yield from _clause(call, at)
    text = argument(call, 0, "sql", "query", "raw_query", "statement", "operation")
    if text is None or not (gets_only_sql(call) or is_sql_text(call, at)):
        return
    parts = (part for made in makers(text, at) for part in below(made))
    if any(template.values for part in parts if (template := template_of(part)) is not None):
        return
    entry = entry_into(text, at, _is_quoted)
    if entry is not None and entry.is_remote and not is_checked(entry, call, at):
        yield Sighting(call, f"`{_quote(call.func, at)}` runs SQL that `{_quote(entry.node, at)}` brings")
    elif name == "RawSQL" and string_value(text) is None:
        severity = Severity.INFO if is_fixed(text, at) else Severity.MEDIUM
        yield Sighting(call, f"`{_quote(text, at)}` becomes part of a query as it is", severity)


def _clause(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `query.filter(f"name = '{name}'")`: a fragment of SQL with a value in it."""
    modules = {origin.partition(".")[0] for origin in at.imports.values()}
    text = argument(call, 0)
    template = template_of(text) if text is not None else None
    if text is None or template is None or not modules & {"sqlalchemy", "sqlmodel", "flask_sqlalchemy"}:
        return
    if statement_of(template.text) is not None:
        return
    risky = [value for value in template.values if not _is_harmless(value, at)]
    if risky and not are_checked(frozenset(name for value in risky for name in names_read(value)), call, at):
        yield Sighting(call, f"{_shown(risky, at)} formatted into the SQL of `{called_name(call)}`", Severity.MEDIUM)


def _fragments(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value in _FRAGMENTS]
    first = argument(call, 0)
    is_mapping = isinstance(first, cst.Dict) or (isinstance(first, cst.Call) and called_name(first) == "dict")
    values += [first] if first is not None and is_mapping else []
    if not values or all(_is_plain(value) for value in values):
        return
    entry = next((entry for value in values if (entry := entry_into(value, at, _is_quoted)) is not None), None)
    if entry is not None and entry.is_remote and not is_checked(entry, call, at):
        yield Sighting(call, f"`{_quote(entry.node, at)}` becomes part of the SQL of `extra`")
        return
    is_known = all(is_fixed(value, at, _is_quoted) for value in values)
    said = "`extra` gets SQL put together at run time"
    yield Sighting(call, said, Severity.INFO if is_known else Severity.MEDIUM)


def _is_plain(value: cst.BaseExpression) -> bool:
    """True for strings, and lists and dictionaries of them."""
    match value:
        case cst.List() | cst.Tuple():
            return all(string_value(element.value) is not None for element in value.elements)
        case cst.Dict():
            return all(string_value(element.value) is not None for element in value.elements)
        case _:
            return string_value(value) is not None


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


def _shown(values: list[cst.BaseExpression], at: Place) -> str:
    first, *others = dict.fromkeys(_quote(value, at) for value in values)
    if not others:
        return f"`{first}` is"
    if len(others) == 1 and len(first + others[0]) <= _LONGEST_QUOTE:
        return f"`{first}` and `{others[0]}` are"
    return f"`{first}` and {len(others)} other value{'s' if len(others) > 1 else ''} are"


def _quote(node: cst.CSTNode, at: Place) -> str:
    return shown(node, at, _LONGEST_QUOTE)
