import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rows import runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_sql import LANGUAGES, spoken_statements
from reviewer.analysis.sql import blank_comments, statement_of
from reviewer.analysis.syntax import Syntax, code, dotted_name, is_open_ended, syntax_of
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import Token

_RUNNERS = ("execute", "executemany", "query", "fetch_all", "fetch_one", "read_sql", "read_sql_query", "raw")
_UPDATE = regex(rf"\s*UPDATE\s+(?:ONLY\s+)?([\w.\"`\[\]{HOLE}]+)\s+(?:AS\s+)?(?:\w+\s+)?SET\b", re.IGNORECASE)
_DELETE = regex(rf"\s*DELETE\s+FROM\s+([\w.\"`\[\]{HOLE}]+)", re.IGNORECASE)
_NARROWED = regex(r"\b(?:WHERE|LIMIT|USING|JOIN|RETURNING|FROM\s+\w+\s+WHERE)\b", re.IGNORECASE)
_PASSING = regex(r"(?:temp|tmp|staging|scratch|session_|cache|_cache|buffer|queue|lock|#)\w*", re.IGNORECASE)
_NO_NULL = regex(
    r"\b(?:WHERE|AND|OR|ON|HAVING|WHEN|NOT|IF)\s+(?:NOT\s+)?\(?\s*([\w.\"`@\[\]:]+\s*(?:=|<>|!=)\s*NULL)\b",
    re.IGNORECASE,
)
_WILDCARD = regex(
    r"\bI?LIKE\s+(?:(?:LOWER|UPPER|CONCAT)\s*\(\s*)?'%{1,2}(?:[\w ]|'\s*(?:\|\||,|\+))",
    re.IGNORECASE,
)
_NOT_IN = regex(
    rf"\bNOT\s+IN\s*\(\s*SELECT\s+(?:DISTINCT\s+|ALL\s+)?(?P<column>[\w.\"`\[\]{HOLE}]+)\s+FROM\b", re.IGNORECASE
)
# What reads as the key of its own table is never NULL.
_KEY = regex(r"(?:\w+\.)?[\"`\[]?(?:id|uuid|pk|rowid|oid|ctid|\w*name|code|key|slug)[\"`\]]?", re.IGNORECASE)
_RANDOM = regex(r"\bORDER\s+BY\s+(?:RAND|RANDOM|NEWID)\s*\(", re.IGNORECASE)
_QUOTED = regex(r"(?:[=<>(,]|LIKE)\s*'(?:%s|\?|:\w+|%\(\w+\)s)'", re.IGNORECASE)
_PERCENT = regex(r"%(?:%|s)")


