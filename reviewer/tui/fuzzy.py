"""How well a file's name fits what somebody typed of it: its own name before its folders, beginnings before middles."""

import re

# Where a word begins: at the start, after a sign, at a capital after a small letter or digit.
_WORDS = re.compile(r"(?:(?<=[^a-zA-Z0-9])|^)[a-zA-Z0-9]|(?<=[a-z0-9])[A-Z]")

Rank = tuple[int, int, int]


def rank(typed: str, path: str) -> Rank | None:
    """Return how well the words typed fit, the least the best; None if one of them does not."""
    ranks = [_rank(word, path) for word in typed.lower().split()]
    found = [each for each in ranks if each is not None]
    if len(found) < len(ranks):
        return None
    return max(found, default=(0, 0, 0))


def _rank(word: str, path: str) -> Rank | None:
    folder, _, name = path.rpartition("/")
    lowered, lowered_path = name.lower(), path.lower()
    if not _is_within(word, lowered_path):
        return None
    at = lowered.find(word)
    starts = [match.start() for match in _WORDS.finditer(name)]
    if at >= 0:
        is_whole = lowered.partition(".")[0] == word
        return (0 if is_whole else 1 if at == 0 else 2 if at in starts else 3, len(name), at)
    if _is_within(word, "".join(lowered[start] for start in starts)):
        return 4, len(name), 0
    at = f"/{lowered_path}".find(f"/{word}")
    if at >= 0:
        return 5, len(path), at
    if word in lowered_path:
        return 6, len(path), lowered_path.find(word)
    return (7 if _is_within(word, lowered) else 8), len(path), len(folder)


def _is_within(word: str, text: str) -> bool:
    """True if the letters of the word come in the text in their order."""
    letters = iter(text)
    return all(letter in letters for letter in word)
