"""One table of letters for each prompt; what is typed is understood by it, and help is made from it.

A letter means what the key of the same name does on the full screen, where there is one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

# What an empty line asks for: whatever the prompt says.
GO_ON = "go_on"
# A number may follow its letter without a blank.
_WITH_NUMBER = re.compile(r"(?P<letter>[^\W\d]|[][}{])(?P<rest>\d\S*)")


@dataclass(frozen=True, slots=True)
class Letter:
    """`names` are letters or words, each of which calls the action; `takes` is what may follow on the line.

    Where the letter is a sign, which speech may leave out, there is a word beside it.
    """

    names: str
    action: str
    description: str
    group: str
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line asks for; `name` is how it was called, `rest` what stands behind."""

    action: str
    name: str = ""
    rest: str = ""


_READ, _GO, _MARK, _SAY, _SHOW, _LEAVE = "Read", "Go", "Mark", "Say", "Show", "Leave"

REVIEW_LETTERS = (
    Letter("j more", "more", "more lines of this hunk", _READ),
    Letter("p", "again", "print this hunk again from its first line", _READ),
    Letter("fold", "toggle_fold", "show the folded file, or fold this one", _READ),
    Letter("w", "toggle_wrap", "print long lines whole, or cut them", _READ),
    Letter("s", "toggle_secrets", "print the values that a flag takes for secrets, or hide them", _READ),
    Letter("z + wider", "more_context", "more lines around the edits", _READ),
    Letter("- narrower", "less_context", "fewer lines around the edits", _READ),
    Letter("= whole", "whole_files", "whole files, and back", _READ),
    Letter("] hunk", "next_hunk", "next hunk, or the one of that number", _GO, "[NUMBER]"),
    Letter("[ back", "previous_hunk", "previous hunk", _GO),
    Letter("} file", "next_file", "next file, or the one of that number", _GO, "[NUMBER]"),
    Letter("{ fileback", "previous_file", "previous file", _GO),
    Letter("u", "next_unreviewed", "next hunk not yet reviewed", _GO),
    Letter("U", "previous_unreviewed", "previous hunk not yet reviewed", _GO),
    Letter("f", "next_flag", "next flag, or the next with these words", _GO, "[WORDS]"),
    Letter("F", "previous_flag", "previous flag", _GO, "[WORDS]"),
    Letter("m", "next_note", "next note", _GO),
    Letter("M", "previous_note", "previous note", _GO),
    Letter("P", "pick_file", "the files, or to the first with these words in its name", _GO, "[WORDS]"),
    Letter("/ search", "search", "search in the diff", _GO, "TEXT"),
    Letter("n", "next_match", "next match", _GO),
    Letter("N", "previous_match", "previous match", _GO),
    Letter("mark", "mark", "mark the hunk reviewed and go on", _MARK),
    Letter("unmark", "unmark", "take the mark off", _MARK),
    Letter("A", "mark_file", "mark all hunks of this file reviewed", _MARK),
    Letter("undo backspace", "undo", "undo your last mark, answer, disposition or note", _MARK),
    Letter(
        "d", "dispose", "dispose of a flag: c needs change, a accepted risk, x false alarm", _SAY,
        "[NUMBER] [c, a or x] [WHY]",
    ),
    Letter("c", "note", "note on a line, on lines as 14-16, on a removed line as old 9", _SAY, "[LINES] [TEXT]"),
    Letter("C", "note_on_file", "note on this file", _SAY, "[TEXT]"),
    Letter("1 2 3 4 5 6 7 8 9", "concern", "raise a concern under that point", _SAY, "[LINES] [TEXT]"),
    Letter("r", "settle", "settle a note here, or the flag that is gone", _SAY, "[NUMBER]"),
    Letter("i", "status", "how far the review is", _SHOW),
    Letter("L", "list_flags", "all flags, or those with these words", _SHOW, "[WORDS]"),
    Letter("x", "checklist", "the nine points", _SHOW),
    Letter("S", "sign_off", "sign off", _SHOW),
    Letter("e", "edit", "your editor at a line", _SHOW, "[LINE]"),
    Letter("R", "reload", "read the change again", _SHOW),
    Letter("? help", "help", "this help", _SHOW),
    Letter("q quit", "leave", "leave; all is saved, the next start goes on here", _LEAVE),
)  # fmt: skip

CHECKLIST_LETTERS = (
    Letter("y", "yes", "answer yes", _SAY, "[NOTE]"),
    Letter("n", "no", "answer no, with a note", _SAY, "[NOTE]"),
    Letter("a", "not_applicable", "not applicable, with a note", _SAY, "[NOTE]"),
    Letter("c", "note", "note under this point", _SAY, "[TEXT]"),
    Letter("undo backspace", "undo", "undo", _MARK),
    Letter("j", "next_question", "next question", _GO),
    Letter("k", "previous_question", "previous question", _GO),
    Letter("1 2 3 4 5 6 7 8 9", "point", "to that point", _GO),
    Letter("e", "evidence", "to that piece of evidence", _GO, "NUMBER"),
    Letter("S", "sign_off", "sign off", _SHOW),
    Letter("? help", "help", "this help", _SHOW),
    Letter("x q", "back", "back to the diff", _LEAVE),
)


def understood(typed: str, letters: Sequence[Letter]) -> Said | None:
    """Return what a typed line asks for, None if that is nothing here."""
    text = typed.strip()
    if not text:
        return Said(GO_ON)
    actions = {name: letter.action for letter in letters for name in letter.names.split()}
    name, _, rest = text.partition(" ")
    if name not in actions and text[0] == "/":
        name, rest = "/", text[1:]
    numbered = _WITH_NUMBER.fullmatch(name)
    if name not in actions and numbered is not None:
        name, rest = numbered["letter"], f"{numbered['rest']} {rest}"
    return Said(actions[name], name, rest.strip()) if name in actions else None


def help_lines(letters: Sequence[Letter]) -> Iterator[str]:
    """Yield the table as sentences, a letter a line."""
    groups = dict.fromkeys(letter.group for letter in letters)
    ordered = sorted(letters, key=lambda letter: list(groups).index(letter.group))
    yield "Type a letter, then enter. In brackets stands what may follow it on the same line."
    for group, some in groupby(ordered, key=lambda letter: letter.group):
        yield f"{group}."
        for letter in some:
            names = "1 to 9" if letter.names.startswith("1 2") else letter.names.replace(" ", " or ")
            yield f"  {names}{f' {letter.takes}' if letter.takes else ''}: {letter.description}."
