"""One column that says where in the stream the screen stands."""

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from reviewer.tui.belt import filtered


class ScrollMark(Widget):
    COMPONENT_CLASSES = {"scroll--thumb", "scroll--track"}

    # First row on the screen, rows on the screen, rows in all.
    span: reactive[tuple[int, int, int]] = reactive((0, 1, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        top, visible, count = self.span
        height = max(1, self.size.height)
        size = max(1, height * visible // max(count, 1))
        start = (height - size) * top // max(1, count - visible)
        # A sign, not a ground alone: that would not be seen without colours.
        thumb, track = (
            filtered(self, Strip([Segment(sign, self.get_component_rich_style(f"scroll--{part}"))]))
            for part, sign in (("thumb", "█"), ("track", " "))
        )
        is_thumb = range(start, start + size) if count > visible else ()
        return [thumb if y in is_thumb else track for y in range(crop.y, crop.bottom)]
