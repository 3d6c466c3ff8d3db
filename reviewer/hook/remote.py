"""What the other side of a push had when it was last looked at."""

import os
import re
from dataclasses import dataclass

from reviewer.repository import Repository
from reviewer.visible import show

_DEFAULT_NAMES = ("main", "master")
_HEADS = "refs/heads/"
_SSH_SIGNS = ("ssh://", "git+ssh://", "ssh+git://")
_PLAIN = re.compile(r"\w[\w./@%+=,~^-]*")


@dataclass(frozen=True, slots=True)
class Branch:
    """`name` is what it is called here, such as `origin/main`; `ref` is what the remote calls it."""

    name: str
    ref: str
    tip: str


@dataclass(frozen=True, slots=True)
class Remote:
    """`home` is the branch whose policy holds for what has none of its own yet.

    Of an address that belongs to no remote of this repository, nothing is known.
    """

    branches: tuple[Branch, ...] = ()
    home: Branch | None = None

    def name_of(self, commit: str, ref: str = "") -> str:
        """Return a name the user knows for a commit, that of `ref` if it may be, else the beginning of its id."""
        branches = sorted(self.branches, key=lambda branch: (branch.ref != ref, branch != self.home))
        names = (branch.name for branch in branches if branch.tip == commit and is_plain(branch.name))
        return next(names, commit[:12])


def is_plain(name: str) -> bool:
    """True for what a shell takes as it is: whoever copies a command must not run the name of a branch."""
    return _PLAIN.fullmatch(name) is not None and show(name) == name


def look_at(repository: Repository, name_or_address: str) -> Remote:
    """Return what is known of what git calls the remote: its name, or the address that was given."""
    name = _name(repository, os.fsencode(name_or_address).decode("utf-8", "surrogateescape"))
    if name is None:
        return Remote()
    prefix = f"refs/remotes/{name}/"
    form = "--format=%(objectname) %(symref) %(refname)"
    listed = repository.run("for-each-ref", form, prefix.encode("utf-8", "surrogateescape"))
    rows = [line.split(" ") for line in listed.decode("utf-8", "surrogateescape").splitlines()]
    head = next((symref for _, symref, ref in rows if ref == f"{prefix}HEAD"), "")
    branches = {
        ref.removeprefix(prefix): Branch(ref.removeprefix("refs/remotes/"), _HEADS + ref.removeprefix(prefix), oid)
        for oid, symref, ref in rows
        if not symref
    }
    homes = (branches.get(default) for default in (head.removeprefix(prefix), *_DEFAULT_NAMES))
    return Remote(tuple(branches.values()), next((home for home in homes if home is not None), None))


def is_over_ssh(address: str) -> bool:
    """True for what git reaches over ssh, `host:path` among it."""
    host, colon, _ = address.partition(":")
    return address.startswith(_SSH_SIGNS) or (bool(colon) and "/" not in host and "://" not in address)


def _name(repository: Repository, name_or_address: str) -> str | None:
    """Return the name of a remote of this repository that git would fetch from there."""
    listed = repository.ask("config", "-z", "--get-regexp", r"^remote\.").output.decode("utf-8", "surrogateescape")
    settings = [setting.partition("\n")[::2] for setting in listed.split("\0")[:-1]]
    keys = [(key.removeprefix("remote.").rpartition("."), value) for key, value in settings]
    named = {name: name for (name, _, _), _ in keys}
    addressed = {value: name for (name, _, field), value in reversed(keys) if field == "url"}
    return (addressed | named).get(name_or_address)
