"""Our themes by name, for terminals of any depth; who names none gets the one that fits the terminal."""

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from reviewer.tui.colours import OWN, Colours

if TYPE_CHECKING:
    from textual.theme import Theme

_DARK = Colours(
    is_dark=True,
    text="#e4e9ef", muted="#acb6c1", ground="#0f1419", side="#151b22", bar="#1c242d", veil="#0f1419 45%",
    title="#1f6feb", title_text="#ffffff",
    accent="#79c0ff", good="#7ee787", warning="#f2cc60", bad="#ff9a92",
    added="#12291c", added_words="#1d4f2f", removed="#331a1e", removed_words="#6a2830",
    cursor="#23406b", selected="#3a2f55", match="#f2cc60", match_text="#0f1419",
    hunk="#1a2330", hunk_text="#a5c4e8",
    keyword="#d2a8ff", string="#a5d6ff", number="#f2b880", function="#79c0ff", type="#ffcf7d", builtin="#7fdbca",
)  # fmt: skip
_LIGHT = Colours(
    is_dark=False,
    text="#1b2026", muted="#515b66", ground="#ffffff", side="#f3f5f7", bar="#e7ebef", veil="#ffffff 45%",
    title="#0a4fb0", title_text="#ffffff",
    accent="#0a4fb0", good="#10602c", warning="#7a4a00", bad="#a01721",
    added="#e3f7e6", added_words="#b5ecbe", removed="#ffeae8", removed_words="#ffcac5",
    cursor="#cfe2fb", selected="#f0e0fa", match="#ffd84d", match_text="#1b2026",
    hunk="#eaf1f8", hunk_text="#3b5675",
    keyword="#7a2fa0", string="#0b4a75", number="#7d4300", function="#0a4fb0", type="#7a4a00", builtin="#005a55",
)  # fmt: skip
_HIGH_DARK = Colours(
    is_dark=True,
    text="#ffffff", muted="#d0d0d0", ground="#000000", side="#000000", bar="#1c1c1c", veil="#000000 45%",
    title="#ffff87", title_text="#000000",
    accent="#87d7ff", good="#87ff87", warning="#ffff87", bad="#ffc0c0",
    added="#003a12", added_words="#87ff87", added_words_text="#000000",
    removed="#50000a", removed_words="#ffc0c0", removed_words_text="#000000",
    cursor="#ffff00", cursor_text="#000000", selected="#3a0070", match="#00ffff", match_text="#000000",
    hunk="#262626", hunk_text="#ffffff",
    keyword="#e8c8ff", string="#afd7ff", number="#ffd7af", function="#afffff", type="#ffffaf", builtin="#afffd7",
)  # fmt: skip
_HIGH_LIGHT = Colours(
    is_dark=False,
    text="#000000", muted="#3a3a3a", ground="#ffffff", side="#ffffff", bar="#eeeeee", veil="#ffffff 45%",
    title="#00005f", title_text="#ffffff",
    accent="#000087", good="#004400", warning="#4a2800", bad="#5f0000",
    added="#d7ffd7", added_words="#004400", added_words_text="#ffffff",
    removed="#ffd7d7", removed_words="#5f0000", removed_words_text="#ffffff",
    cursor="#000087", cursor_text="#ffffff", selected="#d7d7ff", match="#ffff00", match_text="#000000",
    hunk="#e4e4e4", hunk_text="#000000",
    keyword="#5f005f", string="#00005f", number="#5f0000", function="#000087", type="#4a2800", builtin="#004444",
)  # fmt: skip
# Blue and orange differ for nearly all eyes; grey marks the cursor, as no hue is left that differs from both.
_BLIND_DARK = replace(
    _DARK,
    text="#eef2f6", muted="#bcc6d0", accent="#a9d4ff", good="#9fd2ff", warning="#ffe08a", bad="#ffc27a",
    added="#0b2f57", added_words="#12528f", removed="#4a2d08", removed_words="#704408",
    cursor="#484c54", selected="#343428", match="#ffe08a",
    keyword="#e0c2ff", string="#b5dcff", number="#f6c48f", function="#9fd2ff", builtin="#8fe5d5",
)  # fmt: skip
_BLIND_LIGHT = replace(
    _LIGHT,
    muted="#4b545e", good="#0a4596", warning="#6a4000", bad="#7d3f00", accent="#0a4596", title="#0a4596",
    added="#dcecff", added_words="#a6d0ff", removed="#ffebc8", removed_words="#ffce80",
    cursor="#cdcdcd", selected="#f2bcfc",
    keyword="#6a2590", number="#6d3a00", function="#0a4596", type="#6a4000", builtin="#00504b",
)  # fmt: skip
# What git itself prints: lines in one colour, nothing behind them. Blue and yellow text is left out, as half of all
# terminals show it badly; so is grey, which some palettes make their ground.
_TERMINAL = Colours(
    is_dark=True,
    text=OWN, muted=OWN, muted_style="dim", ground=OWN, side=OWN, bar=OWN, veil="transparent",
    title=OWN, title_text=OWN, title_style="bold reverse",
    accent="ansi_cyan", good="ansi_green", warning="ansi_magenta", bad="ansi_red",
    added=OWN, added_text="ansi_green", added_words=OWN, added_words_text="ansi_green",
    removed=OWN, removed_text="ansi_red", removed_words=OWN, removed_words_text="ansi_red", words_style="bold reverse",
    cursor=OWN, cursor_style="bold reverse",
    selected="ansi_blue", selected_text="ansi_bright_white",
    match="ansi_yellow", match_text="ansi_black",
    hunk=OWN, hunk_text="ansi_cyan", file_style="bold underline", comment_style="dim italic",
    keyword="ansi_magenta", string="ansi_cyan", number=OWN, function=OWN, type=OWN, builtin=OWN,
)  # fmt: skip
_MONOCHROME = replace(
    _TERMINAL,
    accent=OWN, good=OWN, warning=OWN, bad=OWN,
    added_text="", added_words_text="", removed_text="", removed_words_text="", words_style="bold underline",
    selected=OWN, selected_text="", selected_style="reverse", match=OWN, match_text=OWN, match_style="bold reverse",
    hunk_text=OWN, keyword=OWN, string=OWN,
)  # fmt: skip

