"""The change read anew while a review of it is open, beside the interface, until somebody stops it."""

import asyncio
from collections.abc import Callable

from reviewer.repository.runners import Stoppable, running_with
from reviewer.session.subject import Subject


class Rereading:
    """`read` is told how many lines to show around an edit; it gives None if nothing is changed any more."""

    def __init__(self, read: Callable[[int], Subject | None]) -> None:
        self._read = read
        self._git: Stoppable | None = None

    @property
    def is_at_work(self) -> bool:
        return self._git is not None

    async def subject(self, context: int) -> Subject | None:
        """Return the change as it is now. Raises ReviewerError if it cannot be read, or was stopped."""
        git = self._git = Stoppable()

        def read() -> Subject | None:
            with running_with(git):
                return self._read(context)

        try:
            return await asyncio.to_thread(read)
        finally:
            self._git = None

    def stop(self) -> None:
        if self._git is not None:
            self._git.stop()
