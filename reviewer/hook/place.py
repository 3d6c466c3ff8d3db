"""Where git looks for hooks: the folder itself, links followed, and how far a file in it reaches."""

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.repository import Repository
from reviewer.visible import show

HOOK = "pre-push"


class Reach(Enum):
    """Who is concerned by what is written into a hook folder."""

    REPOSITORY = "repository"
    WORKTREE = "worktree"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class HookPlace:
    """`scope` is the configuration that names the folder, as git calls it; None where git's default holds."""

    folder: Path
    reach: Reach
    scope: str | None

    @property
    def hook(self) -> Path:
        return self.folder / HOOK

    @property
    def origin(self) -> str:
        return f"core.hooksPath of the {self.scope} configuration" if self.scope else "git's default"


def find_place(repository: Repository) -> HookPlace:
    """Return the folder git would take `pre-push` from if it pushed here.

    Raises ReviewerError where hooks are switched off, or a link in the working tree chooses the folder.
    """
    setting = _setting(repository)
    scope, named = setting or (None, str(repository.common_dir / "hooks"))
    if not named:
        # Git then looks for /pre-push.
        raise ReviewerError(f"core.hooksPath of the {scope} configuration is empty: no hook runs here; {_UNSET}")
    # A hook runs at the top of the working tree, or in a bare repository.
    path = (repository.top or repository.git_dir) / named
    place = _place(repository, path, scope)
    folder = place.folder
    if folder.exists() and not folder.is_dir():
        raise ReviewerError(f"{show(str(folder))}: {place.origin} names no folder: no hook runs here; {_UNSET}")
    if _is_led_astray(repository, path, folder):
        raise ReviewerError(
            f"{show(str(path))}: a symbolic link in the working tree leads to {show(str(folder))}, "
            f"which the repository chose, not you; remove the link, or {_UNSET}"
        )
    return place


def default_place(repository: Repository) -> HookPlace:
    """Return the folder git takes hooks from where nothing is configured."""
    return _place(repository, repository.common_dir / "hooks", None)


_UNSET = "set core.hooksPath to a folder of hooks, or unset it"


def _place(repository: Repository, path: Path, scope: str | None) -> HookPlace:
    folder = Path(os.path.realpath(path))
    return HookPlace(folder, _reach(repository, folder), scope)


def _setting(repository: Repository) -> tuple[str, str] | None:
    """Return scope and value of core.hooksPath; `~` is expanded by git."""
    answer = repository.run("config", "--show-scope", "-z", "--type=path", "--get-all", "core.hooksPath")
    fields = os.fsdecode(answer).split("\0")[:-1]
    # Our own git runs no hooks, which is said on its command line: the last value is not the user's.
    pairs = list(zip(fields[::2], fields[1::2], strict=True))[:-1]
    return pairs[-1] if pairs else None


def _reach(repository: Repository, folder: Path) -> Reach:
    homes = [Path(os.path.realpath(home)) for home in (repository.common_dir, repository.git_dir)]
    if any(folder.is_relative_to(home) for home in homes):
        return Reach.REPOSITORY
    if repository.top is not None and folder.is_relative_to(os.path.realpath(repository.top)):
        return Reach.WORKTREE
    return Reach.BEYOND


def _is_led_astray(repository: Repository, path: Path, folder: Path) -> bool:
    """True if a link below the top of the working tree leads elsewhere: links above it are the user's own."""
    if repository.top is None:
        return False
    top = Path(os.path.realpath(repository.top))
    named = Path(os.path.normpath(path))
    for parent in (named, *named.parents):
        if Path(os.path.realpath(parent)) == top:
            below = named.relative_to(parent)
            # What lies in `.git` no clone brings along.
            return below.parts[:1] != (".git",) and top / below != folder
    return False
