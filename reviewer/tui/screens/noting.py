"""The keys that write: a note on lines, a file, the review, a concern under a point."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.screen import Screen

from reviewer.points import Point
from reviewer.review.draft import begin_draft, draft_at
from reviewer.review.events import TakeNote
from reviewer.review.model import Note, Spot
from reviewer.tui.messages import KeepDraft, SayNote
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.diff_view import DiffView

Result = TypeVar("Result")


class Writing(Screen[Result], Generic[Result]):
    """A screen on which notes can be written."""

    def write_note(self, wanted: TakeNote, *, is_exact: bool = True, thread: Sequence[Note] = ()) -> None:
        """Open the composer on the wanted note, or on a draft of before at its place."""
        # Here, and not above: a field of several lines takes a while to load, and most reviews begin with reading.
        from reviewer.tui.screens.composer import Composed, Composer

        snapshot: Snapshot | None = getattr(self, "snapshot", None)
        drafts = snapshot.drafts if snapshot is not None else ()

        def done(composed: Composed | None) -> None:
            if composed is None:
                return
            if composed.is_done:
                self.post_message(SayNote(composed.draft))
            else:
                self.post_message(KeepDraft(composed.draft, is_left=True))

        draft = draft_at(drafts, wanted, is_exact=is_exact) or begin_draft(wanted)
        self.app.push_screen(Composer(draft, thread), done)


class Noting(Writing[None]):
    @property
    def view(self) -> DiffView:
        raise NotImplementedError

    def notes_here(self) -> list[Note]:
        raise NotImplementedError

    def action_note(self) -> None:
        self._write_here(None)

    def action_note_on_file(self) -> None:
        view = self.view
        self.write_note(TakeNote("", Spot(view.rows.files[view.row.file].path)))

    def action_note_on_review(self) -> None:
        self.write_note(TakeNote(""))

    def action_concern(self, digit: int) -> None:
        self._write_here(list(Point)[digit - 1])

    def _write_here(self, point: Point | None) -> None:
        view = self.view
        is_exact = view.selected_from is not None
        self.write_note(TakeNote("", view.spot, point), is_exact=is_exact)
