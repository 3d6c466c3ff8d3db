"""What the index and the working tree hold beyond the commits, looked at without starting a program."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviewer.errors import CannotDetermine
from reviewer.repository.git import Repository
from reviewer.visible import show

_FILE = b"100644"
_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Strays:
    """Paths git has no single version of: in no commit and no index yet, or left open by a merge."""

    untracked: tuple[bytes, ...]
    unmerged: frozenset[bytes]


def filters_off(repository: Repository) -> tuple[str, ...]:
    """Return the settings that keep git from running the clean filters configured for this user.

    `* filter=x` in a repository picks among them, and git runs it merely to compare a file.
    """
    answer = repository.ask("config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.")
    keys = answer.output.decode("utf-8", "surrogateescape").split("\0")[:-1]
    names = sorted({key.removeprefix("filter.").rpartition(".")[0] for key in keys})
    for name in names:
        # Git cuts `-c name=value` at the first sign, so such a filter could not be turned off.
        if "=" in name:
            raise CannotDetermine(f'filter "{show(name)}": "=" in its name; rename it in the git configuration')
    return tuple(
        f"filter.{name}.{setting}" for name in names for setting in ("clean=", "smudge=", "process=", "required=false")
    )


def strays(repository: Repository, paths: tuple[bytes, ...], index: Mapping[str, str]) -> Strays:
    """Return the untracked and the unmerged paths among `paths`; ignored files are neither."""
    listed = repository.run(
        "ls-files", "--others", "--unmerged", "--exclude-standard", "-t", "-z", "--", *paths, environment=index
    )
    untracked: list[bytes] = []
    unmerged: set[bytes] = set()
    for entry in listed.split(b"\0")[:-1]:
        if entry.startswith(b"? "):
            untracked.append(entry[2:])
        else:
            unmerged.add(entry.split(b"\t", 1)[1])
    return Strays(tuple(untracked), frozenset(unmerged))


def add_to_index(
    repository: Repository,
    paths: Iterable[bytes],
    unknown_oid: str,
    *,
    index: Mapping[str, str],
    settings: tuple[str, ...],
) -> None:
    """Let the scratch index name these paths under an id no content has, so that git looks at the files.

    `git add --intent-to-add` would write an object, and stop at the first path it dislikes.
    """
    lines = b"".join(_entry(path, unknown_oid) for path in paths)
    if lines:
        repository.batch("update-index", "-z", "--index-info", lines=lines, environment=index, settings=settings)


def _entry(path: bytes, oid: str) -> bytes:
    # Git ends the name of a repository inside this one with a slash.
    mode = _SUBMODULE if path.endswith(b"/") else _FILE
    return b"%s %s\t%s\0" % (mode, oid.encode(), path.removesuffix(b"/"))
