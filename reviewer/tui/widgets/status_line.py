"""One line that always tells how far the review is."""

from textual.content import Content
from textual.widgets import Static

from reviewer.review.progress import Progress
from reviewer.visible import show

_BAR_CELLS = 10


class StatusLine(Static):
    def show_progress(self, label: str, progress: Progress | None, *, where: str, verdict: str | None) -> None:
        """Show what is reviewed, and how far: hunks, coverage, flags, points."""
        title = (f" {show(label)} ", "bold $text on $primary")
        if progress is None:
            self.update(Content.assemble(title, "  opening the review…"))
            return
        full = round(progress.coverage * _BAR_CELLS)
        parts: list[str | tuple[str, str]] = [
            title,
            f"  hunks {progress.hunks_viewed}/{progress.hunks} ",
            ("█" * full, "$success"),
            ("░" * (_BAR_CELLS - full), "$text-muted"),
            f" {percent(progress)} · flags ",
            (f"{progress.open_flags} open", "bold $error" if progress.open_flags else ""),
            f" of {progress.flags} · points {progress.points_answered}/{progress.points}",
        ]
        if verdict is not None:
            parts.append((f" · signed: {verdict}", "bold $success"))
        if self.size.width >= 110:
            parts.append((f" · {where}", "$text-muted"))
        self.update(Content.assemble(*parts))


def percent(progress: Progress) -> str:
    """Return the coverage; 100 % only when every line is read."""
    return f"{int(progress.coverage * 100)} %"
