"""The keys with which a reviewer says something of a flag, or asks for another look at the change."""

from collections.abc import Sequence
from dataclasses import replace

from reviewer.diff.identity import ScopeId
from reviewer.review.model import Flag
from reviewer.session.past import Span
from reviewer.tui.messages import AskPast, DisposeFlag, Edit, Reload, Settle, ShowContext
from reviewer.tui.rows import RowKind
from reviewer.tui.screens.noting import Noting, note_at_hand
from reviewer.tui.screens.prompts import DispositionPrompt, Word
from reviewer.visible import show


class Saying(Noting):
    @property
    def scope(self) -> ScopeId | None:
        raise NotImplementedError

    def flags_at_hand(self) -> Sequence[Flag]:
        raise NotImplementedError

    def action_dispose(self) -> None:
        flags = self.flags_at_hand()
        if not flags:
            self.notify(f"no flag here; {self.keys.shown('next_flag')} goes to the next", markup=False)
            return
        finding = flags[0].finding

        def say(word: Word | None) -> None:
            if word is not None:
                self.post_message(DisposeFlag(finding.id, word.disposition, word.note))

        self.app.push_screen(DispositionPrompt(flags[0]), say)

    def action_settle(self) -> None:
        """Settle the note here that is open, or a flag that is gone; without either, take a settled note up again."""
        notes = self.notes_here()
        note = note_at_hand([note for note in notes if not note.is_resolved])
        scope = self.scope
        gone = next((flag for flag in self.flags_at_hand() if flag.needs_change and not flag.is_raised_in(scope)), None)
        if note is not None:
            self.post_message(Settle(note=note.id))
        elif gone is not None:
            self.post_message(Settle(finding=gone.finding.id))
        elif notes:
            self.post_message(Settle(reopens=notes[-1].id))
        else:
            keys = f"{self.keys.shown('next_note')} and {self.keys.shown('next_flag')}"
            self.notify(f"no open note here, and no flag that is gone; {keys} go to the next", markup=False)

    def action_select(self) -> None:
        view = self.view
        view.selected_from = view.cursor if view.selected_from is None else None
        view.refresh()

    def action_toggle_words(self) -> None:
        self.view.showing = replace(self.view.showing, words=not self.view.showing.words)

    def action_toggle_blanks(self) -> None:
        showing = replace(self.view.showing, blanks=not self.view.showing.blanks)
        self.view.showing = showing
        self.notify(f"changes of white space are {'shown' if showing.blanks else 'faint'}", timeout=2)

    def action_toggle_secrets(self) -> None:
        showing = replace(self.view.showing, secrets=not self.view.showing.secrets)
        self.view.showing = showing
        self.notify("secrets are shown" if showing.secrets else "secrets are dots", timeout=2)

    def action_toggle_wrap(self) -> None:
        self.view.wraps = not self.view.wraps
        keys = f"{self.keys.shown('scroll_left')} and {self.keys.shown('scroll_right')}"
        self.notify(
            "long lines wrap" if self.view.wraps else f"long lines are cut; {keys} scroll", timeout=2, markup=False
        )

    def action_next_layout(self) -> None:
        layouts = {None: True, True: False, False: None}
        self.view.is_split = layouts[self.view.is_split]
        names = {None: "sides chosen by width", True: "side by side", False: "unified"}
        self.notify(names[self.view.is_split], timeout=2)

    def action_edit(self) -> None:
        view = self.view
        line = view.line
        self.post_message(Edit(view.rows.files[view.row.file].path, line.new or line.old or 1 if line else 1))

    def action_ask_past(self) -> None:
        """Ask about the lines as they were before the change; of added ones alone, within it."""
        view = self.view
        here = view.rows.at(view.cursor)
        alone = [view.pieces.line(here)] if here.kind is RowKind.LINE else []
        # Side by side, a line alone is the one to the left.
        lines = alone if view.selected_from is None else view.selected_lines()
        old = [line.old for line in lines if line.old is not None]
        numbers = old or [line.new for line in lines if line.new is not None]
        if numbers:
            self.post_message(AskPast(Span(view.row.file, numbers[0], numbers[-1], is_old=bool(old))))
        else:
            self.notify("no line here to ask about", timeout=2)

    def action_copy(self) -> None:
        text = "\n".join(show(line.text) for line in self.view.selected_lines())
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"{text.count(chr(10)) + 1} lines sent to the terminal's clipboard", timeout=2)

    def action_context(self, step: int) -> None:
        self.post_message(ShowContext(step))

    def action_whole_files(self) -> None:
        self.post_message(ShowContext(whole=True))

    def action_reload(self) -> None:
        self.post_message(Reload())
