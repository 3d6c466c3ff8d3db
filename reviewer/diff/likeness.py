"""How alike two edits are: whether a difference between them is worth showing."""

from collections import Counter
from difflib import SequenceMatcher

from reviewer.diff.alignment import is_costly
from reviewer.diff.identity import Edit

# Below it, reading the difference costs more than reading the edit.
SIMILAR = 0.6
_LONGEST = 20_000
_SHORT = 500
# Letters repeat more than lines, and so few of them are soon compared.
_MOST_STEPS_OF_CHARACTERS = 10_000_000


def likeness(old: Edit, new: Edit) -> float:
    """Return how alike the changed lines are, 0 to 1; by characters, so that one word in one line counts as little."""
    if old.core == new.core:
        return 1.0
    before, after = old.core.split(b"\n"), new.core.split(b"\n")
    if max(len(old.core), len(new.core)) > _LONGEST or is_costly(before, after):
        # In any order: of so many lines, few stand there by chance.
        return 2 * (Counter(before) & Counter(after)).total() / (len(before) + len(after))
    lines = SequenceMatcher(None, before, after, autojunk=False)
    is_long = max(len(old.core), len(new.core)) > _SHORT
    if lines.ratio() >= SIMILAR or is_long or is_costly(old.core, new.core, most=_MOST_STEPS_OF_CHARACTERS):
        return lines.ratio()
    characters = SequenceMatcher(None, old.core, new.core, autojunk=False)
    return characters.ratio() if characters.quick_ratio() >= SIMILAR else 0.0
