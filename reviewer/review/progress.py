"""How far a review is, and what still stands between it and an approval."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.analysis.finding import FindingId
from reviewer.checklist import Question, QuestionId
from reviewer.diff.identity import Scope
from reviewer.diff.lines import first_change
from reviewer.diff.model import Diff
from reviewer.points import Point
from reviewer.review.model import Answer, Disposition, EventId, Flag, Note, Reply, ReviewState
from reviewer.review.tally import Tally
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class Progress:
    """`coverage` is the share of changed lines in hunks that were read and marked, 0 to 1."""

    hunks_viewed: int
    hunks: int
    coverage: float
    open_flags: int
    flags: int
    points_answered: int
    points: int = len(Point)

    @property
    def percent(self) -> int:
        """The coverage; 100 only when every line is read."""
        return int(self.coverage * 100)


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stands in the way of an approval, and where to go for it."""

    text: str
    hunk: int | None = None
    flag: FindingId | None = None
    question: QuestionId | None = None
    note: EventId | None = None
    can_be_settled: bool = False


def fired_rules(state: ReviewState) -> frozenset[str]:
    """Return the ids of the rules that saw something in what is under review: some bring up more questions."""
    return frozenset(str(flag.finding.rule) for flag in state.flags.values())


def viewed_hunks(scope: Scope, state: ReviewState) -> tuple[bool, ...]:
    """Return for each hunk of the walk whether all its edits are marked."""
    return tuple(map(state.viewed.issuperset, scope.by_hunk))


def progress(tally: Tally, questions: Sequence[Question]) -> Progress:
    return Progress(
        hunks_viewed=sum(tally.hunks.viewed),
        hunks=len(tally.hunks.viewed),
        coverage=tally.coverage,
        open_flags=tally.flags.open,
        flags=tally.flags.live,
        points_answered=sum(is_answered(point, tally.state, questions) for point in Point),
    )


def current_answer(question: QuestionId, state: ReviewState) -> Answer | None:
    """Return the answer if it was given for what is under review now."""
    return state.answers.get((state.scope, question)) if state.scope is not None else None


def last_answer(question: QuestionId, state: ReviewState) -> Answer | None:
    """Return the latest answer ever given, for whatever state of the change: what to affirm again."""
    return next((state.answers[key] for key in reversed(tuple(state.answers)) if key[1] == question), None)


def stale_answer(question: QuestionId, state: ReviewState) -> Answer | None:
    """Return the latest answer if it was given for an earlier state of the change, and none since."""
    return last_answer(question, state) if current_answer(question, state) is None else None


def is_answered(point: Point, state: ReviewState, questions: Sequence[Question]) -> bool:
    asked = [question for question in questions if question.point is point]
    return bool(asked) and all(current_answer(question.key, state) is not None for question in asked)


def flags_of(point: Point, state: ReviewState) -> tuple[Flag, ...]:
    """Return the flags that inform the point, suppressed ones left out, the gravest first."""
    flags = [flag for flag in state.flags.values() if flag.finding.point is point and flag.finding.suppressed is None]
    return tuple(sorted(flags, key=lambda flag: (flag.finding.severity.rank, flag.finding.path, flag.finding.line)))


def blockers(diff: Diff, scope: Scope, state: ReviewState, questions: Sequence[Question]) -> tuple[Blocker, ...]:
    """Return what an approval still waits for: unread hunks, open or unmet flags, answers, blocking notes."""
    return (
        *_unread(diff, scope, state),
        *_flags(state),
        *_answers(state, questions),
        *_notes(state),
    )


def _unread(diff: Diff, scope: Scope, state: ReviewState) -> list[Blocker]:
    walk = zip(diff.walk(), viewed_hunks(scope, state), strict=True)
    return [
        Blocker(f"{show(file.path)}:{first_change(hunk)}  not reviewed", hunk=index)
        for index, ((file, hunk), is_read) in enumerate(walk)
        if not is_read
    ]


def _flags(state: ReviewState) -> list[Blocker]:
    found = []
    for flag in state.flags.values():
        finding = flag.finding
        place, rule = f"{show(finding.path)}:{finding.line}", show(finding.rule)
        if flag.is_open and flag.is_grave:
            found.append(Blocker(f"{place}  {finding.severity.value} flag {rule} is open", flag=finding.id))
        elif flag.disposition is Disposition.NEEDS_CHANGE:
            is_raised = flag.is_raised_in(state.scope)
            words = "needs a change" if is_raised else "needed a change and is not seen any more: is it settled?"
            found.append(Blocker(f"{place}  flag {rule} {words}", flag=finding.id, can_be_settled=not is_raised))
    return found


def _answers(state: ReviewState, questions: Sequence[Question]) -> list[Blocker]:
    found = []
    for question in questions:
        answer = current_answer(question.key, state)
        if answer is None:
            found.append(Blocker(f"{question.point.title}: not answered", question=question.key))
        elif answer.reply is Reply.NO:
            found.append(Blocker(f"{question.point.title}: answered no", question=question.key))
    return found


def _notes(state: ReviewState) -> list[Blocker]:
    return [
        Blocker(f"blocking note{_where(note)}: {show(note.headline)}", note=note.id, can_be_settled=True)
        for note in state.notes.values()
        if note.is_blocking and not note.is_resolved
    ]


def _where(note: Note) -> str:
    if note.spot is None:
        return ""
    return f" on {show(note.spot.path)}" + (f":{note.spot.last}" if note.spot.last else "")
