"""Reading the change again while it is reviewed: it says so if it takes a while, and can be stopped."""

from reviewer.errors import ReviewerError
from reviewer.session.rereading import Rereading
from reviewer.session.subject import Subject
from reviewer.tui.beside_tasks import BesideTasks

# What takes longer says so.
_PATIENCE_SECONDS = 0.3


class Rereads(BesideTasks):
    """Without `rereading` the change is read once and for all."""

    rereading: Rereading | None = None

    def on_stop_reading(self) -> None:
        if self.rereading is not None:
            self.rereading.stop()

    async def reread_or_say_why(self, context: int) -> Subject | None:
        """Return the change as it is now; None if it could not be read, was stopped, or is gone."""
        if self.rereading is None:
            self.notify("a patch is read once; start again to read another", markup=False)
            return None
        if self.rereading.is_at_work:
            return None
        waiting = self.set_timer(_PATIENCE_SECONDS, self._say_it_reads)
        try:
            subject = await self.rereading.subject(context)
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False)
            return None
        finally:
            waiting.stop()
            if self.review_screen is not None:
                self.review_screen.is_reading = False
        if subject is None:
            self.notify("nothing is changed any more", markup=False)
        return subject

    def _say_it_reads(self) -> None:
        if self.review_screen is not None:
            self.review_screen.is_reading = True
