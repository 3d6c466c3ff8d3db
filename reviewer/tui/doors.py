"""The ways between the screens, and what a screen that closes leads to."""

from collections.abc import Callable, Iterable

from textual.app import SystemCommand
from textual.screen import Screen

from reviewer.review.order import OrderKind
from reviewer.review.progress import Blocker
from reviewer.tui import messages
from reviewer.tui.keys import COMPOSER_KEYS, NOTE_LIST_KEYS
from reviewer.tui.note_wishes import NoteWishes
from reviewer.tui.orders import WORDS
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.pickers import ChoicePicker
from reviewer.tui.screens.prompts import SettlePrompt
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.sign_off import SignOffScreen


class Doors(NoteWishes):
    """Opens and leaves screens."""

    def action_checklist(self) -> None:
        screen = self.review_screen
        if screen is not None and screen.snapshot is not None:
            self.push_screen(ChecklistScreen(screen.snapshot, screen.view.rows, self.keys.checklist), self._go)

    def action_sign_off(self) -> None:
        if isinstance(self.screen, ChecklistScreen):
            self.screen.dismiss(None)
        screen = self.review_screen
        if self.session is not None and screen is not None and screen.snapshot is not None:
            sign_off = SignOffScreen(screen.snapshot, self.session.blockers, self.session.signing, self.keys.sign_off)
            self.push_screen(sign_off, self._go_to_blocker)

    def action_help(self) -> None:
        # By name: the composer is only loaded once someone writes.
        tables = {
            "ChecklistScreen": self.keys.checklist,
            "SignOffScreen": self.keys.sign_off,
            "Composer": COMPOSER_KEYS,
            "NotePicker": NOTE_LIST_KEYS,
        }
        self.push_screen(HelpScreen(tables.get(type(self.screen).__name__, self.keys.review)))

    def action_order(self) -> None:
        """Ask in which order to walk; one by commits is offered where there are any."""
        screen, session = self.review_screen, self.session
        if screen is None or session is None or self.screen is not screen:
            return
        kinds = [kind for kind in OrderKind if kind is not OrderKind.COMMITS or session.subject.is_range]

        def walk(number: int | None) -> None:
            if number is not None:
                self.post_message(messages.ChooseOrder(kinds[number]))

        lines = [f"{kind.value:<17} {WORDS[kind]}" for kind in kinds]
        current = kinds.index(screen.ways.order.kind)
        self.push_screen(ChoicePicker(lines, current=current, hint="order of the walk"), walk)

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_suspend(self) -> None:
        self.action_suspend_process()

    def action_leave(self) -> None:
        self.exit(self.session.verdict_given_here if self.session else None)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the review by its description."""
        if isinstance(screen, ReviewScreen):
            for key in self.keys.review:
                if not key.is_row:
                    shown = f"key {key.shown}" if key.shown else "no key"
                    yield SystemCommand(key.description, shown, self._runner(screen, key.action))
            yield from self.theme_commands()

    def _runner(self, screen: ReviewScreen, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(screen.run_action, action)

        return run

    def _go(self, goal: messages.GoTo | None) -> None:
        if goal is not None and self.review_screen is not None:
            self.review_screen.leap(goal)

    def _go_to_blocker(self, blocker: Blocker | None) -> None:
        screen = self.review_screen
        if blocker is None or screen is None or screen.snapshot is None:
            return
        if blocker.hunk is not None:
            screen.leap(messages.GoTo(hunk=blocker.hunk))
        elif blocker.can_be_settled:
            self._offer_to_settle(blocker)
        elif blocker.flag is not None:
            finding = screen.snapshot.flags[blocker.flag].finding
            screen.leap(messages.GoTo(path=finding.path, line=finding.line))
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
        checklist = ChecklistScreen(screen.snapshot, screen.view.rows, self.keys.checklist)
        keys = [question.key for question in screen.snapshot.questions]
        checklist.set_reactive(ChecklistScreen.at, keys.index(blocker.question) if blocker.question in keys else 0)
        self.push_screen(checklist, self._go)
