"""The nine points, a question at a time, with the evidence for each behind it."""

from collections.abc import Iterator

from reviewer.checklist import Question, QuestionId
from reviewer.plain.letters import CHECKLIST_LETTERS, GO_ON, Said
from reviewer.plain.saying import Saying
from reviewer.plain.sentences import counted, place_of
from reviewer.plain.ways import Way
from reviewer.points import Point
from reviewer.review.carry import Fate
from reviewer.review.events import GiveAnswer
from reviewer.review.model import Answer, Flag, Note, Reply
from reviewer.review.progress import current_answer, flags_of, last_answer, stale_answer
from reviewer.visible import show
from reviewer.walk.places import Place, find_place
from reviewer.walk.replies import note_at_hand, why

REPLIES = {"yes": Reply.YES, "no": Reply.NO, "not_applicable": Reply.NOT_APPLICABLE}
# More flags under one point than anybody can hear at once; the list of flags has them all.
_MOST_EVIDENCE = 12


class Questions:
    def __init__(self, teller: Saying) -> None:
        self._teller = teller
        self._session = teller.session
        self._key = self._first_open

    def talk(self, key: QuestionId | None = None) -> Way:
        """Ask until somebody goes elsewhere."""
        self._key = key or self._first_open
        self._teller.say("", f"The nine points: {counted(len(self._open), 'question')} of {len(self._keys)} to answer.")
        asked = None
        while True:
            self._teller.take_arrived()
            if asked != self._key:
                asked = self._key
                self._teller.say(*self._question_lines())
            said = self._teller.command(self._prompt, CHECKLIST_LETTERS)
            way = self._follow(said) if said is not None else None
            if way is not None:
                return way

    def _follow(self, said: Said) -> Way | None:
        """Do what was said; return where that leads, None to stay at the questions."""
        at = self._keys.index(self._key)
        match said.action:
            case "back":
                return Way()
            case "sign_off":
                return Way(to_sign_off=True)
            case action if action == GO_ON:
                return self._go_on()
            case "next_question" | "previous_question":
                step = 1 if said.action == "next_question" else -1
                self._key = self._keys[max(0, min(at + step, len(self._keys) - 1))]
            case "point":
                point = list(Point)[int(said.name) - 1]
                self._key = next(question.key for question in self._session.questions if question.point is point)
            case "evidence":
                return self._evidence_way(said.rest)
            case "note":
                self._teller.take_note(None, self._question.point, said.rest)
            case "undo":
                self._teller.undo()
            case action:
                self._reply(REPLIES[action], said.rest)
        return None

    def _go_on(self) -> Way | None:
        """Go to the next question without an answer; when none is left, to the sign-off."""
        keys = self._open
        if not keys:
            return Way(to_sign_off=True)
        at = self._keys.index(self._key)
        later = [key for key in keys if self._keys.index(key) > at]
        if keys == [self._key]:
            self._teller.say("This is the last question to answer: y, n or a.")
        self._key = later[0] if later else keys[0]
        return None

    def _reply(self, reply: Reply, typed: str) -> None:
        question, state = self._question, self._session.state
        note: str | None = typed or note_at_hand(question, reply, state)
        if note is None:
            old = last_answer(question.key, state)
            kept = f" Enter alone keeps: {show(old.note)}" if old is not None and old.note else ""
            words = why(question, reply, state)
            note = self._teller.ask(f"{words[0].upper()}{words[1:]}{kept} : ") or (old.note if old is not None else "")
        if self._teller.dispatch(GiveAnswer(question.key, reply, self._session.scope.id, note)):
            said = f": {show(note)}" if note else ""
            self._teller.say(f"{question.point.title}: {reply.value}{said}.")
            if self._open:
                self._go_on()
            else:
                self._teller.say("Every question is answered; S signs off.")

    def _evidence_way(self, number: str) -> Way | None:
        evidence = self._evidence
        if not number.isdecimal() or not 0 < int(number) <= len(evidence):
            self._teller.say(
                f"e and a number, please; there is evidence 1 to {len(evidence)}."
                if evidence
                else "There is no evidence here."
            )
            return None
        place = evidence[int(number) - 1][1]
        if place is None:
            self._teller.say("That is not in this change.")
            return None
        return Way(place=place)

    @property
    def _prompt(self) -> str:
        at, count = self._keys.index(self._key) + 1, len(self._keys)
        goal = "next question" if self._open else "sign off"
        return f"Question {at} of {count}. y, n or a; enter: {goal}; ? helps: "

    def _question_lines(self) -> Iterator[str]:
        question, state = self._question, self._session.state
        at = self._keys.index(self._key) + 1
        where = f"Question {at} of {len(self._keys)}, point {question.point.number}, {question.point.title}"
        yield f"\n{where}: {question.ask}"
        yield from (f"  Look for: {item}" for item in question.look_for)
        for number, (text, _) in enumerate(self._evidence[:_MOST_EVIDENCE], 1):
            yield f"  Evidence {number}: {text}"
        if len(self._evidence) > _MOST_EVIDENCE:
            yield f"  And {len(self._evidence) - _MOST_EVIDENCE} more; L in the walk lists all flags."
        unread = sum(fate is not Fate.KEPT for fate in self._teller.left)
        if unread:
            yield f"  {counted(unread, 'hunk')} not reviewed yet."
        answer, stale = current_answer(question.key, state), stale_answer(question.key, state)
        if answer is not None:
            yield f"  Answered: {_answer_text(answer)}"
        elif stale is not None:
            yield f"  Before the change: {_answer_text(stale)} The same letter affirms it."

    @property
    def _evidence(self) -> list[tuple[str, Place | None]]:
        """The flags that inform the point and the notes under it, each with where it is."""
        point, walk = self._question.point, self._teller.reading.walk
        flags = [
            (_flag_text(flag), find_place(walk, flag.finding.path, flag.finding.line))
            for flag in sorted(flags_of(point, self._session.state), key=lambda flag: not flag.is_open)
        ]
        notes = [note for note in self._session.notes.values() if note.point is point and note.answers is None]
        spots = [(note, note.spot) for note in sorted(notes, key=lambda note: note.is_resolved)]
        return flags + [
            (_note_text(note), find_place(walk, spot.path, spot.last, spot.side) if spot is not None else Place(0))
            for note, spot in spots
        ]

    @property
    def _question(self) -> Question:
        return next(question for question in self._session.questions if question.key == self._key)

    @property
    def _keys(self) -> list[QuestionId]:
        return [question.key for question in self._session.questions]

    @property
    def _open(self) -> list[QuestionId]:
        return [key for key in self._keys if current_answer(key, self._session.state) is None]

    @property
    def _first_open(self) -> QuestionId:
        return (self._open or self._keys)[0]


def _answer_text(answer: Answer) -> str:
    note = f": {show(answer.note)}" if answer.note else ""
    return f"{answer.reply.value}{note}, by {show(answer.by.name)}."


def _flag_text(flag: Flag) -> str:
    finding = flag.finding
    state = "open" if flag.is_open else "answered"
    return (
        f"flag, {state}, {finding.severity.value}: {show(finding.rule)}, {show(finding.path)}, line {finding.line}: "
        f"{show(finding.message)}"
    )


def _note_text(note: Note) -> str:
    where = f", on {place_of(note.spot)}" if note.spot is not None else ""
    return f"{'settled ' if note.is_resolved else ''}note{where}: {show(note.headline)}"
