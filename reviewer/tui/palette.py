"""Colours by meaning, taken from the theme through the view's component classes."""

from dataclasses import dataclass
from functools import cached_property

from rich.style import Style
from textual.widget import Widget

LINE_KINDS = ("context", "added", "removed")
TOKENS = ("comment", "keyword", "string", "number", "function", "type", "builtin", "constant", "decorator")
SIGNS = ("gutter", "bar", "plus", "minus", "flag", "quiet-flag", "note", "viewed", "moved-sign")
OTHERS = (
    "added-words", "removed-words", "cursor", "selected", "hunk", "file", "textless", "match", "moved-in", "moved-out",
)  # fmt: skip
_ALL = (*LINE_KINDS, *TOKENS, *SIGNS, *OTHERS)
CLASSES = frozenset(f"diff--{name}" for name in _ALL)


@dataclass(eq=False)
class Palette:
    """Styles of one widget under one theme. Background comes from the line, foreground from the token."""

    widget: Widget

    def style(self, name: str) -> Style:
        return self.styles[name]

    def token(self, name: str | None, line: Style) -> Style:
        """Return the line's style with the token's colour; a line with a colour of its own keeps that."""
        if name is None:
            return line
        key = (name, line)
        if key not in self._combined:
            self._combined[key] = line if self._has_own_colour(line) else line + self._foregrounds[name]
        return self._combined[key]

    def sign(self, name: str, line: Style) -> Style:
        """Return the line's style with the sign's colour, except on a ground that has a text colour of its own."""
        has_own_ground = bool(line.reverse) or line.bgcolor != self.styles["context"].bgcolor
        return line if has_own_ground and self._has_own_colour(line) else line + self._foregrounds[name]

    def _has_own_colour(self, line: Style) -> bool:
        return bool(line.reverse) or line.color != self.styles["context"].color

    @cached_property
    def styles(self) -> dict[str, Style]:
        return {name: self.widget.get_component_rich_style(f"diff--{name}") for name in _ALL}

    @cached_property
    def _foregrounds(self) -> dict[str, Style]:
        own = ((name, self.styles[name]) for name in (*TOKENS, *SIGNS))
        return {name: Style(color=it.color, bold=it.bold, dim=it.dim, italic=it.italic) for name, it in own}

    @cached_property
    def _combined(self) -> dict[tuple[str, Style], Style]:
        return {}
