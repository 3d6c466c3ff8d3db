"""The keys that go back to where one was before a jump, and forth again."""

from textual.screen import Screen

from reviewer.tui.messages import GoTo
from reviewer.tui.ways import Ways


class Jumping(Screen[None]):
    ways: Ways

    @property
    def place(self) -> GoTo:
        raise NotImplementedError

    def show(self, goal: GoTo) -> None:
        raise NotImplementedError

    def leave_place(self) -> None:
        """Remember where one is: a jump follows."""
        self.ways.jumps.leave(self.place)

    def leap(self, goal: GoTo) -> None:
        """Go to a place in a way one can go back from."""
        self.leave_place()
        self.show(goal)

    def action_jump_back(self) -> None:
        self._jump(self.ways.jumps.back(self.place), "no jump to go back from")

    def action_jump_forth(self) -> None:
        self._jump(self.ways.jumps.forth(self.place), "no jump was gone back from")

    def _jump(self, goal: GoTo | None, otherwise: str) -> None:
        if goal is None:
            self.notify(otherwise, timeout=2)
        else:
            self.show(goal)
