"""The comments of a changed file in any language, told from strings that only look like one."""

import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

from reviewer.analysis.change import LARGEST_TEXT, ChangedFile


@dataclass(frozen=True, slots=True)
class Comment:
    """`text` is one line of a comment with its marker; `is_alone` if nothing else stands on that line."""

    line: int
    text: str
    is_alone: bool

    @property
    def words(self) -> str:
        """What the comment says, without `#`, `//`, `/*`, `--` or `<!--` around it."""
        return self.text.strip().lstrip("#/*!-<; \t").removesuffix("*/").removesuffix("-->").strip()


@lru_cache(maxsize=4)
def comments_of(file: ChangedFile) -> tuple[Comment, ...]:
    """Return the comments of the new text, in order; of one that breaks off in the middle, those before."""
    if file.new_text is None or len(file.new_text) > LARGEST_TEXT:
        return ()
    return tuple(_in_python(file) if file.is_python else _in_tokens(file))


def _in_python(file: ChangedFile) -> Iterator[Comment]:
    # A lone carriage return ends a line for Python only; the lines here are git's.
    text = "\n".join(file.lines).replace("\r", " ") + "\n"
    try:
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield Comment(token.start[0], token.string, not token.line[: token.start[1]].strip())
    except (tokenize.TokenError, SyntaxError):
        return


def _in_tokens(file: ChangedFile) -> Iterator[Comment]:
    from reviewer.analysis.tokens import tokens_of

    before = 0  # the line on which the token before ended
    for token in tokens_of(file):
        parts = token.text.split("\n")
        if token.is_comment:
            for number, part in enumerate(parts, token.line):
                if part.strip():
                    yield Comment(number, part.strip(), number > token.line or token.line > before)
        else:
            before = token.line + len(parts) - 1
