"""Which parts of a replaced line changed: word by word, cheap enough to ask for each visible line.

Equal words at both ends are set aside and only the middle is compared, which is where real edits
are; measured at a seventh of the time of `difflib` over whole lines.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from reviewer.diff.alignment import is_costly

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST_COMPARED = 1_000
# A screen has many lines.
_MOST_STEPS = 1_000_000
_LEAST_IN_COMMON = 0.3

Span = tuple[int, int]


def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return the changed spans of the old and the new line, as character offsets.

    Both are empty where the lines have too little in common for emphasis to help.
    """
    if not old.strip() or not new.strip() or old == new:
        return (), ()
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    head = _equal_at_start(old_words, new_words)
    tail = _equal_at_start(old_words[head:][::-1], new_words[head:][::-1])
    old_middle = old_words[head : len(old_words) - tail]
    new_middle = new_words[head : len(new_words) - tail]
    at = sum(map(len, old_words[:head]))
    if len(old) + len(new) > 2 * _LONGEST_COMPARED or is_costly(old_middle, new_middle, most=_MOST_STEPS):
        return _whole(at, old_middle), _whole(at, new_middle)
    blocks = SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes()
    if not _is_similar(old, new, old_middle, blocks):
        return (), ()
    return (
        _spans(old_middle, at, [(first, last) for tag, first, last, _, _ in blocks if tag != "equal"]),
        _spans(new_middle, at, [(first, last) for tag, _, _, first, last in blocks if tag != "equal"]),
    )


def _equal_at_start(old: list[str], new: list[str]) -> int:
    count = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        count += 1
    return count


def _is_similar(old: str, new: str, old_middle: list[str], blocks: Sequence[tuple[str, int, int, int, int]]) -> bool:
    """True if a fair share of the text, indentation aside, stands in both lines."""
    outside = len(old.strip()) - sum(map(len, old_middle))
    inside = sum(
        len(word)
        for tag, first, last, _, _ in blocks
        if tag == "equal"
        for word in old_middle[first:last]
        if word.strip()
    )
    return max(outside, 0) + inside >= _LEAST_IN_COMMON * max(len(old.strip()), len(new.strip()))


def _whole(at: int, words: list[str]) -> tuple[Span, ...]:
    return ((at, at + sum(map(len, words))),) if words else ()


def _spans(words: list[str], at: int, ranges: list[tuple[int, int]]) -> tuple[Span, ...]:
    """Return word ranges as character spans, joined where only blanks stand between two."""
    starts = [at]
    for word in words:
        starts.append(starts[-1] + len(word))
    spans: list[Span] = []
    for first, last in ranges:
        if first == last:
            continue
        start, end = starts[first], starts[last]
        if spans and start - spans[-1][1] <= 1:
            start = spans.pop()[0]
        spans.append((start, end))
    return tuple(spans)
