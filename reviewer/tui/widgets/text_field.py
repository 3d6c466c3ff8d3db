"""A field of several lines that acts on the keys of its screen itself, in the order they were typed."""

from collections.abc import Iterable

from textual import events
from textual.widgets import TextArea

from reviewer.tui.keys import Key


class TextField(TextArea):
    """A screen's own binding would overtake letters that are still on their way here, and save without them."""

    # The app gives it what was typed ahead.
    takes_text = True

    def __init__(self, text: str, keys: Iterable[Key], *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(text, id=id, highlight_cursor_line=False)
        self._actions = {name: key.action for key in keys for name in key.keys.split(",")}
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        action = self._actions.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            await self.screen.run_action(action)
