import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.columns import Column, bare, columns_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.tokens import Token

_NAME = r"[\w.\"`\[\]]+"
_CREATED = regex(rf"\s*CREATE\s+(?:\w+\s+){{0,3}}?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})", re.IGNORECASE)
_EMPTIED = regex(rf"\s*(?:TRUNCATE\s+(?:TABLE\s+)?|DELETE\s+FROM\s+)({_NAME})\s*(?:CASCADE\s*)?\Z", re.IGNORECASE)
_FILLED = regex(rf"\s*UPDATE\s+(?:ONLY\s+)?({_NAME})\s+SET\b", re.IGNORECASE)
_REQUIRED = regex(r"\bNOT\s+NULL\b", re.IGNORECASE)
_GIVEN = regex(
    r"\b(?:DEFAULT|GENERATED|IDENTITY|AUTO_INCREMENT|AUTOINCREMENT|AS\s*\()|\bVIRTUAL\b|\bSTORED\b", re.IGNORECASE
)
_NUMBERED = regex(r"(?:small|big)?serial\d?|rowversion|timestamp")
_SET_REQUIRED = regex(rf"\bALTER\s+(?:COLUMN\s+)?({_NAME})\s+SET\s+NOT\s+NULL\b", re.IGNORECASE)
_ALTERED = regex(rf"\s*ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?({_NAME})\s", re.IGNORECASE)
_INDEX = regex(
    rf"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?P<careful>CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:{_NAME}\s+)?"
    rf"ON\s+(?:ONLY\s+)?(?P<table>{_NAME})",
    re.IGNORECASE,
)
_RETYPED = regex(rf"\bALTER\s+(?:COLUMN\s+)?({_NAME})\s+(?:SET\s+DATA\s+)?TYPE\b", re.IGNORECASE)
_CHECKED = regex(r"\bADD\s+CONSTRAINT\s+[\w\"]+\s+(?:CHECK|FOREIGN\s+KEY)\b(?![^;]*\bNOT\s+VALID\b)", re.IGNORECASE)
_RENAMED = regex(r"\bRENAME\s+(?:COLUMN\s+)?(?!TO\b|CONSTRAINT\b|INDEX\b|KEY\b)([\w\"`]+)\s+TO\b", re.IGNORECASE)
_BEGINS = regex(r"\s*(?:BEGIN|START\s+TRANSACTION)(?:\s+(?:WORK|TRANSACTION|ISOLATION\s.*))?\s*\Z", re.IGNORECASE)
_ENDS = regex(r"\s*(?:COMMIT|ROLLBACK|END)\b", re.IGNORECASE)
# What only PostgreSQL understands, or the name of a place that says so.
_POSTGRES = regex(
    r"\btimestamptz\b|\bjsonb\b|\bbytea\b|\bCONCURRENTLY\b|\bUSING\s+(?:gin|gist|spgist)\b|\$\$|\w::\w|"
    r"\b(?:lock|statement)_timeout\b|\bplpgsql\b|\b(?:big|small)?serial\b|\btext\[\]|\bCREATE\s+EXTENSION\b|"
    r"\bNOT\s+VALID\b|\bCOMMENT\s+ON\b|\bSET\s+search_path\b|\bALTER\s+COLUMN\s+\w+\s+(?:SET|TYPE|DROP)\b",
    re.IGNORECASE,
)
_POSTGRES_NAME = regex(r"postgres|pgsql|(?:^|[/_.-])pg(?:[/_.-]|$)|supabase", re.IGNORECASE)
_OTHER = regex(r"`\w|\bENGINE\s*=|\bAUTO_INCREMENT\b|\bNVARCHAR\b|^\s*GO\s*$|\bPRAGMA\b", re.IGNORECASE | re.MULTILINE)
_MIGRATION = regex(
    r"(?:^|/)[\w.-]*(?:migrat|alembic|versions|flyway|liquibase|changelog|updates?)[\w.-]*/|(?:^|/)V[\d_.]+__"
)
_DOWN = regex(r"(?:^|[./_])(?:down|undo|revert|rollback)(?:[./_]|$)")


