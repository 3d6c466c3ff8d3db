"""What git tells a pre-push hook, and the change each line brings to the remote: by object ids, never by HEAD."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reviewer.errors import CannotDetermine
from reviewer.hook.remote import Remote, is_plain
from reviewer.repository import Repository, Target, TargetKind
from reviewer.repository.target import empty_tree, stands_for
from reviewer.review.policy import Policy
from reviewer.visible import show

# What is pushed may be named by an expression with spaces, such as `HEAD@{1 day ago}`.
_LINE = re.compile(rb"(.+) ([0-9a-f]{40}|[0-9a-f]{64}) (\S+) ([0-9a-f]{40}|[0-9a-f]{64})")
_LONGEST_INPUT = 16_000_000
# Records of reviews are what a push of them is about; they are no part of what is reviewed.
RECORDS = "refs/reviews/"


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
        # As policies are written, whatever the locale: a name that looks different would not be protected.
        pushes.append(Push(*(word.decode("utf-8", "surrogateescape") for word in match.groups())))
    return tuple(pushes)


# None stands for where no commit of the remote is known.
PolicyAt = Callable[[str | None], Policy]


def asked(repository: Repository, push: Push, remote: Remote, policy_at: PolicyAt) -> tuple[Asked, ...]:
    """Return the change that a push brings, as each place it can be seen from shows it; none if it brings none.

    A sign-off of any one of them is enough: what it leaves out is on the remote's default branch.
    Raises CannotDetermine if what is there already, or what is to come, is not here to be compared.
    """
    if push.is_delete or push.remote_ref.startswith(RECORDS):
        return ()
    changes = _asked_of_new if push.is_new else _asked_of_update
    return tuple(changes(repository, push, remote, policy_at))


def _asked_of_new(repository: Repository, push: Push, remote: Remote, policy_at: PolicyAt) -> Iterator[Asked]:
    home = remote.home.tip if remote.home is not None else None
    policy = policy_at(home)
    if home is not None and not policy.protects(push.remote_ref):
        return
    tip = _tip(repository, push)
    # Where nobody is asked to sign, nothing was read: it counts as new to a ref that is protected.
    fork = _left_at(repository, tip, (branch.tip for branch in remote.branches if policy.protects(branch.ref)))
    base = home or fork
    if fork != tip and policy_at(base).protects(push.remote_ref):
        yield _asked(repository, push, tip, fork, base, remote.name_of(fork or ""))


def _asked_of_update(repository: Repository, push: Push, remote: Remote, policy_at: PolicyAt) -> Iterator[Asked]:
    there = _commit(repository, push.remote)
    if there is None:
        raise CannotDetermine(f"the remote is at {push.remote[:12]}, which is no commit that is here; run `git fetch`")
    policy, home = policy_at(there), remote.home
    if not policy.protects(push.remote_ref):
        return
    tip = _tip(repository, push)
    fork = _merge_base(repository, there, tip)
    is_told_apart = home is not None and home.tip != there and policy.protects(home.ref)
    home_fork = _merge_base(repository, home.tip, tip) if home is not None and is_told_apart else None
    if tip in (fork, home_fork):
        return
    yield _asked(repository, push, tip, fork, there, remote.name_of(there, push.remote_ref))
    # Once rebased on the default branch, or merged with it, all that came from there is new to this ref.
    if home is not None and home_fork not in (None, fork):
        yield _asked(repository, push, tip, home_fork, there, remote.name_of(home.tip, home.ref))


def _asked(repository: Repository, push: Push, tip: str, fork: str | None, base: str | None, base_name: str) -> Asked:
    old = fork or empty_tree(repository)
    name = push.local_ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    # `git push HEAD~1:main` and the like: a name is only good while it means this commit, and nothing else.
    names = (name, f"heads/{name}", tip[:12])
    name = next((each for each in names if is_plain(each) and _means(repository, each, tip)), tip)
    label = f"{base_name}...{name}" if fork is not None else f"--root {name}"
    return Asked(push, Target(TargetKind.COMMITS, old, tip, label), base)


def _means(repository: Repository, name: str, tip: str) -> bool:
    # What is no ASCII goes to git as bytes; it can be no id, and a tag beside it is git's to choose.
    return stands_for(repository, name, tip) if name.isascii() else _commit(repository, name) == tip


def _tip(repository: Repository, push: Push) -> str:
    tip = _commit(repository, push.local)
    if tip is None:
        raise CannotDetermine(
            f"{show(push.local_ref)} is no commit, and only commits can be reviewed; "
            "leave it out, or push it alone with `git push --no-verify`"
        )
    return tip


def _commit(repository: Repository, name: str) -> str | None:
    revision = f"{name}^{{commit}}".encode("utf-8", "surrogateescape")
    answer = repository.ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    return None if answer.status else answer.output.decode("ascii").strip()


def _left_at(repository: Repository, tip: str, others: Iterable[str]) -> str | None:
    """Return where the tip left what the others have: the tip itself if they have all of it, None if nothing."""
    known = sorted(set(others))
    if not known:
        return None
    lines = "\n".join([tip, *(f"^{commit}" for commit in known), ""]).encode("ascii")
    listed = repository.batch("rev-list", "--boundary", "--stdin", lines=lines).decode("ascii").split()
    if not listed:
        return tip
    # On the way from the tip, these are the first that the others have: one of them is the merge base.
    edge = [commit[1:] for commit in listed if commit.startswith("-")]
    return _merge_base(repository, tip, *edge) if len(edge) > 1 else edge[0] if edge else None


def _merge_base(repository: Repository, *commits: str) -> str | None:
    """Return the best of what these have in common. Of several, their order decides, so it is that of a range."""
    answer = repository.ask("merge-base", *commits)
    return None if answer.status else answer.output.decode("ascii").strip()
