"""What functions of Go open and must close: files, connections, bodies of answers, rows; by the names of the calls."""

from collections.abc import Iterator, Sequence

from reviewer.analysis.braces import go_bodies, own_places, text_at
from reviewer.analysis.tokens import Token

_FAR = 5_000
# What Go's own packages open, with how it is closed.
_OPENERS = {
    **{("os", name): "Close" for name in ("Open", "Create", "OpenFile", "CreateTemp")},
    **{("net", name): "Close" for name in ("Dial", "DialTimeout", "Listen")},
    **{("http", name): "Body.Close" for name in ("Get", "Post", "PostForm", "Head")},
    **{(owner, name): "Close" for owner in ("db", "tx", "conn") for name in ("Query", "QueryContext")},
    **{(owner, name): "Body.Close" for owner in ("client", "httpClient") for name in ("Do", "Get", "Post")},
    ("gzip", "NewReader"): "Close",
    ("zip", "OpenReader"): "Close",
}


def unclosed_in_go(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield where a function of Go opens what it neither closes nor hands on, with what to say."""
    tokens = tuple(token for token in tokens if not token.is_comment)
    bodies = go_bodies(tokens)
    for body in bodies:
        yield from _unclosed(
            tokens, list(own_places(body, bodies)), range(body.first, min(body.last, body.first + _FAR))
        )


def _unclosed(tokens: Sequence[Token], places: Sequence[int], span: range) -> Iterator[tuple[int, str]]:
    """Find `f, err := os.Open(…)` where the function neither closes `f` nor hands it on."""
    texts = [tokens[place].text for place in span]
    for place in places:
        if text_at(tokens, place) not in (":=", "=") or text_at(tokens, place - 2) != ",":
            continue
        names = [text_at(tokens, place + step) for step in (1, 3, 4)]
        # The receiver may be a field: `s.db.Query(…)`.
        is_field = names[2] == "." and text_at(tokens, place + 2) == "."
        owner, method, opening = (place + 3, place + 5, place + 6) if is_field else (place + 1, place + 3, place + 4)
        closer = _OPENERS.get((text_at(tokens, owner), text_at(tokens, method)))
        name = text_at(tokens, place - 3)
        if closer is None or text_at(tokens, opening) != "(" or name == "_" or _is_closed(texts, name, closer):
            continue
        message = f"nothing closes `{name}` of `{text_at(tokens, owner)}.{text_at(tokens, method)}()`"
        yield tokens[place].line, f"{message}: `defer {name}.{closer}()` is missing"


def _is_closed(texts: Sequence[str], name: str, closer: str) -> bool:
    """True if the function closes the value, returns it, keeps it, or gives it to somebody."""
    called = [name, *(part for word in closer.split(".") for part in (".", word))]
    for at, text in enumerate(texts):
        if text != name:
            continue
        if texts[at : at + len(called)] == called or texts[at : at + 3] == [name, ".", "Close"]:
            return True
        before, after = texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else ""
        is_given = before in ("return", ":", "=", "<-", "&") or (
            before == "," and after in (")", ",", "}") and "return" in texts[max(0, at - 6) : at]
        )
        if is_given and after != ".":
            return True
    return False
