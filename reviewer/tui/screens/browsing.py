"""The keys that go from file to file: the tree, its filter, the file picker."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from reviewer.review.order import OrderKind
from reviewer.tui.filters import MEANINGS, FileFilter, files_in
from reviewer.tui.screens.pickers import ChoicePicker, FilePicker, entries_of
from reviewer.tui.screens.searching import Searching
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.file_tree import FileTree


class Browsing(Searching):
    @property
    def _review(self) -> Snapshot | None:
        snapshot: Snapshot | None = getattr(self, "snapshot", None)
        return snapshot

    def action_next_file(self) -> None:
        self._step_file(1)

    def action_previous_file(self) -> None:
        self._step_file(-1)

    def action_pick_file(self) -> None:
        def go(file: int | None) -> None:
            if file is not None:
                self.leave_place()
                self.view.go_to_hunk(self.view.rows.first_hunk_of_file[file])

        self.app.push_screen(FilePicker(entries_of(self.view.rows, self._review)), go)

    def action_filter_files(self) -> None:
        filters = [each for each in FileFilter if each is FileFilter.ALL or self._files_in(each)]
        counts = [len(self._files_in(each)) for each in filters]

        def keep(number: int | None) -> None:
            if number is not None:
                self.keep_to_files(filters[number])

        lines = [f"{each.value:<10} {count:>5}  {MEANINGS[each]}" for each, count in zip(filters, counts, strict=True)]
        self.app.push_screen(ChoicePicker(lines, current=self._current(filters), hint="files to show"), keep)

    def action_enter_tree(self) -> None:
        """Move from file to file in the tree; the stream follows."""
        self.leave_place()
        self.show_tree()
        self.set_focus(self.query_one(FileTree))
        self.say_of_tree()

    def on_file_tree_left(self) -> None:
        self.set_focus(self.view)
        self.say_of_tree()

    def keep_to_files(self, chosen: FileFilter) -> None:
        self.ways.files = chosen
        self.query_one(FileTree).keep_to(chosen)
        self.say_of_tree()

    def keep_to_all_files(self) -> None:
        if self.ways.files is not FileFilter.ALL:
            self.keep_to_files(FileFilter.ALL)

    def show_tree(self) -> None:
        raise NotImplementedError

    def say_of_tree(self) -> None:
        """Say above the tree which files it shows, and in which order, unless it is all of them as git lists them."""
        tree, title = self.query_one(FileTree), self.query_one("#tree-title", Static)
        parts = []
        if self.ways.files is not FileFilter.ALL:
            parts.append(f"{self.ways.files.value}: {len(tree.shown)} of {len(self.view.rows.files)}")
        if self.ways.order.kind is not OrderKind.BY_FILE:
            parts.append(self.ways.order.kind.value)
        if self.focused is tree:
            parts = [f"▶ {parts[0]}" if parts else "▶ files: j k, enter goes on there", *parts[1:]]
        said = Content(f" {' · '.join(parts)}")
        # Laying the screen out anew costs ten times what a key may.
        if said != title.content:
            title.update(said)
        title.display = bool(parts)

    def _step_file(self, direction: int) -> None:
        here, files = self.view.row.file, self.query_one(FileTree).shown
        at = bisect_right(files, here) if direction > 0 else bisect_left(files, here) - 1
        if 0 <= at < len(files):
            self.view.go_to_hunk(self.view.rows.first_hunk_of_file[files[at]])
        elif self.ways.files is not FileFilter.ALL:
            self.notify(
                f"no further file that is: {self.ways.files.value}; {self.keys.shown('cancel')} shows all", timeout=2
            )

    def _files_in(self, chosen: FileFilter) -> list[int]:
        return files_in(chosen, self.view.rows, self._review)

    def _current(self, filters: Sequence[FileFilter]) -> int:
        return filters.index(self.ways.files) if self.ways.files in filters else 0
