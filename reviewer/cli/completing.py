"""What a shell is offered while somebody types: names of revisions, rules, remotes, reviews.

It is asked at every press of tab, in any folder: it never says why it has nothing to offer. Names come from a
repository that may be hostile, so only those are offered that no shell reads anything into.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    from reviewer.repository import Repository

# Where a command keeps what stands behind `--`.
BEHIND_DASHES = "reviewer.paths"

_HARMLESS = re.compile(r"[\w.@%+/][\w.@%+/-]*")
_RANGE = re.compile(r"(.*?\.\.\.?)?(.*)", re.DOTALL)
_MOST = 2_000


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    return [CompletionItem(incomplete, type="file")]


def revisions(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer branches, tags and HEAD, at either end of a range; files behind `--`."""
    if BEHIND_DASHES in context.meta:
        return files(context, parameter, incomplete)
    start, name = _split(incomplete)
    names = _from_git(
        "for-each-ref", f"--count={_MOST}", "--format=%(refname)", "refs/heads", "refs/tags", "refs/remotes"
    )
    return _offered(("HEAD", *map(_short, names)), name, start)


def refs(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    names = _from_git("for-each-ref", f"--count={_MOST}", "--format=%(refname)", "refs/heads", "refs/remotes")
    return _offered(map(_short, names), incomplete)


def remotes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    return _offered(_from_git("remote"), incomplete)


def push_words(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer what `git push` takes: first a remote, then refs."""
    said = [word for word in context.params.get("arguments", ()) if not str(word).startswith("-")]
    return refs(context, parameter, incomplete) if said else remotes(context, parameter, incomplete)


def rule_ids(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from reviewer.analysis.manual import slugs

    return _offered(slugs(), incomplete)


def checklists(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from reviewer.checklist import built_in_checklists

    return _offered((checklist.id for checklist in built_in_checklists()), incomplete)


def reviews(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    repository = _repository()
    if repository is None:
        return []
    from reviewer.session.opening import store_for

    try:
        return _offered(store_for(repository, repository.folder).reviews(), incomplete)
    except (ReviewerError, OSError):
        return []


def _offered(names: Iterable[str], incomplete: str, start: str = "") -> list[CompletionItem[str]]:
    fitting = (name for name in names if name.startswith(incomplete) and _HARMLESS.fullmatch(name))
    return [CompletionItem(f"{start}{name}") for name in dict.fromkeys(fitting)]


def _split(incomplete: str) -> tuple[str, str]:
    """Return the first end of a range with its dots, if there is one, and the name that is being typed."""
    found = _RANGE.fullmatch(incomplete)
    return (found[1] or "", found[2]) if found else ("", incomplete)


def _short(ref: str) -> str:
    return ref.removeprefix("refs/").partition("/")[2]


def _from_git(*question: str) -> list[str]:
    repository = _repository()
    if repository is None:
        return []
    try:
        return repository.run(*question).decode("utf-8", "replace").splitlines()
    except ReviewerError:
        return []


def _repository() -> "Repository | None":
    from reviewer.repository import discover

    try:
        return discover(Path.cwd())
    except (ReviewerError, OSError):
        return None
