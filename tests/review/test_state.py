from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import FindingId, Severity
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
    Sign,
    TakeNote,
    Unview,
    View,
)
from reviewer.review.model import Disposition, EventId, Reply, ReviewState, SignOff, Verdict
from reviewer.review.state import apply, fold, standing
from tests.review.samples import (
    ADA,
    AT,
    BEN,
    EDITS,
    OTHER_SCOPE,
    QUESTIONS,
    REVIEW,
    REVIEWED,
    SCOPE,
    entry,
    finding,
    state_after,
)
from tests.review.strategies import logs

QUESTION = QUESTIONS[0].key
LAST = 10_000
NOT_RETRACTIONS: tuple[Event | None, ...] = (
    Open(REVIEW, BEN, "test"),
    Range(replace(REVIEWED, scope=OTHER_SCOPE)),
    View(EDITS),
    Unview(EDITS),
    Raise((finding("f1", severity=Severity.HIGH), finding("f4")), SCOPE.id),
    Dispose(FindingId("f1"), Disposition.FALSE_ALARM, "seen"),
    GiveAnswer(QUESTION, Reply.NO, SCOPE.id, "never ran"),
    TakeNote("why?"),
    Resolve(EventId("000")),
    Sign(Verdict.COMMENT, SCOPE.id, 0.5),
    None,
)


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_the_order_in_which_entries_arrive_does_not_matter(log: list[Entry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log))

    assert fold(shuffled) == fold(log)


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_entries_that_arrive_from_several_journals_at_once_count_once(log: list[Entry], data: st.DataObject) -> None:
    parts = [data.draw(st.lists(st.sampled_from(log))) if log else [] for _ in range(2)]

    assert fold([*parts[0], *log, *parts[1]]) == fold(log)


@settings(deadline=None)
@given(log=logs())
def test_every_prefix_of_a_log_is_a_state_that_refers_to_nothing_outside_it(log: list[Entry]) -> None:
    for end in range(len(log) + 1):
        state = fold(log[:end])
        assert all(flag.finding.id == name for name, flag in state.flags.items())
        assert all((answer.scope, answer.question) == key for key, answer in state.answers.items())
        assert state.notes.keys() <= {entry.id for entry in log[:end]}
        assert len(set(state.reviewers)) == len(state.reviewers)


@settings(deadline=None)
@given(log=logs(), event=st.sampled_from(NOT_RETRACTIONS), by=st.sampled_from([ADA, BEN]))
def test_one_more_event_gives_the_state_its_whole_log_gives(log: list[Entry], event: Event | None, by: object) -> None:
    later = entry(event, LAST, by=ADA if by == ADA else BEN)

    assert apply(fold(log), later) == fold([*log, later])


@settings(deadline=None)
@given(log=logs(), event=st.sampled_from(NOT_RETRACTIONS))
def test_undoing_an_event_gives_exactly_the_state_before_it(log: list[Entry], event: Event | None) -> None:
    done = entry(event, LAST)
    undone = entry(Retract(done.id), LAST + 1)

    assert fold([*log, done, undone]) == fold(log)


@settings(deadline=None)
@given(log=logs(max_size=6), data=st.data())
def test_undoing_several_events_in_any_order_gives_the_state_before_them(log: list[Entry], data: st.DataObject) -> None:
    events = data.draw(st.lists(st.sampled_from(NOT_RETRACTIONS), max_size=4))
    done = [entry(event, LAST + number) for number, event in enumerate(events)]
    order = data.draw(st.permutations(done))
    undone = [entry(Retract(one.id), 2 * LAST + number) for number, one in enumerate(order)]

    assert fold([*log, *done, *undone]) == fold(log)


@settings(deadline=None)
@given(log=logs(), event=st.sampled_from(NOT_RETRACTIONS))
def test_nobody_can_take_back_what_somebody_else_said(log: list[Entry], event: Event | None) -> None:
    said = entry(event, LAST, by=ADA)
    denied = entry(Retract(said.id), LAST + 1, by=BEN)

    assert fold([*log, said, denied]) == fold([*log, said])


def test_a_retraction_that_is_taken_back_does_not_count() -> None:
    note = entry(TakeNote("why?"), 1)
    undone = entry(Retract(note.id), 2)
    redone = entry(Retract(undone.id), 3)
    undone_again = entry(Retract(redone.id), 4)

    assert standing([note, undone]) == (undone,)
    assert standing([note, undone, redone]) == (note, redone)
    assert standing([note, undone, redone, undone_again]) == (undone, undone_again)


def test_taking_back_an_unknown_event_changes_nothing() -> None:
    assert state_after(TakeNote("x"), Retract(EventId("nobody"))) == state_after(TakeNote("x"))


