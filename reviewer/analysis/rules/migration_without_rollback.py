import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.sql import blank_comments
from reviewer.analysis.syntax import Function, Syntax, dotted_name, keyword, last_name, syntax_of
from reviewer.analysis.tokens import Token

_MIGRATION = regex(
    r"(^|/)(\w*migrations?|migrate|alembic|versions|flyway|liquibase|changelog)(/|_)|(^|/)V[\d_.]+__|\.up\.sql$"
)
_LOSING = regex(
    r"\s*(?:DROP\s+(?:TABLE|SCHEMA|DATABASE)\s+(?:IF\s+EXISTS\s+)?(?!IF\b)([\w.\"`\[\]]+)"
    r"|ALTER\s+TABLE\s+[\w.\"`\[\]]+\s+DROP\s+(?:COLUMN\s+)?(?:IF\s+EXISTS\s+)?"
    r"(?!IF\b|CONSTRAINT|INDEX|PRIMARY|FOREIGN|DEFAULT|CHECK|PARTITION|KEY)([\w\"`\[\]]+)"
    r"|TRUNCATE\s+(?:TABLE\s+)?([\w.\"`\[\]]+))",
    re.IGNORECASE,
)
_EVERYWHERE = regex(
    r"\s*(?:UPDATE\s+[\w.\"`]+\s+SET\s+(?P<column>[\w\"`]+)|DELETE\s+FROM\s+[\w.\"`]+)"
    r"(?!.*\b(?:WHERE|JOIN|USING)\b)",
    re.IGNORECASE | re.DOTALL,
)
_COLUMNS = regex(
    r"\bDROP\s+(?:COLUMN\s+)?(?:IF\s+EXISTS\s+)?"
    r"(?!COLUMN\b|IF\b|CONSTRAINT\b|INDEX\b|KEY\b|PRIMARY\b|FOREIGN\b|DEFAULT\b|NOT\b|CHECK\b|PARTITION\b|"
    r"IDENTITY\b|EXPRESSION\b)([\w\"`\[\]]+)",
    re.IGNORECASE,
)
_COPIES = regex(r"\s*(?:INSERT|CREATE|UPDATE|COPY|SELECT|MERGE|WITH)\b", re.IGNORECASE)
_READS = regex(r"\b(?:SELECT|SET|COPY|USING)\b", re.IGNORECASE)
_ADDS = regex(r"\s*ALTER\b.*\bADD\b", re.IGNORECASE | re.DOTALL)
_CASCADE = regex(r"\bCASCADE\b", re.IGNORECASE)
_IF_EXISTS = regex(r"\bIF\s+EXISTS\b|\b(?:EXISTS|OBJECT_ID)\s*\(", re.IGNORECASE)
# Only tools that read a way down write this above the way up.
_HAS_TWO_WAYS = regex(
    r"--\s*(?:\+\s*goose\s+up|migrate:up|\+\s*migrate\s+up|\+micrate\s+up)|\A--\s*Deploy\s", re.IGNORECASE
)
_WAY_BACK = regex(
    r"--\s*(\+\s*goose\s+down|migrate:down|\+migrate\s+down|rollback|down\b|@undo|undo\b|revert|\+micrate\s+down)",
    re.IGNORECASE,
)
_PASSING = regex(
    r"(?:\w+\.)?[\"`]?(tmp|temp|old|new|backup|bak|staging|test)_?|\w+_(old|new|tmp|temp|backup|bak)\b|#", re.IGNORECASE
)
_UP = regex(
    r"exports\.up\b|export\s+(?:const|async function|function)\s+up\b|^\s*(?:public\s+)?async\s+up\s*\(|^\s*up\s*[:(]",
    re.MULTILINE,
)
_DROPS = frozenset({"drop_table", "drop_column", "remove_column", "drop_schema"})


