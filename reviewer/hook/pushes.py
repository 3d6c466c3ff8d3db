"""What git tells a pre-push hook, and the change each line brings to the remote: by object ids, never by HEAD."""

import re
from dataclasses import dataclass
from os import fsdecode

from reviewer.errors import CannotDetermine
from reviewer.repository import Repository, Target, TargetKind
from reviewer.repository.target import empty_tree
from reviewer.visible import show

_LINE = re.compile(rb"(\S+) ([0-9a-f]{40}|[0-9a-f]{64}) (\S+) ([0-9a-f]{40}|[0-9a-f]{64})")
_LONGEST_INPUT = 16_000_000
# Records of reviews are what a push of them is about; they are no part of what is reviewed.
RECORDS = "refs/reviews/"
_DEFAULT_BRANCHES = ("HEAD", "main", "master")


@dataclass(frozen=True, slots=True)
class Push:
    """One line of git's. Ids have 40 or 64 digits; all zeros stand for nothing: a delete, or a new ref."""

    local_ref: str
    local: str
    remote_ref: str
    remote: str

    @property
    def is_delete(self) -> bool:
        return not self.local.strip("0")

    @property
    def is_new(self) -> bool:
        return not self.remote.strip("0")


@dataclass(frozen=True, slots=True)
class Asked:
    """A change to be judged for a push, and the commit whose policy judges it; None if there is none yet."""

    push: Push
    target: Target
    base: str | None


def parse_pushes(raw: bytes) -> tuple[Push, ...]:
    """Return what git wrote to the hook. Raises CannotDetermine for anything git would not write."""
    if len(raw) > _LONGEST_INPUT:
        raise CannotDetermine("standard input of the hook is larger than git makes it; run `git push` again")
    pushes = []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise CannotDetermine(f"standard input of the hook: line {number}: not what git tells a pre-push hook")
        pushes.append(Push(*(fsdecode(word) for word in match.groups())))
    return tuple(pushes)


def asked(repository: Repository, push: Push, remote: str) -> Asked | None:
    """Return the change that a push brings; None if it brings none.

    Raises CannotDetermine if what is there already, or what is to come, is not here to be compared.
    """
    if push.is_delete or push.remote_ref.startswith(RECORDS):
        return None
    tip = _commit(repository, push.local)
    if tip is None:
        raise CannotDetermine(f"{show(push.local_ref)}: points at no commit; only commits can be reviewed")
    if push.is_new:
        return _new(repository, push, tip, remote)
    there = _commit(repository, push.remote)
    if there is None:
        raise CannotDetermine(
            f"{show(push.remote_ref)}: the remote is at {push.remote[:12]}, which is not here; run `git fetch`"
        )
    fork = _merge_base(repository, tip, (there,))
    return _asked(repository, push, tip, fork, there, _name_of(repository, there, remote))


def _new(repository: Repository, push: Push, tip: str, remote: str) -> Asked | None:
    known = _tracked(repository, remote)
    fork = _merge_base(repository, tip, tuple(known.values())) if known else None
    if fork == tip:
        return None
    if fork is None:
        return _asked(repository, push, tip, None, None, "")
    homes = (known.get(f"{remote}/{name}") for name in _DEFAULT_BRANCHES)
    policy = next((home for home in homes if home is not None), fork)
    return _asked(repository, push, tip, fork, policy, _name_of(repository, fork, remote))


def _asked(repository: Repository, push: Push, tip: str, fork: str | None, base: str | None, base_name: str) -> Asked:
    old = fork or empty_tree(repository)
    name = push.local_ref.removeprefix("refs/heads/")
    # `git push HEAD~1:main` and the like: a name is only good while it means this commit.
    name = name if _commit(repository, name) == tip else tip[:12]
    label = f"{base_name}...{name}" if fork is not None else f"--root {name}"
    return Asked(push, Target(TargetKind.COMMITS, old, tip, label), base)


def _tracked(repository: Repository, remote: str) -> dict[str, str]:
    """Return what the remote had when it was last looked at: short names such as `origin/main`, and commits."""
    # A push to an address has no branches of its own here, unless the address is that of a remote.
    if not re.fullmatch(r"[\w.][\w./-]*", remote):
        return {}
    form = "--format=%(objectname) %(refname:lstrip=2)"
    listed = repository.run("for-each-ref", form, f"refs/remotes/{remote}/").decode("utf-8", "surrogateescape")
    pairs = (line.split(" ", 1) for line in listed.splitlines())
    return {name: oid for oid, name in pairs}


def _name_of(repository: Repository, commit: str, remote: str) -> str:
    """Return a name the user knows for a commit of the remote's, else the beginning of its id."""
    return next((name for name, oid in _tracked(repository, remote).items() if oid == commit), commit[:12])


def _commit(repository: Repository, oid: str) -> str | None:
    answer = repository.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{oid}^{{commit}}")
    return None if answer.status else answer.output.decode("ascii").strip()


def _merge_base(repository: Repository, tip: str, others: tuple[str, ...]) -> str | None:
    """Return where the tip left what the others have; they count as if they were merged."""
    answer = repository.ask("merge-base", tip, *others)
    return None if answer.status else answer.output.decode("ascii").strip()
