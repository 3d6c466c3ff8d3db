"""The last look at a line before the terminal gets it: whatever would steer it is drawn instead.

All foreign text is made visible where it comes in (`reviewer.visible`); this catches what a widget lets in by itself,
such as text pasted into a field.
"""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget

from reviewer.visible import show

# Controls of both kinds, what turns the direction of text, what cannot be seen, half characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


class Belt(LineFilter):
    """`caught` holds what came as far as this, for tests: apart from pasted text nothing should."""

    def __init__(self) -> None:
        super().__init__()
        self.caught: list[str] = []

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        if not any(_UNSAFE.search(segment.text) for segment in segments if not segment.control):
            return segments
        self.caught += [segment.text for segment in segments if not segment.control and _UNSAFE.search(segment.text)]
        width = Segment.get_line_length(segments)
        drawn = [segment if segment.control else Segment(_drawn(segment.text), segment.style) for segment in segments]
        return Segment.adjust_line_length(drawn, width)


def filtered(widget: Widget, strip: Strip) -> Strip:
    """Return a line as the app's filters leave it, for a widget that makes its lines itself: Textual then does not."""
    background = widget.background_colors[1]
    for line_filter in widget.get_line_filters():
        strip = strip.apply_filter(line_filter, background)
    return strip


def _drawn(text: str) -> str:
    # A tab or a line feed moves the cursor; in a line that is drawn neither has a meaning.
    return show(text).replace("\t", "␉").replace("\n", "␊")
