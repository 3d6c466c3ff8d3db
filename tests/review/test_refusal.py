import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import FindingId, Severity
from reviewer.checklist import QuestionId
from reviewer.points import Point
from reviewer.review.events import Dispose, Entry, Event, GiveAnswer, Raise, Resolve, Retract, Sign, TakeNote, View
from reviewer.review.model import Disposition, EventId, Reply, Verdict
from reviewer.review.progress import blockers
from reviewer.review.refusal import refusal
from reviewer.review.state import fold
from tests.review.samples import DIFF, EDITS, QUESTIONS, SCOPE, answers, finding, state_after
from tests.review.strategies import logs

SCALE = next(question for question in QUESTIONS if question.point is Point.SCALE)
DEBUG = next(question for question in QUESTIONS if question.point is Point.DEBUG)
READ = (View(EDITS), *answers())
BLANKS = ["", " ", "\n\t "]


def _refused(event: Event, *before: Event) -> str | None:
    return refusal(event, state_after(*before), DIFF, SCOPE, QUESTIONS)


def _scale(reply: Reply = Reply.YES, note: str = "") -> GiveAnswer:
    return GiveAnswer(SCALE.key, reply, SCOPE.id, note)


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.MEDIUM])
@pytest.mark.parametrize("note", ["", "it is fine"])
def test_yes_is_refused_over_an_open_flag_of_weight(severity: Severity, note: str) -> None:
    reason = _refused(_scale(note=note), Raise((finding(severity=severity),), SCOPE.id))

    assert reason == "1 flag under Scale without a disposition, first missing-timeout"


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.INFO])
def test_yes_may_be_said_over_an_open_flag_without_weight(severity: Severity) -> None:
    assert _refused(_scale(), Raise((finding(severity=severity),), SCOPE.id)) is None


def test_yes_may_be_said_over_a_suppressed_flag() -> None:
    assert _refused(_scale(), Raise((finding(severity=Severity.HIGH, suppressed="known"),), SCOPE.id)) is None


def test_yes_may_be_said_while_a_flag_of_another_point_is_open() -> None:
    assert _refused(_scale(), Raise((finding(point=Point.DEBUG),), SCOPE.id)) is None


@pytest.mark.parametrize("word", Disposition)
@pytest.mark.parametrize("blank", BLANKS)
def test_yes_over_flags_of_weight_that_have_their_word_needs_a_note(word: Disposition, blank: str) -> None:
    before = (Raise((finding(),), SCOPE.id), Dispose(finding().id, word, "bounded by the caller"))

    assert _refused(_scale(note=blank), *before) == (
        "Scale has 1 flag of weight; say in a note why the answer is still yes"
    )
    assert _refused(_scale(note="the caller bounds it"), *before) is None


def test_yes_is_refused_while_one_of_several_flags_is_open() -> None:
    before = (Raise((finding("f"), finding("g")), SCOPE.id), Dispose(finding("f").id, Disposition.FALSE_ALARM))

    assert _refused(_scale(note="all fine"), *before) == (
        "1 flag under Scale without a disposition, first missing-timeout"
    )
    assert _refused(_scale(note="all fine"), before[0]) == (
        "2 flags under Scale without a disposition, first missing-timeout"
    )


@pytest.mark.parametrize("reply", [Reply.NO, Reply.NOT_APPLICABLE])
@pytest.mark.parametrize("blank", BLANKS)
def test_no_and_not_applicable_need_a_note(reply: Reply, blank: str) -> None:
    assert _refused(_scale(reply, blank)) == f"{reply.value!r} needs a note"
    assert _refused(_scale(reply, "it has one user")) is None


def test_no_may_be_said_over_an_open_flag() -> None:
    assert _refused(_scale(Reply.NO, "no limit"), Raise((finding(severity=Severity.HIGH),), SCOPE.id)) is None


