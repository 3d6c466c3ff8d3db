"""What changed in an edit since it was read: the lines of then beside those of now. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reviewer.diff.identity import Edit, EditId, edits_of
from reviewer.diff.model import FileDiff, Hunk
from reviewer.review.carry import Carry, Fate
from reviewer.visible import show

_MOST_LINES = 14


@dataclass(frozen=True, slots=True)
class Differing:
    """A line of then or of now, with its sign unless it stands around the edit; without a line, a word about the next.

    `line` is text of the repository.
    """

    when: str
    line: bytes | None = None


def differences(file: FileDiff, hunk: Hunk, edits: Sequence[EditId], carry: Carry) -> tuple[str, ...]:
    """Return the lines that tell apart what was read of a hunk and what stands there now, shown safely."""
    found = [
        f"{differing.when:<4} {show(differing.line)}" if differing.line is not None else differing.when
        for differing in differing_lines(file, hunk, edits, carry)
    ]
    return tuple(found[:_MOST_LINES]) + (("…",) if len(found) > _MOST_LINES else ())


def differing_lines(file: FileDiff, hunk: Hunk, edits: Sequence[EditId], carry: Carry) -> Iterator[Differing]:
    """Yield what tells apart what was read of a hunk and what stands there now."""
    for identity, edit in zip(edits, edits_of(file, hunk), strict=True):
        if carry.fates.get(identity) is Fate.DELTA:
            yield from _differing(carry.origins[identity], edit)


def _differing(then: Edit, now: Edit) -> Iterator[Differing]:
    before, after = _parts(then), _parts(now)
    if then.core == now.core:
        yield Differing("the same lines, between others:")
        before, after = _surroundings(then), _surroundings(now)
    for tag, i, j, k, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (Differing("then", line) for line in before[i:j])
            yield from (Differing("now", line) for line in after[k:end])


def _parts(edit: Edit) -> list[bytes]:
    return edit.core.removesuffix(b"\n").split(b"\n")


def _surroundings(edit: Edit) -> list[bytes]:
    return [line for side in (edit.before, edit.after) for line in side.removesuffix(b"\n").split(b"\n")]
