"""The walk: tree, hunk stream, flags and notes at hand, and how far the review is."""

from collections.abc import Callable, Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from reviewer.diff.identity import ScopeId
from reviewer.diff.model import Diff
from reviewer.review.carry import Fate
from reviewer.review.model import Flag, Note, Side
from reviewer.tui.difference import differences
from reviewer.tui.keys import REVIEW_KEYS, bindings
from reviewer.tui.messages import GoTo, PressKey, StopReading
from reviewer.tui.places import find_place
from reviewer.tui.rows import RowKind
from reviewer.tui.screens.marking import Marking
from reviewer.tui.screens.moving import Moving
from reviewer.tui.screens.saying import Saying
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.titles import name_of
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.tui.widgets.file_tree import FileTree
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.tui.widgets.panel import Panel
from reviewer.tui.widgets.row_list import RowList
from reviewer.tui.widgets.scrollbar import ScrollMark
from reviewer.tui.widgets.status_line import StatusLine

_READING = "reading again; esc stops"
_WIDTH_WITH_TREE = 100
_WIDTH_WITH_SIDE_PANEL = 150


class ReviewScreen(Moving, Marking, Saying, Screen[None]):
    BINDINGS = bindings(REVIEW_KEYS)

    snapshot: reactive[Snapshot | None] = reactive(None)
    is_inspecting: reactive[bool] = reactive(default=True)
    # The change is being read again, and that takes a while.
    is_reading: reactive[bool] = reactive(default=False)
    # How many files the rules are done with.
    inspected: reactive[int] = reactive(0)
    # One line about what happened to the change since it was last read.
    news: reactive[str] = reactive("")

    def __init__(
        self,
        diff: Diff,
        label: str,
        guide: Sequence[str],
        clock: Callable[[], float],
        folds: Mapping[bytes, str | None],
    ) -> None:
        super().__init__()
        self._folds = folds
        self._diff = diff
        self._label = label
        self._guide = guide
        self.clock = clock
        self._wants_tree: bool | None = None
        self._shown_file = -1
        self._readable_files = sum(not file.is_binary for file in diff.files)

    def compose(self) -> ComposeResult:
        view = DiffView(self._diff, self._folds, id="diff")
        yield StatusLine(id="status")
        yield Static(id="news")
        with Horizontal(id="middle"):
            yield FileTree(self._diff, view.rows, id="tree")
            yield view
            yield ScrollMark(id="scroll")
            yield Panel(id="panel")
        yield KeyLine(REVIEW_KEYS, id="keys")

    @property
    def view(self) -> DiffView:
        return self.query_one(DiffView)

    @property
    def scope(self) -> ScopeId | None:
        return self.snapshot.scope.id if self.snapshot else None

    @property
    def at_work(self) -> str:
        """How far the rules are; empty when they are done."""
        files = self._readable_files
        return f"rules: {min(self.inspected, files)} of {files} files" if self.is_inspecting else ""

    def on_mount(self) -> None:
        self.view.focus()
        self.show_progress()

    def on_resize(self, event: events.Resize) -> None:
        self._fold_panels(event.size.width)

    def watch_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        self.view.snapshot = snapshot
        self.query_one(FileTree).show_snapshot(snapshot)
        self.show_progress()
        self.show_place()

    def watch_news(self, news: str) -> None:
        if self.is_mounted:
            line = self.query_one("#news", Static)
            line.update(Content(f" {news}"))
            line.display = bool(news)

    def action_cancel(self) -> None:
        if self.is_reading:
            self.post_message(StopReading())
            return
        super().action_cancel()
        self.news = ""

    def watch_is_reading(self) -> None:
        if self.is_mounted:
            self.show_progress()

    def watch_inspected(self) -> None:
        if self.is_mounted and self.is_inspecting:
            self.show_progress()
            self.show_place()

    def watch_is_inspecting(self) -> None:
        if self.is_mounted:
            self.show_progress()
            self.show_place()

    def on_diff_view_moved(self) -> None:
        self.show_place()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        file = self.query_one(FileTree).file_at(event.index)
        if file is not None:
            self.view.go_to_hunk(self.view.rows.first_hunk_of_file[file])

    def on_press_key(self, event: PressKey) -> None:
        self.call_later(self.run_action, event.action)

    def show(self, goal: GoTo) -> None:
        """Set the cursor on a hunk, or on a line of a file."""
        place = find_place(self.view.rows, goal.path, goal.line, goal.side) if goal.path is not None else None
        if goal.hunk is not None:
            self.view.go_to_hunk(goal.hunk)
        elif place is not None:
            self.go_to(place)

    @property
    def place(self) -> GoTo:
        """Where the cursor is, in a way that another diff of the same change understands."""
        line = self.view.line
        if line is None:
            return GoTo(path=self._path)
        is_old = line.new is None
        return GoTo(path=self._path, line=line.old if is_old else line.new, side=Side.OLD if is_old else Side.NEW)

    def show_progress(self) -> None:
        snapshot = self.snapshot
        verdict = snapshot.state.verdict if snapshot else None
        self.query_one(StatusLine).show_progress(
            self._label,
            snapshot.progress if snapshot else None,
            where=_READING if self.is_reading else name_of(self._diff.files[self.view.row.file]),
            verdict=verdict.verdict.value if verdict else None,
            at_work=self.at_work,
        )

    def show_place(self) -> None:
        """Bring tree, scroll mark and panel in line with the cursor."""
        view = self.view
        if view.row.file != self._shown_file:
            self._shown_file = view.row.file
            self.query_one(FileTree).select_file(view.row.file)
            self.show_progress()
        self.query_one(ScrollMark).span = (view.viewport.top, view.size.height, view.rows.count)
        flags = self.flags_in_hunk()
        notes = self.notes_here()
        guide = self._guide if not (self.snapshot and any(self.snapshot.viewed)) else ()
        panel = self.query_one(Panel)
        at_hand = self.flags_at_hand()
        since = self._since_read()
        threads = self.snapshot.threads if self.snapshot else {}
        panel.show_place(at_hand, notes, threads, since, of_hunk=len(flags), guide=guide, at_work=self.at_work)
        panel.set_class(not (at_hand or notes or guide or since), "idle")

    def _since_read(self) -> tuple[str, ...]:
        """Return what tells the current hunk from what was read of it."""
        row = self.view.row
        if (
            self.snapshot is None
            or row.kind in (RowKind.FILE, RowKind.FOLDED)
            or self.snapshot.left[row.hunk] is not Fate.DELTA
        ):
            return ()
        file, hunk = self._diff.files[row.file], self.view.rows.hunks[row.hunk]
        return differences(file, hunk, self.snapshot.scope.by_hunk[row.hunk], self.snapshot.carry)

    def flags_at_hand(self) -> list[Flag]:
        """Return the flags of the current line; without any, those of the hunk, open ones first."""
        line = self.view.line
        path = self._path
        here = self.snapshot.flags_at.get((path, Side.NEW, line.new or -1), ()) if self.snapshot and line else ()
        return list(here) or sorted(self.flags_in_hunk(), key=lambda flag: not flag.is_open)

    def flags_in_hunk(self) -> list[Flag]:
        """Return the flags of the current hunk, the gravest first."""
        row = self.view.row
        if self.snapshot is None or row.kind in (RowKind.FILE, RowKind.FOLDED):
            return []
        hunk = self.view.rows.hunks[row.hunk]
        lines = range(hunk.new_start, hunk.new_start + hunk.new_count)
        flags = [
            flag
            for flag in self.snapshot.flags.values()
            if flag.finding.path == self._path and flag.finding.line in lines
        ]
        return sorted(flags, key=lambda flag: (flag.finding.severity.rank, flag.finding.line))

    def notes_here(self) -> list[Note]:
        """Return the notes of the current line, or those on the whole file at its header."""
        if self.snapshot is None:
            return []
        line = self.view.line
        keys = [(self._path, Side.NEW, 0)] if line is None else []
        if line is not None:
            keys += [(self._path, Side.NEW, line.new)] if line.new is not None else []
            keys += [(self._path, Side.OLD, line.old)] if line.new is None and line.old is not None else []
        return [note for key in keys for note in self.snapshot.notes_at.get(key, ())]

    @property
    def _path(self) -> bytes:
        return self._diff.files[self.view.row.file].path

    def action_toggle_tree(self) -> None:
        self._wants_tree = not self.query_one(FileTree).display
        self._fold_panels(self.size.width)

    def _fold_panels(self, width: int) -> None:
        """Show what the width has room for: the tree beside, the panel beside or below."""
        has_room = width >= _WIDTH_WITH_TREE
        self.query_one(FileTree).display = has_room if self._wants_tree is None else self._wants_tree
        self.set_class(width >= _WIDTH_WITH_SIDE_PANEL, "wide")
        self.show_progress()
