"""Where the lines that a note is about stand now: known by their text, and by their number where it stands twice."""

from collections.abc import Iterator
from dataclasses import replace

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff, FileDiff, Line
from reviewer.review.model import Note, Side, Spot


def anchored(note: Note, diff: Diff) -> Note:
    """Return the note at the place its lines stand at; with `was` set to the old one where they are gone.

    It is then about the file as a whole, or about the review if the file is gone, too.
    """
    spot = note.spot
    if spot is None:
        return note
    file = next((file for file in diff.files if spot.path in (file.path, file.old_path)), None)
    if file is None:
        return replace(note, spot=None, was=spot)
    if spot.first is None:
        return replace(note, spot=replace(spot, path=file.path))
    first = _nearest(spot, file)
    if first is None:
        return replace(note, spot=Spot(file.path), was=spot)
    return replace(note, spot=replace(spot, path=file.path, first=first, last=first + spot.text.count(b"\n")))


def spot_in(diff: Diff, path: bytes, side: Side, first: int, last: int) -> Spot | None:
    """Return the lines of a file with their text; None if no hunk shows them all."""
    file = next((file for file in diff.files if path in (file.path, file.old_path)), None)
    if file is None or last < first:
        return None
    for run in _runs(file, side):
        lines = [text for number, text in run if first <= number <= last]
        if len(lines) == last - first + 1:
            return Spot(file.path, side, first, last, b"\n".join(lines))
    return None


def _nearest(spot: Spot, file: FileDiff) -> int | None:
    """Return the first line of the text's occurrence that is nearest to where it was."""
    wanted = spot.text.split(b"\n")
    found = [
        side[at][0]
        for side in _runs(file, spot.side)
        for at in range(len(side) - len(wanted) + 1)
        if side[at][1] == wanted[0] and [text for _, text in side[at : at + len(wanted)]] == wanted
    ]
    return min(found, key=lambda number: abs(number - (spot.first or 0)), default=None)


def _runs(file: FileDiff, side: Side) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the lines of one side, hunk by hunk, with their numbers."""
    for hunk in file.text_hunks:
        yield [(number, line.text) for line in lines_of(hunk) if (number := _number(line, side)) is not None]


def _number(line: Line, side: Side) -> int | None:
    return line.new if side is Side.NEW else line.old
