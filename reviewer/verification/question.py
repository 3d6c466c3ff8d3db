"""What a command line asks `verify` about: which change, and whose rules judge it."""

import re
from collections.abc import Iterator

from reviewer.errors import CannotDetermine
from reviewer.receipt import DEFAULTS
from reviewer.repository import Repository, Target, branch_target, choose_target
from reviewer.repository.target import resolve_commit
from reviewer.verification.judge import Judgement, judge
from reviewer.verification.places import record_store
from reviewer.verification.rules import rules_at
from reviewer.visible import show

_DOTS = re.compile(r"\.{2,3}")
# Git finds HEAD before anything else of that name.
_AMBIGUOUS = re.compile(rb"refname '(?!HEAD')[^\n]+' is ambiguous")


def chosen_target(repository: Repository, revision: str | None) -> Target | None:
    """Return the change that a range names, or the branch against its base; None if the branch has nothing of its own.

    Raises CannotDetermine if no base is known, or what left it is not, or a name can mean two commits.
    """
    if revision is not None:
        for name in _DOTS.split(revision, maxsplit=1):
            _check_name(repository, name)
        return choose_target(repository, revision)
    target = branch_target(repository)
    if target is None:
        _check_bases(repository)
    return target


def target_commit(repository: Repository, target: Target, ref: str | None) -> str | None:
    """Return the commit whose policy judges: the one `ref` names, else the left side of the range."""
    if ref is not None:
        _check_name(repository, ref)
        return resolve_commit(repository, ref)
    parts = _DOTS.split(target.label, maxsplit=1)
    if len(parts) == 2:
        return resolve_commit(repository, parts[0] or "HEAD")
    return target.old if repository.ask("cat-file", "-e", f"{target.old}^{{commit}}").status == 0 else None


def judged_for(repository: Repository, target: Target, commit: str | None) -> Judgement:
    """Judge a change by the rules of a commit of its target, on every record there is."""
    return judge(repository, target, rules_at(repository, commit), record_store(repository, target.new))


def _check_name(repository: Repository, name: str) -> None:
    """Refuse a name that is a branch and a tag: git takes the tag, which may have come with the proposal."""
    settings = ("core.warnAmbiguousRefs=true",)
    answer = repository.ask("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", settings=settings)
    if answer.status == 0 and _AMBIGUOUS.search(answer.error):
        raise CannotDetermine(
            f"{show(name)!r}: names more than one thing, such as a branch and a tag; "
            "write it in full, such as refs/heads/main or refs/remotes/origin/main"
        )


def _check_bases(repository: Repository) -> None:
    """Make sure that the branch has nothing of its own: some base holds it, and all have an ancestor with it."""
    forks = [repository.ask("merge-base", base, "HEAD").status for base in _bases(repository)]
    if not forks:
        raise CannotDetermine("no upstream and no default branch to compare with; name a range, such as main...HEAD")
    if any(forks):
        raise CannotDetermine(
            "the branch has no common ancestor with its base; in a shallow clone run `git fetch --unshallow`"
        )


def _bases(repository: Repository) -> Iterator[str]:
    """Yield what there is to compare with, except the branch itself."""
    head = repository.ask("symbolic-ref", "--quiet", "HEAD").output.decode("utf-8", "surrogateescape").strip()
    for name in ("@{upstream}", *DEFAULTS):
        if name != head and repository.ask("rev-parse", "--verify", "--quiet", name).status == 0:
            yield name
