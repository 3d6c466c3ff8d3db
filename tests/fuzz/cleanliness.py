"""What no output may hold, by Unicode's own categories and not by the code that is judged."""

import unicodedata
from functools import cache

# Controls, formats (bidi, zero width, tags), halves of surrogates, private and unassigned ones, and line ends.
_BARRED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def assert_clean(text: str, allowed: str = "\n\t") -> None:
    """Assert that a terminal would draw the text as it stands."""
    if text.isascii() and text.isprintable():
        return
    for char in set(text) - set(allowed):
        assert _can_be_drawn(char), f"U+{ord(char):04X} in {text[:200]!r}"


@cache
def _can_be_drawn(char: str) -> bool:
    return unicodedata.category(char) not in _BARRED
