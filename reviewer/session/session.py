"""The shell around a review: opens it, lets events happen or refuses them, and saves each before it counts.

Here the clock is read and randomness drawn; below, both arrive inside events.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reviewer import __version__
from reviewer.analysis.finding import Finding, FindingId
from reviewer.archive import Archive
from reviewer.checklist import Checklist, Question, built_in_checklists, questions_for, situation_of
from reviewer.diff.identity import Scope, scope_of
from reviewer.diff.model import Diff
from reviewer.errors import Refused, ReviewerError
from reviewer.inspection.beside import inspect_beside
from reviewer.journal import JournalFile
from reviewer.review.events import (
    Dispose,
    Entry,
    Event,
    GiveAnswer,
    Open,
    Raise,
    Range,
    Resolve,
    Retract,
    RunTests,
    Sign,
    Signature,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.model import EventId, Reviewed, Reviewer, ReviewId, ReviewState, SignOff
from reviewer.review.progress import Blocker, Progress, blockers, progress
from reviewer.review.refusal import refusal
from reviewer.review.state import apply, fold, read_here, said_by_people
from reviewer.review.tally import Tally, tally_of
from reviewer.session.earlier import earlier_review, what_happened
from reviewer.session.editor import editor_command
from reviewer.session.experience import false_alarms
from reviewer.session.noting import Noting
from reviewer.session.people import slug
from reviewer.session.signing import Signing
from reviewer.session.subject import Subject
from reviewer.store import Store

# Losing one of these would lose a person's word; marks may cost a second of reading again.
_DURABLE = (Dispose, GiveAnswer, TakeNote, Resolve, Sign, Signature, RunTests, Waive, Retract)
# A line of the record has a limit, and a file can have any number of flags.
_FLAGS_AT_ONCE = 500
_UNDOABLE = (View, Unview, Dispose, GiveAnswer, TakeNote, Resolve, Sign)


class Session(Noting, Signing):
    """One reviewer at one review."""

    def __init__(
        self,
        subject: Subject,
        store: Store,
        reviewer: Reviewer,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self.subject = subject
        self.scope: Scope = scope_of(subject.diff)
        self.state = ReviewState()
        self.damages: tuple[str, ...] = ()
        # Why the record could not be copied to where it may be committed, if so.
        self.unpublished: str | None = None
        self._store = store
        self._archive = Archive(store.home.parent / "diffs")
        self._now = now
        self._token = token
        self._checklists: tuple[Checklist, ...] = built_in_checklists()
        self._false_alarms: Mapping[FindingId, ReviewId] | None = None
        self._tally: Tally | None = None
        self._questions: tuple[frozenset[str], tuple[Question, ...]] | None = None
        # What the checklists' patterns found in the added lines, which stay the same.
        self._searched: dict[str, bool] = {}
        self._is_ai_assisted = subject.is_ai_assisted
        self._log: list[Entry] = []
        self._signs: dict[str, tuple[int, int]] = {}
        self._live: set[EventId] = set()
        self._clock = -1
        self._journal: JournalFile | None = None
        self.keeps_diff = False
        # What follows from the change itself; it is written with the first word of the reviewer's.
        self._unsaved: list[Event] = []
        self.earlier = earlier_review(subject, self.scope, store, self._archive, reviewer)
        self.review = self.earlier.review or ReviewId(f"{self._now():%Y-%m-%d}-{self.scope.id[:10]}")
        super().__init__(store.home / self.review, reviewer)
        self._resume()

    @property
    def diff(self) -> Diff:
        return self.subject.diff

    @property
    def verdict_given_here(self) -> SignOff | None:
        """The latest sign-off of this scope by this reviewer in this repository's own journals.

        What a branch brings along in `.reviews/` may name anybody, and is nobody's word here.
        """
        given = (each for each in reversed(self.state.signoffs) if each.scope == self.state.scope)
        return next((each for each in given if each.event in self._live and each.by == self.reviewer), None)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions asked of this change; more of them once rules have fired."""
        fired = self.tally.flags.rules
        if self._questions is None or self._questions[0] != fired:
            situation = situation_of(self.diff, fired, is_ai_assisted=self._is_ai_assisted, searched=self._searched)
            self._questions = fired, questions_for(self._checklists, situation)
        return self._questions[1]

    @property
    def became(self) -> str | None:
        """What became of the edits since this review was last open, in one line; None if nothing changed."""
        return what_happened(self.earlier, self.subject)

    @property
    def tally(self) -> Tally:
        """Hunks and flags, counted and by place."""
        if self._tally is None:
            self._tally = tally_of(self.diff, self.scope, self.state, self.earlier.carry)
        self._tally = self._tally.after(self.state)
        return self._tally

    def keep_diff(self) -> None:
        """Keep the diff as it is now, to be compared with what becomes of it; once, and in any thread.

        The first word does so; for a large diff that takes longer than a key may.
        """
        if not self.keeps_diff:
            self.keeps_diff = True
            self._archive.keep(self.scope.id, self.diff)

    @property
    def progress(self) -> Progress:
        return progress(self.tally, self.questions)

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        return blockers(self.diff, self.scope, self.state, self.questions)

    def dispatch(self, event: Event) -> Entry:
        """Let the event happen: check it, save it, then change the state.

        Raises Refused if the review's rules forbid it, ReviewerError if it cannot be saved; in
        both cases nothing has changed.
        """
        reason = refusal(event, self.state, self.diff, self.scope, self.questions)
        if reason is not None:
            raise Refused(reason)
        entry = self._save(event)
        if isinstance(event, Sign) and self._journal is not None:
            self.signed = entry.id, self._journal.last_line
        self.state = self._folded() if isinstance(event, Retract) else apply(self.state, entry)
        if isinstance(event, Sign):
            self.publish()
        return entry

    def undo(self) -> Event | None:
        """Take back this reviewer's latest word that still stands; None if there is none."""
        own = [entry for entry in self._log if entry.by == self.reviewer]
        retracted = {entry.event.event for entry in own if isinstance(entry.event, Retract)}
        for entry in reversed(own):
            if isinstance(entry.event, _UNDOABLE) and entry.id not in retracted:
                self.dispatch(Retract(entry.id))
                if isinstance(entry.event, Sign):
                    self.publish()
                return entry.event
        return None

    def raise_flags(self, findings: Sequence[Finding]) -> None:
        """Take what rules saw into the review, unless it stands there already.

        What was a false alarm in an earlier review is taken as answered.
        """
        if findings and self._false_alarms is None:
            self._false_alarms = false_alarms(self._store, but=self.review)
        known = tuple(self._with_answer(finding) for finding in findings)
        new = tuple(finding for finding in known if not self._has(finding))
        for start in range(0, len(new), _FLAGS_AT_ONCE):
            self.dispatch(Raise(new[start : start + _FLAGS_AT_ONCE], self.scope.id))

    async def inspect(self) -> AsyncGenerator[tuple[Finding, ...], None]:
        """Yield findings as the rules report them from their own process. Raises ReviewerError."""
        subject = self.subject
        job = await asyncio.to_thread(lambda: subject.job)
        # The person who reads has a core for every key.
        async with aclosing(inspect_beside(job, spared=1)) as arriving:
            async for findings in arriving:
                yield findings

    def look_at(self, subject: Subject) -> bool:
        """Go on with another diff of the same edits, such as one with more context; False if they differ."""
        scope = scope_of(subject.diff)
        if scope.id != self.scope.id:
            return False
        self.subject, self.scope, self._tally = subject, scope, None
        self.forget_places()
        return True

    def editor_command(self, path: bytes, line: int, preferred: str = "") -> list[str]:
        """Return the command that opens the reviewer's own editor on the file as it lies in the working tree.

        Raises ReviewerError if there is no editor or no such file.
        """
        repository = self.subject.repository
        top = repository.top if repository is not None else Path.cwd()
        return editor_command(os.environ, top, path, line, preferred=preferred)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def publish(self) -> None:
        """Copy the record to where it may be committed. If that fails, the sign-off stands all the same."""
        try:
            self._store.publish(self.review)
            self.unpublished = None
        except ReviewerError as error:
            self.unpublished = str(error)

    def _with_answer(self, finding: Finding) -> Finding:
        review = (self._false_alarms or {}).get(finding.id)
        if review is None or finding.suppressed is not None:
            return finding
        return replace(finding, suppressed=f"a false alarm in the review {review}")

    def _has(self, finding: Finding) -> bool:
        flag = self.state.known_flags.get(FindingId(finding.id))
        return flag is not None and flag.finding == finding and flag.is_raised_in(self.scope.id)

    def take_news(self) -> tuple[Entry, ...]:
        """Take in what others wrote into this review since; return it. Nothing is read if nobody did.

        What is under review here stays so, whatever others look at. Raises RecordTooNew.
        """
        signs = self._signs_of_others()
        if signs == self._signs:
            return ()
        record = self._store.read(self.review)
        self._signs = signs
        known = {entry.id for entry in self._log}
        news = tuple(entry for entry in record.entries if entry.id not in known)
        if news:
            self.damages = record.damages
            self._log += news
            self._live |= record.live
            self._clock = max(self._clock, *(entry.clock for entry in news))
            self.state = replace(self._with_unsaved(self._folded()), reviewed=self._reviewed())
        return news

    def _signs_of_others(self) -> dict[str, tuple[int, int]]:
        own = self._journal.path.name if self._journal is not None else None
        return {name: sign for name, sign in self._store.signs(self.review).items() if name != own}

    def _resume(self) -> None:
        # First of all: what is written while the record is read is news.
        self._signs = self._signs_of_others()
        record = self._store.read(self.review)
        self.damages = record.damages
        self._log = list(record.entries)
        self._live = set(record.live)
        self._clock = max((entry.clock for entry in self._log), default=-1)
        self.state = self._folded()
        if self.state.scope != self.scope.id:
            self._unsaved.append(Range(self._reviewed()))
        carried = ((self.earlier.carry.marked, "moved"), (self.earlier.seen_elsewhere, "kept"))
        self._unsaved += [View(tuple(sorted(edits)), how) for edits, how in carried if edits]
        self.state = self._with_unsaved(self.state)

    def _with_unsaved(self, state: ReviewState) -> ReviewState:
        for event in self._unsaved:
            state = apply(state, Entry(EventId(""), event, self.reviewer, "", 0, 0))
        return state

    def _folded(self) -> ReviewState:
        return fold(said_by_people(read_here(self._log, self._live), and_by=self.reviewer))

    def _reviewed(self) -> Reviewed:
        diff = self.diff
        hunks = sum(len(file.hunks) for file in diff.files)
        subject = self.subject
        return Reviewed(
            self.scope.id, subject.label, subject.old, subject.new, len(diff.files), hunks, diff.changed_lines
        )

    def _save(self, event: Event) -> Entry:
        if self._journal is None or self._journal.is_closed:
            self._begin_journal()
        return self._append(event)

    def begin_record(self) -> None:
        if self._journal is None:
            self._begin_journal()

    def _begin_journal(self) -> None:
        """Start a session file: who opens, and what the record does not say yet."""
        self._journal = self._store.journal(self.review, slug(self.reviewer.email), self._token())
        self.state = apply(self.state, self._append(self._opening))
        self.keep_diff()
        while self._unsaved:
            self._append(self._unsaved[0])
            del self._unsaved[0]

    @property
    def _opening(self) -> Open:
        return Open(self.review, self.reviewer, f"git-reviewer {__version__}")

    def _append(self, event: Event) -> Entry:
        if self._journal is None:
            raise RuntimeError("the journal is opened before the first event")
        at = f"{self._now():%Y-%m-%dT%H:%M:%SZ}"
        durable = isinstance(event, _DURABLE)
        entry = self._journal.append(event, self._opening, clock=self._clock + 1, at=at, durable=durable)
        self._clock += 1
        self._log.append(entry)
        self._live.add(entry.id)
        return entry
