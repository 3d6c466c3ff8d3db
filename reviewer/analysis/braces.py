"""Functions in languages of braces, found by their tokens: JavaScript, TypeScript and Go.

Knows which brackets belong together and which function's body a token lies in; it builds no syntax tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pygments.token import Token as Kinds

from reviewer.analysis.tokens import Token

_CLOSING = {"(": ")", "[": "]", "{": "}"}
# What may stand before a bracket and a block without making them a function.
_CONTROL = frozenset({"if", "for", "while", "switch", "catch", "with", "await"})
_MODIFIERS = frozenset({"async", "function", "*", "static", "public", "private", "protected", "override", "export"})
_REQUEST_NAMES = frozenset({"req", "request", "ctx", "_req"})
_LONGEST_TYPE = 40


@dataclass(frozen=True, slots=True)
class Body:
    """`first` and `last` are the places of a function's braces among the tokens."""

    name: str
    is_async: bool
    serves: bool
    first: int
    last: int


def pairs_of(tokens: Sequence[Token]) -> Mapping[int, int]:
    """Return the place of each opening bracket with that of its closing one."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind is not Kinds.Punctuation:
            continue
        if token.text in _CLOSING:
            stack.append(place)
        elif stack and token.text == _CLOSING[tokens[stack[-1]].text]:
            pairs[stack.pop()] = place
    return pairs


@lru_cache(maxsize=4)
def script_bodies(tokens: tuple[Token, ...]) -> Sequence[Body]:
    """Return the functions of a JavaScript or TypeScript file that have braces, by where they begin."""
    pairs = pairs_of(tokens)
    found = [_script_body(tokens, pairs, opening) for opening in pairs if tokens[opening].text == "("]
    found += [_short_arrow(tokens, pairs, place) for place, token in enumerate(tokens) if token.text == "=>"]
    return sorted({body for body in found if body is not None}, key=lambda body: body.first)


@lru_cache(maxsize=4)
def go_bodies(tokens: tuple[Token, ...]) -> Sequence[Body]:
    """Return the functions of a Go file, by where they begin."""
    pairs = pairs_of(tokens)
    return [
        Body("", is_async=False, serves=False, first=first, last=pairs[first])
        for place, token in enumerate(tokens)
        if token.text == "func" and (first := _go_brace(tokens, pairs, place + 1)) in pairs
    ]


def body_around(bodies: Sequence[Body], place: int) -> Body | None:
    """Return the innermost function a token lies in."""
    around = [body for body in bodies if body.first < place < body.last]
    return max(around, key=lambda body: body.first, default=None)


def own_places(body: Body, bodies: Sequence[Body]) -> Iterator[int]:
    """Yield the places of a function's tokens without those of functions inside it."""
    inner = [one for one in bodies if body.first < one.first and one.last < body.last]
    place = body.first + 1
    for one in inner:
        if one.first >= place:
            yield from range(place, one.first)
            place = one.last + 1
    yield from range(place, body.last)


def text_at(tokens: Sequence[Token], place: int) -> str:
    """Return a token's text; empty past the ends."""
    return tokens[place].text if 0 <= place < len(tokens) else ""


def _script_body(tokens: Sequence[Token], pairs: Mapping[int, int], opening: int) -> Body | None:
    closing = pairs[opening]
    brace = _brace_after(tokens, closing + 1)
    if brace not in pairs:
        return None
    before = _before_generics(tokens, opening - 1)
    is_arrow = tokens[brace - 1].text == "=>"
    if not is_arrow and (text_at(tokens, before) in _CONTROL or not _may_name(tokens, before)):
        return None
    head = {text_at(tokens, before - step) for step in range(4 if not is_arrow else 1)}
    names = {token.text for token in tokens[opening + 1 : closing]}
    name = _assigned_name(tokens, before) if is_arrow else text_at(tokens, before)
    return Body(name, "async" in head, bool(names & _REQUEST_NAMES), brace, pairs[brace])


def _short_arrow(tokens: Sequence[Token], pairs: Mapping[int, int], arrow: int) -> Body | None:
    """Return the body of `x => { … }`, which has no brackets around its parameter."""
    is_block = arrow + 1 in pairs and text_at(tokens, arrow + 1) == "{"
    if not is_block or not text_at(tokens, arrow - 1).isidentifier() or text_at(tokens, arrow - 2) == ":":
        return None
    is_async = text_at(tokens, arrow - 2) == "async"
    is_served = text_at(tokens, arrow - 1) in _REQUEST_NAMES
    return Body(_assigned_name(tokens, arrow - 2), is_async, is_served, arrow + 1, pairs[arrow + 1])


def _brace_after(tokens: Sequence[Token], place: int) -> int:
    """Return the place of the brace that opens a body after a list of parameters and a type; -1 if none does."""
    is_typed = text_at(tokens, place) == ":"
    for step in range(_LONGEST_TYPE if is_typed else 2):
        text = text_at(tokens, place + step)
        if text == "{":
            return place + step
        if text in (";", "", ",") or (not is_typed and text != "=>"):
            return -1
    return -1


def _before_generics(tokens: Sequence[Token], place: int) -> int:
    """Step back over `<T>` between a function's name and its parameters."""
    depth, start = 0, place
    while start - place > -_LONGEST_TYPE and place >= 0:
        text = text_at(tokens, place)
        depth += text.count(">") - text.count("<")
        if depth <= 0:
            return place - 1 if text == "<" else place
        place -= 1
    return start


def _may_name(tokens: Sequence[Token], place: int) -> bool:
    """True for a name or `function` before the parameters."""
    token = tokens[place] if place >= 0 else None
    return token is not None and (token.text in _MODIFIERS or token.text[:1].isalpha() or token.text[:1] in "_$#")


def _assigned_name(tokens: Sequence[Token], place: int) -> str:
    """Return `f` of `const f = async (…) => …`."""
    place -= text_at(tokens, place) == "async"
    return text_at(tokens, place - 1) if text_at(tokens, place) == "=" else ""


def _go_brace(tokens: Sequence[Token], pairs: Mapping[int, int], place: int) -> int:
    for _ in range(_LONGEST_TYPE):
        text = text_at(tokens, place)
        if text == "{" and text_at(tokens, place - 1) not in ("interface", "struct"):
            return place
        if text in ("", ";", "}"):
            return -1
        place = pairs.get(place, place) + 1
    return -1
