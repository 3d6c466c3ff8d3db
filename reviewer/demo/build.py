"""Makes the demo's repository out of the files in `before/` and `after/`, byte for byte the same everywhere.

They carry the suffix `.txt` so that no linter, type checker or test runner takes them for our own code.
`after/` holds only the files whose text the change touches.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.repository import Repository
from reviewer.visible import show

BASE, TIP = "main", "faster-checkout"
RANGE = f"{BASE}...{TIP}"

_MOVED = ("docs/packing.md", "docs/packing-list.md")
_MADE_EXECUTABLE = "bin/nightly-report"


@dataclass(frozen=True, slots=True)
class _Commit:
    author: str
    date: str
    message: str


_FIRST = _Commit("Mira Holt", "2026-03-02T09:12:00+01:00", "Open the shop\n")
_CHANGE = _Commit(
    "Jonas Weil",
    "2026-03-06T17:48:00+01:00",
    """\
Make checkout faster and add the spring offers

Asked for by the shop:

> When the payment provider is slow, one customer's payment holds up
> everybody else's. Please make checkout async, and try again when the
> provider does not answer. Check that its callbacks are genuine, too.
>
> From Monday on, shipping is free from 50.00 on, ten pieces or more
> are 5 % cheaper (gift cards neither count nor get cheaper), and
> every parcel gets a sample bag. If something is sold out, say what.
>
> For the meeting we need the average basket, the orders that wait for
> their parcel, and all orders of one customer.

What I did:

- Checkout and payment are async. Up to three attempts, which share an
  idempotency key, so that nobody is ever charged twice.
- Spring offers as asked, VAT included.
- A sold-out order names the tea. The warehouse learns what to pick.
- Three new figures for the report; its month is easier to follow now.
- Tidied up: a clearer name for the packing list, and the nightly
  report can be executed.

All existing tests pass.

Co-authored-by: Steepwise AI Assistant <assistant@steepwise.example>
""",
)


def build_demo(folder: Path) -> Repository:
    """Make the repository in an existing, empty folder and return it with the change checked out.

    Raises ReviewerError for any other folder, so that nothing of the user's is ever touched.
    """
    if not folder.is_dir():
        raise ReviewerError(f"{show(str(folder))}: is no folder; make it first, or name another one")
    if any(folder.iterdir()):
        raise ReviewerError(f"{show(str(folder))}: is not empty; the demo needs a new or an empty folder")
    top = folder.resolve()
    repository = Repository(top, top, top / ".git", top / ".git", b"")
    _git(repository, "init", "--quiet", "--template=", "--object-format=sha1", f"--initial-branch={BASE}")
    # The reviewer's own settings act on the demo again later; these would change or refuse what lies there.
    for name in ("core.autocrlf", "commit.gpgSign"):
        _git(repository, "config", name, "false")
    _write(top, "before")
    _commit(repository, _FIRST)
    _git(repository, "checkout", "--quiet", "-b", TIP)
    _write(top, "after")
    _git(repository, "mv", *_MOVED)
    top.joinpath(_MADE_EXECUTABLE).chmod(0o755)
    # Where the file system keeps no modes, only the index can.
    _git(repository, "update-index", "--chmod=+x", _MADE_EXECUTABLE)
    _commit(repository, _CHANGE)
    return repository


def _commit(repository: Repository, commit: _Commit) -> None:
    mail = f"{commit.author.partition(' ')[0].lower()}@leaf-and-kettle.example"
    people = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", commit.author), ("EMAIL", mail), ("DATE", commit.date))
    }
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--cleanup=verbatim", f"--message={commit.message}", environment=people)


def _git(repository: Repository, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
    repository.run(*arguments, environment={**_without_user(repository), **(environment or {})})


def _without_user(repository: Repository) -> Mapping[str, str]:
    """Return an environment in which git finds no settings but the repository's, and no other repository."""
    git_dir = str(repository.git_dir)
    return {
        # GIT_CONFIG_GLOBAL is newer than git 2.30; without it, settings are looked for in these two.
        "HOME": git_dir, "XDG_CONFIG_HOME": git_dir, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "0", "GIT_CONFIG_PARAMETERS": "", "GIT_ATTR_NOSYSTEM": "1",
        # Git sets these for hooks and aliases; inherited, they would lead to the user's own repository.
        "GIT_DIR": git_dir, "GIT_WORK_TREE": str(repository.top), "GIT_INDEX_FILE": str(repository.git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(repository.git_dir / "objects"), "GIT_COMMON_DIR": git_dir,
    }  # fmt: skip


def _write(top: Path, state: str) -> None:
    for path, text in _texts(files("reviewer.demo") / state):
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        file.chmod(0o644)


def _texts(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _texts(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".txt"):
            yield path + entry.name.removesuffix(".txt"), entry.read_bytes()
