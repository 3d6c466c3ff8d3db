"""The pure fold: events in, state out. The same events give the same state, whoever replays them."""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import assert_never

from reviewer.analysis.finding import Finding, FindingId
from reviewer.diff.identity import EditId, ScopeId
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
from reviewer.review.model import (
    Answer,
    Disposition,
    EventId,
    Flag,
    Reviewer,
    ReviewState,
    SignOff,
    TestRun,
    Waiver,
)
from reviewer.review.thread import settled_notes, with_note

# What an agent may say: that something was seen, never that it was read, answered or approved.
_OPEN_TO_AGENTS = (Open, Range, Raise, TakeNote)
_PROVEN_BY_READING = (View, GiveAnswer, Dispose, Resolve)


def fold(entries: Iterable[Entry]) -> ReviewState:
    """Return the state after all entries, in their own order; a retracted one counts as never written."""
    state = ReviewState()
    # Nothing else depends on the marks, and there is one event a hunk: a new set for each would take its square.
    viewed: set[EditId] = set()
    for entry in standing(entries):
        match entry.event:
            case View(edits=edits):
                viewed.update(edits)
            case Unview(edits=edits):
                viewed.difference_update(edits)
            case _:
                state = apply(state, entry)
    return replace(state, viewed=frozenset(viewed))


def standing(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries nobody took back, each once and in order. Someone can only take back their own words."""
    ordered = sorted({entry.id: entry for entry in entries}.values(), key=lambda entry: (entry.clock, entry.id))
    retracted: set[tuple[EventId, Reviewer]] = set()
    # From the end, because a retraction that was itself taken back does not count.
    for entry in reversed(ordered):
        if isinstance(entry.event, Retract) and (entry.id, entry.by) not in retracted:
            retracted.add((entry.event.event, entry.by))
    return tuple(entry for entry in ordered if (entry.id, entry.by) not in retracted)


def said_by_people(entries: Iterable[Entry], *, and_by: Reviewer | None = None) -> tuple[Entry, ...]:
    """Return the entries without those words of agents that only a person can give; `and_by` keeps all its own."""
    return tuple(entry for entry in entries if entry.by.is_human or entry.by == and_by or _is_open_to_agents(entry))


def _is_open_to_agents(entry: Entry) -> bool:
    match entry.event:
        case Resolve(note=None, finding=None, reopens=None):
            return True
        case event:
            return isinstance(event, _OPEN_TO_AGENTS)


def read_here(entries: Iterable[Entry], live: Container[EventId]) -> tuple[Entry, ...]:
    """Return the entries without what only reading proves, unless it was written here.

    A proposal can bring a record in anybody's name; it must not tell the one who reads that all is read, nor take
    back or put other words in the place of what was said here.
    """
    return tuple(entry for entry in entries if entry.id in live or not _needs_to_be_from_here(entry.event, live))


def _needs_to_be_from_here(event: Event | None, live: Container[EventId]) -> bool:
    match event:
        case Retract(event=said) | TakeNote(replaces=said):
            return said in live
        case _:
            return isinstance(event, _PROVEN_BY_READING)


def apply(state: ReviewState, entry: Entry) -> ReviewState:  # noqa: C901  # one case an event
    """Return the state after one more event. `Retract` changes nothing here: it needs the whole fold."""
    match entry.event:
        case Open(reviewer=reviewer):
            known = reviewer in state.reviewers
            return state if known else replace(state, reviewers=(*state.reviewers, reviewer))
        case Range(reviewed=reviewed):
            return replace(state, reviewed=reviewed)
        case View(edits=edits):
            return replace(state, viewed=state.viewed.union(edits))
        case Unview(edits=edits):
            return replace(state, viewed=state.viewed.difference(edits))
        case Raise(findings=findings, scope=scope):
            return replace(state, known_flags={**state.known_flags, **_raised(state, findings, scope)})
        case Dispose() as word:
            return _dispose(state, word, entry)
        case GiveAnswer() as given:
            answer = Answer(given.question, given.reply, given.note, given.scope, entry.by)
            others = {key: value for key, value in state.answers.items() if key != (given.scope, given.question)}
            return replace(state, answers={**others, (given.scope, given.question): answer})
        case TakeNote() as taken:
            return replace(state, notes=with_note(state.notes, taken, entry))
        case Resolve() as settled:
            return _resolve(state, settled, entry)
        case Sign() as sign:
            signoff = SignOff(sign.verdict, sign.scope, sign.coverage, entry.at, entry.by, entry.id)
            return replace(state, signoffs=(*state.signoffs, signoff))
        case Signature(event=identity, signature=signature):
            return replace(state, signoffs=tuple(_signed(s, identity, signature, entry) for s in state.signoffs))
        case RunTests() as run:
            return replace(state, test_runs=(*state.test_runs, TestRun(run.scope, run.command, run.status, entry.by)))
        case Waive() as waive:
            waiver = Waiver(waive.requirement, waive.reason, waive.scope, entry.by)
            return replace(state, waivers=(*state.waivers, waiver))
        case Retract() | None:
            return state
        case _ as unreachable:
            assert_never(unreachable)


def _raised(state: ReviewState, findings: tuple[Finding, ...], scope: ScopeId) -> dict[FindingId, Flag]:
    """Return flags for the findings; a disposition given earlier stays."""
    # Ten thousand flags that were raised here alone share the set that says so.
    here = frozenset({scope})
    return {
        finding.id: replace(known, finding=finding, scopes=known.scopes | here if known.scopes else here)
        for finding in findings
        for known in [state.known_flags.get(finding.id, Flag(finding))]
    }


def _dispose(state: ReviewState, word: Dispose, entry: Entry) -> ReviewState:
    flag = state.known_flags.get(word.finding)
    if flag is None:
        return state
    flag = replace(flag, disposition=word.disposition, note=word.note, by=entry.by)
    return replace(state, known_flags={**state.known_flags, word.finding: flag})


def _resolve(state: ReviewState, settled: Resolve, entry: Entry) -> ReviewState:
    state = replace(state, notes=settled_notes(state.notes, settled, entry))
    flag = state.known_flags.get(settled.finding) if settled.finding is not None else None
    if flag is not None and flag.disposition is Disposition.NEEDS_CHANGE:
        gone = replace(flag, disposition=None)
        state = replace(state, known_flags={**state.known_flags, flag.finding.id: gone})
    return state


def _signed(signoff: SignOff, event: EventId, signature: str, entry: Entry) -> SignOff:
    is_meant = signoff.event == event and signoff.by == entry.by
    return replace(signoff, signature=signature) if is_meant else signoff
