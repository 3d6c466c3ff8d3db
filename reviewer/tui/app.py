"""The application: hands snapshots down to the screens, turns their wishes into events of the review."""

import asyncio
import signal
import subprocess
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing, suppress

from textual.app import App, SuspendNotSupported, SystemCommand
from textual.screen import Screen

from reviewer.errors import Refused, ReviewerError
from reviewer.review.events import Dispose, Event, GiveAnswer, Sign, TakeNote, Unview, View
from reviewer.review.model import SignOff
from reviewer.review.progress import Blocker
from reviewer.session import Session, Subject
from reviewer.tui import messages
from reviewer.tui.highlight import Highlighter
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.sign_off import SignOffScreen
from reviewer.tui.snapshot import snapshot_of
from reviewer.tui.widgets.diff_view import DiffView

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ReviewApp(App[SignOff]):
    """Gives the sign-off that stands for what was reviewed, or None."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+underscore"
    TITLE = "reviewer"

    def __init__(
        self,
        subject: Subject,
        open_session: Callable[[Subject], Session],
        *,
        clock: Callable[[], float],
        guide: Sequence[str] = (),
        reread: Callable[[], Subject | None] | None = None,
    ) -> None:
        super().__init__()
        self._subject = subject
        self._open_session = open_session
        self._clock = clock
        self._guide = guide
        self._reread = reread
        self._session: Session | None = None
        self._highlighter = Highlighter()
        # Not Textual's workers: it cancels those twice at the end, which breaks off the end of their processes.
        self._tasks: set[asyncio.Task[None]] = set()

    def on_mount(self) -> None:
        self._end_on_signals()
        self._show_review()
        self._begin(self._colour())

    @property
    def review_screen(self) -> ReviewScreen | None:
        return next((screen for screen in self.screen_stack if isinstance(screen, ReviewScreen)), None)

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        """Run something beside the interface; a bug in it ends the program like any other."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.call_later(_raise, error)

    def _show_review(self) -> None:
        self.push_screen(ReviewScreen(self._subject.diff, self._subject.label, self._guide, self._clock))
        # The hunks are on the screen before anything else is read.
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        try:
            self._session = self._open_session(self._subject)
        except ReviewerError as error:
            self.exit(message=str(error), return_code=error.exit_code)
            return
        for damage in self._session.damages:
            self.notify(damage, title="part of the record cannot be read", severity="warning", markup=False, timeout=15)
        self._show_snapshot()
        self._go_on()
        self._begin(self._inspect(self._session))

    def _go_on(self) -> None:
        """Stand at the first hunk that is not reviewed yet."""
        screen = self.review_screen
        if screen is None or screen.snapshot is None:
            return
        if any(screen.snapshot.viewed):
            screen.view.go_to_hunk(next((i for i, viewed in enumerate(screen.snapshot.viewed) if not viewed), 0))
        elif screen.view.cursor == 0:
            screen.view.go_to_hunk(0)

    async def _inspect(self, session: Session) -> None:
        try:
            async with aclosing(session.inspect()) as arriving:
                async for findings in arriving:
                    self.post_message(messages.FindingsArrived(findings))
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=60)
        self.post_message(messages.InspectionEnded())

    async def _colour(self) -> None:
        async with aclosing(self._highlighter.answers()) as answers:
            async for key, spans in answers:
                screen = self.review_screen
                if screen is not None:
                    screen.view.colour(key, spans)

    def on_diff_view_colours_wanted(self, message: DiffView.ColoursWanted) -> None:
        for request in message.requests:
            self._highlighter.ask(request)

    def on_findings_arrived(self, message: messages.FindingsArrived) -> None:
        if self._session is not None:
            self._try(lambda session: session.raise_flags(message.findings))

    def on_inspection_ended(self) -> None:
        if self.review_screen is not None:
            self.review_screen.is_inspecting = False

    def on_mark_hunks(self, message: messages.MarkHunks) -> None:
        if self._session is None or self.review_screen is None:
            return
        edits = tuple(edit for hunk in message.hunks for edit in self._session.scope.by_hunk[hunk])
        if self._dispatch(View(edits) if message.viewed else Unview(edits)) and message.viewed:
            self.review_screen.step_unreviewed(1)

    def on_dispose_flag(self, message: messages.DisposeFlag) -> None:
        self._dispatch(Dispose(message.finding, message.disposition, message.note))

    def on_write_note(self, message: messages.WriteNote) -> None:
        self._dispatch(TakeNote(message.body, message.spot, message.point, message.is_blocking))

    def on_reply_to(self, message: messages.ReplyTo) -> None:
        if self._session is None:
            return
        answered = self._dispatch(GiveAnswer(message.question, message.reply, self._session.scope.id, message.note))
        if answered and isinstance(self.screen, ChecklistScreen):
            self.screen.advance()

    def on_give_verdict(self, message: messages.GiveVerdict) -> None:
        if self._session is None:
            return
        sign = Sign(message.verdict, self._session.scope.id, self._session.progress.coverage)
        if self._dispatch(sign):
            self.exit(self._session.state.verdict)

    def on_undo(self) -> None:
        def undo(session: Session) -> None:
            event = session.undo()
            self.notify(f"undone: {event.kind}" if event else "nothing of yours to undo", markup=False, timeout=2)

        self._try(undo)

    def on_edit(self, message: messages.Edit) -> None:
        if self._session is None:
            return
        try:
            command = self._session.editor_command(message.path, message.line)
        except ReviewerError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        with suppress(SuspendNotSupported), self.suspend():
            subprocess.run(command, check=False)
        self.refresh()

    def on_reload(self) -> None:
        if self._reread is None:
            self.notify("a patch is read once; start again to read another", markup=False)
            return
        try:
            subject = self._reread()
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if subject is None:
            self.notify("nothing is changed any more", markup=False)
            return
        if self._session is not None:
            self._session.close()
        self._session, self._subject = None, subject
        self.pop_screen()
        self._show_review()

    def on_go_to(self, message: messages.GoTo) -> None:
        if self.review_screen is not None:
            self.review_screen.show(message)

    def action_checklist(self) -> None:
        screen = self.review_screen
        if screen is not None and screen.snapshot is not None:
            self.push_screen(ChecklistScreen(screen.snapshot, screen.view.rows), self._go)

    def action_sign_off(self) -> None:
        if isinstance(self.screen, ChecklistScreen):
            self.screen.dismiss(None)
        screen = self.review_screen
        if self._session is not None and screen is not None and screen.snapshot is not None:
            self.push_screen(SignOffScreen(screen.snapshot, self._session.blockers), self._go_to_blocker)

    def action_help(self) -> None:
        tables = {ChecklistScreen: CHECKLIST_KEYS, SignOffScreen: SIGN_OFF_KEYS}
        self.push_screen(HelpScreen(tables.get(type(self.screen), REVIEW_KEYS)))

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_suspend(self) -> None:
        self.action_suspend_process()

    def action_leave(self) -> None:
        self.exit(self._session.state.verdict if self._session else None)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key of the review by its description."""
        if isinstance(screen, ReviewScreen):
            for key in REVIEW_KEYS:
                if not key.keys[0].isdigit():
                    yield SystemCommand(key.description, f"key {key.shown}", self._runner(screen, key.action))

    async def on_unmount(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            self._session.close()

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
            screen.show(messages.GoTo(path=spot.path, line=spot.last) if spot else messages.GoTo(hunk=0))
        elif blocker.question is not None:
            self._open_question(screen, blocker)

    def _open_question(self, screen: ReviewScreen, blocker: Blocker) -> None:
        if screen.snapshot is None:
            return
        checklist = ChecklistScreen(screen.snapshot, screen.view.rows)
        keys = [question.key for question in screen.snapshot.questions]
        checklist.set_reactive(ChecklistScreen.at, keys.index(blocker.question) if blocker.question in keys else 0)
        self.push_screen(checklist, self._go)

    def _dispatch(self, event: Event) -> bool:
        return self._try(lambda session: session.dispatch(event))

    def _try(self, act: Callable[[Session], object]) -> bool:
        """Let something happen to the review and show the outcome; a refusal is shown and changes nothing."""
        if self._session is None:
            return False
        try:
            act(self._session)
        except Refused as refused:
            self.notify(str(refused), severity="warning", markup=False)
            return False
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=15)
            return False
        self._show_snapshot()
        return True

    def _show_snapshot(self) -> None:
        session = self._session
        if session is None:
            return
        snapshot = snapshot_of(session.state, session.scope, session.progress, session.questions)
        for screen in self.screen_stack:
            if isinstance(screen, (ReviewScreen, ChecklistScreen)):
                screen.snapshot = snapshot

    def _end_on_signals(self) -> None:
        """Leave the terminal as it was when someone ends us; Textual itself restores it on SIGINT only."""
        with suppress(NotImplementedError, RuntimeError):
            for number in _ENDING_SIGNALS:
                asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)


def _raise(error: BaseException) -> None:
    raise error
