"""What git may run to fetch the objects a partial clone lacks: no program that the clone's own configuration names.

Merely looking at such a clone makes git ask its remote, with whatever command stands in `.git/config`, which may have
come with the repository.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Only with one of these in it can a configuration make git fetch by itself; an `include` may bring them.
_MAY_FETCH = re.compile(rb"promisor|partialclone|include", re.IGNORECASE)
_LOCAL = ("local", "worktree")
_PROGRAMS = (
    r"^(core\.(sshcommand|askpass)|credential\..*helper|remote\..*\.(uploadpack|promisor)|extensions\.partialclone)$"
)
_DEFAULTS = {"sshcommand": "ssh", "askpass": "", "helper": ""}
# Of the ways to a remote, those that start no program of someone's choice: `ext::` and other helpers do.
_PROTOCOLS = "file:http:https:ssh"
# Of two settings for the program at the other end, git takes the first: it cannot be put right, only never asked for.
_WITHOUT_UPLOADPACK = "http:https"


@dataclass(frozen=True, slots=True)
class Guards:
    """For every call of git: `settings` of configuration, and the `protocols` it may fetch by; None for any."""

    settings: tuple[str, ...] = ()
    protocols: str | None = None


def guards_of(common_dir: Path, ask: Callable[..., bytes]) -> Guards:
    """Return what takes such programs out of a partial clone's configuration; nothing for other clones.

    What the user's own configuration says of them is kept. `ask` runs git and gives its output, empty if it fails.
    """
    if not _may_fetch(common_dir / "config") and not _may_fetch(common_dir / "config.worktree"):
        return Guards()
    listed = ask("config", "--show-scope", "-z", "--get-regexp", _PROGRAMS).decode("utf-8", "surrogateescape")
    fields = listed.split("\0")
    entries = [(scope, *entry.partition("\n")[::2]) for scope, entry in zip(fields[0::2], fields[1::2], strict=False)]
    if not any(key.endswith(("promisor", "partialclone")) for _, key, _ in entries):
        return Guards()
    own = dict.fromkeys(key for scope, key, _ in entries if scope in _LOCAL)
    settings = (setting for key in own if _kind(key) in _DEFAULTS for setting in _harmless(key, entries))
    has_uploadpack = any(_kind(key) == "uploadpack" for key in own)
    return Guards(tuple(settings), _WITHOUT_UPLOADPACK if has_uploadpack else _PROTOCOLS)


def _harmless(key: str, entries: Sequence[tuple[str, str, str]]) -> Sequence[str]:
    """Return the settings that put a key back to what the user's own configuration says, or to git's default."""
    users = [value for scope, name, value in entries if name == key and scope not in _LOCAL]
    if _kind(key) == "helper":
        # An empty one takes all helpers before it off the list.
        return [f"{key}=", *(f"{key}={value}" for value in users)]
    return [f"{key}={users[-1] if users else _DEFAULTS[_kind(key)]}"]


def _kind(key: str) -> str:
    return key.rpartition(".")[2]


def _may_fetch(config: Path) -> bool:
    try:
        return _MAY_FETCH.search(config.read_bytes()) is not None
    except OSError:
        return False
