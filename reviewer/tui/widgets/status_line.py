"""One line that always tells how far the review is."""

from textual.content import Content
from textual.widgets import Static

from reviewer.review.progress import Progress
from reviewer.visible import show

_BAR_CELLS = 10
_WIDTH_FOR_ALL = 110
_LEAST_FOR_NAME = 7


class StatusLine(Static):
    def show_progress(
        self, label: str, progress: Progress | None, *, where: str, verdict: str | None, at_work: str
    ) -> None:
        """Show what is reviewed, and how far: hunks, coverage, flags, points."""
        title = (f" {show(label)} ", "$title")
        if progress is None:
            self._say(Content.assemble(title, "  opening the review…"))
            return
        is_wide = self.size.width >= _WIDTH_FOR_ALL
        open_flags = (f"{progress.open_flags} open", "bold $error" if progress.open_flags else "")
        parts: list[str | tuple[str, str]] = [
            title,
            f" hunks {progress.hunks_viewed}/{progress.hunks}",
            *(_bar(progress) if is_wide else (", ",)),
            f"{percent(progress)} · flags ",
            open_flags,
            f" of {progress.flags}" if is_wide else "",
            f" · points {progress.points_answered}/{progress.points}",
        ]
        if at_work and (is_wide or not where):
            parts.append((f" · {at_work}", "$faint"))
        if verdict is not None:
            parts.append((f" · signed: {verdict}", "bold $success"))
        room = self.size.width - Content.assemble(*parts).cell_length - 3
        if where and room >= _LEAST_FOR_NAME:
            name = where if len(where) <= room else f"…{where[1 - room :]}"
            parts.append((f" · {name}", "$faint"))
        self._say(Content.assemble(*parts))

    def _say(self, content: Content) -> None:
        if content != self.content:
            # It is one line high whatever it says.
            self.update(content, layout=False)


def _bar(progress: Progress) -> list[str | tuple[str, str]]:
    full = round(progress.coverage * _BAR_CELLS)
    return [" ", ("█" * full, "$success"), ("░" * (_BAR_CELLS - full), "$faint"), " "]


def percent(progress: Progress) -> str:
    return f"{progress.percent} %"
