"""What aligning two sequences can cost: `SequenceMatcher` takes the cube of what repeats in both, and of that nothing
tells it to stop. Foreign text is asked about before it is aligned.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

# A tenth of a second at the worst; what people write takes a hundredth of it.
_MOST_STEPS = 4_000_000


def is_costly(old: Sequence[Hashable], new: Sequence[Hashable], *, most: int = _MOST_STEPS) -> bool:
    """True if aligning the two could take more than a moment: each equal pair is looked at for each equal part."""
    before, after = Counter(old), Counter(new)
    pairs = sum(count * after[item] for item, count in before.items())
    return pairs * (before & after).total() > most
