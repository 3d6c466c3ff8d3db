"""SQL as it stands in strings: whether a text is a statement, and which tables it reads whole.

Knows words, not the grammar: a text it cannot read says nothing. A value put in at run time is a HOLE.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.regex import regex
from reviewer.analysis.template import HOLE

_START = regex(
    r"""(?>\s|\(|--[^\n]*\n|/\*.*?\*/)*+
    (?: (?P<select>SELECT)\s(?P<columns>.*?)\b(?P<from>FROM)\b
      | (?P<verb>INSERT)\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO\b
      | (?P<replace>REPLACE)\s+INTO\b
      | (?P<update>UPDATE)\s+(?:OR\s+\w+\s+)?\S+\s+(?:AS\s+)?(?:\w+\s+)?SET\b
      | (?P<delete>DELETE)\s+FROM\b
      | (?P<merge>MERGE)\s+INTO\b
      | (?P<with>WITH)\s+(?:RECURSIVE\s+)?\S+\s*(?:\([^)]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(
      | (?P<ddl>CREATE|DROP|ALTER|TRUNCATE)\s+(?:[A-Z]+\s+){0,3}?
        (?:TABLE|INDEX|VIEW|TRIGGER|DATABASE|SCHEMA|SEQUENCE|FUNCTION|ROLE|USER)\b
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_CLAUSE = regex(r"\s*(?:WHERE|AND|OR|HAVING|(?:ORDER|GROUP) BY|LIMIT|OFFSET|VALUES|(?:\w+ )?JOIN|UNION)\s")
_PROSE = regex(r"\b(?:the|your|this|these|those|which|one|please)\b")
_DEFINITIONS = frozenset({"CREATE", "DROP", "ALTER", "TRUNCATE"})
_VALUE = regex(
    r"(?:[=<>]|\b(?:LIKE|BETWEEN|LIMIT|OFFSET|INTERVAL)\s|\b(?:IN|VALUES)\s*\([^()]*)\s*\(?\s*[\"%]*\Z",
    re.IGNORECASE,
)
_NO_CODE = regex(r"'[^']*'|--[^\n]*|/\*(?:.*?\*/|.*)", re.DOTALL)
# Nothing searches further than this, so that a hostile text costs no more than its length.
_FAR = 5_000


def statement_of(text: str) -> str | None:
    """Return the verb of the statement that a text begins with, such as `INSERT`; None if it reads as prose."""
    match = _START.match(text)
    if match is None:
        return None
    kind = match.lastgroup if match["select"] is None else "select"
    verb = match[kind or "select"]
    is_shouted = verb.isupper() or "*" in (match["columns"] or "") or (match["from"] or "").istitle()
    if not is_shouted and (not verb.islower() or _PROSE.search(text[: match.end() + 10])):
        return None
    return verb.upper()


def continues_statement(text: str) -> bool:
    """True for a clause in capitals, such as ` WHERE id = `, that is added to a statement begun elsewhere."""
    return _CLAUSE.match(text) is not None


def is_definition(verb: str) -> bool:
    """True if the statement makes or changes a table and not its rows."""
    return verb in _DEFINITIONS


def expects_value(before: str) -> bool:
    """True if what follows this beginning of a statement stands for a value, not for a name or a clause."""
    return before.count("'") % 2 == 1 or _VALUE.search(before[-200:]) is not None


@dataclass(frozen=True, slots=True)
class Star:
    """`shown` is what reads all columns of `table`: `SELECT *` or `SELECT o.*`; `offset` is where it stands."""

    offset: int
    shown: str
    table: str


_SELECT = regex(r"\bSELECT\s+(?:DISTINCT\s+ON\s*\([^()]{0,500}\)\s*|DISTINCT\s+|ALL\s+|TOP\s+\S+\s+)?", re.IGNORECASE)
_MARK = regex(r"[(),]|\bFROM\b", re.IGNORECASE)
_COLUMNS = regex(r"\s*(?:([\w\"`\[\]]+)\.)?\*\s*")
_EXISTS = regex(r"\b(?:EXISTS|COUNT)\s*\(\s*\Z", re.IGNORECASE)
_NAME = r"[\w.\"`\[\]$\0]++"
_TABLE = regex(rf"\s*(?:ONLY\s+)?({_NAME})(?!\s*\()", re.IGNORECASE)
_DEFINED = regex(r"(?<![\w\"`])([\w\"`]++)\s*(?:\([^()]*\)\s*)?\bAS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", re.IGNORECASE)
_CATALOGUE = regex(r"(?:information_schema|sys|mysql|pg_\w+|sqlite_\w+)(?:\.|\Z)|dual\Z", re.IGNORECASE)
_NO_ROWS = regex(r"\bLIMIT\s+0\b|\bWHERE\s+(?:1\s*=\s*0|0\s*=\s*1|1\s*=\s*2|FALSE)\b", re.IGNORECASE)


def stars(text: str) -> Iterator[Star]:
    """Yield what reads every column of a table that the text names.

    Silent on what has listed its columns (subqueries, WITH), on catalogues, and where no column arrives.
    """
    code = _NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    named = {_bare(name) for name in _DEFINED.findall(code)}
    for select in _SELECT.finditer(code):
        start = select.start()
        end = code.find(";", start, start + _FAR)
        statement = code[start : end if end >= 0 else start + _FAR]
        owner, after_from = _starred(statement, select.end() - start)
        if owner is None or _EXISTS.search(code[max(0, start - 40) : start]) or _NO_ROWS.search(statement):
            continue
        table = _table(statement, after_from, owner)
        name = _bare(table or HOLE)
        if table and not name.endswith(HOLE) and name not in named and not _CATALOGUE.match(name):
            yield Star(start, f"SELECT {owner}.*" if owner else "SELECT *", table)


def _starred(statement: str, start: int) -> tuple[str | None, int]:
    """Return the alias before the first star in the list of columns, "" for a bare star, and where the list ends."""
    owner, depth, begin = None, 0, start
    for mark in _MARK.finditer(statement, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth < 0:
            break
        if depth or mark[0] in "()":
            continue
        if owner is None and (column := _COLUMNS.fullmatch(statement, begin, mark.start())):
            owner = column[1] or ""
        begin = mark.end()
        if mark[0] != ",":
            return owner, begin
    return None, start


def _table(statement: str, after_from: int, alias: str) -> str | None:
    """Return the table read: the first one, or the one the alias stands for; None for a subquery."""
    first = _TABLE.match(statement, after_from)
    if not alias:
        return first[1] if first else None
    name = re.escape(alias)
    known = re.search(
        rf"(?:\b(?:FROM|JOIN)|,)\s+(?:(?P<table>{_NAME})\s+(?:AS\s+)?{name}|(?P<itself>(?:[\w.]+\.)?{name}))(?![\w.])",
        statement[after_from - len("FROM") :],
        re.IGNORECASE,
    )
    return (known["table"] or known["itself"]) if known else None


def _bare(name: str) -> str:
    return name.translate({ord(mark): None for mark in '"`[]'}).lower()


_LIMIT = regex(
    r"\bLIMIT\s|\bFETCH\s+(?:FIRST|NEXT)\b|\bSELECT\s+(?:DISTINCT\s+)?TOP\b|\bROWNUM\b|\bTABLESAMPLE\b", re.IGNORECASE
)
_ONE_ROW = regex(
    r"\bWHERE\s+\(?(?:[\w\"`]+\.)?[\"`]?(?:id|pk|uuid|guid|rowid|oid|key|email|username|slug|token"
    r"|\w+_id|(?-i:[a-z]+(?:Id|ID)))[\"`]?"
    r"\s*=(?!\s*ANY)",
    re.IGNORECASE,
)
_AGGREGATE = regex(
    r"\s*(?:COUNT|SUM|MIN|MAX|AVG|COALESCE|IFNULL|ROUND|EXISTS|JSON_AGG|ARRAY_AGG|STRING_AGG|GROUP_CONCAT|STDDEV|CAST)\s*\(",
    re.IGNORECASE,
)
_GROUPED = regex(r"\bGROUP\s+BY\b", re.IGNORECASE)
_DISTINCT = regex(r"\bSELECT\s+DISTINCT\b", re.IGNORECASE)
_FROM = regex(r"\bFROM\s+([\w.\"`\[\]$\0]++)", re.IGNORECASE)


def reads_rows(text: str) -> bool:
    """True for a statement that brings rows of a table: SELECT or WITH."""
    return statement_of(text[:_FAR]) in ("SELECT", "WITH")


def is_bounded(text: str) -> bool:
    """True if a SELECT brings no more rows when its table grows: LIMIT, aggregates, groups, catalogues."""
    code = _NO_CODE.sub(" ", text[:_FAR])
    select = _SELECT.search(code)
    if _LIMIT.search(code) or _NO_ROWS.search(code) or _GROUPED.search(code) or _DISTINCT.search(code):
        return True
    table = _FROM.search(code)
    is_catalogue = table is None or _CATALOGUE.match(_bare(table[1])) is not None
    return is_catalogue or (select is not None and _AGGREGATE.match(code, select.end()) is not None)


def is_one_row(text: str) -> bool:
    """True if a condition on what reads as a key keeps a SELECT to few rows."""
    return _ONE_ROW.search(_NO_CODE.sub(lambda match: "''" if match[0][0] == "'" else " ", text[:_FAR])) is not None


def table_of(text: str) -> str:
    """Return the first table a SELECT reads; "" if it is not written there."""
    found = _FROM.search(_NO_CODE.sub(" ", text[:_FAR]))
    name = found[1] if found else ""
    return "" if HOLE in name else name


_COMMENT_OR_QUOTE = regex(r"'[^']*'|(?P<comment>--[^\n]*|/\*(?:.*?\*/|.*))", re.DOTALL)


def blank_comments(text: str) -> str:
    """Return the text with blanks for its comments, and for what is quoted the quotes and as many blanks."""

    def blank(match: re.Match[str]) -> str:
        if match["comment"] is None:
            return "'" + re.sub(r"[^\n%?]", " ", match[0][1:-1]) + "'"
        return re.sub(r"[^\n]", " ", match[0])

    return _COMMENT_OR_QUOTE.sub(blank, text)
