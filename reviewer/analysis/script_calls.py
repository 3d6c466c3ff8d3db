"""Calls by which a script drops the promise of an async function that stands in the same file."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reviewer.analysis.braces import Body, body_around, own_places, pairs_of, script_bodies, text_at
from reviewer.analysis.tokens import Token


def unawaited_calls(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the names of functions that are called in statements of their own, so that nobody hears of an error."""
    tokens = tuple(token for token in tokens if not token.is_comment)
    bodies = script_bodies(tokens)
    names = _unguarded_names(tokens, bodies)
    pairs = pairs_of(tokens) if names else {}
    for place, token in enumerate(tokens):
        opening = place + 1
        if token.text not in names or text_at(tokens, opening) != "(" or opening not in pairs:
            continue
        start = place - 2 if [text_at(tokens, place - 2), text_at(tokens, place - 1)] == ["this", "."] else place
        is_inside = body_around(bodies, place) is not None and not token.is_string
        if is_inside and _begins(tokens, start) and _ends(tokens, pairs, pairs[opening]):
            yield token


def _unguarded_names(tokens: Sequence[Token], bodies: Sequence[Body]) -> frozenset[str]:
    """Return the names of the file's async functions that no other function has, and that do not handle all errors."""
    count = Counter(body.name for body in bodies)
    return frozenset(
        body.name
        for body in bodies
        if body.is_async and body.name and count[body.name] == 1 and not _handles_all(tokens, body, bodies)
    )


def _begins(tokens: Sequence[Token], place: int) -> bool:
    """True if a statement begins here."""
    before = text_at(tokens, place - 1)
    if before in ("{", "}", ";"):
        return True
    is_new_line = place > 0 and tokens[place - 1].line < tokens[place].line
    return is_new_line and (before == ")" or before.isidentifier()) and before not in ("await", "return", "void", "new")


def _ends(tokens: Sequence[Token], pairs: Mapping[int, int], closing: int) -> bool:
    """True if the statement ends with the call, or with a `.then(…)` that leaves errors alone."""
    after = text_at(tokens, closing + 1)
    if after == "." and text_at(tokens, closing + 2) == "then" and closing + 3 in pairs:
        end = pairs[closing + 3]
        return text_at(tokens, end + 1) == ";" and _is_one_function(tokens, closing + 3, end)
    is_last = closing + 1 >= len(tokens) or tokens[closing + 1].line > tokens[closing].line
    return after in (";", "}") or (is_last and after not in (".", ",", "?.", ")", "]"))


def _is_one_function(tokens: Sequence[Token], opening: int, closing: int) -> bool:
    depth = 0
    for token in tokens[opening:closing]:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth == 1 and token.text == ",":
            return False
    return True


def _handles_all(tokens: Sequence[Token], body: Body, bodies: Sequence[Body]) -> bool:
    """True if the body is one `try` with a `catch`."""
    words = [tokens[place].text for place in own_places(body, bodies)]
    return words[:1] == ["try"] and "catch" in words
