"""Where the cursor is, in sight while headers scroll away: file, enclosing definitions, which hunk of how many."""

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import Static

from reviewer.diff.enclosing import headline
from reviewer.visible import show

_LEAST_FOR_DEFINITIONS = 12


class PlaceLine(Static):
    def show_place(self, name: str, definitions: tuple[bytes, ...], *, hunk: int, hunks: int) -> None:
        """Show a file's name, what the line stands in, and its hunk, counted from 0."""
        width = self.size.width
        count = f" hunk {hunk + 1}/{hunks} "
        room = max(0, width - cell_len(count) - 1)
        path = name if cell_len(name) <= room else f"…{name[len(name) - max(0, room - 1) :]}"
        left = room - cell_len(path) - 3
        inside = show(headline(definitions)) if definitions and left >= _LEAST_FOR_DEFINITIONS else ""
        if cell_len(inside) > left:
            inside = f"{set_cell_size(inside, left - 1)}…"
        content = Content.assemble(
            (f" {path}", "bold"),
            (f" › {inside}" if inside else "", ""),
            " " * max(0, room - cell_len(path) - (3 + cell_len(inside) if inside else 0)),
            (count, "$faint"),
        )
        if content != self.content:
            self.update(content, layout=False)
