"""What is found out about lines beside the walk: where they moved from, and what commits made of them."""

from contextlib import aclosing

from reviewer.inspection.moved import moves_beside
from reviewer.session.past import Past
from reviewer.session.subject import Subject
from reviewer.tui import messages
from reviewer.tui.beside_tasks import BesideTasks
from reviewer.tui.screens.past import PastScreen
from reviewer.tui.screens.review import ReviewScreen


class LineFacts(BesideTasks):
    _subject: Subject

    def look_for_moves(self) -> None:
        if self.review_screen is not None:
            self.begin(self._show_moves(self.review_screen))

    def on_ask_past(self, message: messages.AskPast) -> None:
        past = Past(self._subject, message.span)
        screen = PastScreen(past.title)
        self.push_screen(screen, lambda _: past.stop())
        self.begin(self._look_back(past, screen))

    async def _show_moves(self, screen: ReviewScreen) -> None:
        moves = await moves_beside(self._subject.diff)
        # Read again meanwhile, the change is on another screen.
        if screen is self.review_screen:
            screen.show_moves(moves)

    async def _look_back(self, past: Past, screen: PastScreen) -> None:
        async with aclosing(past.told()) as arriving:
            async for told in arriving:
                if screen not in self.screen_stack:
                    return
                screen.told = told
