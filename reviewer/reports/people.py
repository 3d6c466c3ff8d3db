"""A review for people: plain text for the terminal, Markdown for a pull request."""

from collections.abc import Sequence

from reviewer.reports.digest import Item, Part
from reviewer.reports.prose import escape

_TEXT_SIGNS = {True: "✓", False: "✗", None: "·"}


def text(parts: Sequence[Part]) -> str:
    lines: list[str] = []
    for part in parts:
        lines += [part.heading, "─" * len(part.heading)]
        for item in part.items:
            lines.append(f"{_TEXT_SIGNS[item.is_done]} {item.text}")
            lines += [f"    {below}" for below in item.below]
        lines.append("")
    return "\n".join(lines)


def markdown(parts: Sequence[Part]) -> str:
    """Return GitHub-flavoured Markdown; whatever the repository or a reviewer wrote is escaped."""
    lines: list[str] = []
    for number, part in enumerate(parts):
        lines += [f"{'#' if number == 0 else '##'} {escape(part.heading)}", ""]
        for item in part.items:
            lines += _markdown_item(item)
        lines.append("")
    return "\n".join(lines)


def _markdown_item(item: Item) -> list[str]:
    box = "" if item.is_done is None else "[x] " if item.is_done else "[ ] "
    lines = [f"- {box}{escape(item.text)}"]
    lines += [f"  - {escape(below)}" for below in item.below if below.strip()]
    return lines
