"""Where in the walk something stands: hunks by path and line, and the next one of a kind. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from reviewer.diff.model import Line
from reviewer.review.carry import Fate
from reviewer.review.model import Flag, Note, Side, Spot
from reviewer.visible import show
from reviewer.walk.walk import Walk

HEADER = -1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a hunk by its number in the new or old file; 0 stands for the hunk itself, `HEADER` for its file's."""

    hunk: int
    line: int = 0
    is_old: bool = False

    @property
    def in_hunk(self) -> "Place":
        """The place for a reader who has no header of a file to stand at."""
        return self if self.line != HEADER else Place(self.hunk)


def find_place(walk: Walk, path: bytes, line: int | None, side: Side = Side.NEW) -> Place | None:
    """Return where the line of a file is shown, its first hunk if it is in none; without a line, the file's header."""
    for number, file in enumerate(walk.files):
        if path not in (file.new_path, file.old_path):
            continue
        hunks = walk.hunks_of_file(number)
        for index in hunks if line is not None else ():
            hunk = walk.hunks[index]
            start, count = (hunk.new_start, hunk.new_count) if side is Side.NEW else (hunk.old_start, hunk.old_count)
            if start <= (line or 0) < start + count:
                return Place(index, line or 0, side is Side.OLD)
        return Place(hunks[0], HEADER if line is None else 0)
    return None


def spot_of(path: bytes, lines: Sequence[Line]) -> Spot:
    """Return what a note on these lines is about: those of the new file, or of the old one if all are removed."""
    new = [line for line in lines if line.new is not None]
    text = b"\n".join(line.text for line in new or lines)
    if new:
        return Spot(path, Side.NEW, new[0].new, new[-1].new, text)
    return Spot(path, Side.OLD, lines[0].old, lines[-1].old, text)


def flag_words(flag: Flag) -> str:
    """Return a flag in one line, with every word one may look for it by."""
    finding = flag.finding
    if flag.disposition is not None:
        state = flag.disposition.value
    else:
        state = "suppressed" if finding.suppressed is not None else "open"
    what = f"{finding.severity.value:<6} {finding.point.title:<11} {show(finding.rule)}"
    return f"{what}  {show(finding.path)}:{finding.line}  {state}  {show(finding.message)}"


def matches(line: str, words: str) -> bool:
    """True if every word is somewhere in the line, in any case."""
    lowered = line.lower()
    return all(word in lowered for word in words.lower().split())


def flag_places(walk: Walk, all_flags: Iterable[Flag], words: str = "") -> list[Place]:
    """Return where open flags stand, in walk order; all flags once none is open. Words keep to flags that hold them."""
    flags = [flag for flag in all_flags if not words or matches(flag_words(flag), words)]
    chosen = [flag for flag in flags if flag.is_open] or [flag for flag in flags if flag.finding.suppressed is None]
    return _sorted(find_place(walk, flag.finding.path, flag.finding.line) for flag in chosen)


def note_places(walk: Walk, notes: Iterable[Note]) -> list[Place]:
    """Return where notes stand; those on the whole review at its beginning, where they are shown."""
    return _sorted(
        find_place(walk, note.spot.path, note.spot.last, note.spot.side) if note.spot is not None else Place(0, HEADER)
        for note in notes
    )


def next_place(places: Sequence[Place], here: Place, direction: int) -> Place | None:
    """Return the next place after (or before) here, round the end; None if there is none."""
    if not places:
        return None
    if direction > 0:
        return next((place for place in places if place > here), places[0])
    return next((place for place in reversed(places) if place < here), places[-1])


def next_unviewed(left: Sequence[Fate], here: int, direction: int) -> int | None:
    """Return the next hunk without a mark, round the end; None when all are marked.

    Ported ones come first: they were read, and need no more than a word.
    """
    count = len(left)
    order = (
        chain(range(here + 1, count), range(here + 1))
        if direction > 0
        else chain(range(here - 1, -1, -1), range(count - 1, here - 1, -1))
    )
    unread = [hunk for hunk in order if left[hunk] is not Fate.KEPT]
    return next((hunk for hunk in unread if left[hunk] is Fate.PORTED), unread[0] if unread else None)


def _sorted(places: Iterable[Place | None]) -> list[Place]:
    return sorted({place for place in places if place is not None})
