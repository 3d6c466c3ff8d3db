"""The app's looks: which theme is shown, the way to the others, and no colour at all where none is wanted."""

import os
from collections.abc import Iterable, Sequence
from functools import partial

from rich.segment import Segment
from textual.app import App, SystemCommand
from textual.color import Color
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter, Monochrome, NoColor

from reviewer.configuration.preferences import AUTO
from reviewer.review.model import SignOff
from reviewer.tui.background import Background
from reviewer.tui.listening import listening_to
from reviewer.tui.themes import NAMES, Depth, fitting_name, shown_names, theme_named

_DEPTHS = {None: Depth.NONE, "standard": Depth.SIXTEEN, "windows": Depth.SIXTEEN, "256": Depth.MANY}


class Colourless(LineFilter):
    """Leaves bold, underline and reverse; takes every colour, also the terminal's default, which is one to set."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        return [
            segment if segment.style is None else Segment(segment.text, segment.style.without_color, segment.control)
            for segment in segments
        ]


class Themed(App[SignOff]):
    """`wear` a theme before the app runs; until then it has Textual's own."""

    def __init__(self, driver: type[Driver] | None = None) -> None:
        super().__init__(driver)
        # Textual takes the variable for set when it is empty, and makes greys of colours; both is against its meaning.
        self.no_color = bool(os.environ.get("NO_COLOR"))
        self.depth = Depth.NONE if self.no_color else _depth(self.console.color_system)
        self._colourless = Colourless()
        self._wish = AUTO
        self._background: Background | None = None
        # The theme and its colours that the styles are made of.
        self._worn: tuple[str, dict[str, str]] = ("", {})

    def wear(self, wish: str) -> None:
        """Show a theme by name, or with `auto` the one that fits the terminal; for a name unknown, that one as well."""
        for name in NAMES:
            self.register_theme(theme_named(name, self.depth))
        self._wish = wish
        self._fit()
        self._dress()

    def listen(self, background: Background) -> None:
        """Follow what the terminal says of itself: what it has said, and what comes when the app runs."""
        self._background = background
        if not background.is_settled and issubclass(self.driver_class, LinuxDriver):
            self.driver_class = listening_to(background, self.driver_class)
        self._fit()
        self._dress()

    def _dress(self) -> None:
        """Let the styles be made of this theme at once; they are not read yet."""
        self._worn = self.theme, self.get_css_variables()
        self.stylesheet.set_variables(self._worn[1])

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's form
        """Make all styles anew, unless they are of this theme already: Textual asks for it at each start."""
        wanted = self.theme, self.get_css_variables()
        if wanted != self._worn:
            self._worn = wanted
            super().refresh_css(animate)

    def _fit(self) -> None:
        is_light = self._background.is_light if self._background is not None else None
        self.theme = fitting_name(self._wish, self.depth, is_light=is_light)

    def on_background_heard(self) -> None:
        """Follow an answer that came late; who has chosen a theme meanwhile keeps it."""
        self._fit()

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = [own for own in super().get_line_filters() if not isinstance(own, (Monochrome, NoColor))]
        return [*filters, self._colourless] if self.depth is Depth.NONE else filters

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let app.tcss be read also under a theme of Textual's own."""
        return dict(theme_named(NAMES[0]).variables)

    def action_next_theme(self) -> None:
        names = shown_names(self.depth)
        at = names.index(self.theme) if self.theme in names else -1
        self.show_theme(names[(at + 1) % len(names)])

    def show_theme(self, name: str) -> None:
        self._wish = self.theme = name
        why = "; NO_COLOR is set" if self.no_color else ""
        self.notify(f"theme: {name}{why}", timeout=2)

    def theme_commands(self) -> Iterable[SystemCommand]:
        """Return a command for each theme that the terminal can show."""
        for name in shown_names(self.depth):
            shown = ", shown now" if name == self.theme else ""
            yield SystemCommand(f"theme {name}", f"key T goes through them{shown}", partial(self.show_theme, name))


def _depth(colour_system: str | None) -> Depth:
    if os.environ.get("TERM", "").startswith("vt"):
        return Depth.NONE
    return _DEPTHS.get(colour_system, Depth.ALL)
