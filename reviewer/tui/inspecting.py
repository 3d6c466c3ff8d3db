"""What the rules find, brought to the review in small heaps while it goes on."""

import asyncio
import gc
from contextlib import aclosing
from typing import TYPE_CHECKING

from textual.driver import Driver

from reviewer.analysis.finding import Finding
from reviewer.configuration.preferences import Preferences
from reviewer.errors import ReviewerError
from reviewer.tui import messages
from reviewer.tui.beside_tasks import BesideTasks
from reviewer.tui.keymap import KeyMap

if TYPE_CHECKING:
    from reviewer.session.session import Session

# Between heaps: the first comes soon, and a long inspection seldom comes between the reader and a key.
_PAUSES_SECONDS = (0.1, 0.25, 0.5, 1.0)
_BEFORE_SETTLING_SECONDS = 0.05


class Inspecting(BesideTasks):
    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver, preferences, keys)
        self._inspection: asyncio.Task[None] | None = None
        self._arrived: list[Finding] = []
        self._heaps = 0
        # How many files the rules are done with that the screen does not show yet.
        self._inspected_since = 0

    @property
    def is_inspecting(self) -> bool:
        return self._inspection is not None and not self._inspection.done()

    def begin_inspection(self, session: "Session") -> None:
        self._heaps = 0
        self._inspection = self.begin(self._inspect(session))

    def forget_inspection(self) -> None:
        """Break it off; what its rules still find is not wanted."""
        if self._inspection is not None:
            self._inspection.cancel()
        self._arrived, self._inspected_since = [], 0

    def on_findings_arrived(self, message: messages.FindingsArrived) -> None:
        """Take findings in small heaps, so that a thousand of them do not draw the screen a thousand times."""
        if message.session is not self.session:
            return
        if message.findings and not message.session.keeps_diff:
            # They will be the first words of the review.
            self.begin(asyncio.to_thread(message.session.keep_diff))
        if not self._inspected_since:
            pause = _PAUSES_SECONDS[min(self._heaps, len(_PAUSES_SECONDS) - 1)]
            self.set_timer(pause, self._take_arrived)
        self._inspected_since += 1
        self._arrived += message.findings

    def on_inspection_ended(self) -> None:
        self._take_arrived()
        if self.review_screen is not None:
            self.review_screen.is_inspecting = False

    def _take_arrived(self) -> None:
        arrived, self._arrived = self._arrived, []
        if arrived:
            self.attempt(lambda session: session.raise_flags(arrived))
        if self.review_screen is not None:
            self.review_screen.inspected += self._inspected_since
        self._inspected_since = 0
        self._heaps += 1
        # Keys that came meanwhile go first.
        self.set_timer(_BEFORE_SETTLING_SECONDS, _settle)

    async def _inspect(self, session: "Session") -> None:
        try:
            async with aclosing(session.inspect()) as arriving:
                async for findings in arriving:
                    self.post_message(messages.FindingsArrived(findings, session))
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=60)
        self.post_message(messages.InspectionEnded())


def _settle() -> None:
    """Take what is there now for lasting: to look through ten thousand flags for garbage would stop the keys."""
    # Whatever is garbage by now would last, too; only what came since the last time is looked through.
    gc.collect()
    gc.freeze()
