"""The `for` loops of languages with braces: which calls stand in their bodies.

Loops over pieces and retries are none: pages, batches, attempts.
"""

import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.regex import regex
from reviewer.analysis.tokens import Token

_PIECEWISE = regex(
    r"batch|chunk|page|attempt|retr|slice|offset|cursor|shard|await \(|; ?;|\bof \[|in \[", re.IGNORECASE
)
_KEYWORDS = frozenset({"if", "for", "while", "switch", "catch", "return", "await"})
# A loop's head is short; what stands further off belongs to something else.
_LONGEST_HEAD = 30
# How many braces around a call may lie between it and its loop.
_NEAR = 3


def calls_in_loops(words: Sequence[Token]) -> Iterator[int]:
    """Yield where, among the tokens without comments, the name of a call stands that a loop makes again and again."""
    blocks: list[bool] = []
    head = -1
    for at, word in enumerate(words):
        text = "" if word.is_string else word.text.strip()
        if text == "for":
            head = at
        for mark in text:
            if mark == "{":
                blocks.append(head >= 0 and _is_over_elements(words[head:at]))
                head = -1
            elif mark == "}" and blocks:
                blocks.pop()
        is_called = at + 1 < len(words) and words[at + 1].text.strip().startswith("(")
        if is_called and any(blocks[-_NEAR:]) and text.isidentifier() and text not in _KEYWORDS:
            yield at


def _is_over_elements(head: Sequence[Token]) -> bool:
    return _PIECEWISE.search(" ".join(part.text for part in head[:_LONGEST_HEAD])) is None
