"""What changed in an edit since it was read: the lines of then beside those of now. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from reviewer.diff.identity import Edit, EditId, edits_of
from reviewer.diff.model import FileDiff, Hunk
from reviewer.review.carry import Carry, Fate
from reviewer.visible import show

_MOST_LINES = 14


def differences(file: FileDiff, hunk: Hunk, edits: Sequence[EditId], carry: Carry) -> tuple[str, ...]:
    """Return the lines that tell apart what was read of a hunk and what stands there now, shown safely."""
    found = []
    for identity, edit in zip(edits, edits_of(file, hunk), strict=True):
        if carry.fates.get(identity) is Fate.DELTA:
            found += list(_lines(carry.origins[identity], edit))
    return tuple(found[:_MOST_LINES]) + (("…",) if len(found) > _MOST_LINES else ())


def _lines(then: Edit, now: Edit) -> Iterator[str]:
    before, after = _parts(then), _parts(now)
    if then.core == now.core:
        yield "the same lines, between others:"
        before, after = _surroundings(then), _surroundings(now)
    for tag, i, j, k, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (f"then {show(line)}" for line in before[i:j])
            yield from (f"now  {show(line)}" for line in after[k:end])


def _parts(edit: Edit) -> list[bytes]:
    return edit.core.removesuffix(b"\n").split(b"\n")


def _surroundings(edit: Edit) -> list[bytes]:
    return [line for side in (edit.before, edit.after) for line in side.removesuffix(b"\n").split(b"\n")]
