"""SQL that SQL itself puts together and runs: EXECUTE, EXEC, PREPARE of text with values joined into it.

Reads words of PostgreSQL, Oracle, SQL Server and MySQL, not their grammars. What is quoted as the database has it,
is a number by its declared type, or is handed over with USING is no fault.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reviewer.analysis.regex import regex

_WORD = regex(
    r"(?P<skip>\s+|--[^\n]*|/\*.*?\*/)|(?P<string>[eEnN]?'(?:[^']|'')*')|(?P<dollar>\$\w*\$)|"
    r"(?P<name>[@:$]{0,2}[A-Za-z_\"\[][\w.\"\]]*)|(?P<sign>\|\||:=|.)",
    re.DOTALL,
)
_BEGINS = regex(
    r"\s*(?:\(\s*)?(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|MERGE|WITH|CALL|EXEC|COPY|"
    r"SET|ANALYZE|VACUUM|REFRESH|LOCK|NOTIFY|USE|KILL|BACKUP|COMMENT)\b",
    re.IGNORECASE,
)
_RUNS = frozenset({"execute", "exec", "immediate", "prepare", "sp_executesql", "sys.sp_executesql", "dbms_sql.parse"})
_QUOTES = frozenset(
    {"quote_literal", "quote_ident", "quote_nullable", "quotename", "quote", "format", "dbms_assert.enquote_literal",
     "dbms_assert.simple_sql_name", "dbms_assert.enquote_name", "dbms_assert.sql_object_name",
     "dbms_assert.qualified_sql_name", "to_regclass", "array_length", "length", "count", "now", "current_date",
     "to_char", "chr", "char", "current_user", "session_user", "current_database", "db_name", "getdate", "extract"}
)  # fmt: skip
_FIXED = regex(
    r"(?:(?:big|small|tiny|medium)?int(?:eger)?\d?|numeric|number|decimal|date|time\w*|datetime\w*|bool(?:ean)?|uuid|"
    r"regclass|regtype|regproc(?:edure)?|oid|float\d?|real|bit|pls_integer|uniqueidentifier|(?:big|small)?serial|"
    r"interval|money)",
    re.IGNORECASE,
)
_HOLE = regex(r"%(?:\d+\$)?-?\d*(?P<kind>[sIL%])")
# Nobody writes more words in one statement.
_MOST = 3_000


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    text: str
    line: int

    @property
    def word(self) -> str:
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Joined:
    """`name` is joined into a statement on that line; in quotes of its own it stands for a value."""

    name: str
    line: int
    is_quoted: bool


def joined_into_sql(text: str) -> Iterator[Joined]:
    """Yield the first value of each statement that is joined into text which is run, in order."""
    parts = tuple(_parts(text))
    fixed = {
        first.word
        for first, second in pairwise(parts)
        if first.kind == "name" and second.kind == "name" and _FIXED.fullmatch(second.text)
    }
    run = set(_run(parts))
    for statement in _statements(parts):
        words = {part.word for part in statement}
        assigned = next((part.word for part in statement if part.word in run), None)
        if (words & _RUNS or assigned is not None) and len(statement) < _MOST:
            yield from _joined(statement, fixed)


def _parts(text: str) -> Iterator[Part]:
    line = 1
    for match in _WORD.finditer(text):
        kind = match.lastgroup or "sign"
        if kind != "skip":
            yield Part(kind, match[0], line)
        line += match[0].count("\n")


def _run(parts: Sequence[Part]) -> Iterator[str]:
    """Yield the names of variables whose text is run."""
    for index, part in enumerate(parts):
        if part.word not in _RUNS:
            continue
        near = parts[index + 1 : index + 5]
        if part.word == "prepare":
            # `PREPARE name FROM text`.
            near = next((near[at + 1 :] for at, one in enumerate(near) if one.word == "from"), ())
        found = next((one for one in near if one.kind == "name" and one.word not in _RUNS), None)
        if found is not None:
            yield found.word


def _statements(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    begin = 0
    for index, part in enumerate(parts):
        # A function begins anew behind these, with or without a semicolon.
        if part.text == ";" or part.kind == "dollar" or part.word in ("begin", "then", "else", "loop", "go"):
            yield parts[begin:index]
            begin = index + 1
    yield parts[begin:]


def _joined(statement: Sequence[Part], fixed: set[str]) -> Iterator[Joined]:
    begun = next(
        (at for at, part in enumerate(statement) if part.kind == "string" and _BEGINS.match(_plain(part.text))), None
    )
    if begun is None:
        return
    if (made := _formatted(statement, begun, fixed)) is not None:
        yield made
        return
    is_called = begun > 1 and statement[begun - 2].word in ("concat", "concat_ws")
    depth = 0
    for index in range(begun + 1, len(statement)):
        sign = statement[index - 1]
        part = statement[index]
        depth += (part.text == "(") - (part.text == ")")
        if part.word in ("using", "into") and not depth:
            return
        if part.kind != "name" or not (sign.text in ("||", "+") or (is_called and sign.text == "," and depth == 0)):
            continue
        follows = statement[index + 1].text if index + 1 < len(statement) else ""
        inner = _first_argument(statement, index) if follows == "(" else part
        if inner is not None and inner.kind == "name" and inner.word not in fixed and not _is_constant(inner.text):
            before = next((one for one in reversed(statement[:index]) if one.kind == "string"), None)
            is_quoted = before is not None and _plain(before.text).count("'") % 2 == 1
            yield Joined(inner.text, part.line, is_quoted)
            return


def _formatted(statement: Sequence[Part], begun: int, fixed: set[str]) -> Joined | None:
    """Return the first value that `format` puts in as it is."""
    if begun < 2 or statement[begun - 2].word != "format":
        return None
    values: list[Sequence[Part]] = []
    depth, start = 0, begun + 2
    for index in range(begun + 1, len(statement)):
        depth += (statement[index].text == "(") - (statement[index].text == ")")
        if depth < 0 or (depth == 0 and statement[index].text == ","):
            values.append(statement[start:index])
            start = index + 1
        if depth < 0:
            break
    holes = [hole for hole in _HOLE.finditer(statement[begun].text) if hole["kind"] != "%"]
    given = [value for value in values if value]
    for hole, value in zip(holes, given, strict=False):
        is_call = len(value) > 1 and value[1].text == "("
        first = value[0]
        if hole["kind"] == "s" and first.kind == "name" and not is_call and first.word not in fixed:
            before = statement[begun].text[: hole.start()]
            return Joined(first.text, first.line, _plain(before + "'").count("'") % 2 == 1)
    return None


def _first_argument(statement: Sequence[Part], index: int) -> Part | None:
    """Return what a function is given, if what it returns holds that as it was; None for those that quote."""
    if statement[index].word in _QUOTES or statement[index].word in ("cast", "convert", "str"):
        return None
    return next((part for part in statement[index + 2 : index + 4] if part.kind == "name"), None)


def _is_constant(name: str) -> bool:
    return name.upper() in ("NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "TG_TABLE_NAME", "TG_OP")


def _plain(string: str) -> str:
    """Return what a string of SQL says."""
    return string[string.index("'") + 1 : -1].replace("''", "'")
