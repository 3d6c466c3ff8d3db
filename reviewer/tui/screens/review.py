"""The walk: tree, hunk stream, flags and notes at hand, and how far the review is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from reviewer.configuration.preferences import Preferences, Tree
from reviewer.diff.blocks import Moves
from reviewer.diff.identity import ScopeId
from reviewer.diff.model import Diff
from reviewer.review.model import Flag, Note, Side
from reviewer.tui.at_hand import AtHand, Hand
from reviewer.tui.keymap import KeyMap
from reviewer.tui.keys import bound
from reviewer.tui.messages import GoTo, PressKey, StopReading
from reviewer.tui.moved import block_of, told
from reviewer.tui.rows import RowKind
from reviewer.tui.screens.marking import Marking
from reviewer.tui.screens.moving import Moving
from reviewer.tui.screens.saying import Saying
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.ways import Ways
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.tui.widgets.file_tree import FileTree
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.tui.widgets.panel import Panel
from reviewer.tui.widgets.place_line import PlaceLine
from reviewer.tui.widgets.row_list import RowList
from reviewer.tui.widgets.scrollbar import ScrollMark
from reviewer.tui.widgets.search_bar import SearchBar
from reviewer.tui.widgets.status_line import StatusLine
from reviewer.walk.places import find_place
from reviewer.walk.titles import name_of

_WIDTH_WITH_TREE = 100
_WIDTH_WITH_SIDE_PANEL = 150


class ReviewScreen(Moving, Marking, Saying, Screen[None]):
    AUTO_FOCUS = "DiffView"

    # A screen repaints all it holds when one of these changes, unless told not to: each part draws what concerns it.
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    is_inspecting: reactive[bool] = reactive(default=True, repaint=False)
    # The change is being read again, and that takes a while.
    is_reading: reactive[bool] = reactive(default=False, repaint=False)
    # How many files the rules are done with.
    inspected: reactive[int] = reactive(0, repaint=False)
    # One line about what happened to the change since it was last read.
    news: reactive[str] = reactive("", repaint=False)

    def __init__(
        self,
        diff: Diff,
        label: str,
        guide: Sequence[str],
        clock: Callable[[], float],
        folds: Mapping[bytes, str | None],
        preferences: Preferences,
        keys: KeyMap,
        ways: Ways,
    ) -> None:
        super().__init__()
        self.ways = ways
        self.keys = keys
        self._bindings = bound(self._bindings, keys.review)
        self._preferences = preferences
        self._folds = folds
        self._diff = diff
        self._label = label
        self._guide = guide
        self.clock = clock
        self._wants_tree = {Tree.AUTO: None, Tree.ON: True, Tree.OFF: False}[preferences.tree]
        self._shown_file = -1
        self._readable_files = sum(not file.is_binary for file in diff.files)

    def compose(self) -> ComposeResult:
        # Before anything is laid out: to find out later would be to lay it out twice.
        self.set_class(self.app.size.width >= _WIDTH_WITH_SIDE_PANEL, "wide")
        view = DiffView(self._diff, self._folds, id="diff")
        view.rows.reasons = self.ways.order.reasons
        self._hand = Hand(view.rows)
        view.prefer(self._preferences)
        yield StatusLine(id="status")
        yield Static(id="news")
        with Horizontal(id="middle"):
            with Vertical(id="tree-side") as side:
                side.display = self._has_tree(self.app.size.width)
                yield Static(id="tree-title")
                yield FileTree(self._diff, view.rows, id="tree")
            with Vertical(id="reading"):
                yield PlaceLine(id="place")
                yield view
            yield ScrollMark(view.rows, id="scroll")
            panel = Panel(id="panel")
            panel.keys = self.keys
            yield panel
        yield SearchBar(self.keys, id="search")
        yield KeyLine(self.keys.review, id="keys")

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
        self.show_progress()
        self.resume_search()
        self.keep_to_files(self.ways.files)

    def on_resize(self, event: events.Resize) -> None:
        self._fold_panels(event.size.width)

    def watch_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        self.view.snapshot = snapshot
        self.query_one(FileTree).show_snapshot(snapshot)
        self.query_one(ScrollMark).snapshot = snapshot
        self.say_of_tree()
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

    def watch_is_inspecting(self) -> None:
        if self.is_mounted:
            self.show_progress()
            self.show_place()

    def on_diff_view_moved(self) -> None:
        self.show_place()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        file = self.query_one(FileTree).file_at(event.index)
        if file is not None:
            if not self.query_one(FileTree).has_focus:
                self.leave_place()
            self.view.go_to_hunk(self.view.rows.first_hunk_of_file[file])

    def on_scroll_mark_pointed(self, event: ScrollMark.Pointed) -> None:
        self.leave_place()
        self.view.move_to(event.row, top=max(0, event.row - self.view.size.height // 2))

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
        row, line = self.view.row, self.view.line
        if line is None:
            hunk = self.view.rows.hunks[row.hunk]
            is_old = not hunk.new_count
            number = (hunk.old_start if is_old else hunk.new_start) if row.kind is RowKind.HUNK else None
            return GoTo(path=self._path, line=number, side=Side.OLD if is_old else Side.NEW)
        is_old = line.new is None
        return GoTo(path=self._path, line=line.old if is_old else line.new, side=Side.OLD if is_old else Side.NEW)

    def show_progress(self) -> None:
        snapshot = self.snapshot
        verdict = snapshot.state.verdict if snapshot else None
        reading = f"reading again; {self.keys.shown('cancel')} stops" if self.is_reading else ""
        self.query_one(StatusLine).show_progress(
            self._label,
            snapshot.progress if snapshot else None,
            where=reading,
            verdict=verdict.verdict.value if verdict else None,
            at_work=self.at_work,
        )

    def show_place(self) -> None:
        """Bring tree, scroll mark and panel in line with the cursor."""
        view = self.view
        if view.row.file != self._shown_file:
            self._shown_file = view.row.file
            self.query_one(FileTree).select_file(view.row.file)
        name = name_of(self._diff.files[view.row.file])
        self.query_one(PlaceLine).show_place(name, view.enclosing, hunk=view.hunk, hunks=len(view.rows.hunks))
        self.query_one(ScrollMark).span = (view.viewport.top, view.size.height, view.rows.count)
        found = self.at_hand
        guide = self._guide if not (self.snapshot and any(self.snapshot.viewed)) else ()
        panel = self.query_one(Panel)
        panel.show_place(found, guide=guide, at_work="the rules are at work" if self.is_inspecting else "")
        panel.set_class(not (found.flags or found.notes or guide or found.since or found.moved), "idle")

    @property
    def at_hand(self) -> AtHand:
        view, line = self.view, self.view.line
        found = self._hand.at(view.row, line, self.snapshot)
        block = block_of(view.row, line, view.moves)
        if line is None or block is None:
            return found
        return replace(found, moved=told(block, view.rows, is_old=line.new is None))

    def show_moves(self, moves: Moves) -> None:
        self.view.show_moves(moves)
        self.show_place()

    def flags_at_hand(self) -> Sequence[Flag]:
        return self.at_hand.flags

    def notes_here(self) -> Sequence[Note]:
        return self.at_hand.notes

    @property
    def _path(self) -> bytes:
        return self._diff.files[self.view.row.file].path

    def show_tree(self) -> None:
        self._wants_tree = True
        self._fold_panels(self.size.width)

    def action_toggle_tree(self) -> None:
        self._wants_tree = not self.query_one("#tree-side").display
        self.set_focus(self.view)
        self._fold_panels(self.size.width)

    def _fold_panels(self, width: int) -> None:
        """Show what the width has room for: the tree beside, the panel beside or below."""
        self.query_one("#tree-side").display = self._has_tree(width)
        self.set_class(width >= _WIDTH_WITH_SIDE_PANEL, "wide")
        self.show_progress()

    def _has_tree(self, width: int) -> bool:
        return width >= _WIDTH_WITH_TREE if self._wants_tree is None else self._wants_tree
