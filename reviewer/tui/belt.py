"""The last look at a line before the terminal gets it: whatever would steer it is drawn instead.

All foreign text is made visible where it comes in (`reviewer.visible`); this catches what a widget lets in by itself,
such as text pasted into a field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget

from reviewer.visible import show


class Belt(LineFilter):
    """`caught` holds what came as far as this, for tests: apart from pasted text nothing should."""

    def __init__(self) -> None:
        super().__init__()
        self.caught: list[str] = []

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        texts = [segment.text for segment in segments if not segment.control]
        # Nearly all of a screen is plain, or was looked at a frame ago.
        caught = [text for text in texts if not (text.isascii() and text.isprintable()) and _drawn(text) != text]
        if not caught:
            return segments
        self.caught += caught
        width = Segment.get_line_length(segments)
        drawn = [segment if segment.control else Segment(_drawn(segment.text), segment.style) for segment in segments]
        return Segment.adjust_line_length(drawn, width)


class FinishedStrip(Strip):
    """A strip that is gone when nobody shows it any more.

    Textual's own remembers that it is the whole of itself, and would wait for the garbage collector: a page of them
    takes half a megabyte.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        cuts = list(cuts)
        return [self] if cuts == [self.cell_length] else super().divide(cuts)


@dataclass(frozen=True, slots=True)
class Finish:
    """What the app's filters do to lines of a widget that makes its lines itself: Textual then does not.

    It holds until the widget's style changes.
    """

    filters: tuple[LineFilter, ...]
    background: Color

    def __call__(self, strip: Strip) -> FinishedStrip:
        for line_filter in self.filters:
            strip = strip.apply_filter(line_filter, self.background)
        return FinishedStrip(strip, strip.cell_length)


def finish_of(widget: Widget) -> Finish:
    return Finish(tuple(widget.get_line_filters()), widget.background_colors[1])


@lru_cache(4_096)
def _drawn(text: str) -> str:
    # A tab or a line feed moves the cursor; in a line that is drawn neither has a meaning.
    return show(text).replace("\t", "␉").replace("\n", "␊")
