"""The ways between the screens, and what a screen that closes leads to."""

from collections.abc import Callable, Iterable

from textual.app import SystemCommand
from textual.screen import Screen

from reviewer.review.progress import Blocker
from reviewer.tui import messages
from reviewer.tui.keys import CHECKLIST_KEYS, COMPOSER_KEYS, NOTE_LIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS, Key
from reviewer.tui.note_wishes import NoteWishes
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.prompts import SettlePrompt
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.sign_off import SignOffScreen

# By name: the composer is only loaded once someone writes.
_TABLES: dict[str, tuple[Key, ...]] = {
    "ChecklistScreen": CHECKLIST_KEYS,
    "SignOffScreen": SIGN_OFF_KEYS,
    "Composer": COMPOSER_KEYS,
    "NotePicker": NOTE_LIST_KEYS,
}


class Doors(NoteWishes):
    """Opens and leaves screens."""

    def action_checklist(self) -> None:
        screen = self.review_screen
        if screen is not None and screen.snapshot is not None:
            self.push_screen(ChecklistScreen(screen.snapshot, screen.view.rows), self._go)

    def action_sign_off(self) -> None:
        if isinstance(self.screen, ChecklistScreen):
            self.screen.dismiss(None)
        screen = self.review_screen
        if self.session is not None and screen is not None and screen.snapshot is not None:
            sign_off = SignOffScreen(screen.snapshot, self.session.blockers, self.session.signing)
            self.push_screen(sign_off, self._go_to_blocker)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(_TABLES.get(type(self.screen).__name__, REVIEW_KEYS)))

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_suspend(self) -> None:
        self.action_suspend_process()

    def action_leave(self) -> None:
        self.exit(self.session.verdict_given_here if self.session else None)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the review by its description."""
        if isinstance(screen, ReviewScreen):
            for key in REVIEW_KEYS:
                if not key.keys[0].isdigit():
                    yield SystemCommand(key.description, f"key {key.shown}", self._runner(screen, key.action))

    def _runner(self, screen: ReviewScreen, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(screen.run_action, action)

        return run

    def _go(self, goal: messages.GoTo | None) -> None:
        if goal is not None and self.review_screen is not None:
            self.review_screen.show(goal)

    def _go_to_blocker(self, blocker: Blocker | None) -> None:
        screen = self.review_screen
        if blocker is None or screen is None or screen.snapshot is None:
            return
        if blocker.hunk is not None:
            screen.show(messages.GoTo(hunk=blocker.hunk))
        elif blocker.can_be_settled:
            self._offer_to_settle(blocker)
        elif blocker.flag is not None:
            finding = screen.snapshot.flags[blocker.flag].finding
            screen.show(messages.GoTo(path=finding.path, line=finding.line))
        elif blocker.question is not None:
            self._open_question(screen, blocker)

    def _offer_to_settle(self, blocker: Blocker) -> None:
        """Ask about what need not stand anywhere in the diff any more."""

        def settle(answer: bool | None) -> None:  # noqa: FBT001  # Textual calls it with what the screen gives
            if answer:
                self.post_message(messages.Settle(blocker.note, blocker.flag))
                self.call_later(self.action_sign_off)

        self.push_screen(SettlePrompt(blocker.text), settle)

    def _open_question(self, screen: ReviewScreen, blocker: Blocker) -> None:
        if screen.snapshot is None:
            return
        checklist = ChecklistScreen(screen.snapshot, screen.view.rows)
        keys = [question.key for question in screen.snapshot.questions]
        checklist.set_reactive(ChecklistScreen.at, keys.index(blocker.question) if blocker.question in keys else 0)
        self.push_screen(checklist, self._go)
