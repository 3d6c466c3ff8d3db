"""What commits say of themselves, byte for byte, and what notes say of them. No user's format, filter or mailmap."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from reviewer.repository.git import Repository

MOST_COMMITS = 1_000
LARGEST = 1_000_000
AI_NOTES = "refs/notes/ai"
# Notes of git-ai once held whole conversations.
_LARGEST_NOTE = 8_000_000
_MOST_BYTES = 64_000_000
# Git moves notes into folders of two digits as they become many.
_FAN_OUT = (0, 1, 2, 3)
# Git takes the first "<" and the first ">" after it, whatever else stands there.
_PERSON = re.compile(rb"([^<\n]*)<([^>\n]*)>")
_TIME = re.compile(rb"> (\d{1,12}) ([+-])(\d\d)(\d\d)$")
_PARENT = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address as they stand in a commit; anybody can write anything there."""

    name: bytes
    email: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `notes` is its text in `refs/notes/ai`; `is_whole` is False if a part was too large to read.

    `authored` is the author's word, None if it is no time. A parent need not be here.
    """

    oid: str
    author: Person
    committer: Person
    message: bytes
    notes: bytes = b""
    is_whole: bool = True
    authored: datetime | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Commits, ancestors first. `is_cut` is True if there are older ones that were left out."""

    commits: tuple[Commit, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Object:
    oid: str
    kind: str
    size: int


def commits_between(repository: Repository, old: str, new: str) -> History:
    """Return the commits that lead from `old` to `new`, at most the newest thousand; `old` may be the empty tree.

    Raises CannotDetermine if git does not know one of the two.
    """
    # Topology decides, not clocks. Of a tree, `rev-list` takes no notice: all that leads to `new` is listed.
    order = ("--topo-order", "--reverse", f"--max-count={MOST_COMMITS + 1}")
    listed = repository.run("rev-list", *order, "--end-of-options", f"^{old}", new, "--").decode("ascii").split()
    oids = listed[-MOST_COMMITS:]
    note_names = {oid: [_note_name(oid, depth) for depth in _FAN_OUT] for oid in oids}
    found = _look_up(repository, [*oids, *(name for names in note_names.values() for name in names)])
    notes = {oid: next((found[name] for name in note_names[oid] if _is_text(found, name)), None) for oid in oids}
    texts = _read(repository, [found[oid] for oid in oids], [note for note in notes.values() if note is not None])
    return History(tuple(_commit(oid, notes[oid], texts) for oid in oids), is_cut=len(listed) > len(oids))


def commits_by_id(repository: Repository, oids: Iterable[str]) -> dict[str, Commit]:
    """Return those of these commits that git has, by their ids, without notes."""
    found = {oid: item for oid, item in _look_up(repository, [*oids]).items() if item.kind == "commit"}
    texts = _read(repository, [*found.values()], [])
    return {oid: _commit(oid, None, texts) for oid in found}


def _note_name(oid: str, depth: int) -> str:
    folders = [oid[2 * level : 2 * level + 2] for level in range(depth)]
    return f"{AI_NOTES}:{'/'.join([*folders, oid[2 * depth :]])}"


def _look_up(repository: Repository, names: list[str]) -> dict[str, _Object]:
    """Return what git has of these names, by one call."""
    output = repository.batch("cat-file", "--batch-check", lines=_lines(names)).decode("ascii") if names else ""
    found = {}
    for name, line in zip(names, output.splitlines(), strict=True):
        oid, kind, *size = line.split(" ")
        # What git does not have is answered by its name and "missing".
        if size:
            found[name] = _Object(oid, kind, int(size[0]))
    return found


def _is_text(found: dict[str, _Object], name: str) -> bool:
    return name in found and found[name].kind == "blob"


def _read(repository: Repository, commits: list[_Object], notes: list[_Object]) -> dict[str, bytes]:
    """Return the content of these by id, by one call; what is too large is missing."""
    oids = [item.oid for item in _affordable(commits, notes)]
    output = repository.batch("cat-file", "--batch", lines=_lines(oids)) if oids else b""
    return dict(zip(oids, _split_batch(output), strict=True))


def _affordable(commits: list[_Object], notes: list[_Object]) -> Iterator[_Object]:
    """Yield what is small enough to read: the newest first, so that it is the oldest that go short."""
    total = 0
    for items, largest in ((commits, LARGEST), (notes, _LARGEST_NOTE)):
        for item in reversed(items):
            if item.size <= largest and total + item.size <= _MOST_BYTES:
                total += item.size
                yield item


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("ascii")


def _split_batch(output: bytes) -> Iterator[bytes]:
    """Split `cat-file --batch`: a header line `oid type size`, then that many bytes and a line feed."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        size = int(output[position:end].rpartition(b" ")[2])
        yield output[end + 1 : end + 1 + size]
        position = end + size + 2


def _commit(oid: str, note: _Object | None, texts: dict[str, bytes]) -> Commit:
    headers, _, message = texts.get(oid, b"").partition(b"\n\n")
    notes = b"" if note is None else texts.get(note.oid, b"")
    is_whole = oid in texts and (note is None or note.oid in texts)
    author, committer = _header(headers, b"author"), _header(headers, b"committer")
    parents = tuple(match.decode("ascii") for match in _PARENT.findall(headers))
    return Commit(oid, _person(author), _person(committer), message, notes, is_whole, _time(author), parents)


def _header(headers: bytes, name: bytes) -> bytes:
    # What continues a header, such as a merged tag with a person of its own, is indented.
    return next((line for line in headers.split(b"\n") if line.startswith(name + b" ")), b"")


def _person(header: bytes) -> Person:
    match = _PERSON.match(header, header.find(b" ") + 1)
    return Person(match[1].strip(), match[2].strip()) if match else Person(b"", b"")


def _time(header: bytes) -> datetime | None:
    match = _TIME.search(header)
    if match is None:
        return None
    seconds, sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        return datetime.fromtimestamp(int(seconds), timezone(ahead))
    except (OverflowError, ValueError, OSError):
        return None
