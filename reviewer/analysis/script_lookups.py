"""What a script looks up and then acts on: a file that is there, a row that is not."""

import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.braces import own_places, pairs_of, script_bodies, text_at
from reviewer.analysis.regex import regex
from reviewer.analysis.tokens import Token

_ASKS = frozenset({"existsSync", "accessSync", "statSync", "exists", "pathExists", "pathExistsSync"})
_ACTS = regex(
    r"(unlink|rm|rmdir|rename|readFile|writeFile|appendFile|open|copyFile|mkdir|remove|createReadStream|createWriteStream)"
    r"(Sync)?"
)
_FINDS = regex(r"find(One|Unique|First|By\w+)?|exists|count(Documents)?|getBy\w+|findBy\w+|findOneBy")
_MAKES = regex(r"create|insert(One)?|save|add|register|build|createOne")
_SAFE = regex(
    r"\w*(transaction|upsert|findOrCreate|lock|onConflict|P2002|11000|unique_violation|ER_DUP|idempot)\w*",
    re.IGNORECASE,
)
# How many tokens further on the act is looked for.
_NEAR = 60
_FAR = 400


def acts_on_files(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    """Yield the line of a test whether a file is there, what asks, and what is then done to the file."""
    tokens = tuple(token for token in tokens if not token.is_comment)
    pairs = pairs_of(tokens)
    for place, token in enumerate(tokens):
        if token.text in _ASKS and text_at(tokens, place + 1) == "(" and place + 1 in pairs:
            act = _act_on_file(tokens, place, pairs[place + 1])
            if act:
                yield token.line, token.text, act


def rows_made(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    """Yield the line of a test of a row looked up before, the row's name, and what then makes one."""
    tokens = tuple(token for token in tokens if not token.is_comment)
    bodies = script_bodies(tokens)
    for body in bodies:
        yield from _rows_made(tokens, list(own_places(body, bodies)))


def _act_on_file(tokens: Sequence[Token], asked: int, end: int) -> str:
    """Return what is done to the same file soon after `if (fs.existsSync(file))`."""
    words = [token.text for token in tokens[max(0, asked - 6) : asked]]
    given = [token.text for token in tokens[asked + 2 : end]]
    if "if" not in words or not given:
        return ""
    for place in range(end + 1, min(end + _NEAR, len(tokens) - len(given) - 2)):
        name = tokens[place].text
        if _ACTS.fullmatch(name) and text_at(tokens, place + 1) == "(":
            first = [token.text for token in tokens[place + 2 : place + 2 + len(given)]]
            after = {token.text for token in tokens[place + 2 : place + 12 + len(given)]}
            if first == given and not after & {"recursive", "force", "wx"}:
                return name
    return ""


def _rows_made(tokens: Sequence[Token], places: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Find `const found = await User.findOne(…); if (found) …; await User.create(…)`."""
    texts = [tokens[place].text for place in places]
    if any(_SAFE.fullmatch(text) for text in texts):
        return
    for at in range(len(texts) - 6):
        match texts[at : at + 6]:
            case [name, "=", "await", model, ".", find] if _FINDS.fullmatch(find) and model.isidentifier():
                test = next(
                    (
                        k
                        for k in range(at + 6, min(at + _FAR, len(texts) - 3))
                        if texts[k] == "if" and name in texts[k : k + 5]
                    ),
                    -1,
                )
                made = next(
                    (k for k in range(max(test, 0), min(at + _FAR, len(texts) - 3)) if _makes(texts, k, model)),
                    -1,
                )
                if 0 <= test < made:
                    yield tokens[places[test]].line, name, f"{model}.{texts[made + 3]}"


def _makes(texts: Sequence[str], at: int, model: str) -> bool:
    return texts[at : at + 3] == ["await", model, "."] and _MAKES.fullmatch(texts[at + 3]) is not None
