"""One table of keys; bindings, footer and help are made from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingsMap


@dataclass(frozen=True, slots=True)
class Key:
    """`keys` as Textual names them, separated by commas; `shown` as people write them.

    `short` is the word in the footer; None keeps the key out of it. What users call the action in their
    configuration is `name`: it never changes, and is the action's own where none is given.
    """

    keys: str
    shown: str
    action: str
    description: str
    group: str
    short: str | None = None
    name_given: str = ""

    @property
    def name(self) -> str:
        return self.name_given or self.action.removeprefix("app.")

    @property
    def is_row(self) -> bool:
        """True for the digits of the points: they come together, and the action is told which it was."""
        return self.name in ("concern", "go_to_point")


_MOVE, _MARK, _SAY, _SHOW, _LEAVE = "Move", "Mark", "Say", "Show", "Leave"

REVIEW_KEYS = (
    Key("space", "space", "mark", "mark the hunk reviewed and go on; again takes the mark off", _MARK, "reviewed"),
    Key("A", "A", "mark_file", "mark all hunks of this file reviewed", _MARK),
    Key("backspace", "backspace", "undo", "undo your last mark, answer, disposition or note", _MARK),
    Key("right_square_bracket", "]", "next_hunk", "next hunk", _MOVE, "hunk"),
    Key("left_square_bracket", "[", "previous_hunk", "previous hunk", _MOVE),
    Key("u", "u", "next_unreviewed", "next hunk not yet reviewed", _MOVE, "unreviewed"),
    Key("U", "U", "previous_unreviewed", "previous hunk not yet reviewed", _MOVE),
    Key("f", "f", "next_flag", "next flag", _MOVE, "flag"),
    Key("F", "F", "previous_flag", "previous flag", _MOVE),
    Key("L", "L", "list_flags", "all flags; type severity, point, rule or file to keep to those", _MOVE),
    Key("at", "@", "list_notes", "all notes and drafts; type open, question, file or name to keep to those", _MOVE),
    Key("m", "m", "next_note", "next note", _MOVE),
    Key("M", "M", "previous_note", "previous note", _MOVE),
    Key("percent_sign", "%", "other_end", "where the line moved from, or went to", _MOVE),
    Key("right_curly_bracket", "}", "next_file", "next file", _MOVE),
    Key("left_curly_bracket", "{", "previous_file", "previous file", _MOVE),
    Key("j,down", "j ↓", "move(1)", "down a line", _MOVE, name_given="line_down"),
    Key("k,up", "k ↑", "move(-1)", "up a line", _MOVE, name_given="line_up"),
    Key("ctrl+d", "ctrl+d", "half_page(1)", "half a page down", _MOVE, name_given="half_page_down"),
    Key("ctrl+u", "ctrl+u", "half_page(-1)", "half a page up", _MOVE, name_given="half_page_up"),
    Key("pagedown", "PgDn", "page(1)", "a page down", _MOVE, name_given="page_down"),
    Key("pageup", "PgUp", "page(-1)", "a page up", _MOVE, name_given="page_up"),
    Key("g,home", "g", "first", "to the first line", _MOVE, name_given="first_line"),
    Key("G,end", "G", "last", "to the last line", _MOVE, name_given="last_line"),
    Key("h,left", "h ←", "sideways(-1)", "scroll left", _MOVE, name_given="scroll_left"),
    Key("l,right", "l →", "sideways(1)", "scroll right", _MOVE, name_given="scroll_right"),
    Key("enter", "enter", "toggle_fold", "show a folded file, or fold this one", _SHOW),
    Key("slash", "/", "search", "search; a capital makes case count, ctrl+r: expressions", _MOVE),
    Key("n", "n", "next_match", "next match", _MOVE),
    Key("N", "N", "previous_match", "previous match", _MOVE),
    Key("ctrl+o,left_parenthesis", "ctrl+o (", "jump_back", "back to where you were before a jump", _MOVE),
    Key("right_parenthesis", ")", "jump_forth", "forth again", _MOVE),
    Key("o", "o", "app.order", "order of the walk: by file, risk, tests or commits", _MOVE),
    Key("P", "P", "pick_file", "go to a file by name", _MOVE),
    Key("d", "d", "dispose", "dispose of the flag at hand: then c, a or x", _SAY, "dispose"),
    Key("c", "c", "note", "note on this line or the selected lines", _SAY, "note"),
    Key("C", "C", "note_on_file", "note on this file", _SAY),
    Key("ctrl+n", "ctrl+n", "note_on_review", "note on the whole review", _SAY),
    Key("a", "a", "answer", "answer the note at hand", _SAY),
    Key("E", "E", "revise", "edit what you said last in the note at hand", _SAY),
    Key("r", "r", "settle", "settle the note at hand, take it up again; or the flag that is gone", _SAY),
    Key("v", "v", "select", "select lines for a note; again ends it", _SAY),
    Key("1,2,3,4,5,6,7,8,9", "1…9", "concern", "raise a concern under that point", _SAY),
    Key("x", "x", "app.checklist", "the nine points", _SHOW, "checklist"),
    Key("S", "S", "app.sign_off", "sign off", _SHOW, "sign off"),
    Key("t", "t", "toggle_tree", "show or hide the file tree", _SHOW),
    Key("tab", "tab", "enter_tree", "into the file tree; enter goes on in the file there", _MOVE),
    Key("ampersand", "&", "filter_files", "files to show in the tree; next file keeps to them", _SHOW),
    Key("vertical_line", "|", "next_layout", "unified, side by side, or by width", _SHOW),
    Key("z,plus", "z +", "context(1)", "more lines around the edits", _SHOW, name_given="more_context"),
    Key("minus", "-", "context(-1)", "fewer lines around the edits", _SHOW, name_given="less_context"),
    Key("equals_sign", "=", "whole_files", "whole files, and back", _SHOW),
    Key("w", "w", "toggle_wrap", "wrap long lines, or cut them", _SHOW),
    Key("W", "W", "toggle_words", "word emphasis on or off", _SHOW),
    Key("b", "b", "toggle_blanks", "make changes of white space alone faint", _SHOW),
    Key("s", "s", "toggle_secrets", "show the values that a flag takes for secrets, or dots", _SHOW),
    Key(
        "T", "T", "app.next_theme", "next theme: dark, light, high contrast, colour-blind, terminal's own, none", _SHOW
    ),
    Key("colon,ctrl+p", ":", "app.palette", "all commands by name", _SHOW),
    Key("B", "B", "ask_past", "who changed the line, or the selected lines, and when: blame and history", _SHOW),
    Key("y", "y", "copy", "copy the line or the selected lines", _SAY),
    Key("e", "e", "edit", "your editor at this line", _SHOW),
    Key("R", "R", "reload", "read the change again", _SHOW),
    Key("question_mark,f1", "?", "app.help", "this help", _SHOW, "help"),
    Key("escape", "esc", "cancel", "end the selection, else the search, else the filters", _MOVE),
    Key("ctrl+z", "ctrl+z", "app.suspend", "suspend to the shell", _LEAVE),
    Key("q", "q", "app.leave", "leave; all is saved, the next start goes on here", _LEAVE, "quit"),
)

CHECKLIST_KEYS = (
    Key("y", "y", "reply('yes')", "answer yes", _SAY, "yes", name_given="answer_yes"),
    Key("n", "n", "reply('no')", "answer no, with a note", _SAY, "no", name_given="answer_no"),
    Key("a", "a", "reply('n/a')", "not applicable, with a note", _SAY, "n/a", name_given="answer_na"),
    Key("j,down", "j ↓", "next_question(1)", "next question", _MOVE, "next", name_given="next_question"),
    Key("k,up", "k ↑", "next_question(-1)", "previous question", _MOVE, name_given="previous_question"),
    Key("1,2,3,4,5,6,7,8,9", "1…9", "point", "to that point", _MOVE, "point", name_given="go_to_point"),
    Key(
        "tab,right_square_bracket",
        "tab",
        "next_evidence(1)",
        "next piece of evidence",
        _MOVE,
        "evidence",
        name_given="next_evidence",
    ),
    Key(
        "shift+tab,left_square_bracket",
        "shift+tab",
        "next_evidence(-1)",
        "previous piece of evidence",
        _MOVE,
        name_given="previous_evidence",
    ),
    Key("enter", "enter", "go", "go to the evidence", _MOVE, "go there", name_given="go_to_evidence"),
    Key("c", "c", "note", "note under this point", _SAY),
    Key("backspace", "backspace", "undo", "undo", _MARK),
    Key("S", "S", "app.sign_off", "sign off", _SHOW, "sign off"),
    Key("question_mark,f1", "?", "app.help", "this help", _SHOW, "help"),
    Key("x,q,escape", "x", "back", "back to the diff", _LEAVE, "back", name_given="leave_checklist"),
)

SIGN_OFF_KEYS = (
    Key("down,ctrl+n", "↓", "move(1)", "next thing that blocks", _MOVE, "next", name_given="next_blocker"),
    Key("up,ctrl+p", "↑", "move(-1)", "previous thing that blocks", _MOVE, name_given="previous_blocker"),
    Key("tab", "tab", "go", "go to what blocks", _MOVE, "go there", name_given="go_to_blocker"),
    Key("f1", "F1", "app.help", "this help", _SHOW, "help", name_given="sign_off_help"),
    Key("escape", "esc", "back", "back to the diff", _LEAVE, "back", name_given="leave_sign_off"),
)

# Many terminals send the same for ctrl+enter as for enter; where it can be told, it works too.
COMPOSER_KEYS = (
    Key("ctrl+b", "ctrl+b", "block", "blocking or not: nothing is approved until it is settled", _SAY, "blocking"),
    Key("ctrl+t", "ctrl+t", "next_intent", "a remark, a question, or a wish for a change", _SAY, "kind"),
    Key("ctrl+g", "ctrl+g", "suggest", "put in a block with these lines: make of it what you suggest", _SAY, "suggest"),
    Key("ctrl+p", "ctrl+p", "preview", "look at it as Markdown, and back", _SHOW, "preview"),
    Key("ctrl+e", "ctrl+e", "edit", "go on in your own editor", _SHOW, "editor"),
    Key("ctrl+l", "ctrl+l", "empty", "take all text out; ctrl+z brings it back", _SAY),
    Key("f1", "F1", "app.help", "this help", _SHOW, "help"),
    Key("ctrl+s,ctrl+enter", "ctrl+s", "save", "save the note; enter begins a new line", _SAY, "save"),
    Key("escape", "esc", "leave", "leave; what you wrote is kept here as a draft", _LEAVE, "keep as draft"),
)

NOTE_LIST_KEYS = (
    Key("down,ctrl+n", "↓", "move(1)", "next note", _MOVE, "next"),
    Key("up,ctrl+p", "↑", "move(-1)", "previous note", _MOVE),
    Key("ctrl+a", "ctrl+a", "do('answer')", "answer the note, or go on with the draft", _SAY, "answer"),
    Key("ctrl+e", "ctrl+e", "do('revise')", "edit a note of yours, or go on with the draft", _SAY, "edit"),
    Key("ctrl+r", "ctrl+r", "do('settle')", "settle the note, or take it up again", _SAY, "settle"),
    Key("ctrl+x", "ctrl+x", "do('delete')", "delete a note or draft of yours", _SAY, "delete"),
    Key("f1", "F1", "app.help", "this help", _SHOW, "help"),
    Key("enter", "enter", "go", "go where the note stands", _MOVE, "go there"),
    Key("escape", "esc", "dismiss(None)", "back to the diff", _LEAVE, "back"),
)


def bindings(keys: Iterable[Key], *, priority: bool = False) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """Return Textual's bindings for a table; of a row, the action is told which digit.

    With priority they come before what a field to type in does with a key.
    """
    return [
        Binding(
            name,
            f"{key.action}({name[-1]})" if key.is_row else key.action,
            key.description,
            show=False,
            priority=priority,
        )
        for key in keys
        for name in key.keys.split(",")
        if name
    ]


def bound(inherited: BindingsMap, keys: Iterable[Key]) -> BindingsMap:
    """Return what a screen inherits with the keys of a table over it."""
    own = BindingsMap(bindings(keys))
    return BindingsMap.from_keys({**inherited.key_to_bindings, **own.key_to_bindings})
