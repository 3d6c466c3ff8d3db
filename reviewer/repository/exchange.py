"""Review records as git objects: read out of refs and commits, put into `refs/reviews/`, exchanged with a remote.

A review is one ref, to a commit whose tree holds its journals. A journal only grows and has one writer, so the union
of two sides loses nothing; where two copies of one journal disagree, both refs stay as they are. Whatever else a
tree holds is passed over, and never walked into.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import accumulate

from reviewer.errors import CannotDetermine, RecordDamaged, ReviewerError
from reviewer.repository.git import Repository
from reviewer.visible import show, show_lines

_OURS = "refs/reviews/"
# Where a fetch puts what a remote has: outside of `refs/reviews/`, so that it counts for nothing by itself.
_THEIRS = "refs/reviewer/remotes/"
_PUBLISHED = b".reviews"

# An id is a folder and a ref; `_is_review` adds what `git check-ref-format` refuses of these letters.
_REVIEW = re.compile(r"[0-9a-z-][0-9a-z.-]{0,99}")
_JOURNAL = re.compile(rb"(?!\.)[A-Za-z0-9._-]{1,190}\.jsonl")
_PLAIN = (b"100644", b"100755")
_FOLDER = b"040000"

_LARGEST_TREE = 100_000
_LARGEST_REVIEW = 64_000_000
_MOST_OF_TREES = 64_000_000
_MOST_OF_REVIEWS = 512_000_000
_REFS_IN_ONE_PUSH = 200
_TRIES = 12
_MOST_STALLED = 2
# Git remarks on the file of grafts even where it is set to none, and would do so in front of every error.
_NO_ADVICE: tuple[str, ...] = ("advice.graftFileDeprecated=false",)
_TOO_LARGE = f"holds more than the {_LARGEST_REVIEW:,} bytes that are exchanged of one review"

# Stands in the commits of someone whom git has no name for. It says nothing about who reviewed.
_NOBODY = {
    f"GIT_{role}_{fact}": value
    for role in ("AUTHOR", "COMMITTER")
    for fact, value in (("NAME", "reviewer"), ("EMAIL", "reviewer@localhost.invalid"))
}


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


@dataclass(frozen=True, slots=True)
class Synced:
    """How many reviews came and went. `damages` were left alone; `refused` names what could not be moved, and why."""

    received: int
    sent: int
    damages: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


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
    tips = _tips(repository, _OURS)
    wanted = tips if reviews is None else {review: tip for review, tip in tips.items() if review in reviews}
    return _records(repository, _sides_of(repository, wanted), _OURS)


def records_in_commit(repository: Repository, commit: str) -> Records:
    """Return the records a commit holds in `.reviews/`. Raises CannotDetermine if git lacks the commit or a tree."""
    listed = _listed(repository, commit, _PUBLISHED + b"/")
    folders = ((path.removeprefix(_PUBLISHED + b"/"), oid) for mode, oid, path in listed if mode == _FOLDER)
    trees = {name.decode(): oid for name, oid in folders if name.isascii() and _is_review(name.decode())}
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


def put_records(repository: Repository, review: str, files: Mapping[str, bytes]) -> bool:
    """Add journals to what the ref of a review holds; False if it holds them already.

    Raises RecordDamaged if a journal there disagrees, and then changes nothing.
    """
    _check_names(review, files)
    for _ in range(_TRIES):
        tip = _tips(repository, _OURS).get(review)
        held = _sides_of(repository, {review: tip})[review] if tip else _Side()
        if held.damage:
            raise RecordDamaged(f"{_OURS}{review}: {held.damage}")
        contents = _contents(repository, held.blobs.values())
        before = held.files(contents)
        whole = _whole(review, before, files)
        if whole == before:
            return False
        new = _commit(repository, review, whole, contents, [tip.oid] if tip else [])
        if not _move(repository, {review: (tip, new)}):
            return True
    raise CannotDetermine(f"{_OURS}{review}: cannot be written, or others keep writing to it; try again")


def sync(repository: Repository, remote: str, *, may_ask: bool = False) -> Synced:
    """Fetch the records of a remote, unite them with ours, and send it what it lacks.

    With `may_ask`, git may ask for a password on the terminal; ssh asks there in any case. When another writer was
    faster all is done again, a few times. Raises CannotDetermine if the remote cannot be reached.
    """
    far = _choose_remote(repository, remote, may_ask=may_ask)
    received: set[str] = set()
    sent: set[str] = set()
    meeting = _Meeting({})
    stalled = 0
    for _ in range(_TRIES):
        far.fetch(repository)
        differing = _differing(_tips(repository, _OURS), _tips(repository, far.place))
        # What fails although nobody moved it was not lost in a race; but a lock may be held a little longer.
        stalled += bool(meeting.late) and all(differing.get(it) == meeting.differing.get(it) for it in meeting.late)
        if stalled == _MOST_STALLED:
            break
        meeting = _meet(repository, differing, far.place)
        meeting.late |= far.push(repository, meeting.outgoing)
        received |= meeting.received
        sent |= meeting.outgoing.keys() - meeting.late.keys()
        if not meeting.late:
            break
    refused = tuple(f"{_OURS}{review}: {reason}" for review, reason in sorted(meeting.late.items()))
    return Synced(len(received), len(sent), tuple(meeting.damages), refused)


@dataclass(frozen=True, slots=True)
class _Tip:
    """What a ref points at, and what kind of object that is."""

    oid: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One copy of a review: the ids of its journals by name, or the damage for which it is not to be used."""

    blobs: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    damage: str | None = None

    def files(self, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        return {name: contents[oid] for name, oid in self.blobs.items()}


_Differing = Mapping[str, tuple[_Tip | None, _Tip | None]]


@dataclass(slots=True)
class _Meeting:
    """What came of comparing both sides once. `late` says why a ref could not be moved, here or there."""

    differing: _Differing
    received: set[str] = field(default_factory=set)
    outgoing: dict[str, str] = field(default_factory=dict)
    damages: list[str] = field(default_factory=list)
    late: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Remote:
    """A remote as git is to be given it, and where its refs are kept here."""

    address: str
    place: str
    settings: tuple[str, ...]
    environment: Mapping[str, str]

    def fetch(self, repository: Repository) -> None:
        for _ in range(_TRIES):
            answer = repository.ask(
                "fetch", "--quiet", "--no-tags", "--no-filter", "--no-recurse-submodules", "--no-write-fetch-head",
                "--no-auto-maintenance", "--prune", "--refmap=", "--end-of-options", self.address,
                f"+{_OURS}*:{self.place}*", environment=self.environment, settings=self.settings,
            )  # fmt: skip
            if not answer.status:
                return
            # Another sync in this repository puts the same refs in the same place.
            if b"cannot lock ref" not in answer.error:
                raise self._unreachable(answer.error)
        raise CannotDetermine(f"{self.place}: others keep writing there; try again")

    def push(self, repository: Repository, outgoing: Mapping[str, str]) -> dict[str, str]:
        """Send these commits, and return the reviews that did not arrive, each with git's reason.

        Never forced: a remote that another writer moved refuses, and its tip is united with ours first. Not atomic
        either: one review that is refused does not hold back the others.
        """
        late: dict[str, str] = {}
        refs = [f"{oid}:{_OURS}{review}" for review, oid in outgoing.items()]
        for start in range(0, len(refs), _REFS_IN_ONE_PUSH):
            answer = repository.ask(
                "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed",
                "--end-of-options", self.address, *refs[start : start + _REFS_IN_ONE_PUSH],
                environment=self.environment, settings=self.settings,
            )  # fmt: skip
            rejected = dict(_rejected(answer.output))
            if answer.status and not rejected:
                raise self._unreachable(answer.error)
            late |= rejected
        return late

    def _unreachable(self, error: bytes) -> CannotDetermine:
        reason = _without_password(show_lines(error).strip())
        return CannotDetermine(f"{_without_password(show(self.address))}: cannot exchange reviews with it: {reason}")


def _choose_remote(repository: Repository, remote: str, *, may_ask: bool) -> _Remote:
    """Return the remote of this name, path or URL. Raises ReviewerError for anything else."""
    if remote.startswith("-") or not remote.isprintable():
        raise ReviewerError(f"{show(remote)!r}: no name of a remote; `git remote` lists them")
    address, settings = remote, _NO_ADVICE
    names = repository.run("remote").decode("utf-8", "surrogateescape").splitlines()
    if remote in names:
        # A mirror takes no single refs. Git would cut this setting at a sign in the name.
        settings += (f"remote.{remote}.mirror=false",) if "=" not in remote else ()
    elif "/" not in remote and ":" not in remote:
        raise ReviewerError(f"{show(remote)}: no such remote; `git remote` lists them, or give a path or URL")
    elif ":" not in remote.partition("/")[0]:
        # Git runs at the top of the working tree, and the user may stand below.
        address = str(repository.folder / remote)
    digest = sha256(address.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return _Remote(address, f"{_THEIRS}{digest}/", settings, {"GIT_TERMINAL_PROMPT": "1"} if may_ask else {})


def _rejected(report: bytes) -> Iterator[tuple[str, str]]:
    """Read `push --porcelain`: a line `flag TAB from:to TAB summary` for each ref."""
    for line in report.decode("utf-8", "surrogateescape").split("\n"):
        flag, _, rest = line.partition("\t")
        refs, _, summary = rest.partition("\t")
        if flag == "!":
            yield refs.rpartition(_OURS)[2], show(summary)


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _differing(ours: Mapping[str, _Tip], theirs: Mapping[str, _Tip]) -> _Differing:
    pairs = {review: (ours.get(review), theirs.get(review)) for review in sorted(ours.keys() | theirs.keys())}
    return {review: (mine, other) for review, (mine, other) in pairs.items() if mine != other}


def _meet(repository: Repository, differing: _Differing, place: str) -> _Meeting:
    """Unite each review that differs, and move our refs. One that is damaged on either side is left as it is."""
    meeting = _Meeting(differing)
    sides = _sides_of(repository, {tip.oid: tip for pair in differing.values() for tip in pair if tip})
    moves: dict[str, tuple[_Tip | None, str]] = {}
    for review, (mine, other) in differing.items():
        try:
            new, has_news = _unite(repository, review, (mine, other), sides)
        except RecordDamaged as damage:
            meeting.damages.append(f"{damage}; compare {_OURS}{review} with {place}{review}")
            continue
        if mine is None or mine.oid != new:
            moves[review] = (mine, new)
        if other is None or other.oid != new:
            meeting.outgoing[review] = new
        if has_news:
            meeting.received.add(review)
    meeting.late = _move(repository, moves)
    meeting.received -= meeting.late.keys()
    meeting.outgoing = {review: new for review, new in meeting.outgoing.items() if review not in meeting.late}
    return meeting


def _unite(
    repository: Repository, review: str, pair: tuple[_Tip | None, _Tip | None], sides: Mapping[str, _Side]
) -> tuple[str, bool]:
    """Return the commit that both sides should have, and whether it holds more than ours did.

    Theirs is taken as it is if it holds all of ours, whatever its history. Only where we add to it must theirs be
    an ancestor, so that sending is a fast-forward.
    """
    tips = [tip for tip in pair if tip]
    damage = next((sides[tip.oid].damage for tip in tips if sides[tip.oid].damage), None)
    if damage:
        raise RecordDamaged(f"{review}: {damage}")
    if len(tips) == 1:
        return tips[0].oid, pair[0] is None
    mine, other = tips
    contents = _contents(repository, [oid for tip in tips for oid in sides[tip.oid].blobs.values()])
    ours, theirs = sides[mine.oid].files(contents), sides[other.oid].files(contents)
    whole = _whole(review, ours, theirs)
    if whole == theirs:
        return other.oid, whole != ours
    if whole == ours and not repository.ask("merge-base", "--is-ancestor", other.oid, mine.oid).status:
        return mine.oid, False
    return _commit(repository, review, whole, contents, [mine.oid, other.oid]), whole != ours


def _whole(review: str, *sides: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        whole = union(*sides)
    except RecordDamaged as error:
        raise RecordDamaged(f"{review}: {error}") from error
    if sum(map(len, whole.values())) > _LARGEST_REVIEW:
        raise RecordDamaged(f"{review}: {_TOO_LARGE}")
    return whole


def _commit(
    repository: Repository, review: str, files: Mapping[str, bytes], contents: Mapping[str, bytes], parents: list[str]
) -> str:
    """Return a commit of these files; `contents` are blobs that git has already."""
    known = {content: oid for oid, content in contents.items()}
    oids = {name: known.get(content) or _hash(repository, content) for name, content in files.items()}
    listing = "".join(f"100644 blob {oid}\t{name}\0" for name, oid in sorted(oids.items()))
    tree = repository.batch("mktree", "-z", lines=listing.encode()).decode().strip()
    arguments = ("commit-tree", "--no-gpg-sign", *(f"-p{parent}" for parent in parents), f"-mreview {review}", tree)
    settings = ("i18n.commitEncoding=UTF-8",)
    # A user without a name can review all the same.
    answer = repository.ask(*arguments, settings=settings)
    output = repository.run(*arguments, settings=settings, environment=_NOBODY) if answer.status else answer.output
    return output.decode().strip()


def _hash(repository: Repository, content: bytes) -> str:
    return repository.batch("hash-object", "-w", "--stdin", lines=content).decode().strip()


def _move(repository: Repository, moves: Mapping[str, tuple[_Tip | None, str]]) -> dict[str, str]:
    """Move each ref from where it was to a new commit; return those that are elsewhere by now, or stuck, and why."""
    lines = {
        review: f"update {_OURS}{review} {new} {old.oid}\n" if old else f"create {_OURS}{review} {new}\n"
        for review, (old, new) in moves.items()
    }
    try:
        repository.batch("update-ref", "--no-deref", "--stdin", lines="".join(lines.values()).encode())
    except CannotDetermine as error:
        if len(moves) == 1:
            return dict.fromkeys(moves, str(error))
        # All or none went; one that is stuck is not to hold up the others.
        return {late: why for review in moves for late, why in _move(repository, {review: moves[review]}).items()}
    return {}


def _is_review(name: str) -> bool:
    return bool(_REVIEW.fullmatch(name)) and ".." not in name and not name.endswith((".", ".lock"))


def _check_names(review: str, files: Iterable[str]) -> None:
    if not _is_review(review):
        raise ReviewerError(f"{show(review)!r}: no name for a review; use a-z, 0-9, '.' and '-', at most 100 of them")
    for name in files:
        if not _JOURNAL.fullmatch(name.encode("utf-8", "surrogateescape")):
            raise ReviewerError(f"{show(name)!r}: no name for a journal; it must be like ada.5f3a.jsonl")


def _tips(repository: Repository, place: str) -> dict[str, _Tip]:
    output = repository.run("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", place)
    refs = (line.split(" ", 2) for line in output.decode("utf-8", "surrogateescape").split("\n")[:-1])
    tips = {name.removeprefix(place): _Tip(oid, kind) for oid, kind, name in refs}
    return {review: tip for review, tip in tips.items() if _is_review(review)}


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
    return _contents(repository, [oid])[oid]


def _records(repository: Repository, sides: Mapping[str, _Side], place: str) -> Records:
    """Read the journals of all sides, as many as there is room for."""
    damages = {review: side.damage for review, side in sides.items() if side.damage}
    sound = {review: side for review, side in sides.items() if not side.damage}
    room = _within(_MOST_OF_REVIEWS, ((review, side.size) for review, side in sound.items()))
    damages |= dict.fromkeys(sound.keys() - room, "was not read: there is more than can be read at once")
    contents = _contents(repository, [oid for review in room for oid in sound[review].blobs.values()])
    reviews = {review: side.files(contents) for review, side in sound.items() if review in room}
    return Records(reviews, tuple(f"{place}{review}: {damage}" for review, damage in sorted(damages.items())))


def _sides_of(repository: Repository, tips: Mapping[str, _Tip]) -> dict[str, _Side]:
    odd = {
        key: _Side(damage=f"is a {tip.kind}, and must be a commit") for key, tip in tips.items() if tip.kind != "commit"
    }
    trees = {key: f"{tip.oid}^{{tree}}" for key, tip in tips.items() if key not in odd}
    return _sides(repository, trees) | odd


def _sides(repository: Repository, trees: Mapping[str, str]) -> dict[str, _Side]:
    """Look at each tree and at the sizes of its journals, without reading one."""
    small = (
        (tree, size) for tree, size in _sizes(repository, trees.values(), b"tree").items() if size <= _LARGEST_TREE
    )
    listings: dict[str, dict[str, str]] = {}
    for tree, content in _contents(repository, _within(_MOST_OF_TREES, small)).items():
        with suppress(ValueError):
            listings[tree] = _journals(content, len(tree.removesuffix("^{tree}")) // 2)
    sizes = _sizes(repository, [oid for blobs in listings.values() for oid in blobs.values()], b"blob")
    return {key: _side(listings.get(tree), sizes) for key, tree in trees.items()}


def _side(blobs: Mapping[str, str] | None, sizes: Mapping[str, int]) -> _Side:
    if blobs is None:
        return _Side(damage="its list of files is missing, damaged or too large")
    missing = [name for name, oid in blobs.items() if oid not in sizes]
    if missing:
        return _Side(damage=f"{missing[0]}: git does not have its content")
    size = sum(sizes[oid] for oid in blobs.values())
    return _Side(blobs, size) if size <= _LARGEST_REVIEW else _Side(damage=_TOO_LARGE)


def _journals(tree: bytes, id_length: int) -> dict[str, str]:
    """Return the ids of the journals in a raw tree: `mode SP name NUL id`, again and again. Raises ValueError."""
    blobs: dict[str, str] = {}
    position = 0
    while position < len(tree):
        end = tree.index(b"\0", position)
        mode, _, name = tree[position:end].partition(b" ")
        position = end + 1 + id_length
        if mode not in _PLAIN or not _JOURNAL.fullmatch(name):
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


def _contents(repository: Repository, names: Iterable[str]) -> dict[str, bytes]:
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
