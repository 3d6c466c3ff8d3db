"""One column that says where in the stream the screen stands."""

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class ScrollMark(Widget):
    COMPONENT_CLASSES = {"scroll--thumb", "scroll--track"}

    # First row on the screen, rows on the screen, rows in all.
    span: reactive[tuple[int, int, int]] = reactive((0, 1, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        top, visible, count = self.span
        height = max(1, self.size.height)
        size = max(1, height * visible // max(count, 1))
        start = (height - size) * top // max(1, count - visible)
        thumb, track = (self.get_component_rich_style(f"scroll--{part}") for part in ("thumb", "track"))
        return [
            Strip.blank(1, thumb if count > visible and start <= y < start + size else track)
            for y in range(crop.y, crop.bottom)
        ]
