"""The keys that mark: a hunk or a file reviewed, and undo."""

from collections.abc import Callable

from textual.screen import Screen

from reviewer.review.carry import Fate
from reviewer.tui.messages import MarkHunks, Undo
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.diff_view import DiffView

# A held key repeats 25 to 40 times a second; nobody reads a hunk in this time.
_HELD_SECONDS = 0.05


class Marking(Screen[None]):
    clock: Callable[[], float]
    _last_space = float("-inf")

    @property
    def view(self) -> DiffView:
        raise NotImplementedError

    def action_mark(self) -> None:
        """Mark the current hunk, if its end has been on the screen; else scroll on."""
        pressed, self._last_space = self._last_space, self.clock()
        snapshot: Snapshot | None = getattr(self, "snapshot", None)
        if snapshot is None or self._last_space - pressed < _HELD_SECONDS:
            return
        view = self.view
        hunk = view.hunk
        if view.rows.is_folded(hunk):
            view.fold(view.row.file, None)
        elif snapshot.viewed[hunk]:
            self.post_message(MarkHunks((hunk,), viewed=False))
        elif snapshot.left[hunk] is not Fate.PORTED and not view.has_been_read(hunk):
            view.read_on(hunk)
        else:
            self.post_message(MarkHunks((hunk,), viewed=True))

    def action_mark_file(self) -> None:
        snapshot: Snapshot | None = getattr(self, "snapshot", None)
        if snapshot is None:
            return
        view = self.view
        open_hunks = [hunk for hunk in view.rows.hunks_of_file(view.row.file) if not snapshot.viewed[hunk]]
        unread = [hunk for hunk in open_hunks if not view.has_been_read(hunk)]
        if unread:
            self.notify(f"{len(unread)} hunks of this file have not been on the screen yet", markup=False)
            if view.rows.is_folded(unread[0]):
                view.fold(view.row.file, None)
            view.go_to_hunk(unread[0])
        elif open_hunks:
            self.post_message(MarkHunks(tuple(open_hunks), viewed=True))

    def action_undo(self) -> None:
        self.post_message(Undo())
