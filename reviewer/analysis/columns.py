"""The columns that SQL makes: in CREATE TABLE, and in what ALTER TABLE adds or changes.

Knows words, not the grammar of any one database; takes text without comments, as `spoken_statements` yields it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.regex import regex
from reviewer.analysis.sql import blank_comments

_NAME = r"[\w.\"`\[\]]+"
_TABLE = regex(
    rf"\bCREATE\s+(?:\w+\s+){{0,3}}?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>{_NAME})\s*\(|"
    rf"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<altered>{_NAME})\s",
    re.IGNORECASE,
)
_ACTION = regex(
    r"\s*(?:ADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?|(?P<changes>(?:MODIFY|CHANGE|ALTER)\s+(?:COLUMN\s+)?))"
    r"(?P<open>\(\s*)?",
    re.IGNORECASE,
)
_COLUMN = regex(
    r"\s*(?P<name>[\"`\[]?[A-Za-z_]\w*[\"`\]]?)\s+(?:(?:SET\s+DATA\s+)?TYPE\s+)?(?P<type>[A-Za-z_][\w.]*(?:\s+precision\b)?)"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NO_COLUMN = frozenset(
    {"constraint", "primary", "unique", "check", "foreign", "key", "index", "exclude", "like", "period", "fulltext",
     "spatial", "partition", "column", "table"}
)  # fmt: skip
# Nobody writes more in one statement.
_FAR = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """`offset` is where it stands in the statement; `rest` is what follows the type's name."""

    table: str
    name: str
    type: str
    rest: str
    offset: int
    in_new_table: bool
    is_changed: bool = False


def columns_in(statement: str) -> Iterator[Column]:
    """Yield the columns that a statement makes or changes, in order."""
    plain = blank_comments(statement)[:_FAR]
    for made in _TABLE.finditer(plain):
        if made["table"]:
            for offset, text in _parts(plain, made.end()):
                yield from _column(text, offset, bare(made["table"]), in_new_table=True)
            continue
        for offset, text in _parts(plain, made.end()):
            action = _ACTION.match(text)
            if action is not None:
                start = offset + action.end()
                inner = _parts(plain, start) if action["open"] else [(start, text[action.end() :])]
                for begin, column in inner:
                    yield from _column(
                        column, begin, bare(made["altered"]), in_new_table=False, is_changed=bool(action["changes"])
                    )


def bare(name: str) -> str:
    """Return a name without its schema and quotes, in small letters."""
    return name.rpartition(".")[2].strip('"`[]').lower()


def _column(text: str, offset: int, table: str, *, in_new_table: bool, is_changed: bool = False) -> Iterator[Column]:
    found = _COLUMN.fullmatch(text)
    if found is None or found["name"].lower() in _NO_COLUMN:
        return
    yield Column(
        table,
        found["name"].strip('"`[]'),
        " ".join(found["type"].lower().split()),
        " ".join(found["rest"].split()),
        offset + found.start("name"),
        in_new_table=in_new_table,
        is_changed=is_changed,
    )


def _parts(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield what commas part from `start` on, to the bracket or semicolon that ends it."""
    depth, begin = 0, start
    for index in range(start, len(text)):
        mark = text[index]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        if depth < 0 or (mark == ";" and not depth):
            yield begin, text[begin:index]
            return
        if mark == "," and not depth:
            yield begin, text[begin:index]
            begin = index + 1
    yield begin, text[begin:]
