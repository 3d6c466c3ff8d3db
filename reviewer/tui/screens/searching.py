"""The keys that search. The view follows while one types; the rest of the diff is searched between keys."""

from collections.abc import Callable

from rich.cells import cell_len
from textual.timer import Timer

from reviewer.errors import ReviewerError
from reviewer.tui.keymap import KeyMap
from reviewer.tui.matches import Match
from reviewer.tui.pattern import pattern_of
from reviewer.tui.rows import Row, RowKind
from reviewer.tui.screens.jumping import Jumping
from reviewer.tui.search import Search
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.tui.widgets.scrollbar import ScrollMark
from reviewer.tui.widgets.search_bar import SearchBar, Wanted
from reviewer.visible import expand_tabs, show

# A search takes the smaller part of the time: keys come first.
_SECONDS_AT_ONCE = 0.008
_SECONDS_BETWEEN = 0.02
# What stands further right in a line is found, but not scrolled to.
_FARTHEST = 20_000


class Searching(Jumping):
    keys: KeyMap
    clock: Callable[[], float]
    search: Search | None = None
    _searcher: Timer | None = None
    _match: Match | None = None
    # Where one was when the search was opened, and what was searched for until then.
    _origin = (0, 0, 0)
    _former: Search | None = None
    _problem = ""

    @property
    def view(self) -> DiffView:
        raise NotImplementedError

    @property
    def bar(self) -> SearchBar:
        return self.query_one(SearchBar)

    def action_search(self) -> None:
        self._origin, self._former = self._place, self.search
        self.add_class("searching")
        self.bar.open(self.ways.searches)
        self._begin(self.bar.wanted)

    def action_next_match(self) -> None:
        self._step_match(1)

    def action_previous_match(self) -> None:
        self._step_match(-1)

    def resume_search(self) -> None:
        """Search for what was searched for on the screen before this one."""
        if self.ways.wanted is not None:
            self._origin = self._place
            self.bar.wanted = self.ways.wanted
            self.add_class("searching")
            self._begin(self.ways.wanted)

    def end_search(self) -> bool:
        """Forget what is searched for; False if nothing is."""
        was_on = self.search is not None
        self._set_search(None)
        self.bar.close()
        self.remove_class("searching")
        return was_on

    def on_search_bar_typed(self, event: SearchBar.Typed) -> None:
        self._begin(event.wanted)

    def on_search_bar_taken(self) -> None:
        wanted = self.bar.wanted
        if self.search is None or self.search.pattern.text != wanted.text:
            self._begin(wanted)
        self.bar.close()
        self.set_focus(self.view)
        if self.search is None:
            if self._problem:
                self.notify(f"{show(wanted.text)}: {self._problem}", severity="warning")
            self.end_search()
            return
        searches = self.ways.searches
        searches[:] = [*(each for each in searches if each != wanted), wanted]
        if self.view.cursor != self._origin[0]:
            cursor, top, offset = self._place
            self._go_back()
            self.leave_place()
            self._go_to_place(cursor, top, offset)
        self._say()

    def on_search_bar_left(self) -> None:
        former = self._former
        self._go_back()
        self.end_search()
        self.set_focus(self.view)
        if former is not None:
            self.add_class("searching")
            self.bar.wanted = Wanted(former.pattern.text, former.pattern.is_regex)
            self._set_search(former)
            self._say()

    def _begin(self, wanted: Wanted) -> None:
        """Search for something else, from where one was when the search was opened."""
        self._problem = ""
        self._go_back()
        try:
            pattern = pattern_of(wanted.text, is_regex=wanted.is_regex) if wanted.text else None
        except ReviewerError as error:
            self._problem, pattern = str(error), None
        self._set_search(Search(self.view.rows, pattern, start=self.view.hunk) if pattern else None)
        self._search_on()

    def _set_search(self, search: Search | None) -> None:
        self.search, self._match = search, None
        self.ways.wanted = self.bar.wanted if search is not None else None
        self.view.match = search.pattern if search is not None else None
        self.query_one(ScrollMark).show_matches(search.matches if search is not None else None)
        if self._searcher is None:
            self._searcher = self.set_interval(_SECONDS_BETWEEN, self._search_on, pause=True)
        if search is not None and not search.is_done:
            self._searcher.resume()

    def _search_on(self) -> None:
        search, view = self.search, self.view
        if search is not None:
            search.go_on(self.clock, _SECONDS_AT_ONCE)
            self.query_one(ScrollMark).look_again()
            first = search.matches.first(view.rows, view.row) if self._match is None and self.bar.is_open else None
            # Before all is searched there may be a nearer one than the first of all.
            if first is not None and (search.is_done or not first.is_wrapped):
                self._show(first)
        if self._searcher is not None and (search is None or search.is_done):
            self._searcher.pause()
        self._say()

    def _step_match(self, direction: int) -> None:
        view, search = self.view, self.search
        if search is None:
            self.notify(f"nothing to search for; {self.keys.shown('search')} starts")
            return
        match = search.matches.step(view.rows, self._here(), direction)
        if match is not None:
            self.leave_place()
        self._show(match)
        self._say()

    def _here(self) -> Row:
        """Return the match one stands at, else the current row: side by side, two lines share one of the screen."""
        view, match = self.view, self._match
        if match is not None and not view.rows.is_folded(match.hunk):
            row = view.rows.row_of_line(match.hunk, match.line)
            if view.viewport.shape.home(row) == view.cursor:
                return Row(RowKind.LINE, view.rows.file_of_hunk[match.hunk], match.hunk, match.line)
        return view.row

    def _show(self, match: Match | None) -> None:
        self._match = match
        if match is None:
            return
        view = self.view
        row = view.rows.row_of_line(match.hunk, match.line)
        is_near = view.viewport.top <= row < view.viewport.top + view.size.height
        view.move_to(row, top=None if is_near else max(0, row - view.size.height // 2))
        text = view.pieces.line(view.rows.at(row)).text[:_FARTHEST]
        shown = expand_tabs(show(text))
        spans = view.match.spans(text, shown) if view.match is not None else []
        if spans:
            start, end = spans[0]
            view.bring_in_sight(cell_len(shown[:start]), cell_len(shown[:end]))

    def _go_back(self) -> None:
        self._go_to_place(*self._origin)

    @property
    def _place(self) -> tuple[int, int, int]:
        view = self.view
        return view.cursor, view.viewport.top, view.offset_x

    def _go_to_place(self, cursor: int, top: int, offset: int) -> None:
        self.view.move_to(cursor, top=top)
        self.view.sideways_to(offset)

    def _say(self) -> None:
        search = self.search
        if search is None:
            self.bar.say(self._problem, is_bad=True)
        else:
            shown, folded = self._counts(search)
            self.bar.say(self._how_it_goes(search, shown, folded), is_bad=search.is_done and not shown)

    def _counts(self, search: Search) -> tuple[int, int]:
        folded = search.matches.folded(self.view.rows)
        return len(search.matches) - folded, folded

    def _how_it_goes(self, search: Search, shown: int, folded: int) -> str:
        more = "" if search.is_done else "…"
        which = f"match {search.matches.rank(self._match, self.view.rows):,} of " if self._match is not None else ""
        parts = [f"{which}{shown:,}{more}" if shown else f"no match{more}"]
        if folded:
            parts.append(f"{folded:,} more in folded files" if shown else f"{folded:,} in folded files")
        if self._match is not None and self._match.is_wrapped:
            parts.append("round the end")
        if search.is_given_up:
            parts.append("given up: the expression takes too long")
        elif search.stuck:
            parts.append(f"{search.stuck} lines left out: the expression takes too long")
        return " · ".join(parts)
