"""The line one searches with: what is looked for, as text or as a regular expression, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from reviewer.tui.keymap import KeyMap
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, as it was typed."""

    text: str
    is_regex: bool = False


class SearchField(Input):
    """Keys that mean something else in the walk are the field's own."""

    BINDINGS = [
        Binding("escape", "press('escape')"),
        Binding("enter", "press('enter')"),
        Binding("up,ctrl+p", "recall(-1)"),
        Binding("down,ctrl+n", "recall(1)"),
        Binding("ctrl+r", "toggle_regex"),
        Binding("tab,shift+tab,pageup,pagedown,ctrl+o", "nothing"),
    ]

    is_listening = False

    async def on_key(self, event: events.Key) -> None:
        """End at once, not when the bindings come to it: what is typed after enter is meant for the walk."""
        if not self.is_listening:
            event.prevent_default()
        elif event.key in ("enter", "escape"):
            self.is_listening = False
            event.stop()
            event.prevent_default()
            self.post_message(SearchBar.Taken(self.value) if event.key == "enter" else SearchBar.Left())

    def action_press(self, key: str) -> None:
        """Come to a key in its turn: a key typed before the field had the focus reaches the bindings too early."""
        self.post_message(events.Key(key, None))

    def action_recall(self, step: int) -> None:
        self.post_message(SearchBar.Recalled(step))

    def action_toggle_regex(self) -> None:
        self.post_message(SearchBar.Switched())

    def action_nothing(self) -> None:
        pass


class SearchBar(Horizontal):
    """Open while one types; afterwards it says what `n` and `N` go through."""

    @dataclass
    class Typed(Message):
        wanted: Wanted

    @dataclass
    class Taken(Message):
        """Enter: what is found is kept."""

        text: str

    class Left(Message):
        """Escape: nothing was wanted."""

    class Switched(Message):
        """Text is wanted instead of a regular expression, or the other way round."""

    @dataclass
    class Recalled(Message):
        """An earlier search is wanted, or a later one."""

        step: int

    def __init__(self, keys: KeyMap, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.keys = keys
        self.wanted = Wanted("")
        self._said: object = None
        self._earlier: list[Wanted] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static(id="search-sign")
        yield SearchField(id="search-text", compact=True, select_on_focus=False)
        yield Static(id="search-says")

    @property
    def is_open(self) -> bool:
        return self.has_class("open")

    def open(self, earlier: Sequence[Wanted]) -> None:
        """Ask for something to search for; `earlier` is what was searched for before, the latest last."""
        self._earlier = list(earlier)
        self._at = len(self._earlier)
        self._take(Wanted("", self._earlier[-1].is_regex if self._earlier else False))
        self.set_class(True, "open")  # noqa: FBT003  # Textual's order
        field = self.query_one(SearchField)
        field.is_listening = True
        self.screen.set_focus(field)

    def close(self) -> None:
        self.set_class(False, "open")  # noqa: FBT003  # Textual's order

    def say(self, how_it_went: str, *, is_bad: bool = False) -> None:
        """Show how the search goes; what stands there already costs nothing."""
        saying = (how_it_went, is_bad, self.is_open, self.wanted, self.size.width)
        if saying == self._said:
            return
        self._said = saying
        following, previous, end = (self.keys.shown(name) for name in ("next_match", "previous_match", "cancel"))
        after = f"{following} {previous} next, previous · {end} ends"
        keys = "esc leaves" if self.is_open else after
        switch = f"ctrl+r {'text' if self.wanted.is_regex else 'expression'} · " if self.is_open else ""
        room = self.size.width - (24 if self.is_open else 4 + len(self.wanted.text))
        parts = [(f" {show(how_it_went)}", "bold $error" if is_bad else "bold")]
        if room > len(how_it_went) + len(switch) + len(keys) + 3:
            parts.append((f"  {switch}{keys} ", "$faint"))
        sign = " expression " if self.wanted.is_regex else " / "
        text = "" if self.is_open else show(self.wanted.text)
        self.query_one("#search-sign", Static).update(Content.assemble((sign, "bold $accent"), text))
        self.query_one("#search-says", Static).update(Content.assemble(*parts))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.wanted.text:
            self._want(Wanted(event.value, self.wanted.is_regex))

    def on_search_bar_taken(self, event: Taken) -> None:
        # The change of the last letters may still be under way.
        self.wanted = Wanted(event.text, self.wanted.is_regex)

    def on_search_bar_switched(self) -> None:
        self._want(Wanted(self.wanted.text, not self.wanted.is_regex))

    def on_search_bar_recalled(self, event: Recalled) -> None:
        self._at = max(0, min(self._at + event.step, len(self._earlier)))
        is_new = self._at == len(self._earlier)
        self._take(Wanted("", self.wanted.is_regex) if is_new else self._earlier[self._at])
        self._want(self.wanted)

    def _take(self, wanted: Wanted) -> None:
        self.wanted = wanted
        field = self.query_one(SearchField)
        field.value = wanted.text
        field.cursor_position = len(wanted.text)

    def _want(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.post_message(self.Typed(wanted))
