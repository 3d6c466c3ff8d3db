"""SQL in files of other languages: statement by statement in `.sql`, and in the strings of programs."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from pygments.token import Token as Kinds

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.sql import blank_comments, statement_of
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import Token

LANGUAGES = frozenset({"sql", "javascript", "typescript", "java", "csharp", "go", "php", "ruby", "kotlin"})

_OPENING = regex(r"[@$]*[\"'`]*")
_CLOSING = regex(r"[\"'`]+\Z")
_DELIMITER = Kinds.Literal.String.Delimiter


def spoken_statements(tokens: Sequence[Token], file: ChangedFile) -> Iterator[tuple[int, str]]:
    """Yield each statement, without comments, with the line it begins on."""
    if file.suffix == ".sql":
        yield from _in_script("\n".join(file.lines))
    else:
        yield from spoken_strings(tokens)


def spoken_strings(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield the strings that begin as statements do, with their first lines; lexers cut strings into pieces.

    A string that `+` joins to something else goes on with a HOLE.
    """
    groups = [(is_string, list(group)) for is_string, group in groupby(tokens, key=lambda token: token.is_string)]
    for index, (is_string, group) in enumerate(groups):
        pieces = [piece for piece in group if _DELIMITER not in piece.kind.split()]
        if not is_string or not pieces:
            continue
        text, line = "", pieces[0].line
        for piece in pieces:
            gap = "\n" * (piece.line - line)
            line += len(gap) + piece.text.count("\n")
            text += gap + piece.text
        text = _CLOSING.sub("", _OPENING.sub("", text, count=1)).replace("${", HOLE).replace("#{", HOLE)
        if statement_of(text) is not None:
            is_joined = index + 1 < len(groups) and groups[index + 1][1][0].text.strip()[:1] in ("+", ".")
            yield pieces[0].line, text + HOLE if is_joined else text


def _in_script(text: str) -> Iterator[tuple[int, str]]:
    code = blank_comments(text)
    start, line = 0, 1
    for end in [*(match.start() for match in re.finditer(";", code)), len(code)]:
        statement = code[start:end]
        if statement.strip():
            first = start + len(statement) - len(statement.lstrip())
            yield line + code.count("\n", start, first), statement.strip()
        line += code.count("\n", start, end + 1)
        start = end + 1
