"""The gate at a push: each ref that would change on the remote is judged, and all of them must pass."""

from dataclasses import dataclass, replace
from functools import cache

from reviewer.errors import CannotDetermine, RecordDamaged, ReviewerError
from reviewer.hook.pushes import Asked, PolicyAt, Push, asked
from reviewer.hook.remote import Remote, look_at
from reviewer.repository import Repository
from reviewer.review.policy import Policy, Requirement
from reviewer.verification.judge import Judgement
from reviewer.verification.question import judged_for
from reviewer.verification.rules import rules_at

_EXIT_UNSATISFIED = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says of one ref: a judgement, an error that kept it from judging, or nothing to judge."""

    push: Push
    asked: Asked | None = None
    judgement: Judgement | None = None
    error: ReviewerError | None = None

    @property
    def exit_code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        if self.judgement is None or self.judgement.is_satisfied:
            return 0
        return RecordDamaged.exit_code if self.judgement.damages else _EXIT_UNSATISFIED


# By both ends of the change, and whose policy judges it.
_Known = dict[tuple[str, str | None, str | None], Answer]


def judge_pushes(repository: Repository, pushes: tuple[Push, ...], remote: str) -> tuple[Answer, ...]:
    """Judge each ref; the same change on its way to several refs is judged once."""
    known: _Known = {}
    seen = look_at(repository, remote) if pushes else Remote()

    @cache
    def policy_at(commit: str | None) -> Policy:
        return rules_at(repository, commit).policy

    return tuple(_judge(repository, push, seen, policy_at, known) for push in pushes)


def exit_code(answers: tuple[Answer, ...]) -> int:
    """Return the gravest code: what cannot be judged weighs more than what is merely missing."""
    return max((answer.exit_code for answer in answers), default=0)


def _judge(repository: Repository, push: Push, remote: Remote, policy_at: PolicyAt, known: _Known) -> Answer:
    try:
        questions = asked(repository, push, remote, policy_at)
        answers = [_answer(repository, question, known) for question in questions[:1]]
        if answers and answers[0].exit_code and not _is_blocked(answers[0]):
            answers += [_answer(repository, question, known) for question in questions[1:]]
        return replace(min(answers, key=_weight, default=Answer(push)), push=push)
    except ReviewerError as error:
        # Fail closed: what cannot be told is not let through.
        return Answer(push, error=error if error.exit_code > _EXIT_UNSATISFIED else CannotDetermine(str(error)))


def _answer(repository: Repository, question: Asked, known: _Known) -> Answer:
    key = (question.target.old, question.target.new, question.base)
    if key not in known:
        known[key] = Answer(question.push, question, judged_for(repository, question.target, question.base))
    return known[key]


def _is_blocked(answer: Answer) -> bool:
    """True if a note blocks the change: seen from another place, it is still the same."""
    results = answer.judgement.results if answer.judgement is not None else ()
    return any(each.requirement is Requirement.NOTES and not each.outcome.lets_pass for each in results)


def _weight(answer: Answer) -> tuple[bool, int]:
    """Prefer what is satisfied, and else what is least to read."""
    edits = sum(1 for _ in answer.judgement.scope.edits) if answer.judgement is not None else 0
    return answer.exit_code != 0, edits
