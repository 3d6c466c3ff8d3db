"""Keys to begin with: those of vim's friends, and those for people who never met it."""

from collections.abc import Mapping

AS_SHIPPED = "vim"

# What is not named here is as shipped.
_PLAIN = {
    "line_down": ("down",), "line_up": ("up",), "page_down": ("PgDn",), "page_up": ("PgUp",),
    "half_page_down": (), "half_page_up": (), "first_line": ("home",), "last_line": ("end",),
    "scroll_left": ("left",), "scroll_right": ("right",),
    "next_hunk": ("n",), "previous_hunk": ("p",), "next_unreviewed": ("tab", "u"),
    "previous_unreviewed": ("shift+tab",),
    "next_file": ("F8",), "previous_file": ("F7",), "pick_file": ("ctrl+o", "P"),
    "search": ("ctrl+f", "/"), "next_match": ("F3",), "previous_match": ("F4",),
    "undo": ("backspace", "ctrl+z"), "suspend": (), "help": ("F1", "?"), "reload": ("F5",), "leave": ("F10", "q"),
    "toggle_tree": ("F6", "t"), "checklist": ("F9", "x"), "sign_off": ("F12", "S"), "mark_file": ("A",),
    "more_context": ("+",), "less_context": ("-",),
    "enter_tree": ("ctrl+t",), "jump_back": ("alt+left", "("), "jump_forth": ("alt+right", ")"),
    "next_question": ("down",), "previous_question": ("up",),
    "next_evidence": ("tab",), "previous_evidence": ("shift+tab",), "leave_checklist": ("esc", "F9", "q"),
}  # fmt: skip

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {AS_SHIPPED: {}, "plain": _PLAIN}
