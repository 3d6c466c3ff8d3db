"""What is under review as lines to be heard: words where a full screen has signs and colours. Pure.

Each line of a file begins with what became of it, in a word: speech leaves out `+` and `-`, or says `plus` and `dash`
as if the file held them. Then its number, then its text. The word is never left out, so that no text can pass for
another kind of line; what we say ourselves about a line stands on a line without a number.
"""

import re
from collections.abc import Iterable, Iterator

from reviewer.analysis.manual import manual_of
from reviewer.diff.contents import Contents
from reviewer.diff.model import FileDiff, Hunk, Line, LineKind
from reviewer.review.carry import Fate
from reviewer.review.events import Event
from reviewer.review.model import Disposition, Flag, Intent, Note, Spot
from reviewer.review.progress import Progress
from reviewer.visible import conceal, expand_tabs, show, show_lines
from reviewer.walk.difference import Differing
from reviewer.walk.titles import describe, name_of

MOST_CHARACTERS = 500
KINDS = {LineKind.CONTEXT: "same", LineKind.ADDED: "added", LineKind.REMOVED: "removed"}
DISPOSED = {
    Disposition.NEEDS_CHANGE: "needs a change",
    Disposition.ACCEPTED_RISK: "accepted risk",
    Disposition.FALSE_ALARM: "false alarm",
}
_STANDING = {
    Fate.KEPT: "Reviewed.",
    Fate.MOVED: "Reviewed.",
    Fate.PORTED: "You read it before, with other lines around it; enter confirms it.",
    Fate.DELTA: "Changed since you read it.",
    Fate.NEW: "Not reviewed yet.",
}
_INTENTS = {Intent.QUESTION: "a question", Intent.CHANGE: "a wish for a change"}
_UNDONE = {
    "view": "a mark", "unview": "that a mark was taken off", "dispose": "a disposition", "answer": "an answer",
    "note": "a note", "resolve": "that something was settled", "signoff": "a sign-off",
}  # fmt: skip
_SIGNS = {b"+": "added", b"-": "removed", b" ": "same"}
_DOTS = re.compile("•+")


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def file_title(file: FileDiff, number: int, count: int) -> str:
    lines = "binary" if file.is_binary else f"{file.added} added, {file.removed} removed"
    return f"File {number} of {count}: {name_of(file, to='becomes')}, {file.status.value}, {lines}."


def hunk_title(hunk: Hunk, number: int, count: int, fate: Fate) -> str:
    """Return which hunk it is, where, and what the reviewer has to do about it."""
    where = "" if hunk.is_textless else f", {_lines_of(hunk)}"
    section = f" In: {show(hunk.section)}" if hunk.section else ""
    return f"Hunk {number} of {count}{where}. {_STANDING[fate]}{section}"


def fold_line(hunks: int, left: int, reason: str) -> str:
    state = f"{left} to review" if left else "all reviewed"
    return f"Folded: {reason}; {counted(hunks, 'hunk')}, {state}."


def without_text(file: FileDiff, contents: Contents | None = None) -> str:
    return f"{describe(file, contents, to='becomes')}."


def texts_of(lines: Iterable[Line], digits: int, *, is_cut: bool, secret: frozenset[int]) -> Iterator[str]:
    """Yield what is printed of the lines; the values in those of `secret`, numbers of the new file, are hidden."""
    for line in lines:
        text = line.text[: 4 * MOST_CHARACTERS] if is_cut else line.text
        shown = expand_tabs(show(text))
        if line.kind is LineKind.ADDED and line.new in secret:
            shown = _DOTS.sub("(hidden)", conceal(shown))
        number = line.old if line.new is None else line.new
        yield f"{KINDS[line.kind]:<7} {number:>{digits}}: {shown[:MOST_CHARACTERS] if is_cut else shown}".rstrip()
        if is_cut and (len(shown) > MOST_CHARACTERS or len(text) < len(line.text)):
            yield f"The line above goes on, to {len(line.text):,} bytes in all; w prints long lines whole."
        if not line.newline:
            yield "The line above ends the file without a line feed."


