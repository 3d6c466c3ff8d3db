"""Where configuration lies, and whose counts.

A change must not choose the rules it is looked at with: where it touches the repository's configuration, that
is read as it was before.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from reviewer.configuration.model import Configuration
from reviewer.diff.model import Diff
from reviewer.errors import ConfigInvalid
from reviewer.repository import Repository, Texts
from reviewer.repository.journals import file_in_commit
from reviewer.visible import show

_OWN_FILE = b".reviewer.toml"
_PYPROJECT = b"pyproject.toml"
_IN_PYPROJECT = ("tool", "reviewer")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class _Source:
    """`place` is what people call it; `within` leads to its tables."""

    raw: bytes
    place: str
    within: tuple[str, ...] = ()


def configuration_for(
    repository: Repository | None, diff: Diff, base: str | None, environment: Mapping[str, str] = os.environ
) -> Configuration:
    """Return the repository's choices over the user's. Raises ConfigInvalid with every mistake in their files.

    `base` is the older end of the change.
    """
    merged = Configuration()
    for layer in layers_for(repository, diff, base, environment):
        merged = layer.over(merged)
    return merged


def layers_for(
    repository: Repository | None, diff: Diff, base: str | None, environment: Mapping[str, str] = os.environ
) -> tuple[Configuration, ...]:
    """Return what each file says, the weightiest last. Raises ConfigInvalid with every mistake in all of them."""
    sources = [*_of_user(environment), *(_of_repository(repository, diff, base) if repository is not None else ())]
    layers, mistakes = list[Configuration](), list[str]()
    for source in sources:
        # Most people have no such file, and need not wait for what reads it.
        from reviewer.configuration.read import read_configuration

        try:
            layers.append(read_configuration(source.raw, source.place, source.within))
        except ConfigInvalid as error:
            mistakes += error.mistakes
    if mistakes:
        raise ConfigInvalid(mistakes)
    return tuple(layers)


def user_file(environment: Mapping[str, str]) -> Path:
    named = environment.get("REVIEWER_CONFIG")
    return Path(named) if named else platformdirs.user_config_path("git-reviewer") / "config.toml"


def _of_user(environment: Mapping[str, str]) -> Iterator[_Source]:
    file = user_file(environment)
    try:
        with file.open("rb") as opened:
            yield _Source(opened.read(_LARGEST + 1), show(str(file)))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigInvalid([f"{show(str(file))}: cannot be read ({error.strerror})"]) from error


def _of_repository(repository: Repository, diff: Diff, base: str | None) -> Iterator[_Source]:
    """Yield the files there are, the weightiest last."""
    changed = {path for file in diff.files for path in (file.old_path, file.new_path)}
    for name, within in ((_PYPROJECT, _IN_PYPROJECT), (_OWN_FILE, ())):
        place = show(name)
        if name not in changed:
            raw = Texts(repository).on_disk(name)
        else:
            raw = file_in_commit(repository, base, name, _LARGEST) if base is not None else None
            place = f"{(base or '')[:12]}:{place}"
        if raw is not None and (name == _OWN_FILE or b"tool.reviewer" in raw):
            yield _Source(raw, place, within)
