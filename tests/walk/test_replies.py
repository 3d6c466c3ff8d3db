from reviewer.checklist import Question, QuestionId
from reviewer.diff.identity import ScopeId
from reviewer.points import Point
from reviewer.review.model import Answer, Reply, ReviewState
from reviewer.walk.replies import note_at_hand, why
from tests.review.samples import ADA

QUESTION = Question(QuestionId("team/holds"), Point.SCALE, "Does it hold?")


def _answered_before(reply: Reply, note: str) -> ReviewState:
    scope = ScopeId("before")
    return ReviewState(answers={(scope, QUESTION.key): Answer(QUESTION.key, reply, note, scope, ADA)})


def test_a_yes_without_flags_needs_no_note_and_anything_else_does() -> None:
    assert note_at_hand(QUESTION, Reply.YES, ReviewState()) == ""
    assert note_at_hand(QUESTION, Reply.NO, ReviewState()) is None
    assert note_at_hand(QUESTION, Reply.NOT_APPLICABLE, ReviewState()) is None


def test_the_same_reply_as_before_the_change_goes_with_the_note_of_then() -> None:
    state = _answered_before(Reply.NO, "not at a thousand users")

    assert note_at_hand(QUESTION, Reply.NO, state) == "not at a thousand users"
    assert note_at_hand(QUESTION, Reply.NOT_APPLICABLE, state) is None


def test_a_note_is_asked_for_by_the_reply() -> None:
    assert why(QUESTION, Reply.NOT_APPLICABLE, ReviewState()) == "why n/a?"
