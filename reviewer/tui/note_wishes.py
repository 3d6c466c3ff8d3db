"""What happens to the wishes about notes: they are said, kept as drafts, lent to an editor."""

from textual.app import SuspendNotSupported

from reviewer.errors import ReviewerError
from reviewer.review.draft import Draft
from reviewer.tui import messages
from reviewer.tui.note_words import news_words
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.wishes import Wishes

# Somebody who waits for an answer does not count seconds, and one look costs a few system calls.
_LOOK_SECONDS = 3


class NoteWishes(Wishes):
    """Answers the messages of `messages.py` about notes."""

    def on_mount(self) -> None:
        self._looks = self.set_interval(_LOOK_SECONDS, self.look_for_news)

    def look_for_news(self) -> None:
        """Show what others wrote into this review meanwhile, such as an agent's answer."""
        session = self.session
        if session is None:
            return
        try:
            news = session.take_news()
        except ReviewerError as error:
            self._looks.stop()
            self.notify(f"{error}; what others write from now on is not shown", severity="error", timeout=15)
            return
        if news:
            self.show_snapshot()
            words = news_words(session.notes, news)
            if words:
                self.notify(words, timeout=8)

    def on_say_note(self, message: messages.SayNote) -> None:
        """Take the note; a draft of it is only forgotten once that is saved."""
        said = self.attempt(lambda session: session.dispatch(message.draft.note))
        if not said:
            self._keep(message.draft, durable=True)
            self.show_snapshot()
        elif self.session is not None:
            self.session.drop_draft(message.draft)
            self.show_snapshot()
            self._end_selection()

    def on_keep_draft(self, message: messages.KeepDraft) -> None:
        is_kept = self._keep(message.draft, durable=message.is_left)
        if not message.is_left:
            return
        if is_kept and not message.draft.is_empty:
            self.notify("kept as a draft; the same key goes on with it", timeout=3)
        self.show_snapshot()

    def on_drop_draft(self, message: messages.DropDraft) -> None:
        if self.session is not None:
            self.session.drop_draft(message.draft)
            self.show_snapshot()

    def on_delete_note(self, message: messages.DeleteNote) -> None:
        self.attempt(lambda session: session.delete_note(message.note))

    def on_edit_draft(self, message: messages.EditDraft) -> None:
        draft = self._edited(message.draft)
        take = getattr(self.screen, "take", None)
        if draft is not None and take is not None:
            take(draft)

    def _keep(self, draft: Draft, *, durable: bool) -> bool:
        if self.session is None:
            return False
        try:
            self.session.keep_draft(draft, durable=durable)
        except ReviewerError as error:
            self.notify(f"{error}; until you leave, it stays", severity="error", timeout=15)
            return False
        return True

    def _edited(self, draft: Draft) -> Draft | None:
        """Lend the terminal to the reviewer's editor; None if that did not work, which is said."""
        edited: Draft | None = None
        words = ""
        if self.session is None:
            return None
        try:
            with self.suspend():
                # An error that left here would leave the terminal with the editor.
                try:
                    edited = self.session.edit_draft(draft, self.preferences.editor)
                except ReviewerError as error:
                    words = str(error)
        except SuspendNotSupported:
            words = "this terminal cannot be lent to an editor"
        self.refresh()
        if words:
            self.notify(words, severity="warning")
        return edited

    def _end_selection(self) -> None:
        if isinstance(self.screen, ReviewScreen):
            self.screen.view.selected_from = None
