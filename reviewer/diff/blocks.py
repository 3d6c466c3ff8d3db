"""Blocks of lines that moved from one place of a diff to another, found by where their lines are."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_FACTS = 7


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that were removed at one place and added at another; files by their place in the diff.

    `indent` is how many bytes of indentation they gained, or lost if negative; `is_exact` is False if white space at
    the ends of lines differs.
    """

    old_file: int
    old_line: int
    new_file: int
    new_line: int
    count: int
    indent: int = 0
    is_exact: bool = True

    def other_end(self, number: int, *, is_old: bool) -> int:
        """Return the number that a line of the old side got on the new one, or the other way round."""
        return number - self.old_line + self.new_line if is_old else number - self.new_line + self.old_line


class Moves:
    """All blocks of a diff, in 32 bytes each. `reason` says why none were looked for, if so."""

    def __init__(self, blocks: Iterable[Block] = (), *, reason: str = "") -> None:
        self.reason = reason
        by_new = sorted(blocks, key=lambda block: (block.new_file, block.new_line))
        self._facts = array("i", (fact for block in by_new for fact in _facts_of(block)))
        order = sorted(range(len(by_new)), key=lambda at: (by_new[at].old_file, by_new[at].old_line))
        self._by_old = array("i", order)

    def __len__(self) -> int:
        return len(self._by_old)

    def __iter__(self) -> Iterator[Block]:
        return (self._block(at) for at in range(len(self)))

    def at(self, file: int, number: int, *, is_old: bool) -> Block | None:
        """Return the block that holds a line of a file, by its number on the old side or the new one."""
        place = self._old_place if is_old else self._new_place
        found = bisect_right(range(len(self)), (file, number), key=place) - 1
        if found < 0:
            return None
        block = self._block(self._by_old[found] if is_old else found)
        holder, first = place(found)
        return block if holder == file and number < first + block.count else None

    def pack(self) -> bytes:
        return self._facts.tobytes() + self._by_old.tobytes()

    @classmethod
    def unpack(cls, packed: bytes | bytearray) -> "Moves":
        """Return what was packed on this machine."""
        moves = cls()
        size = len(packed) // (_FACTS + 1) * _FACTS
        with memoryview(packed) as whole:
            moves._facts.frombytes(whole[:size])
            moves._by_old.frombytes(whole[size:])
        return moves

    def _block(self, at: int) -> Block:
        old_file, old_line, new_file, new_line, count, indent, is_exact = self._facts[at * _FACTS : (at + 1) * _FACTS]
        return Block(old_file, old_line, new_file, new_line, count, indent, bool(is_exact))

    def _new_place(self, at: int) -> tuple[int, int]:
        return self._facts[at * _FACTS + 2], self._facts[at * _FACTS + 3]

    def _old_place(self, at: int) -> tuple[int, int]:
        start = self._by_old[at] * _FACTS
        return self._facts[start], self._facts[start + 1]


def _facts_of(block: Block) -> tuple[int, ...]:
    return (
        block.old_file, block.old_line, block.new_file, block.new_line, block.count, block.indent, int(block.is_exact),
    )  # fmt: skip
