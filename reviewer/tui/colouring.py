"""Colours, and what binary files hold: asked for by the view, brought to it when they are there."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from textual.driver import Driver

from reviewer.configuration.preferences import Preferences
from reviewer.review.model import Side
from reviewer.session.subject import Subject
from reviewer.tui.beside_tasks import BesideTasks
from reviewer.tui.highlighter import Highlighter, Request
from reviewer.tui.keymap import KeyMap
from reviewer.tui.widgets.diff_view import DiffView


class Colouring(BesideTasks):
    _subject: Subject

    def __init__(self, driver: type[Driver] | None, preferences: Preferences, keys: KeyMap) -> None:
        super().__init__(driver, preferences, keys)
        self._highlighter = Highlighter(self._text_of)

    async def colour(self) -> None:
        async with aclosing(self._highlighter.answers()) as answers:
            async for request, spans in answers:
                # At the end the screen loses its parts before we stop.
                for view in self.review_screen.query(DiffView) if self.review_screen is not None else ():
                    view.colour(request, spans)

    async def _text_of(self, request: Request) -> bytes | None:
        return await asyncio.to_thread(self._subject.text, request.file, is_old=request.key[2] == Side.OLD.value)

    def on_diff_view_colours_wanted(self, message: DiffView.ColoursWanted) -> None:
        for request in message.requests:
            self._highlighter.ask(request)

    def on_diff_view_contents_wanted(self, message: DiffView.ContentsWanted) -> None:
        self.begin(self._tell(message.view, message.files, self._subject))

    async def _tell(self, view: DiffView, files: Sequence[int], subject: Subject) -> None:
        contents = await asyncio.to_thread(subject.contents, files)
        if view.is_attached:
            view.tell(contents)
