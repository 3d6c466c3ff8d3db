"""Keeps an eye on the change while it is reviewed, and says so when it became another one. It reads nothing itself."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from reviewer.errors import ReviewerError
from reviewer.session.rereading import Rereading
from reviewer.session.subject import Subject
from reviewer.session.watch import Watch
from reviewer.tui.beside_tasks import BesideTasks

if TYPE_CHECKING:
    from reviewer.session.session import Session

_PAUSE_SECONDS = 3.0
# Of the time between two looks, no more than a tenth is spent on reading the change again.
_REST = 10


class Watching(BesideTasks):
    """`reread` reads the change anew, beside the interface; without it there is nothing to watch."""

    _watch: Watch | None = None
    _watch_rereads: Rereading | None = None

    async def keep_watch(self, reread: Callable[[int], Subject | None]) -> None:
        self._watch_rereads = Rereading(reread)
        pause = _PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            began = asyncio.get_running_loop().time()
            await self._look()
            pause = max(_PAUSE_SECONDS, _REST * (asyncio.get_running_loop().time() - began))

    def watch_over(self, session: "Session") -> None:
        """Watch what this session shows, in place of what was watched before."""
        self._watch = Watch(session.subject, session.scope.id)

    def stop_watching(self) -> None:
        self._watch = None
        if self._watch_rereads is not None:
            self._watch_rereads.stop()

    async def _look(self) -> None:
        watch, rereads = self._watch, self._watch_rereads
        if watch is None or rereads is None or not await asyncio.to_thread(watch.has_moved):
            return
        try:
            subject = await rereads.subject(self.context_lines)
        except ReviewerError:
            # Git may be in the middle of something; the next look tells.
            return
        if await asyncio.to_thread(watch.is_another, subject) and watch is self._watch:
            self._watch = None
            self._say(is_gone=subject is None)

    def _say(self, *, is_gone: bool) -> None:
        screen = self.review_screen
        if screen is not None:
            what = "nothing is changed any more" if is_gone else "the change is no longer what is shown here"
            screen.news = f"{what}; {self.keys.shown('reload')} reads it again"

    @property
    def context_lines(self) -> int:
        """How many lines are shown around an edit."""
        raise NotImplementedError
