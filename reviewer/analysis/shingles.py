"""Functions of a Python text as sets of short runs of normalised tokens, so that near copies can be told.

Reads lines and indentation only, which is a tenth of the cost of a parse and good enough to compare.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from reviewer.analysis.regex import regex

_HEAD = regex(r"^(?P<indent>[ \t]*)(?P<async>async )?def (?P<name>\w+)", re.MULTILINE)
_TEXT = regex(r'[rbfuRBFU]{0,2}("""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')')
_REMARK = regex(r"#[^\n]*")
_TOKEN = regex(r"\.\s*\w+|\w+(?=\()|\w+|[^\w\s]")
_WORDS = frozenset(
    {"and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except"}
    | {"finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "not", "or", "pass", "raise", "return"}
    | {"try", "while", "with", "yield", "None", "True", "False", "self"}
)
_RUN = 4


@dataclass(frozen=True, slots=True)
class Body:
    """`lines` are the numbers of the function's lines, `code` how many of them hold code, `runs` its shingles."""

    name: str
    lines: range
    code: int
    is_async: bool
    runs: frozenset[int]


def bodies_in(text: str, *, least: int) -> Iterator[Body]:
    """Yield the functions that have at least so many lines of code, nested ones as part of their own only."""
    bare = _REMARK.sub("", _TEXT.sub(_same_lines, text))
    lines = bare.split("\n")
    for head in _HEAD.finditer(bare):
        first = bare.count("\n", 0, head.start()) + 1
        last = _last_line(lines, first, len(head["indent"].expandtabs()))
        held = [line for line in lines[first:last] if line.strip(" \t()[]{},:'\"S")]
        if len(held) >= least:
            yield Body(head["name"], range(first, last + 1), len(held), bool(head["async"]), _runs("\n".join(held)))


def likeness(one: Body, other: Body) -> float:
    """Return which part of all runs of two functions both have, from 0 to 1."""
    either = len(one.runs | other.runs)
    return len(one.runs & other.runs) / either if either else 0


def _same_lines(match: re.Match[str]) -> str:
    return "S" + "\n" * match[0].count("\n")


def _last_line(lines: list[str], first: int, indent: int) -> int:
    last = first
    depth = 0
    for number, line in enumerate(lines[first - 1 :], first):
        if line.strip():
            if number > first and depth <= 0 and len(line.expandtabs()) - len(line.expandtabs().lstrip()) <= indent:
                break
            depth += sum(line.count(bracket) for bracket in "([{") - sum(line.count(bracket) for bracket in ")]}")
            last = number
    return last


def _runs(code: str) -> frozenset[int]:
    tokens = [_normal(token) for token in _TOKEN.findall(code)]
    starts = range(max(1, len(tokens) - _RUN + 1))
    return frozenset(crc32("\0".join(tokens[start : start + _RUN]).encode()) for start in starts)


def _normal(token: str) -> str:
    """Names may differ in a copy, what is called or taken from them may not."""
    if token in _WORDS or not (token[0].isalnum() or token[0] == "_"):
        return token
    return "0" if token[0].isdigit() else "n"