# Terminals of 256 colours have few dark ones and none that is calm: code is paler there, so that it can be read.
_DARK_256 = replace(
    _DARK,
    text="#ffffff", muted="#d4d4d4", ground="#121212", side="#1c1c1c", bar="#303030", title="#005faf",
    accent="#afd7ff", good="#87ff87", warning="#ffd75f", bad="#ffafaf",
    added="#005f00", added_words="#87ff87", added_words_text="#000000",
    removed="#5f0000", removed_words="#ffafaf", removed_words_text="#000000",
    cursor="#00005f", selected="#5f005f", match="#ffff5f", match_text="#000000", hunk="#262626", hunk_text="#afd7ff",
    keyword="#ffd7ff", string="#afd7ff", number="#ffd7af", function="#afffff", type="#ffffaf", builtin="#afffd7",
)  # fmt: skip
_LIGHT_256 = replace(
    _LIGHT,
    text="#121212", muted="#4e4e4e", side="#eeeeee", bar="#dadada", title="#005faf",
    accent="#000087", good="#005f00", warning="#5f0000", bad="#870000",
    added="#d7ffd7", added_words="#afffaf", removed="#ffd7d7", removed_words="#ffafaf",
    cursor="#afd7ff", selected="#ffd7ff", match="#ffff5f", match_text="#121212", hunk="#e4e4e4", hunk_text="#303030",
    keyword="#87005f", string="#00005f", number="#5f0000", function="#000087", type="#5f005f", builtin="#00005f",
)  # fmt: skip
_HIGH_DARK_256 = replace(
    _HIGH_DARK,
    bad="#ffd7d7",
    added="#000000", added_text="#87ff87", added_words="#87ff87",
    removed="#000000", removed_text="#ffd7d7", removed_words="#ffd7d7",
    selected="#00005f", keyword="#ffd7ff",
)  # fmt: skip
_HIGH_LIGHT_256 = replace(
    _HIGH_LIGHT,
    added="#ffffff", added_text="#005f00", added_words="#005f00",
    removed="#ffffff", removed_text="#5f0000", removed_words="#5f0000",
    selected="#ffffaf", bar="#ffffff", good="#005f00", warning="#5f0000", type="#5f0000", builtin="#00005f",
)  # fmt: skip
_BLIND_DARK_256 = replace(
    _DARK_256,
    muted="#e4e4e4", accent="#d7d7ff", good="#d7d7ff", bad="#ffd7af", warning="#ffffaf",
    added="#00005f", added_words="#afd7ff", removed="#5f5f00", removed_words="#ffd7af",
    cursor="#444444", string="#d7ffff", hunk_text="#d7d7ff",
)  # fmt: skip
_BLIND_LIGHT_256 = replace(
    _LIGHT_256,
    muted="#444444", good="#00005f", bad="#5f0000",
    added="#afd7ff", added_words="#00005f", added_words_text="#ffffff",
    removed="#ffd787", removed_words="#5f0000", removed_words_text="#ffffff",
    cursor="#c6c6c6", selected="#afffd7", keyword="#5f005f",
)  # fmt: skip

