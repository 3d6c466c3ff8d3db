"""The ways between the screens, and what a screen that closes leads to."""

from collections.abc import Callable, Iterable

from textual.app import SystemCommand
from textual.screen import Screen

from reviewer.review.progress import Blocker
from reviewer.tui import messages
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.sign_off import SignOffScreen
from reviewer.tui.wishes import Wishes


class Doors(Wishes):
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
            self.push_screen(SignOffScreen(screen.snapshot, self.session.blockers), self._go_to_blocker)

    def action_help(self) -> None:
        tables = {ChecklistScreen: CHECKLIST_KEYS, SignOffScreen: SIGN_OFF_KEYS}
        self.push_screen(HelpScreen(tables.get(type(self.screen), REVIEW_KEYS)))

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_suspend(self) -> None:
        self.action_suspend_process()

    def action_leave(self) -> None:
        self.exit(self.session.state.verdict if self.session else None)

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
        state = screen.snapshot.state
        if blocker.hunk is not None:
            screen.show(messages.GoTo(hunk=blocker.hunk))
        elif blocker.flag is not None:
            finding = state.flags[blocker.flag].finding
            screen.show(messages.GoTo(path=finding.path, line=finding.line))
        elif blocker.note is not None:
            spot = state.notes[blocker.note].spot
            screen.show(
                messages.GoTo(path=spot.path, line=spot.last, side=spot.side) if spot else messages.GoTo(hunk=0)
            )
        elif blocker.question is not None:
            self._open_question(screen, blocker)

    def _open_question(self, screen: ReviewScreen, blocker: Blocker) -> None:
        if screen.snapshot is None:
            return
        checklist = ChecklistScreen(screen.snapshot, screen.view.rows)
        keys = [question.key for question in screen.snapshot.questions]
        checklist.set_reactive(ChecklistScreen.at, keys.index(blocker.question) if blocker.question in keys else 0)
        self.push_screen(checklist, self._go)
