"""What became of the edits of a change that was under review in an earlier state. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from reviewer.diff.identity import Edit, EditId


class Fate(Enum):
    """What became of an edit: the same, the same under another path, the same with other surroundings, similar."""

    KEPT = "kept"
    MOVED = "moved"
    PORTED = "ported"
    DELTA = "delta"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Carry:
    """Every edit of the new diff with its fate, and the edit it comes from if it is not itself an old one.

    `marked` are edits that nobody has to read again although their ids are new.
    """

    fates: Mapping[EditId, Fate] = field(default_factory=dict)
    origins: Mapping[EditId, Edit] = field(default_factory=dict)
    marked: frozenset[EditId] = frozenset()
    gone: int = 0

    def count(self, fate: Fate) -> int:
        return sum(each is fate for each in self.fates.values())

    def likeness(self, *, with_deltas: bool) -> float:
        """Return the share of edits that are in both states in some form, of the smaller one; 0 to 1.

        Between two different changes of one file, one edit of each can look like the same amended.
        """
        found = len(self.fates) - self.count(Fate.NEW)
        matched = found - (0 if with_deltas else self.count(Fate.DELTA))
        return matched / max(1, min(len(self.fates), found + self.gone))


def filled_up(result: Carry, other: Carry) -> Carry:
    """Return the result with what it calls new taken from another one, where that knows better."""
    better = {
        edit for edit, fate in result.fates.items() if fate is Fate.NEW and other.fates.get(edit, Fate.NEW) is not fate
    }
    return replace(
        result,
        fates={edit: other.fates[edit] if edit in better else fate for edit, fate in result.fates.items()},
        origins={**result.origins, **{edit: origin for edit, origin in other.origins.items() if edit in better}},
        marked=result.marked | (other.marked & better),
    )


def summary(result: Carry) -> str:
    """Return one line such as `212 of 214 edits kept, 1 ported, 1 new`."""
    parts = [f"{result.count(Fate.KEPT)} of {len(result.fates)} edits kept"]
    words = ((Fate.MOVED, "moved"), (Fate.PORTED, "ported"), (Fate.DELTA, "changed"), (Fate.NEW, "new"))
    parts += [f"{result.count(fate)} {word}" for fate, word in words if result.count(fate)]
    return ", ".join([*parts, *([f"{result.gone} gone"] if result.gone else [])])


def unread_as(edits: Sequence[EditId], viewed: frozenset[EditId], result: Carry) -> Fate:
    """Return what a reviewer has to do about a hunk: nothing, confirm, read a difference, or read it all."""
    if viewed.issuperset(edits):
        return Fate.KEPT
    if not result.fates:
        return Fate.NEW
    left = {result.fates.get(edit, Fate.NEW) for edit in edits if edit not in viewed}
    # What was never read is new to the reader, also where it was there before.
    if left == {Fate.PORTED}:
        return Fate.PORTED
    return Fate.DELTA if Fate.DELTA in left else Fate.NEW
