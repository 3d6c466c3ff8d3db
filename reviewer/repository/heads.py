"""How the two contents of a changed file begin, and how large they are; never more of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import O_NOFOLLOW, O_NONBLOCK, O_RDONLY, fdopen, fstat
from os import open as open_file
from stat import S_ISREG

from reviewer.diff.model import FileDiff
from reviewer.repository.blobs import heads_of, sizes_of_those_at_hand
from reviewer.repository.git import Repository

# What is larger is not looked into, nor shown as text where an attribute calls it binary.
LARGEST_TEXT = 64_000_000
# The first is heeded since git 2.45; older ones find no way to a remote.
_NO_FETCH = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}


@dataclass(frozen=True, slots=True)
class Head:
    """`start` is as git holds the content, or, if `is_on_disk`, as it lies in the working tree."""

    size: int
    start: bytes
    is_on_disk: bool = False


Pair = tuple[Head | None, Head | None]


def read_heads(
    repository: Repository, files: Sequence[FileDiff], length: int, *, at_hand: bool = False, on_disk: bool = True
) -> tuple[Pair, ...]:
    """Return for each file how its old and its new content begin; None where there is none, or it cannot be had.

    What git does not have is looked for in the working tree, if `on_disk`; what is `at_hand` is not fetched. Of what
    is larger than any text would be shown, `start` is empty.
    """
    sides = [side for file in files for side in _sides(file)]
    sizes = sizes_of_those_at_hand(repository, {oid for _, oid in sides if oid}, _NO_FETCH if at_hand else None)
    starts = heads_of(repository, {oid: size for oid, size in sizes.items() if size < LARGEST_TEXT}, length)
    heads = {oid: Head(size, starts.get(oid, b"")) for oid, size in sizes.items()}
    found = [
        heads.get(oid or "") or (_on_disk(repository, path, length) if path is not None and on_disk else None)
        for path, oid in sides
    ]
    return tuple(zip(found[0::2], found[1::2], strict=True))


def _sides(file: FileDiff) -> tuple[tuple[bytes | None, str | None], tuple[bytes | None, str | None]]:
    return (None, file.old_oid), (file.new_path, file.new_oid)


def _on_disk(repository: Repository, path: bytes, length: int) -> Head | None:
    place = repository.place_of(path)
    if place is None:
        return None
    try:
        # No link is followed, and nothing waited for: a pipe may have come in the file's place.
        descriptor = open_file(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        with fdopen(descriptor, "rb") as stream:
            facts = fstat(descriptor)
            return Head(facts.st_size, stream.read(length), is_on_disk=True) if S_ISREG(facts.st_mode) else None
    except OSError:
        return None
