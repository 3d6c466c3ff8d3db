"""The no-ceremony rules: which event may not happen in which state, and what to do first."""

from collections.abc import Sequence

from reviewer.checklist import Question, QuestionId
from reviewer.diff.identity import Scope
from reviewer.diff.model import Diff
from reviewer.review.events import Dispose, Event, GiveAnswer, Resolve, Sign, TakeNote, Waive
from reviewer.review.model import Disposition, Flag, Reply, ReviewState, Verdict
from reviewer.review.progress import blockers, flags_of
from reviewer.visible import show

_NO_NOTE = "there is no such note in this review"


def refusal(event: Event, state: ReviewState, diff: Diff, scope: Scope, questions: Sequence[Question]) -> str | None:
    """Return why the event is refused, or None if it may happen."""
    match event:
        case Dispose(finding=finding) if finding not in state.flags:
            return "there is no such flag in this review"
        case Dispose(disposition=Disposition.ACCEPTED_RISK, note=note) if not note.strip():
            return "an accepted risk needs a note that says why"
        case TakeNote(body=body) if not body.strip():
            return "an empty note says nothing"
        case TakeNote(answers=answered, replaces=replaced):
            named = {answered, replaced} - {None}
            return None if named <= state.notes.keys() else _NO_NOTE
        case Resolve():
            return _resolve(event, state)
        case Waive(reason=reason) if not reason.strip():
            return "a waiver needs a reason"
        case GiveAnswer():
            return _answer(event, state, questions)
        case Sign(verdict=Verdict.APPROVE):
            left = blockers(diff, scope, state, questions)
            return f"an approval waits for {len(left)} more: {left[0].text}" if left else None
        case _:
            return None


def _resolve(settled: Resolve, state: ReviewState) -> str | None:
    if settled.finding is None:
        named = {settled.note, settled.proposes, settled.reopens} - {None}
        return None if named and named <= state.notes.keys() else _NO_NOTE
    flag = state.flags.get(settled.finding)
    if flag is None or flag.disposition is not Disposition.NEEDS_CHANGE:
        return "there is no such flag that needs a change"
    return (
        "the flag is still raised; change the code, or give another disposition"
        if flag.is_raised_in(state.scope)
        else None
    )


def _answer(answer: GiveAnswer, state: ReviewState, questions: Sequence[Question]) -> str | None:
    question = _question(answer.question, questions)
    if question is None:
        return f"there is no question {answer.question!r} in this review"
    if answer.reply is not Reply.YES:
        return None if answer.note.strip() else f"{answer.reply.value!r} needs a note"
    grave = [flag for flag in flags_of(question.point, state) if flag.is_grave]
    waiting = [flag for flag in grave if flag.is_open]
    if waiting:
        first = waiting[0].finding
        return f"{_flags(waiting)} under {question.point.title} without a disposition, first {show(first.rule)}"
    if grave and not answer.note.strip():
        return f"{question.point.title} has {_flags(grave)} of weight; say in a note why the answer is still yes"
    return None


def _flags(flags: Sequence[Flag]) -> str:
    return "1 flag" if len(flags) == 1 else f"{len(flags)} flags"


def _question(key: QuestionId, questions: Sequence[Question]) -> Question | None:
    return next((question for question in questions if question.key == key), None)
