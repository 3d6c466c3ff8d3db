"""The nine points, one at a time, with the evidence for each beside the question."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from reviewer.checklist import Question
from reviewer.points import Point
from reviewer.review.events import TakeNote
from reviewer.review.model import Reply
from reviewer.review.progress import current_answer, is_answered, last_answer
from reviewer.tui.asked import asked
from reviewer.tui.evidence import Evidence, evidence_for
from reviewer.tui.keys import CHECKLIST_KEYS, Key, bound
from reviewer.tui.messages import GoTo, PressKey, ReplyTo, Undo
from reviewer.tui.rows import RowMap
from reviewer.tui.screens.noting import Writing
from reviewer.tui.screens.prompts import TextPrompt, Written
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.tui.widgets.row_list import RowList
from reviewer.walk.replies import note_at_hand, why

_WIDTH_FOR_TWO_COLUMNS = 100


class EvidenceList(RowList):
    evidence: tuple[Evidence, ...] = ()

    @property
    def row_count(self) -> int:
        return len(self.evidence)

    def row_text(self, index: int) -> tuple[str, bool]:
        return f" {self.evidence[index].text}", self.evidence[index].is_settled


class ChecklistScreen(Writing[GoTo | None]):
    """Gives the place to go to, or None to go back to where the diff stood."""

    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    at: reactive[int] = reactive(0, repaint=False)

    def __init__(self, snapshot: Snapshot, rows: RowMap, keys: Sequence[Key] = CHECKLIST_KEYS) -> None:
        super().__init__()
        self._keys = keys
        self._bindings = bound(self._bindings, keys)
        self._rows = rows
        self.set_reactive(ChecklistScreen.snapshot, snapshot)
        self.set_reactive(ChecklistScreen.at, _first_open(snapshot))

    def compose(self) -> ComposeResult:
        yield Static(id="points")
        with Horizontal(id="checklist"):
            with Vertical(id="asked"):
                yield Static(id="question")
            with Vertical(id="evidence-side"):
                yield Static(id="evidence-title")
                yield EvidenceList(id="evidence")
        yield KeyLine(self._keys, id="keys")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _WIDTH_FOR_TWO_COLUMNS, "narrow")
        self._draw()

    def watch_snapshot(self) -> None:
        self._draw()

    def watch_at(self) -> None:
        self._draw()

    @property
    def question(self) -> Question:
        return self._questions[self.at]

    @property
    def _questions(self) -> tuple[Question, ...]:
        return self.snapshot.questions if self.snapshot else ()

    def action_reply(self, word: str) -> None:
        reply = Reply(word)
        if self.snapshot is None:
            return
        question = self.question
        note = note_at_hand(question, reply, self.snapshot.state)
        if note is not None:
            self._reply(question, reply, note)
            return
        old = last_answer(question.key, self.snapshot.state)
        hint = why(question, reply, self.snapshot.state)
        prompt = TextPrompt(f"{question.point.title}: {reply.value}", hint, text=old.note if old else "")

        def answer(written: Written | None) -> None:
            if written is not None:
                self._reply(question, reply, written.text)

        self.app.push_screen(prompt, answer)

    def action_next_question(self, step: int) -> None:
        self.at = max(0, min(self.at + step, len(self._questions) - 1))

    def action_point(self, digit: int) -> None:
        point = list(Point)[digit - 1]
        self.at = next(index for index, question in enumerate(self._questions) if question.point is point)

    def action_next_evidence(self, step: int) -> None:
        evidence = self.query_one(EvidenceList)
        if evidence.row_count:
            evidence.selected = (evidence.selected + step) % evidence.row_count

    def action_go(self) -> None:
        evidence = self.query_one(EvidenceList)
        if 0 <= evidence.selected < evidence.row_count:
            self.dismiss(evidence.evidence[evidence.selected].goal)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(self.query_one(EvidenceList).evidence[event.index].goal)

    def action_note(self) -> None:
        self.write_note(TakeNote("", point=self.question.point))

    def action_undo(self) -> None:
        self.post_message(Undo())

    def action_back(self) -> None:
        self.dismiss(None)

    def on_press_key(self, event: PressKey) -> None:
        self.call_later(self.run_action, event.action)

    def advance(self) -> None:
        """Go on to the next question that has no answer, if any is left."""
        if self.snapshot is not None:
            order = [*range(self.at + 1, len(self._questions)), *range(self.at)]
            open_ones = [i for i in order if current_answer(self._questions[i].key, self.snapshot.state) is None]
            self.at = open_ones[0] if open_ones else self.at

    def _reply(self, question: Question, reply: Reply, note: str) -> None:
        self.post_message(ReplyTo(question.key, reply, note))

    def _draw(self) -> None:
        if self.snapshot is None or not self._questions or not self.query("#points"):
            return
        self.query_one("#points", Static).update(self._points(self.snapshot))
        width = self.size.width - 6 if self.has_class("narrow") else self.size.width // 2 - 6
        self.query_one("#question", Static).update(asked(self.at, self.snapshot, width))
        evidence = self.query_one(EvidenceList)
        evidence.evidence = evidence_for(self.question.point, self.snapshot, self._rows)
        evidence.selected = 0 if evidence.evidence else -1
        evidence.refresh()
        goes = next(
            (f": {key.shown} goes there" for key in self._keys if key.name == "go_to_evidence" and key.shown), ""
        )
        title = f"Evidence{goes}" if evidence.evidence else "Evidence: no flag, no note, every hunk reviewed"
        self.query_one("#evidence-title", Static).update(Content.styled(title, "bold"))

    def _points(self, snapshot: Snapshot) -> Content:
        parts: list[str | tuple[str, str]] = []
        for point in Point:
            sign = "✓" if is_answered(point, snapshot.state, snapshot.questions) else "·"
            style = "$title" if point is self.question.point else ""
            name = point.title if self.size.width >= 110 or point is self.question.point else ""
            parts.append((f" {sign}{point.number} {name} ".replace("  ", " "), style))
        return Content.assemble(*parts)


def _first_open(snapshot: Snapshot) -> int:
    questions = enumerate(snapshot.questions)
    return next((i for i, question in questions if current_answer(question.key, snapshot.state) is None), 0)
