"""The keys that write: notes on lines, a file, the review, concerns, answers, edits; and the list of all of them."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from textual.screen import Screen

from reviewer.points import Point
from reviewer.review.draft import Draft, begin_draft, draft_at
from reviewer.review.events import TakeNote
from reviewer.review.model import EventId, Note, Reviewer, Spot
from reviewer.tui.keymap import KeyMap
from reviewer.tui.messages import DeleteNote, DropDraft, GoTo, KeepDraft, SayNote, Settle
from reviewer.tui.screens.note_list import NotePicker, PickedNote
from reviewer.tui.screens.prompts import DeletePrompt
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.diff_view import DiffView

Result = TypeVar("Result")


class Writing(Screen[Result], Generic[Result]):
    """A screen on which notes can be written."""

    @property
    def _said(self) -> Snapshot | None:
        snapshot: Snapshot | None = getattr(self, "snapshot", None)
        return snapshot

    def write_note(self, wanted: TakeNote, *, is_exact: bool = True, thread: Sequence[Note] = ()) -> None:
        """Open the composer on the wanted note, or on a draft of before at its place."""
        drafts = self._said.drafts if self._said is not None else ()
        draft = draft_at(drafts, wanted, is_exact=is_exact) or begin_draft(wanted)
        self.go_on_with(draft, unchanged=wanted, thread=thread)

    def go_on_with(self, draft: Draft, *, unchanged: TakeNote | None = None, thread: Sequence[Note] = ()) -> None:
        # Here, and not above: a field of several lines takes a while to load, and most reviews begin with reading.
        from reviewer.tui.screens.composer import Composed, Composer

        def done(composed: Composed | None) -> None:
            if composed is None:
                return
            if composed.draft.note == unchanged:
                self.post_message(DropDraft(composed.draft))
            elif composed.is_done:
                self.post_message(SayNote(composed.draft))
            else:
                self.post_message(KeepDraft(composed.draft, is_left=True))

        self.app.push_screen(Composer(draft, thread), done)


class Noting(Writing[None]):
    keys: KeyMap

    @property
    def view(self) -> DiffView:
        raise NotImplementedError

    def notes_here(self) -> Sequence[Note]:
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

    def action_answer(self) -> None:
        note = note_at_hand(self.notes_here())
        if note is not None:
            self._answer(note)
        else:
            self.notify(f"no note here to answer; {self.keys.shown('next_note')} goes to the next", markup=False)

    def action_revise(self) -> None:
        note = note_at_hand(self.notes_here())
        if note is not None:
            self._revise(note)
        else:
            self.notify(f"no note here; {self.keys.shown('next_note')} goes to the next", markup=False)

    def action_list_notes(self) -> None:
        note = note_at_hand(self.notes_here())
        self._list_notes("", note.id if note is not None else None)

    def _write_here(self, point: Point | None) -> None:
        view = self.view
        is_exact = view.selected_from is not None
        self.write_note(TakeNote("", view.spot, point), is_exact=is_exact)

    def _answer(self, note: Note) -> None:
        self.write_note(TakeNote("", note.spot, answers=note.id), thread=self._thread(note))

    def _revise(self, note: Note) -> None:
        own = self._own(note)
        if own is None:
            self.notify(f"nothing of yours in this note; {self.keys.shown('answer')} answers it", markup=False)
            return
        known = TakeNote(own.body, own.spot, own.point, own.is_blocking, own.intent, own.answers, own.id)
        self.write_note(known, thread=[each for each in self._thread(note) if each != own])

    def _delete(self, note: Note, words: str) -> None:
        own = self._own(note)
        if own is None:
            self.notify("nothing of yours in this note; ctrl+r settles it", markup=False)
            self._list_notes(words, note.id)
            return

        def delete(answer: bool | None) -> None:  # noqa: FBT001  # Textual calls it with what the screen gives
            if answer:
                self.post_message(DeleteNote(own.id))
            self._list_again(words, note.id)

        self.app.push_screen(DeletePrompt(own.headline), delete)

    def _list_notes(self, words: str, at: EventId | None) -> None:
        said = self._said
        if said is None or not (said.notes or said.drafts):
            self.notify(f"no note yet; {self.keys.shown('note')} writes one on this line", markup=False)
            return
        files = {file.path: number for number, file in enumerate(self.view.rows.files)}
        notes = sorted(said.notes.values(), key=lambda note: _order(note.spot, files))
        self.app.push_screen(NotePicker(said.drafts, notes, said.threads, text=words, at=at), self._act)

    def _list_again(self, words: str, at: EventId) -> None:
        """Show the list anew, once what was wished for has happened."""
        self.call_later(self.app.call_later, self._list_notes, words, at)

    def _act(self, picked: PickedNote | None) -> None:
        if picked is None:
            return
        if picked.draft is not None:
            self._act_on_draft(picked.draft, picked.act)
        elif picked.note is not None:
            self._act_on_note(picked.note, picked.act, picked.words)

    def _act_on_draft(self, draft: Draft, act: str) -> None:
        if act == "delete":
            self.post_message(DropDraft(draft))
            self.notify("the draft is gone", timeout=2)
        else:
            self.go_on_with(draft)

    def _act_on_note(self, note: Note, act: str, words: str) -> None:
        match act:
            case "go":
                spot = note.spot or Spot(self.view.rows.files[0].path)
                self.post_message(GoTo(path=spot.path, line=spot.last, side=spot.side))
            case "answer":
                self._answer(note)
            case "revise":
                self._revise(note)
            case "settle":
                settled = Settle(reopens=note.id) if note.is_resolved else Settle(note=note.id)
                self.post_message(settled)
                self._list_again(words, note.id)
            case "delete":
                self._delete(note, words)

    def _thread(self, note: Note) -> list[Note]:
        return [note, *(self._said.threads.get(note.id, ()) if self._said is not None else ())]

    def _own(self, note: Note) -> Note | None:
        """Return what the reviewer said last in the thread of the note."""
        reviewer: Reviewer | None = self._said.reviewer if self._said is not None else None
        return next((each for each in reversed(self._thread(note)) if each.by == reviewer), None)


def note_at_hand(notes: Sequence[Note]) -> Note | None:
    """Return the note that keys are about: one that waits for a word, else an open one, else the last."""
    waiting = [note for note in notes if note.proposed_by is not None]
    open_ones = [note for note in notes if not note.is_resolved]
    return next(iter((*waiting, *open_ones, *reversed(notes))), None)


def _order(spot: Spot | None, files: Mapping[bytes, int]) -> tuple[int, int]:
    """Return where a note comes in the walk: notes on the review first, those on a file before its lines."""
    return (-1, 0) if spot is None else (files.get(spot.path, -1), spot.last or 0)
