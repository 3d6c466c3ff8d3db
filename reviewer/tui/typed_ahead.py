"""Keys that were typed before the field was there they are meant for."""

from collections import deque

from textual import events
from textual.driver import Driver
from textual.widget import Widget
from textual.widgets import Input

from reviewer.configuration.preferences import Preferences
from reviewer.tui.doors import Doors
from reviewer.tui.keymap import KeyMap

_KEYS_KEPT = 100


class TypedAhead(Doors):
    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver, preferences, keys)
        # The latest keys, each with the widget that was the first to get it.
        self._keys_given: deque[tuple[events.Key, Widget | None]] = deque(maxlen=_KEYS_KEPT)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys_given.append((event, self._field))
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Give what was typed ahead of a field to that field; it must not run as commands."""
        if not self.screen_stack:
            # At the end, keys still come back from screens that are gone.
            event.prevent_default()
            return
        field, given = self._field, (widget for key, widget in self._keys_given if key is event)
        takes_text = isinstance(field, Input) or hasattr(field, "takes_text")
        if field is not None and takes_text and next(given, field) is not field:
            event.prevent_default()
            copy = events.Key(event.key, event.character)
            # What we send ourselves would not come back to us, where bindings are looked for.
            copy.set_sender(field)
            self._keys_given.append((copy, field))
            field.post_message(copy)

    @property
    def _field(self) -> Widget | None:
        """What has the focus; at the very end there is no screen left to have one."""
        return self.focused if self.screen_stack else None
