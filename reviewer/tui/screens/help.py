"""All keys of a screen, from its own table."""

from collections.abc import Sequence
from itertools import groupby

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from reviewer.tui.keys import Key


class HelpScreen(ModalScreen[None]):
    BINDINGS = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close"),
        Binding("j", "scroll(1)", "down"),
        Binding("k", "scroll(-1)", "up"),
    ]

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="help"):
            yield Static(self._content())

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _content(self) -> Content:
        groups = dict.fromkeys(key.group for key in self._keys)
        ordered = sorted(self._keys, key=lambda key: list(groups).index(key.group))
        parts: list[str | tuple[str, str]] = []
        width = max(11, *(len(key.shown) for key in self._keys))
        for group, keys in groupby(ordered, key=lambda key: key.group):
            parts.append((f"{group}\n", "bold"))
            for key in keys:
                style = "bold $accent" if key.shown else "$text-muted"
                parts += [(f"  {key.shown or '—':<{width}} ", style), f"{key.description}\n"]
        parts.append(("\nsigns beside a line: ! open flag  ? light flag  · answered flag  ✎ note\n", "$text-muted"))
        parts.append(("← moved here from elsewhere  → moved away\n", "$text-muted"))
        parts.append(("↑ ↓ scroll · esc closes", "$text-muted"))
        return Content.assemble(*parts)
