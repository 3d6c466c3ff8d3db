"""The gate at a push: each ref that would change on the remote is judged, and all of them must pass."""

from dataclasses import dataclass, replace

from reviewer.errors import CannotDetermine, RecordDamaged, ReviewerError
from reviewer.hook.pushes import Asked, Push, asked
from reviewer.repository import Repository
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


def judge_pushes(repository: Repository, pushes: tuple[Push, ...], remote: str) -> tuple[Answer, ...]:
    """Judge each ref; the same change on its way to several refs is judged once."""
    known: dict[tuple[str, str | None, str | None], Answer] = {}
    return tuple(_judge(repository, push, remote, known) for push in pushes)


def exit_code(answers: tuple[Answer, ...]) -> int:
    """Return the gravest code: what cannot be judged weighs more than what is merely missing."""
    return max((answer.exit_code for answer in answers), default=0)


def _judge(
    repository: Repository, push: Push, remote: str, known: dict[tuple[str, str | None, str | None], Answer]
) -> Answer:
    try:
        question = asked(repository, push, remote)
        if question is None or not rules_at(repository, question.base).policy.protects(push.remote_ref):
            return Answer(push)
        key = (question.target.old, question.target.new, question.base)
        if key not in known:
            judgement = judged_for(repository, question.target, question.base)
            known[key] = Answer(push, question, judgement)
        return replace(known[key], push=push)
    except ReviewerError as error:
        # Fail closed: what cannot be told is not let through.
        return Answer(push, error=error if error.exit_code > _EXIT_UNSATISFIED else CannotDetermine(str(error)))
