"""What stands in the way of an approval, where each of it leads, and the verdict, typed out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from reviewer.plain.saying import Saying
from reviewer.plain.sentences import counted, progress_text
from reviewer.plain.ways import Way
from reviewer.review.events import Resolve, Sign
from reviewer.review.model import Verdict
from reviewer.review.progress import Blocker
from reviewer.visible import show
from reviewer.walk.places import Place, find_place
from reviewer.walk.titles import name_of

_VERDICTS = {verdict.value: verdict for verdict in Verdict}
_SECONDS_BETWEEN_WORDS = 10


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """One line of the list: a blocker, or all unread hunks of a file by the first of them."""

    blocker: Blocker
    text: str
    where: str


class SignOffTalk:
    """`has_signed` once a verdict was given."""

    def __init__(self, teller: Saying) -> None:
        self._teller = teller
        self._session = teller.session
        self.has_signed = False

    def talk(self) -> Way:
        """Tell what blocks, and ask for the verdict until one is given or somebody goes elsewhere."""
        told: tuple[Blocker, ...] | None = None
        while True:
            self._teller.take_arrived()
            if told != self._session.blockers:
                told = self._session.blockers
                self._teller.say(*self._lines(told))
            typed = self._teller.ask(f"Type {', '.join(_VERDICTS)}, a number to go there, or enter to go back: ")
            way = self._follow(typed.lower(), list(self._obstacles(told)))
            if way is not None:
                return way

    def _follow(self, word: str, obstacles: list[_Obstacle]) -> Way | None:
        if word in ("", "q"):
            return Way()
        if word in _VERDICTS:
            return self._give(_VERDICTS[word])
        if word.isdecimal() and 0 < int(word) <= len(obstacles):
            return self._way_to(obstacles[int(word) - 1].blocker)
        numbers = f", or a number from 1 to {len(obstacles)}" if obstacles else ""
        self._teller.say(f"Type one of: {', '.join(_VERDICTS)}{numbers}.")
        return None

    def _give(self, verdict: Verdict) -> Way | None:
        if verdict is Verdict.APPROVE:
            self._wait_for_rules()
        session = self._session
        if not self._teller.dispatch(Sign(verdict, session.scope.id, session.progress.coverage)):
            return None
        self.has_signed = True
        self._teller.say(f"Signed: {verdict.value}.", *([show(session.unpublished)] if session.unpublished else []))
        return Way(leaves=True)

    def _wait_for_rules(self) -> None:
        """An approval stands for what the rules see, too; say so while they are at work."""
        rules = self._teller.rules
        while rules.is_at_work:
            files = sum(not file.is_binary for file in self._session.diff.files)
            self._teller.say(
                f"The rules are done with {min(rules.steps, files)} of {files} files; an approval waits for them."
            )
            until = self._teller.manner.clock() + _SECONDS_BETWEEN_WORDS
            while rules.wait(until - self._teller.manner.clock()):
                pass
        self._teller.take_arrived()
        if rules.error is not None:
            self._teller.say(f"The rules broke off: {rules.error}")

    def _way_to(self, blocker: Blocker) -> Way | None:
        if blocker.can_be_settled:
            self._offer_to_settle(blocker)
        elif blocker.question is not None:
            return Way(question=blocker.question)
        else:
            place = self._place(blocker)
            if place is not None:
                return Way(place=place)
            self._teller.say("That is not in this change.")
        return None

    def _offer_to_settle(self, blocker: Blocker) -> None:
        if self._teller.ask(f"{show(blocker.text)}. Settled? y if so; enter alone: not yet: ").lower() in ("y", "yes"):
            self._teller.dispatch(Resolve(blocker.note, blocker.flag))

    def _place(self, blocker: Blocker) -> Place | None:
        if blocker.hunk is not None:
            return Place(blocker.hunk)
        flag = self._session.state.flags.get(blocker.flag) if blocker.flag is not None else None
        return find_place(self._teller.reading.walk, flag.finding.path, flag.finding.line) if flag is not None else None

    def _lines(self, blockers: tuple[Blocker, ...]) -> Iterator[str]:
        yield "\nSign off."
        yield progress_text(self._session.progress, is_inspecting=self._teller.rules.is_at_work)
        signed = self._session.state.verdict
        if signed is not None:
            yield f"Signed before: {signed.verdict.value} by {show(signed.by.name)}."
        if blockers:
            yield f"{counted(len(blockers), 'thing')} in the way of an approval:"
        else:
            yield "Nothing stands in the way of an approval."
        for number, obstacle in enumerate(self._obstacles(blockers), 1):
            yield f"  {number}. {obstacle.text}. {obstacle.where}"
        yield f"The sign-off, {show(self._session.signing)}."

    def _obstacles(self, blockers: tuple[Blocker, ...]) -> Iterator[_Obstacle]:
        """Yield a line a blocker; the unread hunks of a file, which stand together, share one."""
        walk = self._teller.reading.walk
        for file, some in groupby(
            blockers, key=lambda each: None if each.hunk is None else walk.file_of_hunk[each.hunk]
        ):
            together = tuple(some)
            if file is None:
                yield from (_Obstacle(blocker, show(blocker.text), self._where(blocker)) for blocker in together)
                continue
            text = f"{name_of(walk.files[file], to='becomes')}: {counted(len(together), 'hunk')} not reviewed"
            yield _Obstacle(together[0], text, self._where(together[0]))

    def _where(self, blocker: Blocker) -> str:
        if blocker.can_be_settled:
            return "Asks whether it is settled."
        if blocker.question is not None:
            keys = [question.key for question in self._session.questions]
            return f"Leads to question {keys.index(blocker.question) + 1}."
        place = self._place(blocker)
        return f"Leads to hunk {place.hunk + 1}." if place is not None else "Not in this change."
