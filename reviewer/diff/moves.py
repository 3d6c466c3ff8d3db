"""Which added lines were removed elsewhere in the same diff, in blocks: they moved, they are not new.

A block has at least 20 letters or digits, as git has it, in several lines, or twice as many in one. White space at the
ends of lines does not count; indentation may differ if it does so alike in the whole block. What has its counterpart
in the same edit was changed there, and did not move. A text that repeats too often to say which is which begins no
block, but may be part of one.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from reviewer.diff.blocks import Block
from reviewer.diff.model import Hunk

_LEAST_LETTERS = 20
_LEAST_IN_ONE_LINE = 40
# What was removed and added so often that there are more pairs does not tell where it came from.
_MOST_PAIRS = 16
# All bytes but digits, letters, and those with which a character that is not ASCII begins.
_NO_LETTERS = bytes(byte for byte in range(0xC0) if byte >= 0x80 or not chr(byte).isalnum())
_FREE, _MOVED, _IN_PLACE = range(3)


def find_moves(hunks: Iterable[tuple[int, Hunk]]) -> Iterator[Block]:
    """Yield the blocks that moved within these hunks, each given with its file's place in the diff.

    No line is in two of them; those of a diff reversed are the same, reversed.
    """
    changed = _Changed()
    for file, hunk in hunks:
        changed.add(file, hunk)
    claims = list(changed.claims())
    heapify(claims)
    while claims:
        claim = heappop(claims)
        for part in changed.free_parts(claim):
            if part[2] == claim.count:
                changed.take(claim)
                if claim.is_move:
                    yield changed.block(claim)
            elif (again := changed.claim(*part)) is not None:
                heappush(claims, again)


@dataclass(slots=True)
class _Edit:
    """Where an edit's lines begin: their numbers in the file, and their places among all lines of a side."""

    file: int
    old: int
    new: int
    removed: int
    added: int


