"""One table of keys; bindings, footer and help are made from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """`keys` as Textual names them, separated by commas; `shown` as people write them.

    `short` is the word in the footer; None keeps the key out of it.
    """

    keys: str
    shown: str
    action: str
    description: str
    group: str
    short: str | None = None


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
    Key("right_curly_bracket", "}", "next_file", "next file", _MOVE),
    Key("left_curly_bracket", "{", "previous_file", "previous file", _MOVE),
    Key("j,down", "j ↓", "move(1)", "down a line", _MOVE),
    Key("k,up", "k ↑", "move(-1)", "up a line", _MOVE),
    Key("ctrl+d", "ctrl+d", "half_page(1)", "half a page down", _MOVE),
    Key("ctrl+u", "ctrl+u", "half_page(-1)", "half a page up", _MOVE),
    Key("pagedown", "PgDn", "page(1)", "a page down", _MOVE),
    Key("pageup", "PgUp", "page(-1)", "a page up", _MOVE),
    Key("g,home", "g", "first", "to the first line", _MOVE),
    Key("G,end", "G", "last", "to the last line", _MOVE),
    Key("h,left", "h ←", "sideways(-1)", "scroll left", _MOVE),
    Key("l,right", "l →", "sideways(1)", "scroll right", _MOVE),
    Key("enter", "enter", "toggle_fold", "show a folded file, or fold this one", _SHOW),
    Key("slash", "/", "search", "search in the diff", _MOVE),
    Key("n", "n", "next_match", "next match", _MOVE),
    Key("N", "N", "previous_match", "previous match", _MOVE),
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
    Key("vertical_line", "|", "next_layout", "unified, side by side, or by width", _SHOW),
    Key("z,plus", "z +", "context(1)", "more lines around the edits", _SHOW),
    Key("minus", "-", "context(-1)", "fewer lines around the edits", _SHOW),
    Key("equals_sign", "=", "whole_files", "whole files, and back", _SHOW),
    Key("w", "w", "toggle_wrap", "wrap long lines, or cut them", _SHOW),
    Key("W", "W", "toggle_words", "word emphasis on or off", _SHOW),
    Key("b", "b", "toggle_blanks", "make changes of white space alone faint", _SHOW),
    Key("s", "s", "toggle_secrets", "show the values that a flag takes for secrets, or dots", _SHOW),
    Key("T", "T", "next_theme", "next theme", _SHOW),
    Key("colon,ctrl+p", ":", "app.palette", "all commands by name", _SHOW),
    Key("y", "y", "copy", "copy the line or the selected lines", _SAY),
    Key("e", "e", "edit", "your editor at this line", _SHOW),
    Key("R", "R", "reload", "read the change again", _SHOW),
    Key("question_mark,f1", "?", "app.help", "this help", _SHOW, "help"),
    Key("escape", "esc", "cancel", "end the selection, search or filter; hide the line of news", _MOVE),
    Key("ctrl+z", "ctrl+z", "app.suspend", "suspend to the shell", _LEAVE),
    Key("q", "q", "app.leave", "leave; all is saved, the next start goes on here", _LEAVE, "quit"),
)

CHECKLIST_KEYS = (
    Key("y", "y", "reply('yes')", "answer yes", _SAY, "yes"),
    Key("n", "n", "reply('no')", "answer no, with a note", _SAY, "no"),
    Key("a", "a", "reply('n/a')", "not applicable, with a note", _SAY, "n/a"),
    Key("j,down", "j ↓", "next_question(1)", "next question", _MOVE, "next"),
    Key("k,up", "k ↑", "next_question(-1)", "previous question", _MOVE),
    Key("1,2,3,4,5,6,7,8,9", "1…9", "point", "to that point", _MOVE, "point"),
    Key("tab,right_square_bracket", "tab", "next_evidence(1)", "next piece of evidence", _MOVE, "evidence"),
    Key("shift+tab,left_square_bracket", "shift+tab", "next_evidence(-1)", "previous piece of evidence", _MOVE),
    Key("enter", "enter", "go", "go to the evidence", _MOVE, "go there"),
    Key("c", "c", "note", "note under this point", _SAY),
    Key("backspace", "backspace", "undo", "undo", _MARK),
    Key("S", "S", "app.sign_off", "sign off", _SHOW, "sign off"),
    Key("question_mark,f1", "?", "app.help", "this help", _SHOW, "help"),
    Key("x,q,escape", "x", "back", "back to the diff", _LEAVE, "back"),
)

SIGN_OFF_KEYS = (
    Key("down,ctrl+n", "↓", "move(1)", "next thing that blocks", _MOVE, "next"),
    Key("up,ctrl+p", "↑", "move(-1)", "previous thing that blocks", _MOVE),
    Key("tab", "tab", "go", "go to what blocks", _MOVE, "go there"),
    Key("f1", "F1", "app.help", "this help", _SHOW, "help"),
    Key("escape", "esc", "back", "back to the diff", _LEAVE, "back"),
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
    """Return Textual's bindings for a table; a digit's action is told which digit.

    With priority they come before what a field to type in does with a key.
    """
    return [
        Binding(
            name,
            f"{key.action}({name})" if name.isdigit() else key.action,
            key.description,
            show=False,
            priority=priority,
        )
        for key in keys
        for name in key.keys.split(",")
    ]
