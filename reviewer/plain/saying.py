"""The letters with which a reviewer says something: dispositions, notes, concerns, what is settled."""

import re

from reviewer.plain.marking import Marking
from reviewer.plain.sentences import DISPOSED, counted, place_of
from reviewer.points import Point
from reviewer.review.events import Dispose, Resolve, TakeNote
from reviewer.review.model import Disposition, Flag, Side, Spot
from reviewer.visible import show

_DISPOSITIONS = {"c": Disposition.NEEDS_CHANGE, "a": Disposition.ACCEPTED_RISK, "x": Disposition.FALSE_ALARM}
_NUMBER = re.compile(r"(?P<number>\d+)?\s*(?P<rest>.*)", re.DOTALL)
_LINES = re.compile(r"(?P<old>old\s+)?(?P<first>\d+)(?:-(?P<last>\d+))?(?:\s+(?P<text>.*))?", re.DOTALL)


class Saying(Marking):
    def do_dispose(self, rest: str) -> None:
        typed = _NUMBER.fullmatch(rest)
        flag = self._flag(typed["number"] if typed is not None else None)
        if flag is None:
            return
        number = self.flags_here().index(flag) + 1
        words = (typed["rest"] if typed is not None else "") or self.ask(
            f"Flag {number}, {show(flag.finding.rule)}: c needs change, a accepted risk, x false alarm, then why; "
            "enter alone leaves it: "
        )
        letter, _, why = words.partition(" ")
        disposition = _DISPOSITIONS.get(letter)
        if disposition is None:
            self.say(f"Flag {number} stays as it is{'; c, a or x, please' if letter else ''}.")
            return
        if disposition is Disposition.ACCEPTED_RISK and not why.strip():
            why = self.ask("Why is the risk acceptable? Enter alone leaves the flag open: ")
            if not why:
                self.say(f"Flag {number} stays as it is.")
                return
        if self.dispatch(Dispose(flag.finding.id, disposition, why.strip())):
            left = sum(flag.is_open for flag in self.flags_here())
            self.say(f"Flag {number}: {DISPOSED[disposition]}. {counted(left, 'flag')} open in this hunk.")

    def do_note(self, rest: str) -> None:
        self._note(rest, None)

    def do_concern(self, rest: str, digit: int) -> None:
        self._note(rest, list(Point)[digit - 1])

    def do_note_on_file(self, rest: str) -> None:
        self.take_note(Spot(self.reading.file.path), None, rest)

    def do_settle(self, rest: str) -> None:
        """Settle a note of the hunk; without an open one, a flag that the rules do not see any more."""
        notes = self.notes_here()
        if rest:
            chosen = [note for number, note in enumerate(notes, 1) if str(number) == rest]
        else:
            chosen = [note for note in notes if not note.is_resolved]
        flags = [flag for flag in self.flags_here() if flag.needs_change]
        gone = [flag for flag in flags if not flag.is_raised_in(self.session.scope.id)]
        if chosen:
            if self.dispatch(Resolve(chosen[0].id)):
                self.say(f"Note {notes.index(chosen[0]) + 1} is settled.")
        elif gone and not rest:
            if self.dispatch(Resolve(finding=gone[0].finding.id)):
                self.say(f"The flag {show(gone[0].finding.rule)} is settled.")
        else:
            self.say(
                "No such note here; m and f go to the next."
                if rest
                else "No open note here, and no flag that is gone; m and f go to the next."
            )

    def take_note(self, spot: Spot | None, point: Point | None, text: str) -> None:
        """Take a note, asking for what is not said yet."""
        where = place_of(spot) if spot is not None else "the whole review"
        about = f"Concern under point {point.number}, {point.title}" if point is not None else "Note"
        body = text.strip() or self.ask(
            f"{about} on {where}. What should the author know or answer? Enter alone takes none: "
        )
        if not body:
            self.say("No note was taken.")
            return
        is_blocking = self.ask("Does it block an approval? y if so; enter alone: no: ").lower() in ("y", "yes")
        if self.dispatch(TakeNote(body, spot, point, is_blocking)):
            self.say(f"{about} on {where} is taken{', blocking' if is_blocking else ''}.")

    def _note(self, rest: str, point: Point | None) -> None:
        if self.reading.hunk.is_textless or self.reading.is_folded:
            self.take_note(Spot(self.reading.file.path), point, rest)
            return
        first = self._first_changed()
        typed = (
            rest
            or self.ask(f"On which line? A number, 14-16, or old 9 for a removed line; enter alone: {first}: ")
            or first
        )
        lines = _LINES.fullmatch(typed)
        if lines is None:
            # Words alone are the note.
            lines, rest = _LINES.fullmatch(first), typed
        else:
            rest = lines["text"] or ""
        spot = self._spot(lines) if lines is not None else None
        if spot is None:
            self.say(f"{show(typed)!r}: not in this hunk.")
            return
        self.take_note(spot, point, rest)

    def _first_changed(self) -> str:
        """Return the first changed line as it may be typed."""
        index = self.reading.lines.first_changed()
        line = next(self.reading.lines.slice(index, index + 1))
        return f"old {line.old}" if line.new is None else str(line.new)

    def _spot(self, typed: "re.Match[str]") -> Spot | None:
        """Return the typed lines if all are in the hunk."""
        side = Side.OLD if typed["old"] else Side.NEW
        first, last = int(typed["first"]), int(typed["last"] or typed["first"])
        lines = self.reading.lines
        start, stop = (lines.index_of(number, is_old=side is Side.OLD) for number in (first, last))
        if start is None or stop is None or stop < start:
            return None
        numbers = ((line, line.old if side is Side.OLD else line.new) for line in lines.slice(start, stop + 1))
        text = b"\n".join(line.text for line, number in numbers if number is not None)
        return Spot(self.reading.file.path, side, first, last, text)

    def _flag(self, number: str | None) -> Flag | None:
        """Return the flag of that number, without one the gravest open one; None after saying that there is none."""
        flags = self.flags_here()
        if number is not None:
            if 0 < int(number) <= len(flags):
                return flags[int(number) - 1]
            self.say(f"There is no flag {int(number)} in this hunk.")
            return None
        flag = min(flags, key=lambda flag: (not flag.is_open, flag.finding.severity.rank), default=None)
        if flag is None:
            self.say("No flag in this hunk; f goes to the next.")
        return flag
