"""Which earlier review a change belongs to, and what of it still counts.

A review is one piece of work: when its change is amended, rebased or goes on, it goes on with it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviewer.archive import Archive
from reviewer.diff.identity import EditId, Scope, scope_of
from reviewer.diff.model import Diff
from reviewer.errors import CannotDetermine, RecordTooNew
from reviewer.repository import Repository, Target, TargetKind, read_diff
from reviewer.review.carry import Carry, Fate, filled_up, summary
from reviewer.review.events import Range
from reviewer.review.model import Reviewed, Reviewer, ReviewId, ReviewState
from reviewer.review.state import fold, read_here, said_by_people
from reviewer.session.subject import Subject
from reviewer.store import Record, Store

# Looking at old reviews is for comfort; nobody goes on with the fortieth last.
_MOST_REVIEWS = 40
_MOST_COMPARED = 8
# The share of edits two states of a change must have in common, of the smaller one.
_SAME_WORK = 0.25
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Earlier:
    """The review to go on with, if there is one; `reviewed` is what it was about, unless that has not changed.

    `seen_elsewhere` are edits the reviewer read in other reviews.
    """

    review: ReviewId | None = None
    reviewed: Reviewed | None = None
    carry: Carry = field(default_factory=Carry)
    seen_elsewhere: frozenset[EditId] = frozenset()


def what_happened(earlier: Earlier, subject: Subject) -> str | None:
    """Return one line such as `rebased: 212 of 214 edits kept, 1 ported, 1 new`; None if nothing changed."""
    before = earlier.reviewed
    if before is None:
        return None
    return f"{_how(before, subject)}: {summary(earlier.carry)}"


def _how(before: Reviewed, subject: Subject) -> str:
    if subject.new is None:
        return "changed"
    if before.new is None:
        return "committed"
    if before.old != subject.old:
        return "rebased"
    return "more commits" if _leads_to(before.new, subject) else "amended"


def _leads_to(old: str, subject: Subject) -> bool:
    repository, new = subject.repository, subject.new
    if repository is None or new is None or not _OID.fullmatch(old):
        return False
    return repository.ask("merge-base", "--is-ancestor", old, new).status == 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    record: Record
    state: ReviewState
    overlap: int


def earlier_review(subject: Subject, scope: Scope, store: Store, archive: Archive, by: Reviewer) -> Earlier:
    """Return the review that is about this very change, or an earlier state of it.

    Raises RecordTooNew if that review was written by a newer version.
    """
    edits = frozenset(scope.edits)
    candidates = []
    for record in _likely_first(store, scope):
        if any(isinstance(entry.event, Range) and entry.event.reviewed.scope == scope.id for entry in record.entries):
            return Earlier(record.review)
        state = fold(said_by_people(read_here(record.entries, record.live), and_by=by))
        candidates.append(_Candidate(record, state, len(edits & state.viewed)))
    seen = frozenset[EditId]().union(*(_read_by(by, candidate.record) for candidate in candidates)) & edits
    nearest = sorted(candidates, key=lambda candidate: -candidate.overlap)[:_MOST_COMPARED]
    for candidate in nearest:
        state = candidate.state
        result = _compared(_diff_of(state.reviewed, archive, subject.repository), subject.diff, state.viewed, edits)
        has_same_base = state.reviewed is not None and state.reviewed.old == subject.old
        if result.likeness(with_deltas=has_same_base) >= _SAME_WORK:
            # What is new to its last state can have been read before, or in another review: before a squash, say.
            for reviewed, own in _other_states(candidate, nearest, by):
                if result.count(Fate.NEW):
                    before = _diff_of(reviewed, archive, subject.repository)
                    result = filled_up(result, _compared(before, subject.diff, own, edits))
            return Earlier(candidate.record.review, state.reviewed, result, seen - state.viewed)
    return Earlier(seen_elsewhere=seen)


def _other_states(
    candidate: _Candidate, nearest: Sequence[_Candidate], by: Reviewer
) -> Iterator[tuple[Reviewed, frozenset[EditId]]]:
    """Yield what the reviewer had before them, the latest first, with all they have read of it."""
    for each in sorted(nearest, key=lambda other: other is not candidate):
        own = _read_by(by, each.record)
        ranges = [entry.event.reviewed for entry in each.record.entries if isinstance(entry.event, Range)]
        states = {reviewed.scope: reviewed for reviewed in reversed(ranges)}
        for reviewed in list(states.values())[:_MOST_COMPARED]:
            if each is not candidate or reviewed != candidate.state.reviewed:
                yield reviewed, own


def _likely_first(store: Store, scope: Scope) -> Iterator[Record]:
    """Yield the latest reviews, those named after the scope before the others."""
    mark = scope.id[:10]
    for review in sorted(store.reviews()[:_MOST_REVIEWS], key=lambda review: not review.endswith(mark)):
        try:
            yield store.read(review)
        except RecordTooNew:
            if review.endswith(mark):
                raise


def _read_by(reviewer: Reviewer, record: Record) -> frozenset[EditId]:
    return fold(entry for entry in read_here(record.entries, record.live) if entry.by == reviewer).viewed


def _compared(before: Diff | None, now: Diff, viewed: frozenset[EditId], edits: frozenset[EditId]) -> Carry:
    if before is not None:
        # Here, and not above: most reviews go on with nothing that was another change before.
        from reviewer.review.compare import compare

        return compare(before, now, viewed)
    # Without the old diff only identical edits can be told.
    return Carry({edit: Fate.KEPT if edit in viewed else Fate.NEW for edit in edits})


def _diff_of(reviewed: Reviewed | None, archive: Archive, repository: Repository | None) -> Diff | None:
    """Return what was under review then: as it was kept, or read again from its commits."""
    if reviewed is None:
        return None
    kept = archive.diff(reviewed.scope)
    old, new = reviewed.old or "", reviewed.new or ""
    # A record can come from anywhere; what it calls an object id must not reach git as an option.
    if kept is not None or repository is None or not (_OID.fullmatch(old) and _OID.fullmatch(new)):
        return kept
    try:
        diff = read_diff(repository, Target(TargetKind.COMMITS, old, new, reviewed.label))
    except CannotDetermine:
        return None
    return diff if scope_of(diff).id == reviewed.scope else None
