"""The rules at work beside a dialogue that waits for a person: a thread of its own listens to their process."""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from reviewer.analysis.finding import Finding
from reviewer.errors import ReviewerError
from reviewer.repository.runners import Stoppable, running_with

Arriving = AsyncGenerator[tuple[Finding, ...], None]


@dataclass(frozen=True, slots=True)
class _End:
    error: ReviewerError | None = None


class Rules:
    """`steps` counts how many files they are done with; `error` says why they ended early, if they did."""

    def __init__(self, inspect: Callable[[], Arriving]) -> None:
        self.steps = 0
        self.is_at_work = True
        self.error: ReviewerError | None = None
        self._found: list[Finding] = []
        self._arrived: queue.SimpleQueue[tuple[Finding, ...] | _End] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._listen(inspect))
        # A daemon: whatever ends the program must not wait for it.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> tuple[Finding, ...]:
        """Return what has arrived since the last time."""
        while self.is_at_work and self.wait(0):
            pass
        found, self._found = tuple(self._found), []
        return found

    def wait(self, seconds: float) -> bool:
        """Wait for another step; False if none came, or no other will."""
        if not self.is_at_work:
            return False
        try:
            arrived = self._arrived.get(timeout=seconds) if seconds > 0 else self._arrived.get_nowait()
        except queue.Empty:
            return False
        if isinstance(arrived, _End):
            self.is_at_work, self.error = False, arrived.error
        else:
            self.steps += 1
            self._found += arrived
        return True

    def stop(self) -> None:
        """End their process, if it still runs."""
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        try:
            with suppress(asyncio.CancelledError), running_with(Stoppable()):
                self._loop.run_until_complete(self._task)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _listen(self, inspect: Callable[[], Arriving]) -> None:
        end = _End()
        try:
            async with aclosing(inspect()) as arriving:
                async for findings in arriving:
                    self._arrived.put(findings)
        except ReviewerError as error:
            end = _End(error)
        finally:
            self._arrived.put(end)
