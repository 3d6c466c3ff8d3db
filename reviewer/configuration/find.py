"""Where configuration lies, and whose counts.

A change must not choose the rules it is looked at with: where it touches the repository's configuration, that
is read as it was before.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from reviewer.configuration.model import Configuration, Layers, laid_together
from reviewer.configuration.preferences import KeyCheck, no_mistakes
from reviewer.configuration.words import said_by, said_in
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
    return laid_together(layers_for(repository, diff, base, environment))


def layers_for(
    repository: Repository | None,
    diff: Diff,
    base: str | None,
    environment: Mapping[str, str] = os.environ,
    *,
    flags: Mapping[str, str] | None = None,
    check_keys: KeyCheck = no_mistakes,
    needs_rules: bool = True,
) -> tuple[Configuration, ...]:
    """Return what user, repository, environment and flags say, the weightiest last.

    Raises ConfigInvalid with every mistake in all of them. Where the rules are not needed, those of the
    repository alone are no reason: a user must be able to read the change that mends them.
    """
    own = _read(_of_user(environment), is_users_own=True, check_keys=check_keys)
    theirs = _read(_of_repository(repository, diff, base), is_users_own=False) if repository is not None else Layers()
    said, flagged = said_in(environment), said_by(flags or {})
    if own.mistakes or said.mistakes or flagged.mistakes or (needs_rules and theirs.mistakes):
        raise ConfigInvalid([*own.mistakes, *theirs.mistakes, *said.mistakes, *flagged.mistakes])
    return (*own.layers, *theirs.layers, *said.layers, *flagged.layers)


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


def _read(sources: Iterator[_Source], *, is_users_own: bool, check_keys: KeyCheck = no_mistakes) -> Layers:
    layers, mistakes = list[Configuration](), list[str]()
    try:
        for source in sources:
            # Most people have no such file, and need not wait for what reads it.
            from reviewer.configuration.read import read_configuration

            try:
                layers.append(
                    read_configuration(
                        source.raw, source.place, source.within, is_users_own=is_users_own, check_keys=check_keys
                    )
                )
            except ConfigInvalid as error:
                mistakes += error.mistakes
    except ConfigInvalid as error:
        mistakes += error.mistakes
    return Layers(tuple(layers), tuple(mistakes))
