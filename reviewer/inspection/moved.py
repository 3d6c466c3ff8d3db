"""Moved lines found in a process of its own: what finding them takes in memory is gone when they are found.

The interface feeds it as fast as it takes the hunks in, and keeps 32 bytes a block.
"""

import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO

from reviewer.beside import start, stop
from reviewer.diff.blocks import Moves
from reviewer.diff.model import Diff, Hunk
from reviewer.inspection.patience import TookTooLong, at_most

# They take two seconds of one core and 200 MB.
MOST_LINES = 500_000
_MOST_BYTES = 200_000_000
# Of the processor's time. What people write takes a tenth of it.
_SECONDS = 20.0
_LIMIT = 64_000


async def moves_beside(diff: Diff) -> Moves:
    """Return the blocks that moved within the diff. None are looked for in one that is too large."""
    hunks = [(number, hunk) for number, file in enumerate(diff.files) for hunk in file.text_hunks]
    size = sum(hunk.end - hunk.start for _, hunk in hunks)
    if diff.changed_lines > MOST_LINES or size > _MOST_BYTES:
        return Moves(reason=f"moved lines are not looked for among more than {MOST_LINES:,}")
    process = await start(__name__, stderr=DEVNULL, limit=_LIMIT)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a pipe was asked for")
    try:
        # One that ended early says so by its status.
        with suppress(ConnectionError):
            for piece in _pieces(hunks):
                process.stdin.write(piece)
                await process.stdin.drain()
        process.stdin.close()
        packed = bytearray()
        while piece := await process.stdout.read(_LIMIT):
            packed += piece
        if await process.wait():
            return Moves(reason="the search for moved lines took too long, or was ended")
        return Moves.unpack(packed)
    finally:
        await stop(process)


def _pieces(hunks: Sequence[tuple[int, Hunk]]) -> Iterator[bytes]:
    """Yield the hunks in pieces so small that none of them is worth a thought."""
    for number, hunk in hunks:
        yield b"%d %d %d %d\n" % (number, hunk.old_start, hunk.new_start, hunk.end - hunk.start)
        yield from hunk.blocks(_LIMIT)


def _hunks(stream: BinaryIO) -> Iterator[tuple[int, Hunk]]:
    while head := stream.readline():
        number, old_start, new_start, size = map(int, head.split())
        yield number, Hunk(stream.read(size), 0, size, old_start, 0, new_start, 0, b"", 0, 0)


def _answer() -> None:
    # Only here: the interface does without.
    from reviewer.diff.moves import find_moves

    os.nice(10)
    try:
        with at_most(_SECONDS):
            moves = Moves(find_moves(_hunks(sys.stdin.buffer)))
    except TookTooLong:
        sys.exit(1)
    sys.stdout.buffer.write(moves.pack())


if __name__ == "__main__":
    _answer()
