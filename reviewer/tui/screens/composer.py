"""Where a note is written: several lines, its kind, a look at it as Markdown. All that is typed is a draft at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, Static

from reviewer.review.draft import Draft
from reviewer.review.model import Intent, Note
from reviewer.tui.keys import COMPOSER_KEYS, bindings
from reviewer.tui.messages import EditDraft, KeepDraft, PressKey
from reviewer.tui.note_words import kind_words, place_words
from reviewer.tui.suggestion import suggestion_of
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.tui.widgets.text_field import TextField
from reviewer.visible import show, show_lines

_NEXT = {Intent.REMARK: Intent.QUESTION, Intent.QUESTION: Intent.CHANGE, Intent.CHANGE: Intent.REMARK}
_NO_SUGGESTION = "a suggestion takes new lines of plain text: put the cursor on them, or select them with v"


@dataclass(frozen=True, slots=True)
class Composed:
    """What was written; if it is not done, it is a draft to go on with."""

    draft: Draft
    is_done: bool


class Composer(ModalScreen[Composed]):
    """Gives the draft, done or not. `thread` is what an answer is given to."""

    BINDINGS = bindings(COMPOSER_KEYS)

    def __init__(self, draft: Draft, thread: Sequence[Note] = ()) -> None:
        super().__init__()
        self._draft = draft
        self._thread = thread
        self._is_left = False
        self._is_old = not draft.is_empty and draft.note.replaces is None

    def compose(self) -> ComposeResult:
        with Vertical(classes="prompt composer"):
            yield Static(id="title")
            if self._thread:
                with VerticalScroll(id="thread", can_focus=False):
                    yield Static(_thread(self._thread))
            yield TextField(self._draft.note.body, COMPOSER_KEYS, id="text")
            yield VerticalScroll(id="preview")
            yield KeyLine(COMPOSER_KEYS, id="composer-keys")

    def on_mount(self) -> None:
        self.query_one("#preview").display = False
        self.query_one(TextField).focus()
        self._show_title()

    def on_key(self, event: events.Key) -> None:
        """Type what came before the field was ready."""
        text = "\n" if event.key == "enter" else event.character
        if self.focused is None and text and (event.is_printable or event.key == "enter"):
            event.stop()
            self.query_one(TextField).insert(text)

    def on_text_area_changed(self) -> None:
        # What is typed behind the key that saves belongs to no note.
        if not self._is_left:
            self._change(body=self.query_one(TextField).text)

    def on_press_key(self, event: PressKey) -> None:
        self.call_later(self.run_action, event.action)

    def take(self, draft: Draft) -> None:
        """Go on with the text as it came back from an editor."""
        text = self.query_one(TextField)
        text.text = draft.note.body
        text.move_cursor(text.document.end)

    def action_save(self) -> None:
        # White space before the first word of a line can be code's.
        self._draft = self._with(body=self.query_one(TextField).text.rstrip().lstrip("\n"))
        if self._draft.is_empty:
            self.notify("an empty note says nothing; esc leaves", markup=False)
        else:
            self._leave(is_done=True)

    async def action_leave(self) -> None:
        """Leave the preview, else the text, which stays as a draft."""
        if self.query_one("#preview").display:
            await self.action_preview()
        else:
            self._draft = self._with(body=self.query_one(TextField).text)
            self._leave(is_done=False)

    def action_block(self) -> None:
        self._change(is_blocking=not self._draft.note.is_blocking)

    def action_next_intent(self) -> None:
        self._change(intent=_NEXT[self._draft.note.intent])

    def action_suggest(self) -> None:
        """Put in a block with the lines the note is about, the cursor in it."""
        block = suggestion_of(self._draft.note.spot)
        if block is None:
            self.notify(_NO_SUGGESTION, markup=False)
            return
        text = self.query_one(TextField)
        before = "\n" if text.cursor_location[1] else ""
        text.insert(f"{before}{block}\n")
        text.move_cursor((text.cursor_location[0] - block.count("\n"), 0))

    def action_empty(self) -> None:
        self.query_one(TextField).clear()

    async def action_edit(self) -> None:
        if self.query_one("#preview").display:
            await self.action_preview()
        self.post_message(EditDraft(self._with(body=self.query_one(TextField).text)))

    async def action_preview(self) -> None:
        """Show the text as Markdown, and back. A link in it leads nowhere."""
        text, preview = self.query_one(TextField), self.query_one("#preview")
        await preview.remove_children()
        preview.display, text.display = text.display, preview.display
        if preview.display:
            await preview.mount(Markdown(show_lines(text.text), open_links=False))
        (preview if preview.display else text).focus()

    def _leave(self, *, is_done: bool) -> None:
        self._is_left = True
        self.dismiss(Composed(self._draft, is_done=is_done))

    def _with(self, **changes: object) -> Draft:
        return replace(self._draft, note=replace(self._draft.note, **changes))  # type: ignore[arg-type]  # named by us

    def _change(self, **changes: object) -> None:
        draft = self._with(**changes)
        if draft != self._draft:
            self._draft = draft
            self.post_message(KeepDraft(draft))
            self._show_title()

    def _show_title(self) -> None:
        note = self._draft.note
        about = f" under {note.point.number} {note.point.title}" if note.point is not None else ""
        what = kind_words(note.intent, is_blocking=note.is_blocking)
        if note.answers is not None:
            what = "answer" if note.intent is Intent.REMARK else f"answer, {what}"
        parts: list[str | tuple[str, str]] = [
            (what, "bold $error" if note.is_blocking else "bold"),
            f"{about} on {place_words(note.spot)}",
            " · in the place of what you said before" if note.replaces is not None else "",
            (" · your draft" if self._is_old else "", "$faint"),
        ]
        self.query_one("#title", Static).update(Content.assemble(*parts))


def _thread(notes: Sequence[Note]) -> Content:
    parts: list[str | tuple[str, str]] = []
    for note in notes:
        parts += [(f"{show(note.by.called)}: ", "bold $accent"), show_lines(note.body), "\n"]
    return Content.assemble(*parts[:-1])
