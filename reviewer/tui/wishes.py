"""What happens to a wish: the one place where a message becomes an event of the review."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.driver import Driver
from textual.notifications import SeverityLevel

from reviewer.configuration.preferences import Preferences
from reviewer.errors import Refused, ReviewerError
from reviewer.review.events import Dispose, Event, GiveAnswer, Resolve, Sign, Unview, View
from reviewer.review.model import Verdict
from reviewer.tui import messages
from reviewer.tui.keymap import KeyMap
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.themed import Themed
from reviewer.visible import show

if TYPE_CHECKING:
    from reviewer.session.session import Session


class Wishes(Themed):
    """Answers the messages of `messages.py` that change the review."""

    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver)
        self.keys = keys
        self.preferences = preferences
        self.session: Session | None = None
        # A sign-off was given in this run, rather than found in the record.
        self.has_signed = False

    @property
    def review_screen(self) -> ReviewScreen | None:
        """The screen of the walk; none when the end has begun, for then it loses its parts before we stop."""
        if not self.is_running:
            return None
        return next((screen for screen in self.screen_stack if isinstance(screen, ReviewScreen)), None)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = 4,
        markup: bool = False,
    ) -> None:
        """Show one message at a time, never as markup: a pile of them would cover what they speak about."""
        self.clear_notifications()
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def show_snapshot(self) -> None:
        """Hand the state down to the screens."""
        raise NotImplementedError

    def on_mark_hunks(self, message: messages.MarkHunks) -> None:
        if self.session is None or self.review_screen is None:
            return
        edits = tuple(edit for hunk in message.hunks for edit in self.session.scope.by_hunk[hunk])
        if self._dispatch(View(edits) if message.viewed else Unview(edits)) and message.viewed:
            self.review_screen.step_unreviewed(1)

    def on_dispose_flag(self, message: messages.DisposeFlag) -> None:
        self._dispatch(Dispose(message.finding, message.disposition, message.note))

    def on_settle(self, message: messages.Settle) -> None:
        self._dispatch(Resolve(message.note, message.finding, reopens=message.reopens))

    def on_reply_to(self, message: messages.ReplyTo) -> None:
        if self.session is None:
            return
        answered = self._dispatch(GiveAnswer(message.question, message.reply, self.session.scope.id, message.note))
        if answered and isinstance(self.screen, ChecklistScreen):
            self.screen.advance()

    def on_give_verdict(self, message: messages.GiveVerdict) -> None:
        if self.session is None:
            return
        screen = self.review_screen
        if message.verdict is Verdict.APPROVE and screen is not None and screen.is_inspecting:
            self.notify("the rules are still at work; wait for what they see", severity="warning")
            return
        sign = Sign(message.verdict, self.session.scope.id, self.session.progress.coverage)
        if self._dispatch(sign):
            self.has_signed = True
            self.exit(self.session.verdict_given_here, message=self.session.unpublished)

    def on_undo(self) -> None:
        def undo(session: "Session") -> None:
            event = session.undo()
            self.notify(f"undone: {event.kind}" if event else "nothing of yours to undo", timeout=2)

        self.attempt(undo)

    def on_edit(self, message: messages.Edit) -> None:
        if self.session is None:
            return
        try:
            command = self.session.editor_command(message.path, message.line, self.preferences.editor)
        except ReviewerError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        try:
            with suppress(SuspendNotSupported), self.suspend():
                subprocess.run(command, check=False)
        except OSError as error:
            self.notify(f"{show(command[0])}: cannot be started ({error.strerror})", severity="warning", markup=False)
        self.refresh()

    def on_go_to(self, message: messages.GoTo) -> None:
        if self.review_screen is not None:
            self.review_screen.leap(message)

    def _dispatch(self, event: Event) -> bool:
        return self.attempt(lambda session: session.dispatch(event))

    def attempt(self, act: "Callable[[Session], object]") -> bool:
        """Let something happen to the review and show the outcome; a refusal is shown and changes nothing."""
        if self.session is None:
            return False
        try:
            act(self.session)
        except Refused as refused:
            self.notify(str(refused), severity="warning", markup=False)
            return False
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=15)
            return False
        self.show_snapshot()
        return True
