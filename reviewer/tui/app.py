"""The application: hands snapshots down to the screens, turns their wishes into events of the review."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from difflib import get_close_matches

from textual import events
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from reviewer.analysis.finding import Finding
from reviewer.configuration.preferences import AS_SHIPPED, AUTO, CONTEXTS, Preferences
from reviewer.errors import ReviewerError
from reviewer.review.carry import Fate
from reviewer.review.model import Side
from reviewer.review.order import OrderKind
from reviewer.session.rereading import Rereading
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.tables import listed, quoted
from reviewer.tui import messages
from reviewer.tui.belt import Belt
from reviewer.tui.hangup import STATUS, mind_hangup
from reviewer.tui.highlighter import Highlighter, Request
from reviewer.tui.keymap import SHIPPED, KeyMap
from reviewer.tui.line_facts import LineFacts
from reviewer.tui.note_words import drafts_words
from reviewer.tui.orders import order_of
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.small import SmallScreen, is_too_small
from reviewer.tui.snapshot import snapshot_of
from reviewer.tui.themes import NAMES
from reviewer.tui.watching import Watching
from reviewer.tui.ways import Ways
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.visible import show

_HEAP_SECONDS = 0.1
_KEYS_KEPT = 100
# What takes longer says so.
_PATIENCE_SECONDS = 0.3
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ReviewApp(Watching, LineFacts):
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
        self._rereading = Rereading(reread) if reread is not None else None
        self._highlighter = Highlighter(self._text_of)
        # Not Textual's workers: it cancels those twice at the end, which breaks off the end of their processes.
        self._tasks: set[asyncio.Task[None]] = set()
        self._inspection: asyncio.Task[None] | None = None
        self._arrived: list[Finding] = []
        # How many files the rules are done with that the screen does not show yet.
        self._inspected_since = 0
        self._context_lines: int = preferences.context
        self._ways = Ways()
        # The latest keys, each with the widget that was the first to get it.
        self._keys_given: deque[tuple[events.Key, Widget | None]] = deque(maxlen=_KEYS_KEPT)
        self.belt = Belt()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.belt]

    def on_resize(self, event: events.Resize) -> None:
        self._mind_size(event.size)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys_given.append((event, self.focused))
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Give what was typed ahead of a field to that field; it must not run as commands."""
        field, given = self.focused, (widget for key, widget in self._keys_given if key is event)
        takes_text = isinstance(field, Input) or hasattr(field, "takes_text")
        if field is not None and takes_text and next(given, field) is not field:
            event.prevent_default()
            copy = events.Key(event.key, event.character)
            # What we send ourselves would not come back to us, where bindings are looked for.
            copy.set_sender(field)
            self._keys_given.append((copy, field))
            field.post_message(copy)

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
        self._begin(self._colour())
        if self._reread is not None:
            self._begin(self.keep_watch(self._reread))

    @property
    def context_lines(self) -> int:
        return self._context_lines

    def _begin(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Run something beside the interface; a bug in it ends the program like any other."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.call_later(_raise, error)

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
        try:
            self.session = self._open_session(self._subject)
        except ReviewerError as error:
            self.exit(message=str(error), return_code=error.exit_code)
            return
        for damage in self.session.damages:
            self.notify(damage, title="part of the record cannot be read", severity="warning", markup=False, timeout=15)
        self.show_snapshot()
        self.watch_over(self.session)
        self._say_what_happened(self.session)
        self._go_on()
        self._inspection = self._begin(self._inspect(self.session))

    def _say_what_happened(self, session: Session) -> None:
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

    async def _inspect(self, session: Session) -> None:
        try:
            async with aclosing(session.inspect()) as arriving:
                async for findings in arriving:
                    self.post_message(messages.FindingsArrived(findings, session))
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=60)
        self.post_message(messages.InspectionEnded())

    async def _colour(self) -> None:
        async with aclosing(self._highlighter.answers()) as answers:
            async for request, spans in answers:
                # At the end the screen loses its parts before we stop.
                for view in self.review_screen.query(DiffView) if self.review_screen is not None else ():
                    view.colour(request, spans)

    async def _text_of(self, request: Request) -> bytes | None:
        return await asyncio.to_thread(self._subject.text, request.file, is_old=request.key[2] == Side.OLD.value)

    def on_diff_view_colours_wanted(self, message: DiffView.ColoursWanted) -> None:
        for request in message.requests:
            self._highlighter.ask(request)

    def on_diff_view_contents_wanted(self, message: DiffView.ContentsWanted) -> None:
        self._begin(self._tell(message.view, message.files, self._subject))

    async def _tell(self, view: DiffView, files: Sequence[int], subject: Subject) -> None:
        contents = await asyncio.to_thread(subject.contents, files)
        if view.is_attached:
            view.tell(contents)

    def on_findings_arrived(self, message: messages.FindingsArrived) -> None:
        """Take findings in small heaps, so that a thousand of them do not draw the screen a thousand times."""
        if message.session is not self.session:
            return
        if not self._inspected_since:
            self.set_timer(_HEAP_SECONDS, self._take_arrived)
        self._inspected_since += 1
        self._arrived += message.findings

    def on_inspection_ended(self) -> None:
        self._take_arrived()
        if self.review_screen is not None:
            self.review_screen.is_inspecting = False

    def _take_arrived(self) -> None:
        arrived, self._arrived = self._arrived, []
        if arrived:
            self.attempt(lambda session: session.raise_flags(arrived))
        if self.review_screen is not None:
            self.review_screen.inspected += self._inspected_since
        self._inspected_since = 0

    def on_reload(self) -> None:
        self._begin(self._read_again(self._context_lines))

    def on_show_context(self, message: messages.ShowContext) -> None:
        """Show more or less around the edits: a step, or all of every file and back."""
        at = CONTEXTS.index(self._context_lines)
        last = len(CONTEXTS) - 1
        goal = (0 if at == last else last) if message.whole else max(0, min(at + message.step, last))
        if goal != at:
            self._begin(self._read_again(CONTEXTS[goal]))

    def on_stop_reading(self) -> None:
        if self._rereading is not None:
            self._rereading.stop()

    async def _read_again(self, context: int) -> None:
        """Read the change beside the walk, which goes on meanwhile, then show what it is now."""
        subject = await self._reread_or_say_why(context)
        if subject is None:
            return
        self._context_lines = context
        await self._look_at(subject)

    def on_choose_order(self, message: messages.ChooseOrder) -> None:
        self._begin(self._walk_in(message.order))

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
            await asyncio.sleep(_HEAP_SECONDS)
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
            self.review_screen.is_inspecting = self._inspection is not None and not self._inspection.done()
            self.review_screen.view.take_after(former)
            self.review_screen.show(place)

    async def _reread_or_say_why(self, context: int) -> Subject | None:
        if self._rereading is None:
            self.notify("a patch is read once; start again to read another", markup=False)
            return None
        if self._rereading.is_at_work:
            return None
        waiting = self.set_timer(_PATIENCE_SECONDS, self._say_it_reads)
        try:
            subject = await self._rereading.subject(context)
        except ReviewerError as error:
            self.notify(str(error), severity="error", markup=False)
            return None
        finally:
            waiting.stop()
            if self.review_screen is not None:
                self.review_screen.is_reading = False
        if subject is None:
            self.notify("nothing is changed any more", markup=False)
        return subject

    def _say_it_reads(self) -> None:
        if self.review_screen is not None:
            self.review_screen.is_reading = True

    def _leave_session(self) -> None:
        """Close the review of what is no longer there; what its rules still find is not wanted."""
        if self._inspection is not None:
            self._inspection.cancel()
        if self.session is not None:
            self.session.close()
        self.session, self._arrived, self._inspected_since = None, [], 0

    async def on_unmount(self) -> None:
        self.on_stop_reading()
        self.stop_watching()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def show_snapshot(self) -> None:
        session = self.session
        if session is None:
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


def _raise(error: BaseException) -> None:
    raise error


def _not_a_theme(name: str) -> Iterator[str]:
    """Yield what to say of a theme the user chose and nobody knows."""
    if name not in (AUTO, *NAMES):
        near = get_close_matches(name, NAMES, 1)
        hint = f"did you mean {listed(near)}?" if near else f"known are {', '.join((AUTO, *NAMES))}"
        yield f"there is no theme {quoted(name)}; {hint}"
