"""Review records put into `refs/reviews/` and exchanged with a remote.

A journal only grows and has one writer, so the union of two sides loses nothing; where two copies of one
journal disagree, both refs stay as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from reviewer.errors import CannotDetermine, RecordDamaged, ReviewerError
from reviewer.repository.git import Repository
from reviewer.repository.journals import (
    JOURNAL,
    LARGEST_REVIEW,
    OURS,
    TOO_LARGE,
    Side,
    Tip,
    contents_of,
    is_review,
    sides_of,
    tips_below,
    union,
)
from reviewer.visible import show, show_lines

# Where a fetch puts what a remote has: outside of `refs/reviews/`, so that it counts for nothing by itself.
_THEIRS = "refs/reviewer/remotes/"

_REFS_IN_ONE_PUSH = 200
_TRIES = 12
_MOST_STALLED = 2
# Git remarks on the file of grafts even where it is set to none, and would do so in front of every error.
_NO_ADVICE: tuple[str, ...] = ("advice.graftFileDeprecated=false",)

# Stands in the commits of someone whom git has no name for. It says nothing about who reviewed.
_NOBODY = {
    f"GIT_{role}_{fact}": value
    for role in ("AUTHOR", "COMMITTER")
    for fact, value in (("NAME", "reviewer"), ("EMAIL", "reviewer@localhost.invalid"))
}


@dataclass(frozen=True, slots=True)
class Synced:
    """How many reviews came and went. `damages` were left alone; `refused` names what could not be moved, and why."""

    received: int
    sent: int
    damages: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def put_records(repository: Repository, review: str, files: Mapping[str, bytes]) -> bool:
    """Add journals to what the ref of a review holds; False if it holds them already.

    Raises RecordDamaged if a journal there disagrees, and then changes nothing.
    """
    _check_names(review, files)
    for _ in range(_TRIES):
        tip = tips_below(repository, OURS).get(review)
        held = sides_of(repository, {review: tip})[review] if tip else Side()
        if held.damage:
            raise RecordDamaged(f"{OURS}{review}: {held.damage}")
        contents = contents_of(repository, held.blobs.values())
        before = held.files(contents)
        whole = _whole(review, before, files)
        if whole == before:
            return False
        new = _commit(repository, review, whole, contents, [tip.oid] if tip else [])
        if not _move(repository, {review: (tip, new)}):
            return True
    raise CannotDetermine(f"{OURS}{review}: cannot be written, or others keep writing to it; try again")


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
        differing = _differing(tips_below(repository, OURS), tips_below(repository, far.place))
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
    refused = tuple(f"{OURS}{review}: {reason}" for review, reason in sorted(meeting.late.items()))
    return Synced(len(received), len(sent), tuple(meeting.damages), refused)


_Differing = Mapping[str, tuple[Tip | None, Tip | None]]


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
            answer = repository.as_the_users_own.ask(
                "fetch", "--quiet", "--no-tags", "--no-filter", "--no-recurse-submodules", "--no-write-fetch-head",
                "--no-auto-maintenance", "--prune", "--refmap=", "--end-of-options", self.address,
                f"+{OURS}*:{self.place}*", environment=self.environment, settings=self.settings,
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
        refs = [f"{oid}:{OURS}{review}" for review, oid in outgoing.items()]
        for start in range(0, len(refs), _REFS_IN_ONE_PUSH):
            answer = repository.as_the_users_own.ask(
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
        reason = f"{show(self.address)}: cannot exchange reviews with it: {show_lines(error).strip()}"
        return CannotDetermine(_without_password(reason))


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
            yield refs.rpartition(OURS)[2], show(summary)


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _differing(ours: Mapping[str, Tip], theirs: Mapping[str, Tip]) -> _Differing:
    pairs = {review: (ours.get(review), theirs.get(review)) for review in sorted(ours.keys() | theirs.keys())}
    return {review: (mine, other) for review, (mine, other) in pairs.items() if mine != other}


def _meet(repository: Repository, differing: _Differing, place: str) -> _Meeting:
    """Unite each review that differs, and move our refs. One that is damaged on either side is left as it is."""
    meeting = _Meeting(differing)
    sides = sides_of(repository, {tip.oid: tip for pair in differing.values() for tip in pair if tip})
    moves: dict[str, tuple[Tip | None, str]] = {}
    for review, (mine, other) in differing.items():
        try:
            new, has_news = _unite(repository, review, (mine, other), sides)
        except RecordDamaged as damage:
            meeting.damages.append(f"{damage}; compare {OURS}{review} with {place}{review}")
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
    repository: Repository, review: str, pair: tuple[Tip | None, Tip | None], sides: Mapping[str, Side]
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
    contents = contents_of(repository, [oid for tip in tips for oid in sides[tip.oid].blobs.values()])
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
    if sum(map(len, whole.values())) > LARGEST_REVIEW:
        raise RecordDamaged(f"{review}: {TOO_LARGE}")
    return whole


def _commit(
    repository: Repository, review: str, files: Mapping[str, bytes], contents: Mapping[str, bytes], parents: list[str]
) -> str:
    """Return a commit of these files; `contents` are blobs that git has already."""
    known = {content: oid for oid, content in contents.items()}
    oids = {name: known.get(content) or _hash(repository, content) for name, content in files.items()}
    listing = "".join(f"100644 blob {oid}\t{name}\0" for name, oid in sorted(oids.items()))
    tree = repository.batch("mktree", "-z", lines=listing.encode()).decode().strip()
    arguments = ("commit-tree", *(f"-p{parent}" for parent in parents), f"-mreview {review}", tree)
    settings = ("i18n.commitEncoding=UTF-8",)
    # A user without a name can review all the same.
    answer = repository.ask(*arguments, settings=settings)
    output = repository.run(*arguments, settings=settings, environment=_NOBODY) if answer.status else answer.output
    return output.decode().strip()


def _hash(repository: Repository, content: bytes) -> str:
    return repository.batch("hash-object", "-w", "--stdin", lines=content).decode().strip()


def _move(repository: Repository, moves: Mapping[str, tuple[Tip | None, str]]) -> dict[str, str]:
    """Move each ref from where it was to a new commit; return those that are elsewhere by now, or stuck, and why."""
    lines = {
        review: f"update {OURS}{review} {new} {old.oid}\n" if old else f"create {OURS}{review} {new}\n"
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


def _check_names(review: str, files: Iterable[str]) -> None:
    if not is_review(review):
        raise ReviewerError(f"{show(review)!r}: no name for a review; use a-z, 0-9, '.' and '-', at most 100 of them")
    for name in files:
        if not JOURNAL.fullmatch(name.encode("utf-8", "surrogateescape")):
            raise ReviewerError(f"{show(name)!r}: no name for a journal; it must be like ada.5f3a.jsonl")
