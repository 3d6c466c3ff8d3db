"""All notes in a list: words keep to some of them, keys go there, answer, edit, delete and settle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from reviewer.review.draft import Draft
from reviewer.review.model import EventId, Note
from reviewer.tui.keys import NOTE_LIST_KEYS, bindings
from reviewer.tui.messages import PressKey
from reviewer.tui.note_words import draft_line, note_line
from reviewer.tui.screens.pickers import Lines, Picker
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.walk.places import matches


@dataclass(frozen=True, slots=True)
class PickedNote:
    """A note, or a draft, what is to be done with it, and the words the list kept to."""

    act: str
    words: str
    note: Note | None = None
    draft: Draft | None = None


class NotePicker(Picker[PickedNote]):
    """Drafts first, then the open notes, then the others; every word typed must be in the line."""

    BINDINGS = bindings(NOTE_LIST_KEYS, priority=True)
    hint = "words to keep to: open, resolved, blocking, question, draft, pay.py, a name; enter goes there"

    def __init__(
        self,
        drafts: Sequence[Draft],
        notes: Sequence[Note],
        answers: Mapping[EventId, Sequence[Note]],
        *,
        text: str = "",
        at: EventId | None = None,
    ) -> None:
        self._entries: list[Draft | Note] = [*drafts, *sorted(notes, key=lambda note: note.is_resolved)]
        notes_at = (number for number, entry in enumerate(self._entries) if isinstance(entry, Note) and entry.id == at)
        self.start = next(notes_at, 0)
        lines = [
            draft_line(entry) if isinstance(entry, Draft) else note_line(entry, answers.get(entry.id, ()))
            for entry in self._entries
        ]
        super().__init__(lines, text=text)

    def compose(self) -> ComposeResult:
        with Vertical(classes="prompt tall"):
            yield Input(self._text, placeholder=self.hint)
            yield Lines(id="names")
            yield KeyLine(NOTE_LIST_KEYS, id="list-keys")

    def found(self, text: str) -> Sequence[tuple[int, str]]:
        return [(number, line) for number, line in self._all if matches(line, text)]

    def choose(self, number: int | None, text: str) -> None:
        self._leave(number, "go", text)

    def on_press_key(self, event: PressKey) -> None:
        self.call_later(self.run_action, event.action)

    def action_go(self) -> None:
        self.action_do("go")

    def action_do(self, act: str) -> None:
        self._leave(self.selected_number, act, self.query_one(Input).value)

    def _leave(self, number: int | None, act: str, text: str) -> None:
        entry = self._entries[number] if number is not None else None
        if isinstance(entry, Draft):
            self.dismiss(PickedNote(act, text, draft=entry))
        elif entry is not None:
            self.dismiss(PickedNote(act, text, note=entry))
        else:
            self.dismiss(None)