def test_a_question_that_is_not_asked_cannot_be_answered() -> None:
    reason = _refused(GiveAnswer(QuestionId("other/question"), Reply.YES, SCOPE.id))

    assert reason == "there is no question 'other/question' in this review"


@pytest.mark.parametrize("blank", BLANKS)
def test_an_accepted_risk_needs_a_note(blank: str) -> None:
    before = Raise((finding(),), SCOPE.id)

    assert _refused(Dispose(finding().id, Disposition.ACCEPTED_RISK, blank), before) is not None
    assert _refused(Dispose(finding().id, Disposition.ACCEPTED_RISK, "bounded"), before) is None


@pytest.mark.parametrize("word", [Disposition.NEEDS_CHANGE, Disposition.FALSE_ALARM])
def test_other_dispositions_need_none(word: Disposition) -> None:
    assert _refused(Dispose(finding().id, word), Raise((finding(),), SCOPE.id)) is None


def test_there_must_be_a_flag_to_have_a_word_on() -> None:
    assert _refused(Dispose(FindingId("nobody"), Disposition.FALSE_ALARM)) == "there is no such flag in this review"


def test_there_must_be_a_note_to_resolve() -> None:
    assert _refused(Resolve(EventId("nobody"))) == "there is no such note in this review"
    assert _refused(Resolve(EventId("0002")), TakeNote("why?")) is None


@pytest.mark.parametrize("blank", BLANKS)
def test_an_empty_note_is_refused(blank: str) -> None:
    assert _refused(TakeNote(blank)) == "an empty note says nothing"


def test_an_approval_is_given_when_nothing_is_left() -> None:
    assert _refused(Sign(Verdict.APPROVE, SCOPE.id, 1.0), *READ) is None


@pytest.mark.parametrize(
    ("left", "before"),
    [
        ("shop.py:2  not reviewed", (View(EDITS[1:]), *answers())),
        ("run.sh:1  not reviewed", (View(EDITS[:-1]), *answers())),
        ("Scale: answered no", (*READ, _scale(Reply.NO, "no limit"))),
        ("Correctness: not answered", READ[:-1]),
        ("shop.py:12  medium flag missing-timeout is open", (*READ, Raise((finding(),), SCOPE.id))),
        (
            "shop.py:12  flag missing-timeout needs a change",
            (*READ, Raise((finding(),), SCOPE.id), Dispose(finding().id, Disposition.NEEDS_CHANGE)),
        ),
        ("blocking note: first this", (*READ, TakeNote("first this", is_blocking=True))),
    ],
)
def test_an_approval_is_refused_while_something_is_left(left: str, before: tuple[Event, ...]) -> None:
    assert _refused(Sign(Verdict.APPROVE, SCOPE.id, 1.0), *before) == f"an approval waits for 1 more: {left}"


@pytest.mark.parametrize("verdict", [Verdict.REQUEST_CHANGES, Verdict.COMMENT])
def test_other_verdicts_are_possible_at_any_time(verdict: Verdict) -> None:
    open_flag = Raise((finding(severity=Severity.HIGH),), SCOPE.id)

    assert _refused(Sign(verdict, SCOPE.id, 0.0), open_flag, TakeNote("first this", is_blocking=True)) is None


@settings(deadline=None)
@given(log=logs(), verdict=st.sampled_from(Verdict))
def test_in_every_state_an_approval_is_refused_exactly_if_something_blocks(log: list[Entry], verdict: Verdict) -> None:
    state = fold(log)

    reason = refusal(Sign(verdict, SCOPE.id, 0.0), state, DIFF, SCOPE, QUESTIONS)

    blocked = bool(blockers(DIFF, SCOPE, state, QUESTIONS))
    assert (reason is not None) == (verdict is Verdict.APPROVE and blocked)


def test_marks_flags_and_undo_are_never_refused() -> None:
    for event in (View(EDITS), Raise((finding(),), SCOPE.id), Retract(EventId("any"))):
        assert _refused(event) is None