class BlockingMigration(TokenRule):
    """A change of the schema fails on a table that holds rows, or keeps everybody waiting while it runs.

    Why look: on an empty test database it is done at once; in production it stops, or the shop does.
    Ask: how many rows has this table, and what waits while they are read?
    """

    informs = "scale"
    severity = Severity.LOW
    words = ("ALTER", "alter ", "INDEX", "index ", "Alter ")
    languages = frozenset({"sql"})

    INVALID = (
        Example("ALTER TABLE shops ADD COLUMN city text NOT NULL;\n", path="db/migrations/0002_city.sql"),
        Example("ALTER TABLE shops\n    ADD city varchar(80),\n    ADD day date NOT NULL;\n", path="db/change.sql"),
        Example("ALTER TABLE dbo.Shops ADD City NVARCHAR(80) NOT NULL;\nGO\n", path="db/V3__City.sql"),
        Example("SET lock_timeout = '2s';\nCREATE INDEX shops_city ON shops (city);\n", path="db/migrations/3_i.sql"),
        Example("create unique index i on public.shops using gin (tags);\n", path="db/migrations/4_i.sql"),
        Example(
            "BEGIN;\nCREATE INDEX CONCURRENTLY shops_city ON shops (city);\nCOMMIT;\n", path="db/migrations/5_i.sql"
        ),
        Example("ALTER TABLE shops ALTER COLUMN city SET NOT NULL;\n", path="db/migrations/6_city.sql"),
        Example("ALTER TABLE shops ALTER COLUMN number TYPE bigint;\n", path="db/migrations/7_number.sql"),
        Example(
            "ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops (id);\nSELECT 1::int;\n",
            path="db/migrations/8_key.sql",
        ),
        Example("ALTER TABLE shops RENAME COLUMN city TO town;\n", path="db/migrations/9_town.sql"),
    )
    VALID = (
        Example("ALTER TABLE shops ADD COLUMN city text NOT NULL DEFAULT '';\n", path="db/migrations/0002_city.sql"),
        Example("ALTER TABLE shops ADD COLUMN city text;\n", path="db/migrations/0002_city.sql"),
        Example("ALTER TABLE shops ADD COLUMN number bigserial NOT NULL;\n", path="db/migrations/0002_number.sql"),
        Example(
            "CREATE TABLE shops (id int);\nALTER TABLE shops ADD COLUMN city text NOT NULL;\n"
            "CREATE INDEX shops_city ON shops USING gin (city);\n",
            path="db/migrations/0001_shops.sql",
        ),
        Example("CREATE INDEX CONCURRENTLY IF NOT EXISTS shops_city ON shops (city);\n", path="db/migrations/3_i.sql"),
        Example("CREATE TABLE shops (id int, city text NOT NULL);\n", path="db/schema.sql"),
        Example("CREATE INDEX shops_city ON shops (city) -- timestamptz\n", path="db/schema.sql"),
        Example(
            "UPDATE shops SET city = '' WHERE city IS NULL;\nALTER TABLE shops ALTER COLUMN city SET NOT NULL;\n",
            path="db/migrations/6_city.sql",
        ),
        Example(
            "ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops (id) NOT VALID;\n",
            path="db/migrations/8_key.sql",
        ),
        Example("ALTER TABLE shops ADD COLUMN city text NOT NULL;\n", path="db/migrations/2_city.down.sql"),
        Example("-- ALTER TABLE shops ADD COLUMN city text NOT NULL;\n", path="db/migrations/2_city.sql"),
        Example("ALTER TABLE shops RENAME TO stores;\n", path="db/migrations/9_stores.sql"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or _DOWN.search(file.name):
            return
        text = "\n".join(file.lines)
        is_postgres = not _OTHER.search(text) and bool(_POSTGRES.search(text) or _POSTGRES_NAME.search(file.name))
        is_migration = _MIGRATION.search(file.name) is not None
        quiet: set[str] = set()
        is_inside = False
        for line, statement in spoken_statements(tokens, file):
            if found := _CREATED.match(statement) or _EMPTIED.match(statement):
                quiet.add(bare(found[1]))
            elif _BEGINS.match(statement):
                is_inside = True
            elif _ENDS.match(statement):
                is_inside = False
            elif found := _FILLED.match(statement):
                quiet.add(f"{bare(found[1])} filled")
            faults = (*_columns(statement, quiet), *_index(statement, quiet, is_inside=is_inside))
            later = _locks(statement, quiet, is_postgres=is_postgres) if is_migration else ()
            for offset, said, severity in (*faults, *later):
                if severity is not None or (is_postgres and is_migration):
                    at = line + statement.count("\n", 0, offset)
                    yield LineSighting(at, said, severity)


def _columns(statement: str, quiet: set[str]) -> Iterator[tuple[int, str, Severity | None]]:
    for column in columns_in(statement):
        if not (column.in_new_table or column.is_changed or column.table in quiet) and _fails(column):
            said = f"`{column.name}` is NOT NULL and has no default: this fails where `{column.table}` holds rows"
            yield column.offset, said, Severity.MEDIUM


def _fails(column: Column) -> bool:
    return (
        _REQUIRED.search(column.rest) is not None
        and _GIVEN.search(column.rest) is None
        and _NUMBERED.fullmatch(column.type) is None
    )


def _index(statement: str, quiet: set[str], *, is_inside: bool) -> Iterator[tuple[int, str, Severity | None]]:
    """Report an index; without a severity what is true of PostgreSQL alone."""
    found = _INDEX.match(statement)
    if found is None or bare(found["table"]) in quiet:
        return
    if found["careful"] and is_inside:
        said = "`CONCURRENTLY` fails inside a transaction"
        yield found.start("careful"), said, Severity.MEDIUM
    elif not found["careful"]:
        yield 0, f"nobody can write to `{bare(found['table'])}` while this index is built: no `CONCURRENTLY`", None


def _locks(statement: str, quiet: set[str], *, is_postgres: bool) -> Iterator[tuple[int, str, Severity | None]]:
    table = _ALTERED.match(statement)
    if table is None or bare(table[1]) in quiet:
        return
    name = bare(table[1])
    for found in _SET_REQUIRED.finditer(statement):
        if f"{name} filled" not in quiet:
            yield found.start(), f"this fails if one `{bare(found[1])}` of `{name}` is NULL", Severity.LOW
    for found in _RETYPED.finditer(statement):
        said = f"a new type for `{bare(found[1])}` may write all of `{name}` anew while nobody can read it"
        yield found.start(), said, Severity.INFO
    for found in _RENAMED.finditer(statement):
        said = f"whatever still asks for `{bare(found[1])}` fails from here on"
        yield found.start(), said, Severity.INFO
    if is_postgres and (checked := _CHECKED.search(statement)):
        yield checked.start(), f"`{name}` is locked while each row is checked: no `NOT VALID`", Severity.INFO
