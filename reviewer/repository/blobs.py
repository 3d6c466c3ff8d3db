"""Blobs by their ids: how large they are, how they begin, and all of them. What git lacks is left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reviewer.errors import CannotDetermine
from reviewer.repository.git import Repository

# Small blobs are read many at a time and held whole, of the others only what is asked for.
_MOST_AT_ONCE = 16_000_000
_CHECK = "--batch-check=%(objecttype) %(objectsize)"


def sizes_of(
    repository: Repository, oids: Iterable[str], environment: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Return the size of each blob. Raises CannotDetermine if a partial clone cannot get one it lacks."""
    asked = sorted(set(oids))
    output = repository.batch("cat-file", _CHECK, lines=_lines(asked), environment=environment) if asked else b""
    named = zip(asked, output.splitlines(), strict=True)
    return {oid: int(kind.removeprefix(b"blob ")) for oid, kind in named if kind.startswith(b"blob ")}


def sizes_of_those_at_hand(
    repository: Repository, oids: Iterable[str], environment: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Return the size of each blob that can be had: one that cannot hides no other."""
    asked = sorted(set(oids))
    try:
        return sizes_of(repository, asked, environment)
    except CannotDetermine:
        half = len(asked) // 2
        parts = (asked[:half], asked[half:]) if half else ()
        return {
            oid: size for part in parts for oid, size in sizes_of_those_at_hand(repository, part, environment).items()
        }


def read_blobs(repository: Repository, oids: Sequence[str]) -> dict[str, bytes]:
    """Return the content of blobs that git has."""
    output = repository.batch("cat-file", "--batch", lines=_lines(oids)) if oids else b""
    return dict(zip(oids, _split_batch(output), strict=True))


def heads_of(repository: Repository, sizes: Mapping[str, int], length: int) -> dict[str, bytes]:
    """Return the first bytes of blobs that git has."""
    heads: dict[str, bytes] = {}
    for group in _groups(sizes):
        if len(group) > 1:
            heads |= {oid: text[:length] for oid, text in read_blobs(repository, group).items()}
        else:
            heads[group[0]] = repository.beginning("cat-file", "blob", group[0], length=length)
    return heads


def _groups(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield the blobs in groups, those too large to be held each for itself."""
    group: list[str] = []
    total = 0
    for oid, size in sizes.items():
        if group and total + size > _MOST_AT_ONCE:
            yield group
            group, total = [], 0
        group.append(oid)
        total += size
    if group:
        yield group


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def _split_batch(output: bytes) -> Iterator[bytes]:
    """Split `cat-file --batch`: a header line `oid type size`, then that many bytes and a line feed."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        size = int(output[position:end].rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        position = end + size + 2