class SqlMisuse(ModuleRule, TokenRule):
    """A statement changes every row, compares with NULL, or does not fit its values.

    Why look: it runs, and does something else than it seems to say.
    Ask: which rows does it touch?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = (
        "UPDATE", "update ", "DELETE", "delete ", "NULL", "null", "LIKE", "like", "RAND", "rand", "%s", "?", "NOT IN",
        "not in",
    )  # fmt: skip
    languages = LANGUAGES

    INVALID = (
        Example("def close(cursor):\n    cursor.execute('UPDATE orders SET state = %s', ('closed',))\n"),
        Example("def clear(cursor):\n    cursor.execute('DELETE FROM orders')\n"),
        Example(
            "def add(cursor, a, b):\n"
            "    cursor.execute('INSERT INTO orders (id, shop, total) VALUES (?, ?, ?)', (a, b))\n"
        ),
        Example("def get(cursor, a):\n    cursor.execute('SELECT id FROM orders WHERE id = %s AND shop = %s', [a])\n"),
        Example("def open_orders(db):\n    return db.execute('SELECT id FROM orders WHERE closed = NULL')\n"),
        Example("def find(db, name):\n    return db.execute(\"SELECT id FROM shops WHERE name = '%s'\", (name,))\n"),
        Example("def find(db):\n    return db.execute(\"SELECT id FROM shops WHERE name LIKE '%corner'\")\n"),
        Example("def pick(db):\n    return db.execute('SELECT id FROM shops ORDER BY RANDOM() LIMIT 1')\n"),
        Example("UPDATE orders SET paid = true;\n", path="db/fix.sql"),
        Example("SELECT id\nFROM shops\nWHERE town <> NULL;\n", path="db/shops.sql"),
        Example("SELECT id FROM shops WHERE id NOT IN (SELECT shop_id FROM orders);\n", path="db/shops.sql"),
        Example("await db.query('DELETE FROM sessions_of_users')\n", path="src/users.js"),
        Example('jdbc.update("UPDATE orders SET state = ?", state);\n', path="src/Orders.java"),
    )
    VALID = (
        Example(
            "def close(cursor, id):\n    cursor.execute('UPDATE orders SET state = %s WHERE id = %s', ('closed', id))\n"
        ),
        Example("def clear(cursor):\n    cursor.execute('DELETE FROM tmp_orders')\n"),
        Example(
            "def delete(where):\n    sql = 'DELETE FROM orders'\n    if where:\n"
            "        sql += ' WHERE id = 1'\n    return sql\n"
        ),
        Example("def delete(table, where):\n    return run(f'DELETE FROM {table} {where}')\n"),
        Example("def delete(where):\n    return run('DELETE FROM orders ' + where)\n"),
        Example("def add(cursor, row):\n    cursor.execute('INSERT INTO orders (id, total) VALUES (?, ?)', row)\n"),
        Example(
            "def find(cursor, a):\n"
            "    cursor.execute(\"SELECT id FROM orders WHERE name LIKE 'a%%' AND id = %s\", (a,))\n"
        ),
        Example("def find(cursor, a):\n    cursor.execute(\"SELECT '?' FROM orders WHERE id = ?\", (a,))\n"),
        Example("def reopen(db, id):\n    db.execute('UPDATE orders SET closed = NULL WHERE id = ?', (id,))\n"),
        Example(
            "def find(db):\n"
            "    return db.execute(\"SELECT id FROM shops WHERE name LIKE 'corner%' AND city IS NULL\")\n"
        ),
        Example(
            "def find(db, *rest):\n"
            "    return db.execute('SELECT id FROM shops WHERE id = ? AND city = ?', (1, *rest))\n"
        ),
        Example(
            "SELECT id FROM shops WHERE id NOT IN (SELECT o.shop_id FROM orders o WHERE o.shop_id IS NOT NULL);\n"
            "SELECT id FROM orders WHERE shop_id NOT IN (SELECT id FROM shops);\n",
            path="db/shops.sql",
        ),
        Example("UPDATE orders SET paid = true WHERE id = 7;\n-- DELETE FROM orders;\n", path="db/fix.sql"),
        Example("cursor.execute('DELETE FROM orders')\n", path="tests/test_orders.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        continued = _continued(tree)
        for node, text in tree.texts:
            if statement_of(text) is not None and not _goes_on(tree, node, continued):
                for _, message, severity in _faults(text, is_migration=runs_once(file)):
                    yield LineSighting(tree.line(node), message, severity)
        for call in tree.called(*_RUNNERS):
            yield from _unfitting(tree, call)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for line, text in spoken_statements(tokens, file):
            # migration-without-rollback speaks of whole tables that a migration changes.
            if statement_of(text) is not None:
                for offset, message, severity in _faults(text, is_migration=runs_once(file)):
                    yield LineSighting(line + text.count("\n", 0, offset), message, severity)


def _faults(text: str, *, is_migration: bool) -> Iterator[tuple[int, str, Severity]]:
    """Yield what is wrong with a statement and at which offset of it."""
    plain = blank_comments(text)
    for verb, pattern in (("UPDATE", _UPDATE), ("DELETE FROM", _DELETE)):
        found = pattern.match(plain)
        if found is not None and _is_everywhere(plain, found):
            # Who runs a script once may mean all rows.
            severity = Severity.INFO if is_migration else Severity.MEDIUM
            yield 0, f"`{verb} {found[1]}` has no WHERE and changes every row", severity
    for found in _NO_NULL.finditer(plain):
        said = f"`{' '.join(found[1].split())}` is never true; NULL is asked for with IS"
        yield found.start(1), said, Severity.MEDIUM
    if found := _QUOTED.search(text):
        said = f"the quotes in `{found[0].strip()}` make the placeholder plain text"
        yield found.start(), said, Severity.MEDIUM
    for found in _NOT_IN.finditer(plain):
        if not _is_never_null(found["column"], plain[found.end() : found.end() + 500]):
            said = f"`NOT IN` finds nothing at all as soon as one `{found['column']}` is NULL; `NOT EXISTS` does"
            yield found.start(), said, Severity.LOW
    if found := _RANDOM.search(plain):
        yield found.start(), "`ORDER BY` a random number sorts the whole table for each call", Severity.LOW
    for found in _WILDCARD.finditer(text):
        yield found.start(), "`LIKE` with a leading `%` cannot use an index", Severity.INFO


def _is_never_null(column: str, rest: str) -> bool:
    """True for keys, and where the subquery leaves NULL out."""
    name = re.escape(column.rpartition(".")[2])
    said = rf"\b{name}[\"`]?\s+IS\s+NOT\s+NULL\b"
    return _KEY.fullmatch(column) is not None or re.search(said, rest, re.IGNORECASE) is not None


def _is_everywhere(plain: str, found: re.Match[str]) -> bool:
    """True if the statement is all there and names no rows: what is put in behind the table may be the condition."""
    table = found[1].rpartition(".")[2].strip('"`[]')
    rest = plain[found.end() :]
    is_open = HOLE in rest.replace(f"= {HOLE}", "").replace(f"={HOLE}", "")
    return not is_open and HOLE not in table and not _NARROWED.search(rest) and not _PASSING.match(table)


def _continued(tree: Syntax) -> frozenset[str]:
    """Return the names whose text something is added to: by `+=`, by `+`, in another text."""
    parts = [node for kind in (ast.AugAssign, ast.BinOp, ast.FormattedValue) for node in tree.nodes.get(kind, ())]
    held = (getattr(part, field, None) for part in parts for field in ("target", "left", "value"))
    return frozenset(dotted_name(node) for node in held if isinstance(node, (ast.Name, ast.Attribute)))


def _goes_on(tree: Syntax, node: ast.expr, continued: frozenset[str]) -> bool:
    """True for text that may be added to: bound to a name that goes on elsewhere, or part of a list to be joined."""
    above = tree.parents.get(node)
    if isinstance(above, (ast.List, ast.Compare, ast.AugAssign)):
        return True
    return isinstance(above, ast.Assign) and any(dotted_name(target) in continued for target in above.targets)


def _unfitting(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    """More or fewer placeholders than values in the tuple or list beside them."""
    if len(call.args) != 2 or is_open_ended(call) or not isinstance(call.func, ast.Attribute):
        return
    text = tree.text(call.args[0])
    values = tree.value(call.args[1])
    if call.func.attr == "executemany" or text is None or HOLE in text or statement_of(text) is None:
        return
    if not isinstance(values, (ast.Tuple, ast.List)) or any(isinstance(value, ast.Starred) for value in values.elts):
        return
    if _is_filled(tree, call.args[1]) or any(
        isinstance(value, (ast.Tuple, ast.List, ast.Dict)) for value in values.elts
    ):
        return
    count = _placeholders(text)
    if count and count != len(values.elts):
        yield LineSighting(
            tree.line(call), f"{count} placeholders, but {len(values.elts)} values in `{code(values)}`", Severity.HIGH
        )


def _is_filled(tree: Syntax, node: ast.expr) -> bool:
    """True for a name whose list is appended to."""
    name = dotted_name(node)
    return bool(name) and any(
        isinstance(call.func, ast.Attribute) and dotted_name(call.func.value) == name
        for call in tree.called("append", "extend", "insert")
    )


def _placeholders(text: str) -> int:
    """Return how many values a statement takes by their place; 0 if that cannot be told."""
    plain = re.sub(r"'[^']*'", "''", blank_comments(text))
    marks = [mark for mark in _PERCENT.findall(plain) if mark == "%s"]
    questions = len(re.findall(r"\?(?![|&?])", plain))
    if marks and not questions:
        return len(marks)
    return questions if questions and not marks and "%(" not in plain else 0