def since_read(differing: Iterable[Differing]) -> Iterator[str]:
    """Yield what tells a hunk from what was read of it."""
    for each in differing:
        if each.line is None:
            yield each.when.capitalize()
        else:
            sign = _SIGNS.get(each.line[:1], "")
            yield f"{each.when}, {sign}: {show(each.line[1:])}" if sign else f"{each.when}: {show(each.line)}"


def flag_texts(flag: Flag, number: int) -> Iterator[str]:
    """Yield a flag: where and what, why to look and what to ask unless that is answered, and what was said of it."""
    finding = flag.finding
    point = finding.point
    state = "open" if flag.is_open else "suppressed" if flag.disposition is None else DISPOSED[flag.disposition]
    yield (
        f"Flag {number}, line {finding.line}, {finding.severity.value}, {state}: {show(finding.rule)}, "
        f"point {point.number}, {point.title}."
    )
    yield f"  {show(finding.message)}"
    manual = manual_of(finding.rule)
    if flag.is_open and manual is not None:
        yield f"  Why look: {' '.join(manual.why.split())}"
        yield f"  Ask: {' '.join(manual.ask.split())}"
    said = flag.note or finding.suppressed
    if said:
        yield f"  Reason: {show(said)}"


def note_text(note: Note, number: int) -> str:
    kind = "blocking" if note.is_blocking else "not blocking"
    facts = [
        kind,
        *(["settled"] if note.is_resolved else []),
        *([_INTENTS[note.intent]] if note.intent in _INTENTS else []),
    ]
    if note.proposed_by is not None:
        facts.append(f"{show(note.proposed_by.called)} thinks it settled, r agrees")
    if note.point is not None:
        facts.append(f"under point {note.point.number}, {note.point.title}")
    where = place_of(note.spot) if note.spot is not None else "the whole review"
    was = f", was on {place_of(note.was)}" if note.was is not None else ""
    return f"Note {number} on {where}{was}, {', '.join(facts)}, by {show(note.by.called)}: {show_lines(note.body)}"


def answer_text(answer: Note) -> str:
    return f"Answer by {show(answer.by.called)}: {show_lines(answer.body)}"


def place_of(spot: Spot) -> str:
    if spot.first is None:
        return show(spot.path)
    side = "removed line" if spot.side.value == "old" else "line"
    numbers = f"{side} {spot.first}" if spot.first == spot.last else f"{side}s {spot.first} to {spot.last}"
    return f"{show(spot.path)}, {numbers}"


def progress_text(progress: Progress, *, is_inspecting: bool) -> str:
    """Return how far the review is; while the rules are at work, flags are those so far."""
    flags = f"{progress.open_flags} of {counted(progress.flags, 'flag')} open" if progress.flags else "No flag"
    so_far = " so far, the rules are still at work" if is_inspecting else ""
    return (
        f"{progress.hunks_viewed} of {progress.hunks} hunks reviewed, {progress.percent} % of changed lines. "
        f"{flags}{so_far}. "
        f"{progress.points_answered} of {progress.points} points answered."
    )


def undone(event: Event | None) -> str:
    return f"Undone: {_UNDONE.get(event.kind, event.kind)}." if event is not None else "Nothing of yours to undo."


def _lines_of(hunk: Hunk) -> str:
    """Return its lines in the new file; in the old one where nothing is left of them."""
    start, count, side = hunk.new_start, hunk.new_count, "lines"
    if not count:
        start, count, side = hunk.old_start, hunk.old_count, "old lines"
    numbers = f"{side[:-1]} {start}" if count == 1 else f"{side} {start} to {start + count - 1}"
    return f"{numbers}, {hunk.added} added, {hunk.removed} removed"
