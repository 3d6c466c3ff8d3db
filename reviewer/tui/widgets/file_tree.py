"""The files of the change, by folder, each with how far it is read and its open flags."""

from reviewer.diff.model import Diff
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.row_list import RowList
from reviewer.visible import show


class FileTree(RowList):
    """One row a folder and a file; `file_at` tells which file a row stands for."""

    def __init__(self, diff: Diff, rows: RowMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._files = diff.files
        self._rows = rows
        self._snapshot: Snapshot | None = None
        self._entries: list[tuple[int, str, int | None]] = []
        self._row_of_file: dict[int, int] = {}
        self._open_flags: dict[bytes, int] = {}
        self._make_entries()

    @property
    def row_count(self) -> int:
        return len(self._entries)

    def file_at(self, index: int) -> int | None:
        """Return the file of a row; for a folder, the first file in it."""
        return next((file for _, _, file in self._entries[index:] if file is not None), None)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._open_flags = {}
        for flag in snapshot.flags.values():
            if flag.is_open:
                self._open_flags[flag.finding.path] = self._open_flags.get(flag.finding.path, 0) + 1
        self.refresh()

    def select_file(self, file: int) -> None:
        self.selected = self._row_of_file[file]

    def row_text(self, index: int) -> tuple[str, bool]:
        depth, name, number = self._entries[index]
        indent = "  " * depth
        if number is None:
            return f"{indent}{name}/", True
        file = self._files[number]
        hunks = self._rows.hunks_of_file(number)
        read = sum(self._snapshot.viewed[hunk] for hunk in hunks) if self._snapshot else 0
        mark = "✓" if read == len(hunks) else "○" if not read else "◐"
        flags = self._open_flags.get(file.path, 0)
        letter = file.status.value[0].upper()
        tail = f" {read}/{len(hunks)}" + (f" !{flags}" if flags else "")
        room = max(4, self.size.width - 1 - len(indent) - 4 - len(tail) - 1)
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        return f"{indent}{mark} {letter} {shown.ljust(room)}{tail}", read == len(hunks)

    def _make_entries(self) -> None:
        previous: list[str] = []
        for number, file in enumerate(self._files):
            *folders, name = show(file.path).split("/")
            same = 0
            while same < min(len(folders), len(previous)) and folders[same] == previous[same]:
                same += 1
            self._entries += [(depth, folders[depth], None) for depth in range(same, len(folders))]
            self._row_of_file[number] = len(self._entries)
            self._entries.append((len(folders), name, number))
            previous = folders
