"""The files of the change, by folder, each with how far it is read and its open flags."""

from functools import partial

from textual.binding import Binding
from textual.message import Message

from reviewer.diff.model import Diff
from reviewer.tui.filters import FileFilter, files_in
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.row_list import RowList
from reviewer.visible import show


class FileTree(RowList, can_focus=True):
    """One row a folder and a file; with the focus, moving in it moves the stream."""

    BINDINGS = [
        Binding("j,down", "move(1)"),
        Binding("k,up", "move(-1)"),
        Binding("g,home", "move(-1000000)"),
        Binding("G,end", "move(1000000)"),
        Binding("pagedown,ctrl+d", "move(15)"),
        Binding("pageup,ctrl+u", "move(-15)"),
        Binding("h,left", "fold"),
        Binding("l,right", "unfold"),
        Binding("enter", "take"),
        Binding("escape,tab,shift+tab", "leave"),
    ]

    # A click shows a file; the keys go on in the stream.
    FOCUS_ON_CLICK = False

    class Left(Message):
        """The reviewer goes on in the stream."""

    def __init__(self, diff: Diff, rows: RowMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._files = diff.files
        self._rows = rows
        self._snapshot: Snapshot | None = None
        self._filter = FileFilter.ALL
        self._file = 0
        self.shown = list(range(len(diff.files)))
        # Folders by all their names, and those that are folded.
        self._folded: set[tuple[str, ...]] = set()
        self._entries: list[tuple[tuple[str, ...], int | None]] = []
        self._row_of_file: dict[int, int] = {}
        self._make_entries()

    @property
    def row_count(self) -> int:
        return len(self._entries)

    def file_at(self, index: int) -> int | None:
        """Return the file of a row; for a folder, the first file in it."""
        names, file = self._entries[index]
        return file if file is not None else next((each for each in self.shown if self._is_in(each, names)), None)

    def keep_to(self, chosen: FileFilter) -> None:
        """Show these files only."""
        self._filter = chosen
        self._sift()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        self._sift()
        self.look_again(partial(self._may_differ, before, snapshot))

    def select_file(self, file: int) -> None:
        self._file = file
        self.selected = self._row_of_file.get(file, -1)

    def row_text(self, index: int) -> tuple[str, bool]:
        names, number = self._entries[index]
        indent = "  " * (len(names) - 1)
        if number is None:
            return f"{indent}{names[-1]}/{' …' if names in self._folded else ''}", True
        file = self._files[number]
        hunks = self._rows.hunks_of_file(number)
        read = sum(self._snapshot.viewed[hunk] for hunk in hunks) if self._snapshot else 0
        mark = "✓" if read == len(hunks) else "○" if not read else "◐"
        flags = sum(flag.is_open for flag in self._snapshot.flags_of(file.path)) if self._snapshot else 0
        letter = file.status.value[0].upper()
        tail = f" {read}/{len(hunks)}" + (f" !{flags}" if flags else "")
        room = max(4, self.size.width - 1 - len(indent) - 4 - len(tail) - 1)
        name = names[-1]
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        return f"{indent}{mark} {letter} {shown.ljust(room)}{tail}", read == len(hunks)

    def action_move(self, rows: int) -> None:
        if self._entries:
            self.selected = max(0, min(self.selected + rows, self.row_count - 1))
            self._follow()

    def action_fold(self) -> None:
        """Fold the folder, or the one the file is in."""
        if 0 <= self.selected < self.row_count:
            names, file = self._entries[self.selected]
            folder = names if file is None and names not in self._folded else names[:-1]
            if folder:
                self._fold(folder, is_folded=True)

    def action_unfold(self) -> None:
        if 0 <= self.selected < self.row_count:
            self._fold(self._entries[self.selected][0], is_folded=False)

    def action_take(self) -> None:
        """Go on in the file; a folder is folded, or shown."""
        if 0 <= self.selected < self.row_count and self._entries[self.selected][1] is None:
            names = self._entries[self.selected][0]
            self._fold(names, is_folded=names not in self._folded)
        else:
            self.post_message(self.Left())

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def _follow(self) -> None:
        """Let the stream show the file one came to; a folder is only passed."""
        if self._entries[self.selected][1] is not None:
            self.post_message(self.Chosen(self.selected, self.id))

    def _fold(self, folder: tuple[str, ...], *, is_folded: bool) -> None:
        (self._folded.add if is_folded else self._folded.discard)(folder)
        self._make_entries()
        self.selected = next((at for at, (names, _) in enumerate(self._entries) if names == folder), self.selected)
        self.refresh()

    def _may_differ(self, before: Snapshot | None, after: Snapshot, index: int) -> bool:
        """True unless the file of the row has the same flags in both states, of which the same hunks are read."""
        number = self._entries[index][1] if index < self.row_count else None
        if before is None or number is None or before.viewed is not after.viewed:
            return True
        path = self._files[number].path
        return before.flags_of(path) is not after.flags_of(path)

    def _sift(self) -> None:
        if self._filter is FileFilter.ALL and len(self.shown) == len(self._files):
            return
        shown = files_in(self._filter, self._rows, self._snapshot)
        if shown != self.shown:
            self.shown = shown
            self._make_entries()
            self.select_file(self._file)
            self.refresh()

    def _make_entries(self) -> None:
        self._entries, self._row_of_file = [], {}
        previous: tuple[str, ...] = ()
        for number in self.shown:
            names = tuple(show(self._files[number].path).split("/"))
            folders = names[:-1]
            same = 0
            while same < min(len(folders), len(previous)) and folders[same] == previous[same]:
                same += 1
            for depth in range(same, len(folders)):
                if not self._is_folded(folders[:depth]):
                    self._entries.append((folders[: depth + 1], None))
            if not self._is_folded(folders):
                self._entries.append((names, number))
            self._row_of_file[number] = len(self._entries) - 1
            previous = folders

    def _is_in(self, file: int, folder: tuple[str, ...]) -> bool:
        return tuple(show(self._files[file].path).split("/"))[: len(folder)] == folder

    def _is_folded(self, folder: tuple[str, ...]) -> bool:
        return bool(self._folded) and any(folder[: depth + 1] in self._folded for depth in range(len(folder)))
