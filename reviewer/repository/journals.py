"""Review records as git objects: read out of refs and commits.

A review is one ref, to a commit whose tree holds its journals. What a tree holds besides plain files of a
journal's name is passed over, and no tree is walked into its depth.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate

from reviewer.errors import CannotDetermine, RecordDamaged
from reviewer.repository.git import Repository
from reviewer.visible import show, show_lines

OURS = "refs/reviews/"
_PUBLISHED = b".reviews"

# An id is a folder and a ref; `is_review` adds what `git check-ref-format` refuses of these letters.
_REVIEW = re.compile(r"[0-9a-z-][0-9a-z.-]{0,99}")
JOURNAL = re.compile(rb"(?!\.)[A-Za-z0-9._-]{1,190}\.jsonl")
_PLAIN = (b"100644", b"100755")
_FOLDER = b"040000"

_LARGEST_TREE = 100_000
LARGEST_REVIEW = 64_000_000
_MOST_OF_TREES = 64_000_000
_MOST_OF_REVIEWS = 512_000_000
TOO_LARGE = f"holds more than the {LARGEST_REVIEW:,} bytes that are exchanged of one review"


@dataclass(frozen=True, slots=True, eq=False)
class Records(Mapping[str, Mapping[str, bytes]]):
    """The journals of each review, by file name; what could not be read stands in `damages` instead."""

    reviews: Mapping[str, Mapping[str, bytes]]
    damages: tuple[str, ...] = ()

    def __getitem__(self, review: str) -> Mapping[str, bytes]:
        return self.reviews[review]

    def __iter__(self) -> Iterator[str]:
        return iter(self.reviews)

    def __len__(self) -> int:
        return len(self.reviews)


def union(*sides: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the journals of all sides, of each the longest copy. Raises RecordDamaged if copies disagree."""
    whole: dict[str, bytes] = {}
    for name, content in ((name, side[name]) for side in sides for name in side):
        whole[name] = max(whole.get(name, b""), content, key=len)
    differing = {name for side in sides for name in side if not whole[name].startswith(side[name])}
    if differing:
        names = ", ".join(show(name) for name in sorted(differing))
        raise RecordDamaged(f"{names}: two copies differ, and a journal only grows; one of them was changed")
    return whole


def records_in_refs(repository: Repository, reviews: Collection[str] | None = None) -> Records:
    """Return the records under `refs/reviews/`, or of these reviews only."""
    tips = tips_below(repository, OURS)
    wanted = tips if reviews is None else {review: tip for review, tip in tips.items() if review in reviews}
    return _records(repository, sides_of(repository, wanted), OURS)


def records_in_commit(repository: Repository, commit: str) -> Records:
    """Return the records a commit holds in `.reviews/`. Raises CannotDetermine if git lacks the commit or a tree."""
    listed = _listed(repository, commit, _PUBLISHED + b"/")
    folders = ((path.removeprefix(_PUBLISHED + b"/"), oid) for mode, oid, path in listed if mode == _FOLDER)
    trees = {name.decode(): oid for name, oid in folders if name.isascii() and is_review(name.decode())}
    return _records(repository, _sides(repository, trees), f"{show(commit)}:.reviews/")


def file_in_commit(repository: Repository, commit: str, path: bytes, limit: int) -> bytes | None:
    """Return a plain file of a commit, or None if the commit has none there.

    Raises CannotDetermine for a link, a submodule, a folder, more than `limit` bytes, and what git cannot read:
    none of these may pass for a file that is not there.
    """
    # A folder on the way may be a link, and is listed as one only if it is asked for by itself.
    way = tuple(accumulate(path.split(b"/"), lambda above, name: above + b"/" + name))
    place = f"{show(commit)}:{show(path)}"
    for mode, oid, found in _listed(repository, commit, *way):
        if found == path and mode in _PLAIN:
            return _plain(repository, oid, place, limit)
        if found in way:
            raise CannotDetermine(f"{place}: {show(found)} is no plain file or folder; make it one, and commit it")
    return None


@dataclass(frozen=True, slots=True)
class Tip:
    """What a ref points at, and what kind of object that is."""

    oid: str
    kind: str


