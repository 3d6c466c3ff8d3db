"""The review is opened beside the walk: one can read meanwhile. What needs the review waits for it, in order."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.driver import Driver

from reviewer.configuration.preferences import Preferences
from reviewer.session.subject import Subject
from reviewer.tui.keymap import KeyMap
from reviewer.tui.snapshot import Snapshot, snapshot_of
from reviewer.tui.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from reviewer.session.session import Session

# What moves in the diff alone, and what leaves.
_NEED_NO_REVIEW = frozenset({
    "line_down", "line_up", "half_page_down", "half_page_up", "page_down", "page_up", "first_line", "last_line",
    "next_hunk", "previous_hunk", "next_file", "previous_file", "scroll_left", "scroll_right", "leave",
})  # fmt: skip


class Opening(TypedAhead):
    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver, preferences, keys)
        self._is_opening = True
        self._kept_back: list[events.Key] = []
        tables = (key for key in keys.review if key.name not in _NEED_NO_REVIEW)
        self._keys_to_keep_back = {name for key in tables for name in key.keys.split(",")}

    async def open_beside(self, open_session: "Callable[[Subject], Session]", subject: Subject) -> "Session":
        """Return the review of the subject, with its first snapshot made. Raises ReviewerError."""
        self._is_opening = True

        def work() -> "tuple[Session, Snapshot]":
            session = open_session(subject)
            # Counting ten thousand hunks takes longer than a key may; from here on, only what changes is counted.
            return session, snapshot_of(session)

        session, _ = await asyncio.to_thread(work)
        return session

    def end_opening(self) -> None:
        """Let happen what was asked for meanwhile."""
        self._is_opening = False
        kept_back, self._kept_back = self._kept_back, []
        for event in kept_back:
            self.post_message(event)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self._is_kept_back(event):
            self._kept_back.append(event)
            return
        await super().on_event(event)

    def _is_kept_back(self, event: events.Key) -> bool:
        needs_review = bool(self._kept_back) or event.key in self._keys_to_keep_back
        return self._is_opening and not event.is_forwarded and needs_review