@dataclass(slots=True)
class _Side:
    """All lines of one side, in the order of the walk. What they say is a number: 0 if they are blank."""

    lines: list[bytes] = field(default_factory=list)
    texts: "array[int]" = field(default_factory=lambda: array("i"))
    edits: "array[int]" = field(default_factory=lambda: array("i"))
    states: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Lines that may have moved, by their first places on both sides. The least `order` is heard first."""

    order: tuple[int, bool, tuple[int, int], tuple[int, int]]
    removed: int
    added: int
    count: int

    @property
    def is_move(self) -> bool:
        return self.order[1]

    def __lt__(self, other: "_Claim") -> bool:
        return self.order < other.order


class _Changed:
    """The changed lines of a diff. Nothing is decided here by which of the sides is the old one."""

    def __init__(self) -> None:
        self._removed, self._added = _Side(), _Side()
        self._edits: list[_Edit] = []
        self._numbers: dict[bytes, int] = {b"": 0}
        self._letters = array("i", [0])

    def add(self, file: int, hunk: Hunk) -> None:
        old, new, is_in_edit = hunk.old_start, hunk.new_start, False
        for raw in hunk.body.split(b"\n"):
            sign = raw[:1]
            if sign in (b"+", b"-") and not is_in_edit:
                self._edits.append(_Edit(file, old, new, len(self._removed.lines), len(self._added.lines)))
                is_in_edit = True
            if sign == b"+":
                self._add_line(self._added, raw[1:])
                new += 1
            elif sign == b"-":
                self._add_line(self._removed, raw[1:])
                old += 1
            elif sign == b" ":
                old, new, is_in_edit = old + 1, new + 1, False

    def claims(self) -> Iterator[_Claim]:
        """Yield what may have moved: around each rare text, as many lines as are alike."""
        for side in (self._removed, self._added):
            side.states = bytearray(len(side.lines))
        removed_at = self._places_of_rare_texts()
        # Up to where the pairs of lines that are equally far apart have been looked at.
        done: dict[int, int] = {}
        for added, text in enumerate(self._added.texts):
            for removed in removed_at.get(text, ()):
                if added < done.get(added - removed, 0):
                    continue
                run = self._run_around(removed, added)
                claim = self.claim(*run) if run is not None else None
                done[added - removed] = run[1] + run[2] if run is not None else added + 1
                if claim is not None:
                    yield claim

    def claim(self, removed: int, added: int, count: int) -> _Claim | None:
        """Return the claim to these lines; None if they say too little."""
        letters = [self._letters[text] for text in self._added.texts[added : added + count]]
        weight, lines = sum(letters), sum(map(bool, letters))
        if weight < (_LEAST_LETTERS if lines > 1 else _LEAST_IN_ONE_LINE):
            return None
        old_edit, new_edit = self._removed.edits[removed], self._added.edits[added]
        old = (old_edit, removed - self._edits[old_edit].removed)
        new = (new_edit, added - self._edits[new_edit].added)
        return _Claim((-weight, old_edit != new_edit, min(old, new), max(old, new)), removed, added, count)

    def free_parts(self, claim: _Claim) -> Iterator[tuple[int, int, int]]:
        """Yield the runs of the claim's lines that are still to be had."""
        start = 0
        for at in range(claim.count + 1):
            if at < claim.count and self._is_free(claim, at):
                continue
            if at > start:
                yield claim.removed + start, claim.added + start, at - start
            start = at + 1

    def take(self, claim: _Claim) -> None:
        states = bytes([_MOVED if claim.is_move else _IN_PLACE]) * claim.count
        self._removed.states[claim.removed : claim.removed + claim.count] = states
        self._added.states[claim.added : claim.added + claim.count] = states

    def block(self, claim: _Claim) -> Block:
        left, came = self._edits[self._removed.edits[claim.removed]], self._edits[self._added.edits[claim.added]]
        pairs = [self._pair(claim.removed + at, claim.added + at) for at in range(claim.count)]
        lost, gained = next(shift for pair in pairs if (shift := _shift(*pair)) is not None and pair[0].strip())
        return Block(
            left.file,
            left.old + claim.removed - left.removed,
            came.file,
            came.new + claim.added - came.added,
            claim.count,
            len(gained) - len(lost),
            all(before[len(lost) :] == after[len(gained) :] for before, after in pairs),
        )

    def _add_line(self, side: _Side, line: bytes) -> None:
        text = line.strip()
        number = self._numbers.setdefault(text, len(self._numbers))
        if number == len(self._letters):
            self._letters.append(len(text.translate(None, _NO_LETTERS)))
        side.lines.append(line)
        side.texts.append(number)
        side.edits.append(len(self._edits) - 1)

    def _places_of_rare_texts(self) -> dict[int, list[int]]:
        """Return where the removed lines are whose text tells where it went."""
        added, removed = Counter(self._added.texts), Counter(self._removed.texts)
        rare = {text for text, count in removed.items() if 0 < count * added[text] <= _MOST_PAIRS} - {0}
        places: dict[int, list[int]] = {text: [] for text in rare}
        for place, text in enumerate(self._removed.texts):
            if text in rare:
                places[text].append(place)
        return places

    def _run_around(self, removed: int, added: int) -> tuple[int, int, int] | None:
        """Return the lines alike around a pair, within one edit on each side; None if its indentation is another."""
        shift = _shift(*self._pair(removed, added))
        if shift is None:
            return None
        above = below = 0
        while self._is_alike(removed, added, above - 1, shift):
            above -= 1
        while self._is_alike(removed, added, below + 1, shift):
            below += 1
        return removed + above, added + above, below - above + 1

    def _is_alike(self, removed: int, added: int, step: int, shift: tuple[bytes, bytes]) -> bool:
        """True if the lines that many steps away belong to the same edits, and are alike in the same way."""
        old, new = removed + step, added + step
        if not (0 <= old < len(self._removed.lines) and 0 <= new < len(self._added.lines)):
            return False
        text = self._removed.texts[old]
        if text != self._added.texts[new] or self._removed.edits[old] != self._removed.edits[removed]:
            return False
        return self._added.edits[new] == self._added.edits[added] and (
            not text or _shift(*self._pair(old, new)) == shift
        )

    def _is_free(self, claim: _Claim, at: int) -> bool:
        states = self._removed.states[claim.removed + at], self._added.states[claim.added + at]
        # Changes in place do not compete: which of two comes first would depend on the side.
        return not any(states) if claim.is_move else _MOVED not in states

    def _pair(self, removed: int, added: int) -> tuple[bytes, bytes]:
        return self._removed.lines[removed], self._added.lines[added]


def _shift(before: bytes, after: bytes) -> tuple[bytes, bytes] | None:
    """Return what the indentation lost and gained at its start; None if it is another one altogether."""
    if before == after:
        return b"", b""
    old, new = (line[: len(line) - len(line.lstrip())] for line in (before, after))
    if new.endswith(old):
        return b"", new[: len(new) - len(old)]
    return (old[: len(old) - len(new)], b"") if old.endswith(new) else None