def test_events_happen_in_the_order_of_their_clocks_then_of_their_ids() -> None:
    first, second = entry(View(EDITS), 1, name="b"), entry(Unview(EDITS), 1, name="a")

    assert fold([first, second]).viewed == frozenset(EDITS)
    assert fold([first, entry(Unview(EDITS), 2, name="a")]).viewed == frozenset()


def test_every_reviewer_who_opened_is_named_once_in_the_order_they_came() -> None:
    log = [entry(Open(REVIEW, who, "test"), clock, by=who) for clock, who in enumerate((BEN, ADA, BEN))]

    assert fold(log).reviewers == (BEN, ADA)


def test_a_mark_stands_until_it_is_taken_away() -> None:
    assert state_after(View(EDITS), Unview(EDITS[:1])).viewed == frozenset(EDITS[1:])


def test_a_flag_keeps_its_disposition_when_the_rules_raise_it_again() -> None:
    state = state_after(
        Raise((finding("f"),), SCOPE.id),
        Dispose(finding("f").id, Disposition.ACCEPTED_RISK, "bounded"),
        Raise((finding("f", line=40, severity=Severity.HIGH), finding("g")), SCOPE.id),
    )

    flag = state.flags[finding("f").id]
    assert (flag.disposition, flag.note, flag.by) == (Disposition.ACCEPTED_RISK, "bounded", ADA)
    assert (flag.finding.line, flag.finding.severity) == (40, Severity.HIGH)
    assert state.flags[finding("g").id].is_open


def test_a_disposition_of_a_flag_nobody_raised_changes_nothing() -> None:
    assert state_after(Dispose(finding("f").id, Disposition.FALSE_ALARM)) == state_after()


def test_the_last_word_on_a_flag_counts_and_undo_brings_the_one_before_back() -> None:
    log = [
        entry(Range(REVIEWED), 0),
        entry(Raise((finding("f"),), SCOPE.id), 1),
        entry(Dispose(finding("f").id, Disposition.NEEDS_CHANGE, "add a limit"), 2, by=BEN),
        entry(Dispose(finding("f").id, Disposition.FALSE_ALARM), 3),
    ]

    over, back = fold(log), fold([*log, entry(Retract(log[3].id), 4)])

    assert (over.flags[finding("f").id].disposition, over.flags[finding("f").id].by) == (Disposition.FALSE_ALARM, ADA)
    flag = back.flags[finding("f").id]
    assert (flag.disposition, flag.note, flag.by) == (Disposition.NEEDS_CHANGE, "add a limit", BEN)


def test_the_last_answer_counts_and_undo_brings_the_one_before_back() -> None:
    log = [
        entry(GiveAnswer(QUESTION, Reply.NO, SCOPE.id, "it fails"), 1, by=BEN),
        entry(GiveAnswer(QUESTION, Reply.YES, SCOPE.id), 2),
    ]

    over, back = (fold(entries).answers[SCOPE.id, QUESTION] for entries in (log, [*log, entry(Retract(log[1].id), 3)]))

    assert (over.reply, over.note, over.by) == (Reply.YES, "", ADA)
    assert (back.reply, back.note, back.by) == (Reply.NO, "it fails", BEN)


def test_a_note_has_the_id_of_its_event_and_can_be_resolved_by_anybody() -> None:
    log = [entry(TakeNote("why?", is_blocking=True), 1), entry(Resolve(EventId("0001")), 2, by=BEN)]

    note = fold(log).notes[EventId("0001")]

    assert (note.body, note.by, note.is_blocking, note.is_resolved) == ("why?", ADA, True, True)


def test_taking_back_a_note_takes_what_resolved_it_along() -> None:
    note = entry(TakeNote("why?"), 1)

    assert fold([note, entry(Resolve(note.id), 2), entry(Retract(note.id), 3)]) == ReviewState()


def test_the_verdict_is_the_latest_for_what_is_under_review_now() -> None:
    signed = state_after(Sign(Verdict.APPROVE, SCOPE.id, 1.0), Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0))
    stale = state_after(Sign(Verdict.APPROVE, OTHER_SCOPE, 1.0))

    assert signed.verdict == SignOff(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0, AT, ADA, EventId("0003"))
    assert stale.verdict is None
    assert fold([entry(Sign(Verdict.APPROVE, SCOPE.id, 1.0), 1)]).verdict is None


def test_an_event_of_another_version_changes_nothing() -> None:
    assert fold([entry(TakeNote("x"), 1), entry(None, 2)]) == fold([entry(TakeNote("x"), 1)])


def test_applying_an_event_leaves_the_state_before_as_it_was() -> None:
    before = state_after(Raise((finding("f"),), SCOPE.id), TakeNote("x"))
    copy = state_after(Raise((finding("f"),), SCOPE.id), TakeNote("x"))

    for event in NOT_RETRACTIONS:
        apply(before, entry(event, LAST))

    assert before == copy
