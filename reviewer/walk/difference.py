"""What changed in an edit since it was read: the lines of then beside those of now, if it is soon told. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice

from reviewer.diff.alignment import is_costly
from reviewer.diff.identity import Edit, EditId, edits_of
from reviewer.diff.model import FileDiff, Hunk
from reviewer.review.carry import Carry, Fate
from reviewer.visible import show

_MOST_LINES = 14
# What follows of a line the stream itself shows.
_MOST_CHARACTERS = 400
# Between so many lines nobody reads fourteen of them; and each is looked at once for each equal part.
_MOST_COMPARED = 1_000


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
        f"{differing.when:<4} {_shown(differing.line)}" if differing.line is not None else differing.when
        for differing in islice(differing_lines(file, hunk, edits, carry), _MOST_LINES + 1)
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
    before, after = _without_equal_ends(before, after)
    if max(len(before), len(after)) > _MOST_COMPARED or is_costly(before, after):
        yield Differing(f"too much changed to show: {len(before)} lines then, {len(after)} lines now")
        return
    for tag, i, j, k, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (Differing("then", line) for line in before[i:j])
            yield from (Differing("now", line) for line in after[k:end])


def _without_equal_ends(before: list[bytes], after: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return what is left between the lines with which both begin and end."""
    shorter = min(len(before), len(after))
    head = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    room = shorter - head
    tail = next((at for at in range(room) if before[-1 - at] != after[-1 - at]), room)
    return before[head : len(before) - tail], after[head : len(after) - tail]


def _shown(line: bytes) -> str:
    text = line[: 4 * _MOST_CHARACTERS].decode("utf-8", "surrogateescape")
    return show(text[:_MOST_CHARACTERS]) + ("…" if len(text) > _MOST_CHARACTERS else "")


def _parts(edit: Edit) -> list[bytes]:
    return edit.core.removesuffix(b"\n").split(b"\n")


def _surroundings(edit: Edit) -> list[bytes]:
    return [line for side in (edit.before, edit.after) for line in side.removesuffix(b"\n").split(b"\n")]
