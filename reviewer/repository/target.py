"""What a review looks at: two states of the repository, named once and resolved to object ids."""

import os
import re
from dataclasses import dataclass
from enum import Enum

from reviewer.errors import CannotDetermine, UnknownRevision
from reviewer.repository.git import Repository
from reviewer.visible import show

_WHOLE_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DEFAULT_BRANCHES = (
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)


class TargetKind(Enum):
    WORKTREE = "worktree"
    STAGED = "staged"
    COMMITS = "commits"


@dataclass(frozen=True, slots=True)
class Target:
    """`old` and `new` are object ids of trees or commits; `new` is None for the index and the working tree.

    `paths` are literal, relative to the top of the working tree. `label` is what the user calls it.
    """

    kind: TargetKind
    old: str
    new: str | None
    label: str
    paths: tuple[bytes, ...] = ()


def choose_target(
    repository: Repository,
    revision: str | None = None,
    *,
    kind: TargetKind | None = None,
    root: bool = False,
    paths: tuple[bytes, ...] = (),
) -> Target:
    """Return the target a command line names; without any, the working tree against HEAD.

    Raises UnknownRevision for a name git does not know.
    """
    inside = tuple(_from_top(repository, path) for path in paths)
    if revision is None or kind in (TargetKind.STAGED, TargetKind.WORKTREE):
        return _uncommitted(repository, inside, is_staged=kind is TargetKind.STAGED)
    old, new = (empty_tree(repository), resolve_commit(repository, revision)) if root else _ends(repository, revision)
    return Target(TargetKind.COMMITS, old, new, revision, inside)


def branch_target(repository: Repository, paths: tuple[bytes, ...] = ()) -> Target | None:
    """Return the current branch against where it left its upstream or the default branch.

    None if the branch has no commit of its own, or there is nothing to compare with.
    """
    head = _try_commit(repository, "HEAD")
    if head is None:
        return None
    for base in ("@{upstream}", _remote_head(repository), *_DEFAULT_BRANCHES):
        tip = _try_commit(repository, base) if base else None
        if tip is None:
            continue
        fork = _merge_base(repository, tip, head)
        if fork is not None and fork != head:
            inside = tuple(_from_top(repository, path) for path in paths)
            name = _short_name(repository, base or "")
            return Target(TargetKind.COMMITS, fork, head, f"{name}...HEAD", inside)
    return None


def empty_tree(repository: Repository) -> str:
    """Return the id of the empty tree, which differs between SHA-1 and SHA-256 repositories."""
    return repository.run("hash-object", "-t", "tree", "/dev/null").decode().strip()


def _uncommitted(repository: Repository, paths: tuple[bytes, ...], *, is_staged: bool) -> Target:
    if repository.top is None:
        raise CannotDetermine("a bare repository has no working tree; name a commit or a range")
    head = _head_or_empty(repository)
    if is_staged:
        return Target(TargetKind.STAGED, head, None, "staged changes", paths)
    return Target(TargetKind.WORKTREE, head, None, "uncommitted changes", paths)


def _ends(repository: Repository, revision: str) -> tuple[str, str]:
    if "..." in revision:
        left, right = (resolve_commit(repository, name or "HEAD") for name in revision.split("...", 1))
        fork = _merge_base(repository, left, right)
        if fork is None:
            raise CannotDetermine(
                f"{show(revision)}: no common ancestor; in a shallow clone run `git fetch --unshallow`"
            )
        return fork, right
    if ".." in revision:
        left, right = (resolve_commit(repository, name or "HEAD") for name in revision.split("..", 1))
        return left, right
    commit = resolve_commit(repository, revision)
    parent = _try_commit(repository, f"{commit}^1")
    if parent is None and _has_parent(repository, commit):
        raise CannotDetermine(
            f"{show(revision)}: its parent is not here; in a shallow clone run `git fetch --unshallow`"
        )
    return parent or empty_tree(repository), commit


def resolve_commit(repository: Repository, name: str) -> str:
    """Return the commit's id. Raises UnknownRevision for a name that git does not know, or knows twice."""
    _refuse_if_ambiguous(repository, name)
    commit = _try_commit(repository, name)
    if commit is None:
        raise UnknownRevision(f"{show(name)!r}: git knows no such commit or range; for a path write `-- {show(name)}`")
    return commit


def stands_for(repository: Repository, name: str, commit: str) -> bool:
    """True if the name means that commit and nothing else."""
    try:
        return resolve_commit(repository, name) == commit
    except UnknownRevision:
        return False


def _refuse_if_ambiguous(repository: Repository, name: str) -> None:
    """Raise if the name stands for a branch and a tag, or begins several ids: git would choose, or not say why not."""
    # What lies in the git folder itself, and a whole id, come before any branch of that name.
    if name.startswith("-") or name == "HEAD" or _WHOLE_ID.fullmatch(name):
        return
    said = repository.ask(
        "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", settings=("core.warnAmbiguousRefs=true",)
    ).error
    if b"short object ID" in said:
        raise UnknownRevision(f"{show(name)!r}: several objects begin like that; write more of the id")
    if b"is ambiguous" in said:
        how = "write `heads/NAME`, `tags/NAME` or the whole id"
        raise UnknownRevision(f"{show(name)!r}: a branch, a tag or an id have that name, more than one; {how}")


def _try_commit(repository: Repository, name: str) -> str | None:
    # A name that looks like an option could make git write files: CVE-2022-24439 and its kin.
    if name.startswith("-"):
        return None
    answer = repository.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return None if answer.status else answer.output.decode("ascii").strip()


def _has_parent(repository: Repository, commit: str) -> bool:
    header = repository.run("cat-file", "commit", commit).split(b"\n\n", 1)[0]
    return b"\nparent " in header


def _merge_base(repository: Repository, left: str, right: str) -> str | None:
    answer = repository.ask("merge-base", left, right)
    return None if answer.status else answer.output.decode("ascii").strip()


def _head_or_empty(repository: Repository) -> str:
    head = _try_commit(repository, "HEAD")
    if head is None and not repository.ask("rev-parse", "--verify", "--quiet", "HEAD").status:
        raise CannotDetermine("HEAD: its commit is missing or damaged; run `git fsck`")
    return head or empty_tree(repository)


def _remote_head(repository: Repository) -> str | None:
    answer = repository.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    return None if answer.status else answer.output.decode("utf-8", "surrogateescape").strip()


def _short_name(repository: Repository, name: str) -> str:
    answer = repository.ask("rev-parse", "--abbrev-ref", "--verify", "--quiet", "--end-of-options", name)
    short = answer.output.decode("utf-8", "surrogateescape").replace("--end-of-options", "").strip()
    return short or name


def _from_top(repository: Repository, path: bytes) -> bytes:
    """Return a path the user gave, relative to the top; git's own rule for a folder is kept."""
    if path.startswith(b"/") and repository.top is not None:
        path, prefix = os.path.relpath(path, os.fsencode(repository.top)), b""
    else:
        prefix = repository.prefix
    parts: list[bytes] = []
    for part in (prefix + path).split(b"/"):
        if part == b"..":
            if not parts:
                raise CannotDetermine(f"{show(path)}: lies outside the repository")
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts) or b"."
