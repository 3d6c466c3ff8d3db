"""Colours by meaning, taken from the theme through the view's component classes."""

from dataclasses import dataclass
from functools import cached_property

from rich.style import Style
from textual.widget import Widget

LINE_KINDS = ("context", "added", "removed")
TOKENS = ("comment", "keyword", "string", "number", "function", "type", "builtin", "constant", "decorator")
OTHERS = (
    "added-words", "removed-words", "cursor", "selected", "gutter", "hunk", "file", "textless", "flag", "quiet-flag",
    "note", "viewed", "match", "bar", "moved-in", "moved-out",
)  # fmt: skip
CLASSES = frozenset(f"diff--{name}" for name in (*LINE_KINDS, *TOKENS, *OTHERS))


@dataclass(eq=False)
class Palette:
    """Styles of one widget under one theme. Background comes from the line, foreground from the token."""

    widget: Widget

    def style(self, name: str) -> Style:
        return self._styles[name]

    def token(self, name: str | None, line: Style) -> Style:
        """Return the line's style with the token's colour."""
        if name is None:
            return line
        key = (name, line)
        if key not in self._combined:
            self._combined[key] = line + self._foregrounds[name]
        return self._combined[key]

    @cached_property
    def _styles(self) -> dict[str, Style]:
        return {name: self.widget.get_component_rich_style(f"diff--{name}") for name in (*LINE_KINDS, *TOKENS, *OTHERS)}

    @cached_property
    def _foregrounds(self) -> dict[str, Style]:
        return {name: Style(color=self._styles[name].color, italic=self._styles[name].italic) for name in TOKENS}

    @cached_property
    def _combined(self) -> dict[tuple[str, Style], Style]:
        return {}
