"""The footer: the keys of the moment, from the same table as bindings and help."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widgets import Static

from reviewer.tui.keys import Key
from reviewer.tui.messages import PressKey


class KeyLine(Static):
    def __init__(self, keys: Sequence[Key], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys = [key for key in keys if key.short is not None and key.shown]
        self._spans: list[tuple[int, int, str]] = []

    def on_resize(self) -> None:
        self._draw()

    def on_mount(self) -> None:
        self._draw()

    def on_click(self, event: events.Click) -> None:
        for start, end, action in self._spans:
            if start <= event.x < end and "(" not in action:
                self.post_message(PressKey(action))

    def _draw(self) -> None:
        """Show as many keys as fit; help and the way out always do."""
        parts: list[tuple[str, str]] = []
        self._spans = []
        column = 0
        for key in self._fitting():
            width = _width(key)
            parts += [(f" {_first(key)} ", "bold $accent"), (f"{key.short} ", "$faint")]
            self._spans.append((column, column + width, key.action))
            column += width
        # It is one line high whatever it says.
        self.update(Content.assemble(*parts), layout=False)

    def _fitting(self) -> list[Key]:
        always = self._keys[-2:]
        room = self.size.width - sum(_width(key) for key in always)
        fitting = []
        for key in self._keys[:-2]:
            room -= _width(key)
            if room < 0:
                break
            fitting.append(key)
        return [*fitting, *always]


def _first(key: Key) -> str:
    """Return the first key of an action: here is little room, and help has them all."""
    return key.shown.split(" ")[0]


def _width(key: Key) -> int:
    return len(_first(key)) + len(key.short or "") + 3
