"""Colours by meaning: what a theme must say, and the names under which app.tcss and the screens ask for it.

Knows nothing of Textual, so that the names of themes cost no start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

# The terminal's own, which may be light on dark or dark on light.
OWN = "ansi_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Grounds are what stands behind text; a `_text` left empty is `text`, and only on such lines code is coloured.

    Styles say with bold, underline and reverse what a terminal without that colour could not show.
    """

    is_dark: bool
    text: str
    muted: str
    ground: str
    side: str
    bar: str
    veil: str
    title: str
    title_text: str
    title_style: str = "bold"
    muted_style: str = "none"

    accent: str
    good: str
    warning: str
    bad: str

    added: str
    added_text: str = ""
    added_words: str
    added_words_text: str = ""
    removed: str
    removed_text: str = ""
    removed_words: str
    removed_words_text: str = ""
    words_style: str = "bold"
    cursor: str
    cursor_text: str = ""
    cursor_style: str = "bold"
    selected: str
    selected_text: str = ""
    selected_style: str = "none"
    match: str
    match_text: str
    match_style: str = "bold"
    hunk: str
    hunk_text: str
    file_style: str = "bold"
    comment_style: str = "italic"

    keyword: str
    string: str
    number: str
    function: str
    type: str
    builtin: str

    @property
    def is_of_terminal(self) -> bool:
        """True if only the terminal's own sixteen colours are used."""
        return self.ground == OWN

    @property
    def variables(self) -> Mapping[str, str]:
        """What app.tcss calls them: `$diff-added-words` and so on; `$faint` and `$title` are whole styles."""
        said = {field.name.replace("_", "-"): getattr(self, field.name) for field in fields(self)}
        ours = {f"diff-{name}": value or self.text for name, value in said.items() if isinstance(value, str)}
        faint = self.muted if self.muted_style == "none" else f"{self.muted} {self.muted_style}"
        title = f"{self.title_style} {self.title_text} on {self.title}"
        return {**ours, "faint": faint, "title": title, **self._of_textual}

    @property
    def _of_textual(self) -> Mapping[str, str]:
        """What the widgets that are Textual's own would else derive from the main colours."""
        cursor_text = self.cursor_text or self.text
        pointer = {"background": self.cursor, "foreground": cursor_text, "text-style": self.cursor_style}
        pointers = {f"block-cursor-{kind}{name}": pointer[name] for kind in ("", "blurred-") for name in pointer}
        thumb = {f"scrollbar{state}": self.accent for state in ("", "-hover", "-active")}
        track = {f"scrollbar-background{state}": self.side for state in ("", "-hover", "-active")}
        return {
            **pointers, **thumb, **track,
            "scrollbar-corner-color": self.side,
            "text-muted": self.muted,
            "text-disabled": self.muted,
            "border": self.accent,
            "border-blurred": self.muted,
            "input-cursor-text-style": "reverse",
            "input-cursor-background": self.ground,
            "input-cursor-foreground": self.text,
            "input-selection-background": self.cursor,
            "input-selection-foreground": cursor_text,
            "ansi-background": self.ground,
            "ansi-foreground": self.text,
        }  # fmt: skip
