"""The words of a program in another language: names, signs, numbers, and strings each as one text with its holes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pygments.token import Token as Kinds

from reviewer.analysis.regex import regex
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import Token

_INTERPOLATED = Kinds.Literal.String.Interpol
_SIGNS = regex(r"[()\[\]{};,.]|[^()\[\]{};,.]+")
_QUOTES = regex(r"\A[@$]?[\"'`]+|[\"'`]+\Z")


@dataclass(frozen=True, slots=True)
class Word:
    """A name, a sign, a number, or a whole string: then `is_text`, and `holes` are the words put into it."""

    text: str
    line: int
    is_text: bool = False
    is_name: bool = False
    holes: tuple["Word", ...] = ()


def words_of(tokens: Sequence[Token]) -> Iterator[Word]:
    pieces: list[Token] = []
    depth = 0
    for token in tokens:
        if token.is_comment:
            continue
        is_interpolation = _INTERPOLATED in token.kind.split()
        if pieces and is_interpolation and token.text in ("${", "{", "}"):
            depth += 1 if token.text != "}" else -1
        if token.is_string or depth > 0:
            if pieces and depth == 0 and _begins_anew(pieces, token):
                yield from _text(pieces)
                pieces = []
            pieces.append(token)
            continue
        if pieces:
            yield from _text(pieces)
            pieces = []
        yield from _plain(token)
    if pieces:
        yield from _text(pieces)


def _begins_anew(pieces: Sequence[Token], token: Token) -> bool:
    """True if a string is over: its last piece ends with the quote it began with."""
    quote = pieces[0].text[:1]
    is_closed = len(pieces) > 1 or len(pieces[0].text) > 1
    return is_closed and pieces[-1].text.endswith(quote) and quote in "\"'`" and token.text != ""


def _text(pieces: Sequence[Token]) -> Iterator[Word]:
    text, holes, depth = "", list[Word](), 0
    for piece in pieces:
        is_interpolation = _INTERPOLATED in piece.kind.split()
        if is_interpolation and piece.text in ("${", "{"):
            text, depth = text + HOLE, depth + 1
        elif is_interpolation and piece.text == "}":
            depth -= 1
        elif depth > 0:
            holes += list(_plain(piece))
        elif is_interpolation:
            text += HOLE
            holes.append(Word(piece.text, piece.line, is_name=True))
        else:
            text += piece.text
    yield Word(_QUOTES.sub("", text), pieces[0].line, is_text=True, holes=tuple(holes))


def _plain(token: Token) -> Iterator[Word]:
    if token.is_string:
        yield Word(_QUOTES.sub("", token.text), token.line, is_text=True)
        return
    is_name = re.match(r"[A-Za-z_$@][\w$]*\Z", token.text) is not None
    if is_name:
        yield Word(token.text, token.line, is_name=True)
        return
    for sign in _SIGNS.findall(token.text) if token.text not in ("->", "::", "?.", "...") else [token.text]:
        yield Word(sign.strip(), token.line)
