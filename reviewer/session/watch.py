"""Whether the change under review is still what is shown: a cheap look, and a reading only where that differs."""

import os
from collections.abc import Iterator

from reviewer.diff.identity import ScopeId, scope_of
from reviewer.session.subject import Subject

# A look costs a few microseconds a file; what lies beyond is not looked at.
_MOST_FILES = 1_000
# Git writes one of these whenever the index, HEAD or the branch it stands on moves.
_OF_GIT = ("index", "HEAD", "logs/HEAD")

_Facts = tuple[int, int, int] | None


class Watch:
    """What the places looked like from which the subject was read: git's own files, the changed ones, their folders."""

    def __init__(self, subject: Subject, scope: ScopeId) -> None:
        self._scope = scope
        self._places = tuple(_places(subject))
        self._seen = self._look()

    def has_moved(self) -> bool:
        """True if something was written there since the last look; the change may be the same all the same."""
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def is_another(self, subject: Subject | None) -> bool:
        """True if what was read again has other edits than what is shown."""
        return subject is None or scope_of(subject.diff).id != self._scope

    def _look(self) -> tuple[_Facts, ...]:
        return tuple(_facts(place) for place in self._places)


def _places(subject: Subject) -> Iterator[bytes]:
    repository = subject.repository
    if repository is None or subject.is_patch:
        return
    for name in _OF_GIT:
        yield os.fsencode(repository.git_dir / name)
    if subject.new is not None or repository.top is None:
        return
    top = os.fsencode(repository.top)
    paths = [file.path for file in subject.diff.files[:_MOST_FILES]]
    yield from dict.fromkeys(os.path.dirname(os.path.join(top, path)) for path in (b"x", *paths))  # noqa: PTH118, PTH120 - bytes
    yield from (os.path.join(top, path) for path in paths)  # noqa: PTH118 - bytes


def _facts(place: bytes) -> _Facts:
    try:
        found = os.lstat(place)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
