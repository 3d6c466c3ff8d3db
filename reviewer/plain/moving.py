"""The letters that move: to a hunk, a file, a flag, a note, a match. They change what is printed, nothing else."""

from collections.abc import Sequence
from itertools import groupby

from reviewer.analysis.finding import FindingId
from reviewer.diff.lines import HunkLines
from reviewer.plain.console import Console
from reviewer.plain.sentences import counted, file_title
from reviewer.plain.teller import Manner, Teller
from reviewer.review.carry import Fate
from reviewer.visible import show
from reviewer.walk.places import (
    Place,
    find_place,
    flag_places,
    flag_words,
    matches,
    next_place,
    next_unviewed,
    note_places,
)
from reviewer.walk.search import matching_lines
from reviewer.walk.titles import name_of


class Moving(Teller):
    def __init__(self, console: Console, manner: Manner) -> None:
        super().__init__(console, manner)
        self._match = ""
        self._skipped: set[int] = set()

    def do_more(self, rest: str) -> None:  # noqa: ARG002 - as all letters are told
        if not self.reading.has_begun or self.reading.is_folded:
            self.arrive(self.reading.place)
        elif self.reading.left:
            self.read_on()
        elif self.reading.passed_over:
            self.reading.go_back()
            self.read_on()
        else:
            self.say("That was all of this hunk; p prints it again.")

    def do_again(self, rest: str) -> None:  # noqa: ARG002
        self.arrive(Place(self.reading.place.hunk))

    def do_toggle_fold(self, rest: str) -> None:  # noqa: ARG002
        walk, file = self.reading.walk, self.reading.file_number
        walk.fold(file, None if file in walk.folds else "by you")
        self.arrive(Place(walk.first_hunk_of_file[file]))

    def do_next_hunk(self, rest: str) -> None:
        if not rest:
            self._step_hunk(1)
        elif rest.isdecimal() and 0 < int(rest) <= len(self.reading.walk.hunks):
            self.arrive(Place(int(rest) - 1))
        else:
            self.say(f"There is no hunk {show(rest)!r}; the last is {len(self.reading.walk.hunks)}.")

    def do_previous_hunk(self, rest: str) -> None:  # noqa: ARG002
        self._step_hunk(-1)

    def do_next_file(self, rest: str) -> None:
        if not rest:
            self._step_file(1)
        elif rest.isdecimal() and 0 < int(rest) <= len(self.reading.walk.files):
            self._go_to_file(int(rest) - 1)
        else:
            self.say(f"There is no file {show(rest)!r}; the last is {len(self.reading.walk.files)}.")

    def do_previous_file(self, rest: str) -> None:  # noqa: ARG002
        self._step_file(-1)

    def do_next_unreviewed(self, rest: str) -> None:  # noqa: ARG002
        self._step_unreviewed(1)

    def do_previous_unreviewed(self, rest: str) -> None:  # noqa: ARG002
        self._step_unreviewed(-1)

    def do_next_flag(self, rest: str) -> None:
        self._step_flag(rest, 1)

    def do_previous_flag(self, rest: str) -> None:
        self._step_flag(rest, -1)

    def do_next_note(self, rest: str) -> None:  # noqa: ARG002
        self._step(self._note_places(), 1, "No note.")

    def do_previous_note(self, rest: str) -> None:  # noqa: ARG002
        self._step(self._note_places(), -1, "No note.")

    def do_pick_file(self, rest: str) -> None:
        walk = self.reading.walk
        if not rest:
            self.say(*(file_title(file, number, len(walk.files)) for number, file in enumerate(walk.files, 1)))
            self.say("P with part of a name, or the word file with a number, goes there.")
            return
        found = [number for number, file in enumerate(walk.files) if matches(name_of(file), rest)]
        if not found:
            self.say(f"No file with {show(rest)!r} in its name.")
            return
        if found[1:]:
            self.say(f"{counted(len(found), 'file')} with that in the name; this is the first.")
        self._go_to_file(found[0])

    def do_list_flags(self, rest: str) -> None:
        self.take_arrived()
        flags = [flag for flag in self.session.state.flags.values() if matches(flag_words(flag), rest)]
        flags.sort(key=lambda flag: (not flag.is_open, flag.finding.severity.rank, flag.finding.path))
        for flag in flags:
            place = find_place(self.reading.walk, flag.finding.path, flag.finding.line)
            where = f"hunk {place.hunk + 1}" if place is not None else "not in this change"
            self.say(f"{' '.join(flag_words(flag).split())}; {where}.")
        self.say("The word hunk with its number goes there." if flags else self._no_flag(rest))

    def do_search(self, rest: str) -> None:
        self._match = (rest or self.ask("Text, in any case: ") or self._match).lower()
        self._step_match(1)

    def do_next_match(self, rest: str) -> None:  # noqa: ARG002
        self._step_match(1)

    def do_previous_match(self, rest: str) -> None:  # noqa: ARG002
        self._step_match(-1)

    def go_on(self) -> None:
        """Go to the next hunk to review, past folded files, which are named; they come when nothing else is left."""
        left, here = self.left, self.reading.place.hunk
        target = self.next_to_read(here)
        if target is None:
            folded = next_unviewed(left, here, 1)
            if folded is None:
                self.say("Every hunk is reviewed.")
                return
            self.say("Only folded files are left to review.")
            self.arrive(Place(folded))
            return
        between = range(here + 1, target) if target > here else (*range(here + 1, len(left)), *range(target))
        self.tell_skipped(between)
        self.arrive(Place(target))

    def next_to_read(self, here: int) -> int | None:
        """Return the next hunk to review that is not folded."""
        walk = self.reading.walk
        left = [Fate.KEPT if walk.is_folded(hunk) else fate for hunk, fate in enumerate(self.left)]
        return next_unviewed(left, here, 1)

    def tell_skipped(self, hunks: Sequence[int]) -> None:
        """Name the folded files that are passed over although they are not reviewed, each once."""
        walk, left = self.reading.walk, self.left
        files = {walk.file_of_hunk[hunk] for hunk in hunks if walk.is_folded(hunk) and left[hunk] is not Fate.KEPT}
        for file in sorted(files - self._skipped):
            count = len(walk.hunks_of_file(file))
            name = name_of(walk.files[file], to="becomes")
            self.say(
                f"Passing over file {file + 1}, {name}: folded, {walk.folds[file]}; {counted(count, 'hunk')} to review "
                f"later. The words file {file + 1}, then o, show it."
            )
        self._skipped |= files

    @property
    def grave_flags(self) -> list[FindingId]:
        """The open flags that an approval waits for."""
        return [key for key, flag in self.session.state.flags.items() if flag.is_open and flag.is_grave]

    def _step_hunk(self, direction: int) -> None:
        reading = self.reading
        hunk = reading.place.hunk
        if reading.is_folded:
            hunks = reading.walk.hunks_of_file(reading.file_number)
            hunk = hunks[-1] if direction > 0 else hunks[0]
        hunk += direction if reading.has_begun else 0
        if 0 <= hunk < len(reading.walk.hunks):
            self.arrive(Place(hunk))
        else:
            self.say("There is no hunk behind this one." if direction > 0 else "This is the first hunk.")

    def _note_places(self) -> list[Place]:
        return [place.in_hunk for place in note_places(self.reading.walk, self.session.notes.values())]

    def _step_file(self, direction: int) -> None:
        file = self.reading.file_number + direction
        if 0 <= file < len(self.reading.walk.files):
            self._go_to_file(file)
        else:
            self.say("There is no file behind this one." if direction > 0 else "This is the first file.")

    def _go_to_file(self, file: int) -> None:
        self.arrive(Place(self.reading.walk.first_hunk_of_file[file]))

    def _step_unreviewed(self, direction: int) -> None:
        hunk = next_unviewed(self.left, self.reading.place.hunk, direction)
        if hunk is None:
            self.say("Every hunk is reviewed; x answers the nine points.")
        else:
            self.arrive(Place(hunk))

    def _step_flag(self, words: str, direction: int) -> None:
        self.take_arrived()
        flags = self.session.state.flags.values()
        self._step(flag_places(self.reading.walk, flags, words), direction, self._no_flag(words))

    def _no_flag(self, words: str) -> str:
        yet = " yet; the rules are still at work" if self.rules.is_at_work else ""
        return f"No flag with {show(words)!r}{yet}." if words else f"No flag{yet}."

    def _step_match(self, direction: int) -> None:
        if not self._match:
            self.say("Nothing to search for; / and a text starts.")
            return
        places: list[Place] = []
        for hunk, found in groupby(matching_lines(self.reading.walk, self._match), key=lambda at: at[0]):
            lines = HunkLines(self.reading.walk.hunks[hunk])
            for _, index in found:
                line = next(lines.slice(index, index + 1))
                places.append(Place(hunk, line.new or line.old or 0, line.new is None))
        self._step(places, direction, f"Nothing found: {show(self._match)!r}.")

    def _step(self, places: Sequence[Place], direction: int, otherwise: str) -> None:
        place = next_place(places, self.reading.place, direction)
        if place is None:
            self.say(otherwise)
            return
        if len(places) > 1:
            self.say(f"{places.index(place) + 1} of {len(places)}.")
        self.arrive(place)
