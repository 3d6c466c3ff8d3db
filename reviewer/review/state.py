"""The pure fold: events in, state out. The same events give the same state, whoever replays them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from reviewer.analysis.finding import Finding, FindingId
from reviewer.review.events import (
    Dispose,
    Entry,
    GiveAnswer,
    Open,
    Raise,
    Range,
    Resolve,
    Retract,
    Sign,
    TakeNote,
    Unview,
    View,
)
from reviewer.review.model import Answer, EventId, Flag, Note, Reviewer, ReviewState, SignOff


def fold(entries: Iterable[Entry]) -> ReviewState:
    """Return the state after all entries, in their own order; a retracted one counts as never written."""
    state = ReviewState()
    for entry in standing(entries):
        state = apply(state, entry)
    return state


def standing(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries nobody took back, each once and in order. Someone can only take back their own words."""
    ordered = sorted({entry.id: entry for entry in entries}.values(), key=lambda entry: (entry.clock, entry.id))
    retracted: set[tuple[EventId, Reviewer]] = set()
    # From the end, because a retraction that was itself taken back does not count.
    for entry in reversed(ordered):
        if isinstance(entry.event, Retract) and (entry.id, entry.by) not in retracted:
            retracted.add((entry.event.event, entry.by))
    return tuple(entry for entry in ordered if (entry.id, entry.by) not in retracted)


def apply(state: ReviewState, entry: Entry) -> ReviewState:
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
        case Raise(findings=findings):
            return replace(state, flags={**state.flags, **_new_flags(state, findings)})
        case Dispose() as word:
            return _dispose(state, word, entry)
        case GiveAnswer() as given:
            answer = Answer(given.question, given.reply, given.note, given.scope, entry.by)
            return replace(state, answers={**state.answers, given.question: answer})
        case TakeNote() as taken:
            note = Note(entry.id, taken.body, taken.spot, taken.point, taken.is_blocking, entry.by)
            return replace(state, notes={**state.notes, entry.id: note})
        case Resolve(note=identity):
            return _resolve(state, identity)
        case Sign() as sign:
            signoff = SignOff(sign.verdict, sign.scope, sign.coverage, entry.at, entry.by)
            return replace(state, signoffs=(*state.signoffs, signoff))
        case Retract() | None:
            return state
        case _ as unreachable:
            assert_never(unreachable)


def _new_flags(state: ReviewState, findings: tuple[Finding, ...]) -> dict[FindingId, Flag]:
    """Return flags for the findings; a disposition given earlier stays."""
    return {
        finding.id: replace(state.flags[finding.id], finding=finding) if finding.id in state.flags else Flag(finding)
        for finding in findings
    }


def _dispose(state: ReviewState, word: Dispose, entry: Entry) -> ReviewState:
    flag = state.flags.get(word.finding)
    if flag is None:
        return state
    flag = replace(flag, disposition=word.disposition, note=word.note, by=entry.by)
    return replace(state, flags={**state.flags, word.finding: flag})


def _resolve(state: ReviewState, identity: EventId) -> ReviewState:
    note = state.notes.get(identity)
    if note is None:
        return state
    return replace(state, notes={**state.notes, identity: replace(note, is_resolved=True)})
