"""Which commit of several was the first to touch a file."""

from collections.abc import Sequence

from reviewer.repository.git import Repository


def first_touches(repository: Repository, oids: Sequence[str]) -> dict[bytes, int]:
    """Return for each path the place in `oids` of the first commit that changed it.

    A merge counts for what it changed against all its parents.
    """
    options = ("--stdin", "--always", "-r", "--root", "-c", "--no-renames", "--name-only", "-z")
    lines = "".join(f"{oid}\n" for oid in oids).encode("ascii")
    output = repository.batch("diff-tree", *options, lines=lines) if oids else b""
    touches: dict[bytes, int] = {}
    place = -1
    for name in output.split(b"\0"):
        # Each commit is named in its turn; no file can have the name of a commit that comes after it.
        if place + 1 < len(oids) and name == oids[place + 1].encode("ascii"):
            place += 1
        elif name:
            touches.setdefault(name, place)
    return touches
