"""What a command line asks `verify` about: which change, and whose rules judge it."""

import re

from reviewer.errors import CannotDetermine
from reviewer.repository import Repository, Target, branch_target, choose_target
from reviewer.repository.target import resolve_commit
from reviewer.verification.judge import Judgement, judge
from reviewer.verification.places import record_store
from reviewer.verification.rules import rules_at

_DOTS = re.compile(r"\.{2,3}")


def chosen_target(repository: Repository, revision: str | None) -> Target | None:
    """Return the change that a range names, or the branch against its base; None if the branch has nothing of its own.

    Raises CannotDetermine if no base is known.
    """
    if revision is not None:
        return choose_target(repository, revision)
    target = branch_target(repository)
    if target is None and not _has_base(repository):
        raise CannotDetermine("no upstream and no default branch to compare with; name a range, such as main...HEAD")
    return target


def target_commit(repository: Repository, target: Target, ref: str | None) -> str | None:
    """Return the commit whose policy judges: the one `ref` names, else the left side of the range."""
    if ref is not None:
        return resolve_commit(repository, ref)
    parts = _DOTS.split(target.label, maxsplit=1)
    if len(parts) == 2:
        return resolve_commit(repository, parts[0] or "HEAD")
    return target.old if repository.ask("cat-file", "-e", f"{target.old}^{{commit}}").status == 0 else None


def judged_for(repository: Repository, target: Target, commit: str | None) -> Judgement:
    """Judge a change by the rules of a commit of its target, on every record there is."""
    return judge(repository, target, rules_at(repository, commit), record_store(repository, target.new))


def _has_base(repository: Repository) -> bool:
    upstream = repository.ask("rev-parse", "--verify", "--quiet", "@{upstream}")
    return upstream.status == 0
