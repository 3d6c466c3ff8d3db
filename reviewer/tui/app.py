"""The application: hands snapshots down to the screens, turns their wishes into events of the review."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from textual import events
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size

from reviewer.configuration.preferences import AS_SHIPPED, AUTO, CONTEXTS, Preferences
from reviewer.errors import ReviewerError
from reviewer.review.carry import Fate
from reviewer.review.order import OrderKind
from reviewer.session.rereading import Rereading
from reviewer.session.subject import Subject
from reviewer.tables import listed, quoted
from reviewer.tui import messages
from reviewer.tui.belt import Belt
from reviewer.tui.colouring import Colouring
from reviewer.tui.hangup import STATUS, mind_hangup
from reviewer.tui.inspecting import Inspecting
from reviewer.tui.keymap import SHIPPED, KeyMap
from reviewer.tui.line_facts import LineFacts
from reviewer.tui.note_words import drafts_words
from reviewer.tui.opening import Opening
from reviewer.tui.orders import order_of
from reviewer.tui.rereads import Rereads
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.small import SmallScreen, is_too_small
from reviewer.tui.snapshot import snapshot_of
from reviewer.tui.themes import NAMES
from reviewer.tui.watching import Watching
from reviewer.tui.ways import Ways
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.visible import show

if TYPE_CHECKING:
    from reviewer.session.session import Session

# How often a change that was read looks whether it may be shown.
_LOOK_SECONDS = 0.1
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ReviewApp(Watching, LineFacts, Colouring, Inspecting, Rereads, Opening):
    """Gives the sign-off that stands for what was reviewed, or None."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+underscore"
    TITLE = "reviewer"

    def __init__(
        self,
        subject: Subject,
        open_session: "Callable[[Subject], Session]",
        *,
        clock: Callable[[], float],
        guide: Sequence[str] = (),
        reread: Callable[[int], Subject | None] | None = None,
        driver: type[Driver] | None = None,
        preferences: Preferences = AS_SHIPPED,
        keys: KeyMap = SHIPPED,
        remarks: Sequence[str] = (),
    ) -> None:
        super().__init__(driver, preferences, keys)
        self.wear(preferences.theme)
        self._subject = subject
        # The change as git lists its files.
        self._unordered = subject.diff
        self._open_session = open_session
        self._clock = clock
        self._guide = guide
        self._remarks = remarks
        self._reread = reread
        if reread is not None:
            self.rereading = Rereading(reread)
        self._context_lines: int = preferences.context
        self._ways = Ways()
        self.belt = Belt()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.belt]

    def on_resize(self, event: events.Resize) -> None:
        self._mind_size(event.size)

    def _mind_size(self, size: Size) -> None:
        """Cover the review while the screen is too small for it."""
        is_covered = isinstance(self.screen, SmallScreen)
        if is_too_small(size) and not is_covered:
            self.push_screen(SmallScreen(self.keys.review))
        elif is_covered and not is_too_small(size):
            self.pop_screen()

    def on_mount(self) -> None:
        self._end_on_signals()
        remarks = [*self._remarks, *self.keys.remarks, *_not_a_theme(self.preferences.theme)]
        if remarks:
            self.notify("\n".join(remarks), title="your settings", severity="warning", timeout=15)
        self._show_review(self._open)
        self.begin(self.colour())
        if self._reread is not None:
            self.begin(self.keep_watch(self._reread))

    @property
    def context_lines(self) -> int:
        return self._context_lines

    def _show_review(self, then: Callable[[], None], folds: Mapping[bytes, str | None] | None = None) -> None:
        diff, label = self._subject.diff, self._subject.label
        screen = ReviewScreen(
            diff, label, self._guide, self._clock, folds or {}, self.preferences, self.keys, self._ways
        )
        self.push_screen(screen)
        self._mind_size(self.size)
        # The hunks are on the screen before anything else is read.
        self.call_after_refresh(then)
        self.call_after_refresh(self.look_for_moves)

    def _open(self) -> None:
        self.begin(self._open_review())

    async def _open_review(self) -> None:
        try:
            self.session = await self.open_beside(self._open_session, self._subject)
        except ReviewerError as error:
            self.exit(message=str(error), return_code=error.exit_code)
            return
        for damage in self.session.damages:
            self.notify(damage, title="part of the record cannot be read", severity="warning", markup=False, timeout=15)
        self.show_snapshot()
        self.watch_over(self.session)
        self._say_what_happened(self.session)
        if self.review_screen is not None and self.review_screen.view.is_where_it_began:
            self._go_on()
        self.begin_inspection(self.session)
        self.end_opening()

    def _say_what_happened(self, session: "Session") -> None:
        agent, screen = session.reviewer.agent, self.review_screen
        if screen is not None and agent:
            screen.news = (
                f"{show(agent)} started this: nothing said here is a person's word; use a terminal of your own"
            )
        elif screen is not None:
            screen.news = " · ".join(filter(None, (session.became, drafts_words(session.drafts))))

    def _go_on(self) -> None:
        """Stand at the first hunk that only needs a word, else at the first that is not reviewed yet."""
        screen = self.review_screen
        if screen is None or screen.snapshot is None:
            return
        ported = [hunk for hunk, fate in enumerate(screen.snapshot.left) if fate is Fate.PORTED]
        if any(screen.snapshot.viewed) or ported:
            unread = (hunk for hunk, viewed in enumerate(screen.snapshot.viewed) if not viewed)
            screen.view.go_to_hunk(ported[0] if ported else next(unread, 0))

    def on_reload(self) -> None:
        self.begin(self._read_again(self._context_lines))

    def on_show_context(self, message: messages.ShowContext) -> None:
        """Show more or less around the edits: a step, or all of every file and back."""
        at = CONTEXTS.index(self._context_lines)
        last = len(CONTEXTS) - 1
        goal = (0 if at == last else last) if message.whole else max(0, min(at + message.step, last))
        if goal != at:
            self.begin(self._read_again(CONTEXTS[goal]))

    async def _read_again(self, context: int) -> None:
        """Read the change beside the walk, which goes on meanwhile, then show what it is now."""
        subject = await self.reread_or_say_why(context)
        if subject is None:
            return
        self._context_lines = context
        await self._look_at(subject)

    def on_choose_order(self, message: messages.ChooseOrder) -> None:
        self.begin(self._walk_in(message.order))

    async def _walk_in(self, kind: OrderKind) -> None:
        """Show the same change with its files in another order."""
        subject = replace(self._subject, diff=self._unordered)
        try:
            order = await order_of(kind, subject, self.session.state.flags.values() if self.session else ())
        except ReviewerError as error:
            self.notify(str(error), severity="error")
            return
        if order is None:
            self.notify("this is a single commit")
            return
        self._ways.order = order
        await self._look_at(subject)

    async def _look_at(self, subject: Subject) -> None:
        """Show a change anew, in the order that was chosen, at the place where the cursor is."""
        while (screen := self.review_screen) is not None and (self.screen is not screen or screen.bar.is_open):
            # Something is being typed, or answered; it is not torn away.
            await asyncio.sleep(_LOOK_SECONDS)
        if screen is None or self.session is None:
            return
        self._unordered = subject.diff
        self._subject = subject = replace(subject, diff=self._ways.order.arrange(subject.diff))
        place = screen.place
        is_same_scope = self.session.look_at(subject)
        if not is_same_scope:
            self._leave_session()
        view, inspected = screen.view, screen.inspected
        self.pop_screen()
        self._show_review(
            lambda: self._look_again(view, place, inspected) if is_same_scope else self._open(),
            view.rows.folds_by_path,
        )

    def _look_again(self, former: DiffView, place: messages.GoTo, inspected: int) -> None:
        self.show_snapshot()
        if self.session is not None:
            self.watch_over(self.session)
        if self.review_screen is not None:
            self.review_screen.inspected = inspected
            self.review_screen.is_inspecting = self.is_inspecting
            self.review_screen.view.take_after(former)
            self.review_screen.show(place)

    def _leave_session(self) -> None:
        """Close the review of what is no longer there; what its rules still find is not wanted."""
        self.forget_inspection()
        if self.session is not None:
            self.session.close()
        self.session = None

    async def on_unmount(self) -> None:
        self.on_stop_reading()
        self.stop_watching()
        await self.end_tasks()

    def show_snapshot(self) -> None:
        session = self.session
        if session is None or not self.is_running:
            return
        snapshot = snapshot_of(session)
        for screen in self.screen_stack:
            if isinstance(screen, (ReviewScreen, ChecklistScreen)):
                screen.snapshot = snapshot

    def _end_on_signals(self) -> None:
        """Leave the terminal as it was when someone ends us; Textual itself restores it on SIGINT only."""
        with suppress(NotImplementedError, RuntimeError):
            for number in _ENDING_SIGNALS:
                asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)
        loop = asyncio.get_running_loop()
        mind_hangup(lambda: loop.call_soon_threadsafe(self.exit, None, STATUS))


def _not_a_theme(name: str) -> Iterator[str]:
    """Yield what to say of a theme the user chose and nobody knows."""
    if name not in (AUTO, *NAMES):
        near = get_close_matches(name, NAMES, 1)
        hint = f"did you mean {listed(near)}?" if near else f"known are {', '.join((AUTO, *NAMES))}"
        yield f"there is no theme {quoted(name)}; {hint}"
