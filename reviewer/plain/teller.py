"""What all parts of the dialogue share: say and ask, let events happen, print the hunk at hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reviewer.analysis.finding import FindingId
from reviewer.errors import Refused, ReviewerError
from reviewer.plain.console import Console
from reviewer.plain.letters import Letter, Said, help_lines, understood
from reviewer.plain.reading import Reading
from reviewer.plain.rules import Rules
from reviewer.plain.sentences import (
    answer_text,
    counted,
    file_title,
    flag_texts,
    fold_line,
    hunk_title,
    note_text,
    since_read,
    texts_of,
    undone,
    without_text,
)
from reviewer.review.carry import Fate
from reviewer.review.events import Event
from reviewer.review.model import Flag, Note
from reviewer.review.thread import threads
from reviewer.session.session import Session
from reviewer.visible import show
from reviewer.walk.difference import differing_lines
from reviewer.walk.places import Place, find_place


@dataclass(frozen=True, slots=True)
class Manner:
    """How a walk is told: lines printed at once, and seconds that a hunk waits for what the rules see in its file.

    `clock` tells an answer from a key that is held down.
    """

    clock: Callable[[], float]
    portion: int = 20
    patience: float = 3.0


# A held key comes 25 to 40 times a second; nobody hears a prompt in this time.
_HELD_SECONDS = 0.05


class Teller:
    session: Session
    rules: Rules
    reading: Reading

    def __init__(self, console: Console, manner: Manner) -> None:
        self.console = console
        self.manner = manner
        self.shows_secrets = False
        self.cuts_lines = True
        # The last answer came as fast as only a held key does.
        self.is_hasty = False
        # The flags told at this hunk, by the numbers they were given.
        self.numbered: list[FindingId] = []
        self._known: set[FindingId] = set()
        self._told_file = -1
        self._waited_for: set[int] = set()
        self._has_told_end = False

    @property
    def left(self) -> tuple[Fate, ...]:
        """What each hunk still asks of the reviewer."""
        return self.session.tally.hunks.left

    def say(self, *lines: str) -> None:
        if lines:
            self.console.say("\n".join(lines))

    def ask(self, prompt: str) -> str:
        asked = self.manner.clock()
        answer = self.console.ask(prompt).strip()
        self.is_hasty = self.manner.clock() - asked < _HELD_SECONDS
        return answer

    def command(self, prompt: str, letters: Sequence[Letter]) -> Said | None:
        """Return what the next line asks for; None after saying that it is not known, or after help."""
        typed = self.ask(prompt)
        said = understood(typed, letters)
        if said is None:
            self.say(f"There is no letter {show(typed)!r} here; ? lists them.")
        elif said.action == "help":
            self.say(*help_lines(letters))
            return None
        return said

    def attempt(self, act: Callable[[], object]) -> bool:
        """Let something happen to the review; a refusal is said in its own words and changes nothing."""
        try:
            act()
        except Refused as refused:
            self.say(f"Refused: {refused}.")
        except ReviewerError as error:
            self.say(f"Not saved: {error}")
        else:
            return True
        return False

    def dispatch(self, event: Event) -> bool:
        return self.attempt(lambda: self.session.dispatch(event))

    def undo(self) -> None:
        self.attempt(lambda: self.say(undone(self.session.undo())))

    def arrive(self, place: Place) -> None:
        """Go to a place and print what is there, up to a portion."""
        self.reading.go_to(place)
        self.numbered = []
        self._tell_file()
        reading = self.reading
        if reading.is_folded:
            hunks = reading.walk.hunks_of_file(reading.file_number)
            left = sum(self.left[hunk] is not Fate.KEPT for hunk in hunks)
            self.say(fold_line(len(hunks), left, reading.walk.folds[reading.file_number]))
            return
        fate = self.left[place.hunk]
        self.say("", hunk_title(reading.hunk, place.hunk + 1, len(reading.walk.hunks), fate))
        if fate is Fate.DELTA:
            edits = self.session.scope.by_hunk[place.hunk]
            self.say(*since_read(differing_lines(reading.file, reading.hunk, edits, self.session.earlier.carry)))
        if reading.passed_over:
            self.say(f"Passing over {counted(reading.passed_over, 'line')} above.")
        self.read_on()

    def read_on(self) -> None:
        """Print the next portion of the hunk, then the flags on it; behind its last line, the notes."""
        self._wait_for_rules()
        reading = self.reading
        hunk = reading.hunk
        digits = len(str(max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count)))
        if hunk.is_textless:
            number = reading.file_number
            known = self.session.subject.contents([number]) if reading.file.is_binary else {}
            self.say(without_text(reading.file, known.get(number)))
        lines = tuple(reading.portion())
        self.say(*texts_of(lines, digits, is_cut=self.cuts_lines, secret=self._secret_lines()))
        self.tell_flags()
        if not reading.left:
            answers = threads(self.session.notes.values())
            for number, note in enumerate(self.notes_here(), 1):
                self.say(note_text(note, number), *map(answer_text, answers.get(note.id, ())))

    def tell_flags(self) -> None:
        """Tell the flags of printed lines that were not told yet."""
        for place, flag in self._flags_here():
            if flag.finding.id not in self.numbered and self.reading.is_printed(place.line):
                self.numbered.append(flag.finding.id)
                self.say(*flag_texts(flag, len(self.numbered)))

    def flags_here(self) -> list[Flag]:
        """Return the flags of the hunk: those told by their numbers, then the others."""
        flags = {flag.finding.id: flag for _, flag in self._flags_here()}
        told = [flags[identity] for identity in self.numbered if identity in flags]
        return told + [flag for identity, flag in flags.items() if identity not in self.numbered]

    def notes_here(self) -> list[Note]:
        walk, first = self.reading.walk, Place(0)
        places = {
            note.id: find_place(walk, note.spot.path, note.spot.last, note.spot.side) if note.spot else first
            for note in self.session.notes.values()
        }
        here = self.reading.place.hunk
        return [
            note
            for note in self.session.notes.values()
            if note.answers is None and (place := places[note.id]) is not None and place.hunk == here
        ]

    def take_arrived(self) -> None:
        """Take what the rules saw meanwhile into the review."""
        found = self.rules.take()
        if found:
            self.attempt(lambda: self.session.raise_flags(found))

    def tell_news(self) -> None:
        """Tell what the rules saw since the last prompt: here, and in hunks that are passed already."""
        self.take_arrived()
        self.tell_flags()
        flags = self.session.state.flags
        new, self._known = [flag for key, flag in flags.items() if key not in self._known], set(flags)
        self._tell_passed(flag for flag in new if flag.is_open)
        if not self.rules.is_at_work and not self._has_told_end:
            self._has_told_end = True
            progress = self.session.progress
            end = f"The rules broke off: {self.rules.error}" if self.rules.error else "The rules are done"
            self.say(f"{end}: {counted(progress.flags, 'flag')}, {progress.open_flags} open.")

    def begin_rules(self, rules: Rules) -> None:
        self.rules = rules
        self._known, self._waited_for, self._has_told_end = set(), set(), False

    def forget_file(self) -> None:
        """Name the file again at the next hunk, whichever that is in."""
        self._told_file = -1

    def _tell_file(self) -> None:
        file = self.reading.file_number
        if file != self._told_file:
            self._told_file = file
            self.say("", "", file_title(self.reading.file, file + 1, len(self.reading.walk.files)))

    def _tell_passed(self, flags: Iterable[Flag]) -> None:
        walk, here = self.reading.walk, self.reading.place.hunk
        places = [find_place(walk, flag.finding.path, flag.finding.line) for flag in flags]
        passed = [place.hunk for place in places if place is not None and place.hunk != here]
        passed = [hunk for hunk in passed if self.left[hunk] is Fate.KEPT]
        if passed and self.reading.has_begun:
            hunks = ", ".join(str(hunk + 1) for hunk in sorted(set(passed)))
            self.say(f"{counted(len(passed), 'flag')} came up in what is reviewed already, hunk {hunks}; f goes there.")

    def _flags_here(self) -> list[tuple[Place, Flag]]:
        """Return the flags that belong to the hunk, by line, the gravest first."""
        walk, here, file = self.reading.walk, self.reading.place.hunk, self.reading.file
        flags = [flag for flag in self.session.state.flags.values() if flag.finding.path == file.path]
        placed = [(find_place(walk, flag.finding.path, flag.finding.line), flag) for flag in flags]
        found = [(place, flag) for place, flag in placed if place is not None and place.hunk == here]
        return sorted(found, key=lambda each: (each[0], each[1].finding.severity.rank))

    def _secret_lines(self) -> frozenset[int]:
        if self.shows_secrets:
            return frozenset()
        return frozenset(flag.finding.line for _, flag in self._flags_here() if flag.finding.hides_code)

    def _wait_for_rules(self) -> None:
        """Give the rules a moment for the file at hand: its flags belong beside its lines, and so do its secrets."""
        self.take_arrived()
        file = self.reading.file_number
        # The rules go through the files in this order, those with a text.
        before = sum(not each.is_binary for each in self.reading.walk.files[: file + 1])
        if self.rules.steps >= before or file in self._waited_for or self.reading.file.is_binary:
            return
        self._waited_for.add(file)
        until = self.manner.clock() + self.manner.patience
        while self.rules.steps < before and self.rules.wait(until - self.manner.clock()):
            pass
        self.take_arrived()
        if self.rules.is_at_work and self.rules.steps < before:
            self.say("The rules have not read this file yet; what they see in it will be said.")
