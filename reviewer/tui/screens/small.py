"""What stands on a screen too small for anything else."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

# Question, evidence and keys of the checklist need as much.
LEAST = Size(40, 12)


def is_too_small(size: Size) -> bool:
    return size.width < LEAST.width or size.height < LEAST.height


class SmallScreen(Screen[None]):
    """Covers the review until there is room for it; nothing is lost meanwhile."""

    BINDINGS = [Binding("q", "app.leave", "leave", show=False)]

    def compose(self) -> ComposeResult:
        yield Static(id="small", markup=False)

    def on_resize(self) -> None:
        here, least = self.app.size, LEAST
        self.query_one(Static).update(
            f"{here.width} x {here.height} is too small to review in: make the window {least.width} x {least.height} "
            "or larger. All is saved; q leaves."
        )
