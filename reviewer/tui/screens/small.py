"""What stands on a screen too small for anything else."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from reviewer.tui.keys import Key, bound

# Question, evidence and keys of the checklist need as much.
LEAST = Size(40, 12)


def is_too_small(size: Size) -> bool:
    return size.width < LEAST.width or size.height < LEAST.height


class SmallScreen(Screen[None]):
    """Covers the review until there is room for it; nothing is lost meanwhile."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._leave = next(key for key in keys if key.name == "leave")
        self._bindings = bound(self._bindings, [self._leave])

    def compose(self) -> ComposeResult:
        yield Static(id="small", markup=False)

    def on_resize(self) -> None:
        here, least = self.app.size, LEAST
        self.query_one(Static).update(
            f"{here.width} x {here.height} is too small to review in: make the window {least.width} x {least.height} "
            f"or larger. All is saved; {self._leave.shown.split()[0]} leaves."
        )
