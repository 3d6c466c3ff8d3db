"""The walk itself: it greets, prompts, and does what is typed until somebody leaves or nobody is there any more."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from reviewer.plain.console import Console
from reviewer.plain.letters import GO_ON, REVIEW_LETTERS, Said
from reviewer.plain.questions import Questions
from reviewer.plain.rereading import Rereading
from reviewer.plain.sentences import counted, progress_text
from reviewer.plain.sign_off import SignOffTalk
from reviewer.plain.teller import Manner
from reviewer.plain.ways import Way
from reviewer.review.carry import Fate
from reviewer.review.model import SignOff
from reviewer.review.progress import current_answer
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.visible import show


class PlainWalk(Rereading):
    """`has_signed` if a verdict was given in this run, rather than found in the record."""

    def __init__(
        self,
        subject: Subject,
        open_session: Callable[[Subject], Session],
        console: Console,
        manner: Manner,
        *,
        guide: Sequence[str] = (),
        reread: Callable[[int], Subject | None] | None = None,
    ) -> None:
        super().__init__(console, manner, open_session, reread)
        self._guide = guide
        self.has_signed = False
        self._has_left = False
        self.open(subject)

    def run(self) -> SignOff | None:
        """Return the sign-off that stands for what was reviewed, or None."""
        try:
            self.greet()
            while not self._has_left:
                self._prompt()
        except EOFError:
            # Nobody is there any more; what was said is saved, and a line that was broken off is not said.
            with suppress(EOFError):
                self.say("")
        finally:
            self.rules.stop()
        return self.session.verdict_given_here

    def greet(self) -> None:
        session, agent = self.session, self.session.reviewer.agent
        diff = session.diff
        if self._guide and not any(fate is Fate.KEPT for fate in self.left):
            self.say(*self._guide, "")
        self.say(
            f"Under review: {show(session.subject.label)}. {counted(len(diff.files), 'file')}, "
            f"{counted(len(self.left), 'hunk')}, {counted(diff.changed_lines, 'changed line')}."
        )
        self.take_arrived()
        self.say(progress_text(session.progress, is_inspecting=self.rules.is_at_work))
        self.say(*(f"Part of the record cannot be read: {show(damage)}" for damage in session.damages))
        if agent:
            self.say(f"{show(agent)} started this: nothing said here is a person's word; use a terminal of your own.")
        elif session.became:
            self.say(f"Since last time: {show(session.became)}.")
        signed = session.state.verdict
        if signed is not None:
            self.say(f"Signed before: {signed.verdict.value} by {show(signed.by.name)}.")
        self.tell_skipped(range(self.reading.place.hunk))
        self.say("Type a letter and enter. Enter alone does what the prompt says; ? lists the letters. All is saved.")

    def do_status(self, rest: str) -> None:  # noqa: ARG002 - as all letters are told
        self.take_arrived()
        self.say(progress_text(self.session.progress, is_inspecting=self.rules.is_at_work))

    def do_checklist(self, rest: str) -> None:  # noqa: ARG002
        self._follow(Questions(self).talk())

    def do_sign_off(self, rest: str) -> None:  # noqa: ARG002
        self._follow(Way(to_sign_off=True))

    def do_leave(self, rest: str) -> None:  # noqa: ARG002
        self._has_left = True

    def _prompt(self) -> None:
        self.tell_news()
        reading = self.reading
        word, step = self._on_enter()
        flags = sum(flag.is_open for flag in self.flags_here()) if reading.has_begun and not reading.is_folded else 0
        told = f", {counted(flags, 'flag')} open" if flags else ""
        where = f"Hunk {reading.place.hunk + 1} of {len(reading.walk.hunks)}{told}. "
        said = self.command(f"{where if reading.has_begun else ''}Enter {word}; ? helps: ", REVIEW_LETTERS)
        if said is not None:
            self._do(said, step)

    def _do(self, said: Said, step: Callable[[str], None]) -> None:
        if said.action == GO_ON:
            step("")
        elif said.action == "concern":
            self.do_concern(said.rest, int(said.name))
        else:
            getattr(self, f"do_{said.action}")(said.rest)

    def _on_enter(self) -> tuple[str, Callable[[str], None]]:
        """Return what an empty line does here, in words, and as it is done."""
        reading, hunk = self.reading, self.reading.place.hunk
        fate = self.left[hunk]
        if not reading.has_begun:
            return f"begins at hunk {hunk + 1}", self.do_more
        if reading.is_folded:
            return "shows the folded file", self.do_toggle_fold
        if fate is Fate.PORTED:
            return "confirms it and goes on", self.do_mark
        if reading.left:
            return f"reads on, {counted(reading.left, 'line')} left", self.do_more
        if reading.passed_over:
            return f"reads {counted(reading.passed_over, 'line')} passed over above", self.do_more
        if fate is not Fate.KEPT:
            return "marks it reviewed and goes on", self.do_mark
        if any(fate is not Fate.KEPT for fate in self.left):
            return "goes to the next hunk to review", lambda rest: self.go_on()  # noqa: ARG005
        return self._after_all()

    def _after_all(self) -> tuple[str, Callable[[str], None]]:
        """Return what is left to do when every hunk is reviewed: flags, then questions, then the sign-off."""
        grave = self.grave_flags
        if any(flag.finding.id in grave for flag in self.flags_here()):
            return "disposes of the flag here", self.do_dispose
        if grave:
            return "goes to the next open flag", self.do_next_flag
        if any(current_answer(question.key, self.session.state) is None for question in self.session.questions):
            return "goes to the nine points", self.do_checklist
        return "goes to the sign-off", self.do_sign_off

    def _follow(self, way: Way) -> None:
        while way.to_sign_off or way.question is not None:
            if way.to_sign_off:
                talk = SignOffTalk(self)
                way = talk.talk()
                self.has_signed = self.has_signed or talk.has_signed
            else:
                way = Questions(self).talk(way.question)
        self._has_left = way.leaves
        if way.place is not None:
            self.arrive(way.place)
