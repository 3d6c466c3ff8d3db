"""Work that goes on beside the interface and ends with it."""

import asyncio
from collections.abc import Coroutine

from textual.driver import Driver

from reviewer.configuration.preferences import Preferences
from reviewer.tui.doors import Doors
from reviewer.tui.keymap import KeyMap


class BesideTasks(Doors):
    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver, preferences, keys)
        # Not Textual's workers: it cancels those twice at the end, which breaks off the end of their processes.
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Run something beside the interface; a bug in it ends the program like any other."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.call_later(_raise, error)

    async def end_tasks(self) -> None:
        """Break all of them off, and wait until they are done with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _raise(error: BaseException) -> None:
    raise error
