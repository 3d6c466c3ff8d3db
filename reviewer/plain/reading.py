"""Which hunk is being read, how far it was printed, and which hunks were printed from the first line to the last."""

from collections.abc import Iterator

from reviewer.diff.lines import HunkLines
from reviewer.diff.model import FileDiff, Hunk, Line
from reviewer.walk.places import Place
from reviewer.walk.walk import Walk

# Lines printed above the one that somebody went to.
_ABOVE = 5
# A rest as short as this goes along with the portion before.
_SHORT_REST = 0.3


class Reading:
    """`place` was gone to; `done` counts the lines of its hunk that were printed, or passed over to get there."""

    def __init__(self, walk: Walk, place: Place, portion: int) -> None:
        self.walk = walk
        self.has_begun = False
        self._portion = portion
        self._read: set[int] = set()
        # How many lines of a hunk were printed without a gap from its first.
        self._reached: dict[int, int] = {}
        self._first = self.done = 0
        self.place, self.lines = place, HunkLines(walk.hunks[place.hunk])
        self._set(place)

    @property
    def hunk(self) -> Hunk:
        return self.walk.hunks[self.place.hunk]

    @property
    def file(self) -> FileDiff:
        return self.walk.files[self.file_number]

    @property
    def file_number(self) -> int:
        return self.walk.file_of_hunk[self.place.hunk]

    @property
    def is_folded(self) -> bool:
        return self.walk.is_folded(self.place.hunk)

    @property
    def left(self) -> int:
        """How many lines of the hunk are still to be printed."""
        return 0 if self.hunk.is_textless else self.hunk.line_count - self.done

    @property
    def passed_over(self) -> int:
        """How many lines above what was gone to were not printed yet."""
        return max(0, self._first - self._reached.get(self.place.hunk, 0))

    def has_read(self, hunk: int) -> bool:
        """True if the hunk's last line was printed, and all before it."""
        return hunk in self._read

    def go_to(self, place: Place) -> None:
        """Stand at a place; a folded file is shown for a line of it."""
        place = place.in_hunk
        if place.line and self.walk.is_folded(place.hunk):
            self.walk.fold(self.walk.file_of_hunk[place.hunk], None)
        self.has_begun = True
        self._set(place)

    def go_back(self) -> None:
        """Go on at the first line of the hunk that was passed over."""
        self._first = self.done = self._reached.get(self.place.hunk, 0)

    def portion(self) -> Iterator[Line]:
        """Yield the next lines to print."""
        size = self._portion if self.left > self._portion * (1 + _SHORT_REST) else self.left
        start, self.done = self.done, self.done + size
        hunk = self.place.hunk
        if not self.passed_over:
            self._reached[hunk] = max(self.done, self._reached.get(hunk, 0))
        if not self.left and not self.passed_over:
            self._read.add(hunk)
        return self.lines.slice(start, start + size)

    def is_printed(self, number: int) -> bool:
        """True if the line of this number in the new file was printed since it was gone to; 0 is the hunk itself."""
        if not self.has_begun or self.is_folded:
            return False
        index = self.lines.index_of(number) if number else None
        return not number or (index is not None and self._first <= index < self.done)

    def _set(self, place: Place) -> None:
        # Of a long hunk, finding out where its lines are takes a while.
        if place.hunk != self.place.hunk:
            self.lines = HunkLines(self.walk.hunks[place.hunk])
        self.place = place
        index = self.lines.index_of(place.line, is_old=place.is_old) if place.line else 0
        is_near = (index or 0) < self._portion
        self._first = self.done = 0 if is_near else (index or 0) - _ABOVE
