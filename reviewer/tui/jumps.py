"""Where the reviewer was before each jump, to go back to and forth again."""

from reviewer.tui.messages import GoTo

_MOST = 200


class Jumps:
    """Places by path and line: they outlive a fold, another order and a reload."""

    def __init__(self) -> None:
        self._places: list[GoTo] = []
        self._at = 0

    def leave(self, here: GoTo) -> None:
        """Remember a place that is about to be left; what one could go forth to is forgotten."""
        kept = self._places[: self._at + 1][-_MOST:]
        self._places = kept if kept and kept[-1] == here else [*kept, here]
        self._at = len(self._places)

    def back(self, here: GoTo) -> GoTo | None:
        """Return the place left by the latest jump; None if there is none."""
        if self._at == len(self._places):
            self._places.append(here)
        return self._step(here, -1)

    def forth(self, here: GoTo) -> GoTo | None:
        """Return where one went back from; None if one did not."""
        return self._step(here, 1)

    def _step(self, here: GoTo, direction: int) -> GoTo | None:
        at = self._at + direction
        while 0 <= at < len(self._places) and self._places[at] == here:
            at += direction
        if not 0 <= at < len(self._places):
            return None
        self._at = at
        return self._places[at]
