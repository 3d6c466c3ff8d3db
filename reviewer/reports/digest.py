"""A review as headings and lines, ready for any format: what was read, flagged, answered, noted and decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewer.checklist import Question, QuestionId
from reviewer.diff.identity import ScopeId
from reviewer.points import Point
from reviewer.review.model import Answer, Disposition, Flag, Intent, Note, Reply, ReviewState, Spot
from reviewer.review.progress import last_answer
from reviewer.review.thread import threads
from reviewer.store import Record
from reviewer.visible import show, show_lines

_DISPOSED = {
    Disposition.NEEDS_CHANGE: "needs a change",
    Disposition.ACCEPTED_RISK: "accepted risk",
    Disposition.FALSE_ALARM: "false alarm",
}
_KINDS = {Intent.REMARK: "note", Intent.QUESTION: "question", Intent.CHANGE: "wish for a change"}


@dataclass(frozen=True, slots=True)
class Item:
    """One line, and what is said below it. `is_done` is None where nothing was to be done."""

    text: str
    below: tuple[str, ...] = ()
    is_done: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    heading: str
    items: tuple[Item, ...]


def digest(record: Record, state: ReviewState, questions: Sequence[Question]) -> tuple[Part, ...]:
    """Return the parts of a review, all foreign text made visible; parts without content are left out."""
    asked = {question.key: question for question in questions}
    parts = (
        Part(f"Review {show(record.review)}", _summary(state)),
        Part("Flags", tuple(_flag(flag) for flag in _by_weight(state))),
        *(_point(point, state, asked) for point in Point),
        Part("Answers to questions no longer asked", _answers_without_question(state, asked)),
        Part("Notes", _notes(state)),
        Part("Damage", tuple(Item(show(damage)) for damage in record.damages)),
    )
    return tuple(part for part in parts if part.items)


def place(spot: Spot) -> str:
    """Return where a note points: `path:line`, `path:first-last`, with the side if it is the old one."""
    if spot.first is None:
        return show(spot.path)
    lines = str(spot.first) if spot.last in (None, spot.first) else f"{spot.first}-{spot.last}"
    return f"{show(spot.path)}:{lines}{' (old)' if spot.side.value == 'old' else ''}"


def _summary(state: ReviewState) -> tuple[Item, ...]:
    items = []
    if state.reviewed is not None:
        reviewed = state.reviewed
        items.append(Item(f"{show(reviewed.label)}: {reviewed.files} files, {reviewed.hunks} hunks, "
                          f"{reviewed.changed_lines} changed lines"))  # fmt: skip
        items.append(Item(f"scope {show(reviewed.scope)}"))
    items += [Item(f"reviewer {show(str(reviewer))}") for reviewer in state.reviewers]
    items.append(Item(f"{len(state.viewed)} edits marked as read"))
    for signoff in state.signoffs:
        # Whether a signature is good depends on whom the target trusts; that is for `verify` to say.
        signed = "signed" if signoff.signature else "unsigned"
        items.append(
            Item(f"verdict {signoff.verdict.value} by {show(str(signoff.by))} at {show(signoff.at)}, {signed}, "
                 f"{int(signoff.coverage * 100)} % of changed lines read{_age(signoff.scope, state)}")
        )  # fmt: skip
    items += [
        Item(f"{show(waiver.requirement)} waived by {show(str(waiver.by))}{_age(waiver.scope, state)}",
             (show(waiver.reason),))
        for waiver in state.waivers
    ]  # fmt: skip
    items += [
        Item(f"`{show(run.command)}` ended with {run.status}, run by {show(str(run.by))}{_age(run.scope, state)}",
             is_done=run.status == 0)
        for run in state.test_runs
    ]  # fmt: skip
    unsigned = "an unsigned sign-off shows accidental damage only, not forgery; `reviewer verify` checks signed ones"
    items.append(Item(unsigned if state.signoffs else "not signed off"))
    return tuple(items)


def _age(scope: ScopeId, state: ReviewState) -> str:
    is_current = state.reviewed is not None and scope == state.reviewed.scope
    return "" if is_current else ", for an earlier state of the change"


def _by_weight(state: ReviewState) -> list[Flag]:
    return sorted(
        state.flags.values(), key=lambda flag: (flag.finding.severity.rank, flag.finding.path, flag.finding.line)
    )


def _flag(flag: Flag) -> Item:
    finding = flag.finding
    text = (
        f"{show(finding.path)}:{finding.line}  {finding.severity.value} {show(finding.rule)}: {show(finding.message)}"
    )
    below = [f"suppressed: {show(finding.suppressed)}"] if finding.suppressed is not None else []
    if flag.disposition is not None:
        said = f": {show(flag.note)}" if flag.note else ""
        return Item(text, (*below, f"{_DISPOSED[flag.disposition]}{said}"), is_done=True)
    return Item(text, tuple(below)) if below else Item(text, ("open",), is_done=False)


def _point(point: Point, state: ReviewState, asked: Mapping[QuestionId, Question]) -> Part:
    items = [
        _answer(answer, show(question.ask), state)
        if answer is not None
        else Item(f"{show(question.ask)} not answered", is_done=False)
        for key, question in asked.items()
        if question.point is point
        for answer in [last_answer(key, state)]
    ]
    return Part(f"{point.number} {point.title}", tuple(items))


def _answers_without_question(state: ReviewState, asked: Mapping[QuestionId, Question]) -> tuple[Item, ...]:
    latest = {key: answer for (_, key), answer in state.answers.items() if key not in asked}
    return tuple(_answer(answer, show(key), state) for key, answer in latest.items())


def _answer(answer: Answer, ask: str, state: ReviewState) -> Item:
    said = (show(answer.note),) if answer.note else ()
    text = f"{ask} {answer.reply.value}{_age(answer.scope, state)}"
    return Item(text, said, is_done=answer.reply is not Reply.NO)


def _notes(state: ReviewState) -> tuple[Item, ...]:
    answers = threads(state.notes.values())
    return tuple(_note(note, answers.get(note.id, ())) for note in state.notes.values() if note.answers is None)


def _note(note: Note, answers: Sequence[Note]) -> Item:
    where = place(note.spot) if note.spot else "the whole review"
    about = f", {note.point.title}" if note.point else ""
    kind = f"{'blocking ' if note.is_blocking else ''}{_KINDS[note.intent]}"
    code = (
        tuple(f"    {line}" for line in show_lines(note.spot.text).split("\n")) if note.spot and note.spot.text else ()
    )
    body = tuple(show_lines(note.body).split("\n"))
    since = tuple(line for answer in answers for line in f"{answer.by.called}: {answer.body}".split("\n"))
    if note.proposed_by is not None:
        since = (*since, f"{note.proposed_by.called} thinks it settled")
    done = note.is_resolved if note.is_blocking or note.is_resolved else None
    said = (*code, *body, *map(show, since))
    return Item(f"{where}  {kind} by {show(note.by.called)}{about}", said, is_done=done)
