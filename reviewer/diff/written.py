"""A patch as git wrote it: bytes, or for a large one a file without a name, of which only what is looked at is held."""

import mmap as mmap_module
import os
import pickle
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from typing import Any, SupportsIndex, overload
from weakref import finalize

# A smaller patch takes less room than what else a walk holds for it.
_LEAST_BYTES = 1_000_000
# What was looked at lately, and how much of it is searched at once.
_AT_HAND = 1_000_000
_AT_ONCE = 500_000
_LARGEST_READ = 1 << 30
# The next line feed is hardly ever farther away.
_NEAR = 2_000
_LETS_GO = hasattr(mmap, "madvise") and hasattr(mmap_module, "MADV_DONTNEED")


class MappedPatch(mmap):
    """The bytes of a file that stays as it is, as far as a patch is asked for them.

    The system keeps the file; what was read of it counts as our memory until we let go of it, which is done after
    every megabyte. What is found directly in it, as by `re`, is not counted until some of it is read, too.
    """

    _read_lately = 0

    def __init__(self, file: int, *_: object, **__: object) -> None:
        self._file = os.dup(file)
        finalize(self, os.close, self._file)

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    def __getitem__(self, key: Any) -> int | bytes:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step == 1 and stop - start > _AT_HAND:
                return self._copy(start, stop)
        part: int | bytes = super().__getitem__(key)
        if isinstance(part, bytes):
            self._read_lately += len(part)
            if self._read_lately > _AT_HAND:
                self.let_go()
        return part

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, bytes | MappedPatch) or len(self) != len(other):
            return self is other
        return all(part == other[start : start + len(part)] for start, part in self._parts(0, len(self), _AT_ONCE, 1))

    def __hash__(self) -> int:
        return hash(self[:])

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[bytes], tuple[pickle.PickleBuffer]]:
        """Become bytes where it is unpickled; in between a buffer, which nobody has to copy."""
        return bytes, (pickle.PickleBuffer(self),)

    def let_go(self) -> None:
        """Hold nothing of it, until it is asked for again."""
        self._read_lately = 0
        if _LETS_GO:
            self.madvise(mmap_module.MADV_DONTNEED)

    def _copy(self, start: int, end: int) -> bytes:
        """Return a large part, read beside the map, which would hold it a second time."""
        self.let_go()
        # Not every system gives more than this in one go.
        parts = (os.pread(self._file, min(_LARGEST_READ, end - at), at) for at in range(start, end, _LARGEST_READ))
        return next(parts) if end - start <= _LARGEST_READ else b"".join(parts)

    def find(self, sub: Any, start: int = 0, end: int | None = None, /) -> int:
        last = len(self) if end is None else min(end, len(self))
        # The map's own way compares byte by byte.
        for part_at, part in self._parts(start, last, _NEAR, len(sub)):
            found = part.find(sub)
            if found >= 0:
                return part_at + found
        return -1

    def count(self, sub: bytes, start: int = 0, end: int | None = None) -> int:
        last = len(self) if end is None else min(end, len(self))
        return sum(part.count(sub) for _, part in self._parts(start, last, _AT_ONCE, len(sub)))

    def startswith(self, prefix: bytes | tuple[bytes, ...], start: int = 0) -> bool:
        longest = len(prefix) if isinstance(prefix, bytes) else max(map(len, prefix))
        return self[start : start + longest].startswith(prefix)

    def _parts(self, start: int, end: int, size: int, length: int) -> Iterator[tuple[int, bytes]]:
        """Yield parts that together hold each sequence of `length` bytes once; the first is of this size."""
        while start + length <= end:
            yield start, self[start : min(start + size + length - 1, end)]
            start += size
            size = _AT_ONCE


Patch = bytes | MappedPatch


def patch_in(file: int) -> Patch:
    """Return what the file holds, of which this is the descriptor; it may then be closed, but not written to."""
    size = os.fstat(file).st_size
    if size < _LEAST_BYTES:
        return os.pread(file, size, 0)
    return MappedPatch(file, 0, access=ACCESS_READ)