@dataclass(frozen=True, slots=True)
class Side:
    """One copy of a review: the ids of its journals by name, or the damage for which it is not to be used."""

    blobs: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    damage: str | None = None

    def files(self, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        return {name: contents[oid] for name, oid in self.blobs.items()}


def is_review(name: str) -> bool:
    return bool(_REVIEW.fullmatch(name)) and ".." not in name and not name.endswith((".", ".lock"))


def tips_below(repository: Repository, place: str) -> dict[str, Tip]:
    """Return what the refs below a place point at, by the ids of the reviews they are named after."""
    output = repository.run("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", place)
    refs = (line.split(" ", 2) for line in output.decode("utf-8", "surrogateescape").split("\n")[:-1])
    tips = {name.removeprefix(place): Tip(oid, kind) for oid, kind, name in refs}
    return {review: tip for review, tip in tips.items() if is_review(review)}


def _listed(repository: Repository, commit: str, *paths: bytes) -> list[tuple[bytes, str, bytes]]:
    """Return mode, id and path of what a commit has at these paths."""
    answer = repository.ask("ls-tree", "-z", "--full-tree", "--end-of-options", f"{commit}^{{commit}}", *paths)
    if answer.status:
        reason = show_lines(answer.error).strip()
        raise CannotDetermine(f"{show(commit)}: cannot be read ({reason}); fetch what is missing, then try again")
    entries = (entry.partition(b"\t") for entry in answer.output.split(b"\0")[:-1])
    return [(head.split(b" ")[0], head.split(b" ")[2].decode(), path) for head, _, path in entries]


def _plain(repository: Repository, oid: str, place: str, limit: int) -> bytes:
    size = _sizes(repository, [oid], b"blob").get(oid)
    if size is None:
        raise CannotDetermine(f"{place}: git does not have its content; fetch what is missing, then try again")
    if size > limit:
        raise CannotDetermine(f"{place}: has {size} bytes, and such a file may have {limit}; make it smaller")
    return contents_of(repository, [oid])[oid]


def _records(repository: Repository, sides: Mapping[str, Side], place: str) -> Records:
    """Read the journals of all sides, as many as there is room for."""
    damages = {review: side.damage for review, side in sides.items() if side.damage}
    sound = {review: side for review, side in sides.items() if not side.damage}
    room = _within(_MOST_OF_REVIEWS, ((review, side.size) for review, side in sound.items()))
    damages |= dict.fromkeys(sound.keys() - room, "was not read: there is more than can be read at once")
    contents = contents_of(repository, [oid for review in room for oid in sound[review].blobs.values()])
    reviews = {review: side.files(contents) for review, side in sound.items() if review in room}
    return Records(reviews, tuple(f"{place}{review}: {damage}" for review, damage in sorted(damages.items())))


def sides_of(repository: Repository, tips: Mapping[str, Tip]) -> dict[str, Side]:
    odd = {
        key: Side(damage=f"is a {tip.kind}, and must be a commit") for key, tip in tips.items() if tip.kind != "commit"
    }
    trees = {key: f"{tip.oid}^{{tree}}" for key, tip in tips.items() if key not in odd}
    return _sides(repository, trees) | odd


def _sides(repository: Repository, trees: Mapping[str, str]) -> dict[str, Side]:
    """Look at each tree and at the sizes of its journals, without reading one."""
    small = (
        (tree, size) for tree, size in _sizes(repository, trees.values(), b"tree").items() if size <= _LARGEST_TREE
    )
    listings: dict[str, dict[str, str]] = {}
    for tree, content in contents_of(repository, _within(_MOST_OF_TREES, small)).items():
        with suppress(ValueError):
            listings[tree] = _journals(content, len(tree.removesuffix("^{tree}")) // 2)
    sizes = _sizes(repository, [oid for blobs in listings.values() for oid in blobs.values()], b"blob")
    return {key: _side(listings.get(tree), sizes) for key, tree in trees.items()}


def _side(blobs: Mapping[str, str] | None, sizes: Mapping[str, int]) -> Side:
    if blobs is None:
        return Side(damage="its list of files is missing, damaged or too large")
    missing = [name for name, oid in blobs.items() if oid not in sizes]
    if missing:
        return Side(damage=f"{missing[0]}: git does not have its content")
    size = sum(sizes[oid] for oid in blobs.values())
    return Side(blobs, size) if size <= LARGEST_REVIEW else Side(damage=TOO_LARGE)


def _journals(tree: bytes, id_length: int) -> dict[str, str]:
    """Return the ids of the journals in a raw tree: `mode SP name NUL id`, again and again. Raises ValueError."""
    blobs: dict[str, str] = {}
    position = 0
    while position < len(tree):
        end = tree.index(b"\0", position)
        mode, _, name = tree[position:end].partition(b" ")
        position = end + 1 + id_length
        if mode not in _PLAIN or not JOURNAL.fullmatch(name):
            continue
        if position > len(tree) or name.decode() in blobs:
            raise ValueError(name)
        blobs[name.decode()] = tree[end + 1 : position].hex()
    return blobs


def _within(room: int, sizes: Iterable[tuple[str, int]]) -> set[str]:
    """Return the first of these that together fit."""
    pairs = list(sizes)
    sums = accumulate(size for _, size in pairs)
    return {key for (key, _), total in zip(pairs, sums, strict=True) if total <= room}


def _sizes(repository: Repository, names: Iterable[str], kind: bytes) -> dict[str, int]:
    """Return the size of every object of this kind; what is missing, or of another kind, is left out."""
    asked = sorted(set(names))
    if not asked:
        return {}
    answers = repository.batch("cat-file", "--batch-check=%(objecttype) %(objectsize)", lines=_lines(asked))
    pairs = zip(asked, (answer.split(b" ") for answer in answers.splitlines()), strict=True)
    return {name: int(answer[1]) for name, answer in pairs if answer[0] == kind}


def contents_of(repository: Repository, names: Iterable[str]) -> dict[str, bytes]:
    """Read objects that `_sizes` has found: a header line `id kind size`, then that many bytes and a line feed."""
    asked = sorted(set(names))
    output = repository.batch("cat-file", "--batch", lines=_lines(asked)) if asked else b""
    contents: dict[str, bytes] = {}
    position = 0
    for name in asked:
        end = output.index(b"\n", position)
        size = int(output[position:end].rpartition(b" ")[2])
        contents[name] = output[end + 1 : end + 1 + size]
        position = end + size + 2
    return contents


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()
