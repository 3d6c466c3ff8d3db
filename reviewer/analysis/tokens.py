"""Tokens of languages other than Python, by Pygments: strings and comments told from code."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Protocol

from pygments.lexers import LEXERS
from pygments.token import Token as Kinds
from pygments.token import _TokenType

from reviewer.analysis.change import LARGEST_TEXT, ChangedFile
from reviewer.analysis.languages import language_of

_COMMENT = Kinds.Comment
_STRING = Kinds.Literal.String
# Some lexers take minutes on hostile input; longer lines are data, not code.
_LONGEST_LINE = 2_000


@cache
def _is_kind_of(kind: _TokenType, one: _TokenType) -> bool:
    """True if one kind is another or a kind of it; asked for each token by many rules."""
    return kind in one.split()


@dataclass(frozen=True, slots=True)
class Token:
    """`line` counts from 1, where the token begins."""

    kind: _TokenType
    text: str
    line: int

    @property
    def is_comment(self) -> bool:
        return _is_kind_of(_COMMENT, self.kind)

    @property
    def is_string(self) -> bool:
        return _is_kind_of(_STRING, self.kind)


class _Lexer(Protocol):
    def get_tokens(self, text: str) -> Sequence[tuple[_TokenType, str]]: ...


def refusal(file: ChangedFile) -> str | None:
    """Return why the file has no tokens, if it should have."""
    if len(file.new_text or b"") > LARGEST_TEXT:
        return f"this file has more than {LARGEST_TEXT:,} bytes"
    if any(len(line) > _LONGEST_LINE for line in file.lines):
        return f"this file has a line of more than {_LONGEST_LINE:,} characters"
    return None


@lru_cache(maxsize=4)
def tokens_of(file: ChangedFile) -> tuple[Token, ...]:
    """Return the new text's tokens without blanks; none if it is too large or has a line no person wrote.

    The last few are remembered.
    """
    language = language_of(file)
    if language is None or refusal(file) is not None:
        return ()
    tokens: list[Token] = []
    line = 1
    # Pygments would take a lone carriage return for the end of a line.
    text = "\n".join(file.lines).replace("\r", " ")
    for kind, value in _lexer(language).get_tokens(text):
        if value.strip():
            tokens.append(Token(kind, value, line))
        line += value.count("\n")
    return tuple(tokens)


@cache
def _lexer(language: str) -> _Lexer:
    module, class_name = next(
        (module, class_name) for class_name, (module, _, aliases, _, _) in LEXERS.items() if language in aliases
    )
    lexer: _Lexer = getattr(import_module(module), class_name)(stripnl=False, ensurenl=False)
    return lexer
