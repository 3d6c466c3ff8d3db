"""The git whose first lines were drawn goes on: the walk takes its patch, if that is the one it wants."""

import os

from reviewer.preview.running import Running

_begun: Running | None = None


def keep(running: Running) -> None:
    """Let it go on until somebody takes it."""
    global _begun  # noqa: PLW0603 - a process has one first screen
    _begun = running


def take(folder: str) -> Running | None:
    """Return what was begun for the repository in `folder`, once; it writes a patch of two of its trees."""
    global _begun  # noqa: PLW0603
    begun = _begun
    if begun is None or os.path.realpath(begun.folder) != os.path.realpath(folder):
        return None
    _begun = None
    return begun


def forget() -> None:
    """End what nobody took."""
    global _begun
    begun, _begun = _begun, None
    if begun is not None:
        begun.end()
