"""The keys that move: lines, pages, hunks, files, flags, notes. They change what is seen, nothing else."""

from reviewer.review.model import Side
from reviewer.tui.moved import other_end
from reviewer.tui.rows import RowKind
from reviewer.tui.screens.browsing import Browsing
from reviewer.tui.screens.pickers import FlagPicker, PickedFlag
from reviewer.tui.widgets.diff_view import DiffView
from reviewer.visible import show
from reviewer.walk.places import HEADER, Place, find_place, flag_places, next_place, next_unviewed, note_places


class Moving(Browsing):
    # What the flags that `f` and `F` go to must hold.
    flag_filter = ""

    @property
    def view(self) -> DiffView:
        raise NotImplementedError

    @property
    def here(self) -> Place:
        line = self.view.line
        if line is None:
            return Place(self.view.hunk, HEADER if self.view.row.kind is RowKind.FILE else 0)
        return Place(self.view.hunk, line.new or line.old or 0, line.new is None)

    def go_to(self, place: Place) -> None:
        if place.line == HEADER:
            self.view.go_to_file(self.view.rows.file_of_hunk[place.hunk])
        elif place.line:
            self.view.go_to_line(place.hunk, place.line, Side.OLD if place.is_old else Side.NEW)
        else:
            self.view.go_to_hunk(place.hunk)

    def action_move(self, rows: int) -> None:
        self.view.step(rows)

    def action_half_page(self, direction: int) -> None:
        self.view.page(0.5, direction)

    def action_page(self, direction: int) -> None:
        self.view.page(1, direction)

    def action_first(self) -> None:
        self.leave_place()
        self.view.move_to(0)

    def action_last(self) -> None:
        self.leave_place()
        self.view.move_to(self.view.rows.count - 1)

    def action_sideways(self, direction: int) -> None:
        self.view.sideways(direction)

    def action_next_hunk(self) -> None:
        self._step_hunk(1)

    def action_previous_hunk(self) -> None:
        self._step_hunk(-1)

    def action_next_unreviewed(self) -> None:
        self.leave_place()
        self.step_unreviewed(1)

    def action_previous_unreviewed(self) -> None:
        self.leave_place()
        self.step_unreviewed(-1)

    def action_next_flag(self) -> None:
        self._step_flag(1)

    def action_previous_flag(self) -> None:
        self._step_flag(-1)

    def action_next_note(self) -> None:
        self._step_note(1)

    def action_previous_note(self) -> None:
        self._step_note(-1)

    def action_other_end(self) -> None:
        view = self.view
        place = other_end(view.row, view.line, view.moves, view.rows) if view.line is not None else None
        self._step(place, view.moves.reason or "this line did not move; ← and → mark those that did")

    def action_toggle_fold(self) -> None:
        """Show the folded file at the cursor, or fold the one that is shown."""
        file = self.view.row.file
        self.view.fold(file, None if file in self.view.rows.folds else "by you")

    def action_list_flags(self) -> None:
        def go(picked: PickedFlag | None) -> None:
            if picked is None or self._review is None:
                return
            self.flag_filter = picked.words
            if picked.flag is not None:
                finding = self._review.flags[picked.flag].finding
                self._step(find_place(self.view.rows, finding.path, finding.line), "that flag is not in the walk")
            if picked.words:
                keys = f"{self.keys.shown('next_flag')} and {self.keys.shown('previous_flag')}"
                self.notify(
                    f"{keys} are keeping to: {show(picked.words)}; {self.keys.shown('cancel')} ends that", markup=False
                )

        if self._review is None or not self._review.flags:
            self.notify("no flag", markup=False)
            return
        self.app.push_screen(FlagPicker(list(self._review.flags.values()), text=self.flag_filter), go)

    def action_cancel(self) -> None:
        """End one thing: the selection, else the search, else the filter."""
        if self.view.selected_from is not None:
            self.view.selected_from = None
            self.view.refresh()
        elif not self.end_search():
            self.flag_filter = ""
            self.keep_to_all_files()

    def step_unreviewed(self, direction: int) -> bool:
        """Go to the next hunk without a mark; False when all are marked."""
        hunk = next_unviewed(self._review.left, self._edge(direction), direction) if self._review else None
        if hunk is None:
            self.notify(f"every hunk is reviewed; {self.keys.shown('checklist')} answers the nine points", markup=False)
            return False
        self.view.go_to_hunk(hunk)
        return True

    def _step_hunk(self, direction: int) -> None:
        view = self.view
        at_start = view.row.kind is RowKind.FILE and direction > 0
        hunk = view.hunk if at_start else self._edge(direction) + direction
        if 0 <= hunk < len(view.rows.hunks):
            view.go_to_hunk(hunk)

    def _edge(self, direction: int) -> int:
        """Return the hunk at the cursor; of a folded file, the last one in the direction one goes."""
        view = self.view
        if direction > 0 and view.row.kind is RowKind.FOLDED:
            return view.rows.hunks_of_file(view.row.file)[-1]
        return view.hunk

    def _step_flag(self, direction: int) -> None:
        places = flag_places(self.view.rows, self._review.flags.values(), self.flag_filter) if self._review else []
        ends = f"{self.keys.shown('cancel')} ends that"
        otherwise = f"no flag with: {show(self.flag_filter)}; {ends}" if self.flag_filter else "no flag"
        self._step(next_place(places, self.here, direction), otherwise)

    def _step_note(self, direction: int) -> None:
        places = note_places(self.view.rows, self._review.notes.values()) if self._review else []
        self._step(next_place(places, self.here, direction), "no note")

    def _step(self, place: Place | None, otherwise: str) -> None:
        if place is None:
            self.notify(otherwise, markup=False)
        else:
            self.leave_place()
            self.go_to(place)