# By name: for terminals of any colour, and for those of 256.
_THEMES = {
    "dark": (_DARK, _DARK_256),
    "light": (_LIGHT, _LIGHT_256),
    "high-contrast-dark": (_HIGH_DARK, _HIGH_DARK_256),
    "high-contrast-light": (_HIGH_LIGHT, _HIGH_LIGHT_256),
    "colour-blind-dark": (_BLIND_DARK, _BLIND_DARK_256),
    "colour-blind-light": (_BLIND_LIGHT, _BLIND_LIGHT_256),
    "terminal": (_TERMINAL, _TERMINAL),
    "monochrome": (_MONOCHROME, _MONOCHROME),
}
NAMES = tuple(_THEMES)


class Depth(Enum):
    """How many colours a terminal shows."""

    NONE = 0
    SIXTEEN = 16
    MANY = 256
    ALL = 1 << 24


def colours_named(name: str, depth: Depth = Depth.ALL) -> Colours:
    """Return a theme's colours as a terminal of this depth can show them; raise KeyError for a name that is none."""
    full, few = _THEMES[name]
    match depth:
        case Depth.ALL:
            return full
        case Depth.MANY:
            return few
        case Depth.SIXTEEN:
            return full if full.is_of_terminal else _TERMINAL
        case Depth.NONE:
            return _MONOCHROME


def theme_named(name: str, depth: Depth = Depth.ALL) -> "Theme":
    """Return a theme as Textual takes it; raise KeyError for a name that is none."""
    from textual.theme import Theme

    colours = colours_named(name, depth)
    return Theme(
        name=name, dark=colours.is_dark, ansi=colours.is_of_terminal,
        primary=colours.accent, secondary=colours.accent, accent=colours.accent,
        success=colours.good, warning=colours.warning, error=colours.bad,
        foreground=colours.text, background=colours.ground, surface=colours.side, panel=colours.bar,
        variables=dict(colours.variables),
    )  # fmt: skip


def shown_names(depth: Depth) -> tuple[str, ...]:
    """Return the themes that a terminal of this depth shows as they are meant."""
    return tuple(name for name in NAMES if colours_named(name, depth) in _THEMES[name])


def fitting_name(wish: str, depth: Depth, *, is_light: bool | None) -> str:
    """Return the theme to show: the one wished for where the terminal can show it, else the one that fits it."""
    names = shown_names(depth)
    if wish in names:
        return wish
    fitting = "light" if is_light else "dark"
    return fitting if fitting in names else names[0]
