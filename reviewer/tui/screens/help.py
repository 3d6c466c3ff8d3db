"""All keys of a screen, from its own table."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import fill, wrap

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from reviewer.tui.keys import Key

_SIGNS = (
    "signs beside a line: ! open flag, ? light flag, · answered flag, ✎ note, ▌ hunk, ▶ here, "
    "» selected, ← moved here, → moved away"
)
_BESIDE = "beside the stream: the same signs, ┃ read, ╎ partly read, ◆ match; a click goes there"
# What fits into the frame, what the frame itself takes, and the least for keys and text.
_WIDTH, _FRAME, _KEY_CELLS, _LEAST = 66, 10, 11, 20


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
            yield Static()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Static).update(self._content(min(_WIDTH, event.size.width - _FRAME)))

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _content(self, width: int) -> Content:
        groups = dict.fromkeys(key.group for key in self._keys)
        ordered = sorted(self._keys, key=lambda key: list(groups).index(key.group))
        parts: list[str | tuple[str, str]] = []
        column = 3 + max(_KEY_CELLS, *(len(key.shown) for key in self._keys))
        for group, keys in groupby(ordered, key=lambda key: key.group):
            parts.append((f"{group}\n", "bold"))
            for key in keys:
                parts += _row(key, column, width)
        parts.append((f"\n{fill(_SIGNS, max(_LEAST, width))}\n", "$faint"))
        parts.append((f"{fill(_BESIDE, max(_LEAST, width))}\n", "$faint"))
        parts.append(("↑ ↓ scroll · esc closes", "$faint"))
        return Content.assemble(*parts)


def _row(key: Key, column: int, width: int) -> list[tuple[str, str]]:
    """Return a key and what it does; that begins in its own column, also where it takes more lines."""
    said = f"\n{' ' * column}".join(wrap(key.description, max(_LEAST, width - column)))
    return [(f"  {key.shown or '—':<{column - 2}}", "bold $accent" if key.shown else "$faint"), (f"{said}\n", "")]