class MigrationWithoutRollback(ModuleRule, TokenRule):
    """A migration cannot be undone, or throws data away.

    Why look: when the release has to go back, the schema stays, and what was dropped is gone.
    Ask: how do you get back, and where is the data meanwhile?
    """

    informs = "maintain"
    severity = Severity.HIGH
    words = (
        "downgrade",
        "upgrade",
        "RunPython",
        "RunSQL",
        "DROP",
        "drop ",
        "TRUNCATE",
        "truncate ",
        "UPDATE",
        "DELETE",
        "ALTER",
        "CREATE",
        "create ",
        "alter ",
        "drop_",
        "down",
    )
    languages = frozenset({"sql", "javascript", "typescript"})

    INVALID = (
        Example(
            "from alembic import op\n\nrevision = '2'\n\ndef upgrade():\n"
            "    op.add_column('orders', column())\n\ndef downgrade():\n    pass\n",
            path="alembic/versions/2_total.py",
        ),
        Example(
            "from alembic import op\n\nrevision = '2'\n\ndef upgrade():\n    op.create_table('orders')\n",
            path="migrations/versions/2_orders.py",
        ),
        Example(
            "from alembic import op\n\nrevision = '3'\n\ndef upgrade():\n"
            "    op.drop_column('orders', 'total')\n\ndef downgrade():\n"
            "    op.add_column('orders', column())\n",
            path="migrations/versions/3_total.py",
        ),
        Example(
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.RunPython(fill)]\n",
            path="shop/migrations/0002_fill.py",
        ),
        Example(
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.RunSQL('UPDATE orders SET paid = 1')]\n",
            path="shop/migrations/0003_pay.py",
        ),
        Example("ALTER TABLE orders DROP COLUMN total;\n", path="db/migrations/V2__total.sql"),
        Example("ALTER TABLE orders\n  DROP COLUMN total,\n  DROP COLUMN tax;\n", path="db/migrations/V3__total.sql"),
        Example("DROP TABLE IF EXISTS shops CASCADE;\n", path="db/migrations/V4__shops.sql"),
        Example("UPDATE orders SET paid = true;\n", path="db/migrations/V5__paid.sql"),
        Example("-- migrate:up\nALTER TABLE orders ADD COLUMN day date;\n", path="db/migrations/5_day.sql"),
        Example("CREATE TABLE shops (id int);\nDROP TABLE orders;\n", path="migrations/002_shops.sql"),
        Example("ALTER TABLE orders ADD COLUMN day date;\n", path="migrations/003_day.sql"),
        Example("def clear(cursor):\n    cursor.execute('TRUNCATE TABLE orders')\n"),
        Example(
            "exports.up = (knex) => knex.schema.createTable('orders', fill)\nexports.down = () => Promise.resolve()\n",
            path="migrations/002_orders.js",
        ),
    )
    VALID = (
        Example(
            "from alembic import op\n\nrevision = '2'\n\ndef upgrade():\n"
            "    op.add_column('orders', column())\n\ndef downgrade():\n"
            "    op.drop_column('orders', 'total')\n",
            path="alembic/versions/2_total.py",
        ),
        Example(
            "from alembic import op\n\nrevision = '2'\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n",
            path="alembic/versions/2_merge.py",
        ),
        Example(
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n",
            path="shop/migrations/0002_fill.py",
        ),
        Example(
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.RunSQL(UP, reverse_sql=DOWN)]\n",
            path="shop/migrations/0003_pay.py",
        ),
        Example(
            "-- migrate:up\nALTER TABLE orders ADD COLUMN day date;\n-- migrate:down\n"
            "ALTER TABLE orders DROP COLUMN day;\n",
            path="migrations/003_day.sql",
        ),
        Example("CREATE TABLE orders (id int);\n", path="db/schema.sql"),
        Example("DROP TABLE orders;\n", path="migrations/002_orders.down.sql"),
        Example(
            "CREATE TABLE orders (id int);\n",
            path="migrations/002_orders.up.sql",
            beside={"migrations/002_orders.down.sql": "DROP TABLE orders;\n"},
        ),
        Example("def clear(cursor):\n    cursor.execute('DROP TABLE IF EXISTS tmp_orders')\n"),
        Example(
            "CREATE TABLE shops_archive AS SELECT * FROM shops;\nDROP TABLE shops;\n-- undo\n",
            path="db/migrations/V6__shops.sql",
        ),
        Example(
            "CREATE TABLE orders2 (id int);\nINSERT INTO orders2 (id) SELECT id FROM orders;\nDROP TABLE orders;\n"
            "ALTER TABLE orders2 RENAME TO orders;\n-- undo\n",
            path="db/migrations/7_orders.sql",
        ),
        Example(
            "ALTER TABLE orders ADD COLUMN paid bool;\nUPDATE orders SET paid = false;\n-- undo\n",
            path="db/migrations/8_paid.sql",
        ),
        Example("def upgrade(package):\n    package.install()\n"),
        Example("def clear(cursor):\n    cursor.execute('DROP TABLE orders')\n", path="tests/test_orders.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        if "alembic" in {origin.partition(".")[0] for origin in source.imports.values()}:
            yield from _alembic(tree)
        elif any(origin.startswith("django.db.migrations") for origin in source.imports.values()):
            yield from _django(tree)
        for call in tree.called("execute", "executescript", "exec_driver_sql"):
            text = tree.text(call.args[0]) if call.args else None
            function = tree.function(call)
            is_undoing = function is not None and re.search(
                r"down|revert|drop|reset|clean|clear_all|teardown|destroy|remove", function.name
            )
            if text is not None and not is_undoing and not _is_made_again(tree, text):
                yield from _lost(tree.line(call), text)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        is_migration = _MIGRATION.search(file.name) is not None and not re.search(
            r"(^|[./_])(down|undo|revert|U\d)", file.name
        )
        if file.is_test or not is_migration:
            return
        if file.suffix != ".sql":
            yield from _knex(file)
            return
        text = "\n".join(file.lines)
        back = _WAY_BACK.search(text)
        last = text.count("\n", 0, back.start()) + 1 if back is not None else None
        statements = [(line, each) for line, each in spoken_statements(tokens, file) if last is None or line < last]
        lost = list(_lost_in(statements))
        yield from lost
        changed = next(
            (line for line, each in statements if re.match(r"(CREATE|ALTER|DROP)\s", each, re.IGNORECASE)), None
        )
        if not lost and last is None and changed is not None and not _has_way_back(file):
            # Many tools go forward only; a way back is missed where the tool reads one.
            is_expected = file.name.endswith(".up.sql") or _HAS_TWO_WAYS.search(text) is not None
            severity = Severity.LOW if is_expected else Severity.INFO
            yield LineSighting(changed, "this migration has no way back", severity)


def _lost_in(statements: Sequence[tuple[int, str]]) -> Iterator[LineSighting]:
    """Report what a script throws away; not what an earlier statement of it copied, or filled after adding it."""
    copied: set[str] = set()
    added: set[str] = set()
    for line, text in statements:
        plain = blank_comments(text)
        changed = _EVERYWHERE.match(plain)
        shown = " ".join(text.split())[:50]
        lost = list(_thrown_away(plain))
        is_guarded = _IF_EXISTS.search(plain) is not None and not _CASCADE.search(plain)
        for offset, verb, what in lost:
            if not _PASSING.match(what) and _bare(what) not in copied:
                severity = Severity.INFO if is_guarded else Severity.HIGH
                at = line + plain.count("\n", 0, offset)
                yield LineSighting(at, f"`{verb or shown}` throws away what is in `{what}`", severity)
        if not lost and changed is not None and _bare(changed["column"] or "") not in added:
            severity = Severity.MEDIUM if changed["column"] else Severity.HIGH
            yield LineSighting(line, f"`{shown}` changes every row and cannot be undone", severity)
        if _COPIES.match(plain) and _READS.search(plain):
            copied |= _words(plain)
        elif _ADDS.match(plain):
            added |= _words(plain)


def _thrown_away(plain: str) -> Iterator[tuple[int, str, str]]:
    """Yield where a statement drops something, how if it is one of several, and what."""
    found = _LOSING.match(plain)
    if found is None:
        return
    names = [name for name in found.groups() if name]
    columns = list(_COLUMNS.finditer(plain)) if found[2] else []
    for column in columns:
        yield column.start(), " ".join(column[0].split()), column[1]
    if names and not columns:
        yield found.start(found.lastindex or 0), "", names[0]


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"`[]').lower()


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", text)}


def _lost(line: int, text: str) -> Iterator[LineSighting]:
    found = _LOSING.match(blank_comments(text))
    what = next((name for name in found.groups() if name), "") if found is not None else ""
    if what and not _PASSING.match(what):
        yield LineSighting(line, f"`{' '.join(text.split())[:50]}` throws away what is in `{what}`", Severity.MEDIUM)


def _is_made_again(tree: Syntax, text: str) -> bool:
    """True if the file makes a table of that name, or gives another one the name: it is copied, or temporary."""
    found = _LOSING.match(text)
    what = next((name for name in found.groups() if name), "") if found is not None else ""
    made = rf"(RENAME\s+TO|CREATE\s+(\w+\s+)?TABLE(\s+IF\s+NOT\s+EXISTS)?)\s+[\"`\[]?{re.escape(what)}\b"
    return bool(what) and re.search(made, "\n".join(tree.source.lines), re.IGNORECASE) is not None


def _alembic(tree: Syntax) -> Iterator[LineSighting]:
    functions = {function.name: function for function in tree.functions() if tree.function(function) is None}
    up, down = functions.get("upgrade"), functions.get("downgrade")
    if (
        up is None
        or _is_empty(up)
        or not any(dotted_name(call.func).startswith("op.") for calls in tree.calls.values() for call in calls)
    ):
        return
    if down is None:
        yield LineSighting(tree.line(up), "`upgrade` has no `downgrade`")
    elif _is_empty(down):
        yield LineSighting(tree.line(down), "`downgrade` does not undo what `upgrade` does")
    for call in tree.called(*_DROPS):
        if tree.function(call) is up and dotted_name(call.func).startswith(("op.", "batch_op.")):
            what = ", ".join(ast.unparse(arg) for arg in call.args[:2])
            yield LineSighting(
                tree.line(call), f"`{last_name(call.func)}({what})` throws away what is in it", Severity.MEDIUM
            )


def _is_empty(function: Function) -> bool:
    """True for a body of `pass`, docstrings, `return` and `raise NotImplementedError`."""
    return all(
        isinstance(part, (ast.Pass, ast.Raise))
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        or (isinstance(part, ast.Return) and part.value is None)
        for part in function.body
    )


def _django(tree: Syntax) -> Iterator[LineSighting]:
    for call in tree.called("RunPython", "RunSQL"):
        reverse = keyword(call, "reverse_code", "reverse_sql")
        if reverse is None and len(call.args) < 2 and not any(word.arg is None for word in call.keywords):
            what = ast.unparse(call.args[0])[:40] if call.args else "…"
            yield LineSighting(
                tree.line(call),
                f"`{last_name(call.func)}({what})` cannot be undone: no reverse is given",
                Severity.MEDIUM,
            )


def _has_way_back(file: ChangedFile) -> bool:
    """True if another file undoes this one; where nobody knows the other files, the name's word is taken for it."""
    name = file.name
    if not file.project.names:
        return name.endswith(".up.sql")
    twins = {
        name.replace(".up.sql", ".down.sql"),
        re.sub(r"(^|/)V([\d_.]+__)", r"\1U\2", name),
        name.replace("/up/", "/down/"),
    }
    twins |= {name.removesuffix("up.sql") + "down.sql", name.replace("deploy/", "revert/")}
    stem, folder = name.removesuffix(".sql"), name.rpartition("/")[0]
    for word in ("down", "rollback", "undo", "revert"):
        twins |= {f"{stem}.{word}.sql", f"{stem}_{word}.sql", f"{folder}/{word}/{name.rpartition('/')[2]}"}
    return bool((twins - {name}) & file.project.names)


def _knex(file: ChangedFile) -> Iterator[LineSighting]:
    """`exports.up` without a `down`, or with one that does nothing; Sequelize and TypeORM say it alike."""
    text = "\n".join(file.lines)
    up = _UP.search(text)
    if up is None:
        return
    down = re.search(r"\bdown\b(?P<body>[^\n]*)", text)
    if down is None:
        yield LineSighting(text.count("\n", 0, up.start()) + 1, "`up` has no `down`")
    elif re.search(r"(?:=>|\))\s*(?:\{\s*\}|Promise\.resolve\(\)|null|undefined)\s*;?,?\s*$", down["body"]):
        yield LineSighting(text.count("\n", 0, down.start()) + 1, "`down` does not undo what `up` does")
