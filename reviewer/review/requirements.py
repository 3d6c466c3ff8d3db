"""Whether a review gives what a policy asks. Pure.

More evidence against a change never makes it pass: a standing request for changes, an open flag or a
`no` weighs on every state of the change that it was said of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from reviewer.points import Point
from reviewer.review.evidence import Evidence
from reviewer.review.model import Flag, Reply, Waiver
from reviewer.review.policy import Policy, Requirement
from reviewer.review.progress import current_answer, viewed_hunks
from reviewer.visible import show


class Outcome(Enum):
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    ERROR = "error"

    @property
    def lets_pass(self) -> bool:
        return self in (Outcome.SATISFIED, Outcome.WAIVED, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a requirement is not met, and where, if it is at a place."""

    text: str
    path: bytes | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.path is None:
            return self.text
        place = show(self.path) if self.line is None else f"{show(self.path)}:{self.line}"
        return f"{place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Result:
    requirement: Requirement
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


def evaluate(policy: Policy, evidence: Evidence) -> tuple[Result, ...]:
    """Return one result for each requirement, in their order."""
    waivers = {
        requirement: waiver
        for waiver in evidence.state.waivers
        for requirement in policy.waivable
        if waiver.requirement == requirement.value and waiver.scope == evidence.scope.id
    }
    return tuple(_result(each, check(policy, evidence), waivers.get(each)) for each, check in _CHECKS.items())


# No reason: satisfied. None: not asked of this change.
_Check = Callable[[Policy, Evidence], "list[Reason] | None"]


def _result(requirement: Requirement, reasons: list[Reason] | None, waiver: Waiver | None) -> Result:
    if reasons is None:
        return Result(requirement, Outcome.NOT_APPLICABLE)
    if not reasons:
        return Result(requirement, Outcome.SATISFIED)
    if waiver is not None:
        words = Reason(f"waived by {show(str(waiver.by))}: {show(waiver.reason)}")
        return Result(requirement, Outcome.WAIVED, (words, *reasons))
    return Result(requirement, Outcome.UNSATISFIED, tuple(reasons))


def _verdict(_: Policy, evidence: Evidence) -> list[Reason]:
    found = [
        Reason(f"{show(str(objection.by))} requested changes and has not signed off since")
        for objection in evidence.objections
    ]
    if found or evidence.approvals:
        return found
    agents = ", ".join(sorted({show(signoff.by.agent) for signoff in evidence.agents_approvals}))
    aside = f"; what {agents} approved is no person's word" if agents else ""
    return [Reason(f"nobody approved exactly this change{aside}")]


def _viewed(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    if not policy.viewed:
        return None
    walk = zip(evidence.diff.walk(), viewed_hunks(evidence.scope, evidence.state), strict=True)
    return [Reason("not read", file.path, max(hunk.new_start, 1)) for (file, hunk), is_read in walk if not is_read]


def _answers(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    if not policy.answers:
        return None
    return [reason for point in Point for reason in _answers_under(point, evidence)]


def _answers_under(point: Point, evidence: Evidence) -> list[Reason]:
    asked = [question for question in evidence.questions if question.point is point]
    answers = [current_answer(question.key, evidence.state) for question in asked]
    missing = answers.count(None)
    found = [
        Reason(f"{point.title}: answered no by {show(answer.by.name)}: {show(answer.note)}")
        for answer in answers
        if answer is not None and answer.reply is Reply.NO
    ]
    if missing or not asked:
        found.append(Reason(f"{point.title}: {missing} of {len(asked)} questions not answered for exactly this change"))
    return found


def _flags(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    if policy.flags is None:
        return None
    flags = [flag for flag in evidence.state.flags.values() if flag.finding.suppressed is None]
    found = [_flag(flag, "needs a change") for flag in flags if flag.needs_change]
    open_ones = [flag for flag in flags if flag.is_open and flag.finding.severity.reaches(policy.flags)]
    return [*found, *(_flag(flag, "has no disposition") for flag in open_ones)]


def _flag(flag: Flag, words: str) -> Reason:
    finding = flag.finding
    return Reason(f"{finding.severity.value} flag {show(finding.rule)} {words}", finding.path, finding.line)


def _notes(_: Policy, evidence: Evidence) -> list[Reason]:
    return [
        Reason(
            f"a blocking note by {show(note.by.name)} is not resolved",
            note.spot.path if note.spot else None,
            note.spot.last if note.spot else None,
        )
        for note in evidence.state.notes.values()
        if note.is_blocking and not note.is_resolved
    ]


def _humans(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    needed = max(policy.humans, 1) if evidence.is_ai_assisted else policy.humans
    if needed == 0:
        return None
    people = {signoff.by.email.lower(): signoff.by for signoff in evidence.approvals}
    counted = [by for by in people.values() if policy.author_counts or not evidence.is_author(by)]
    if len(counted) >= needed:
        return []
    left_out = [show(str(by)) for by in people.values() if by not in counted]
    without = f"; {', '.join(left_out)} wrote it and does not count" if left_out else ""
    return [Reason(f"{len(counted)} of {needed} people approved{without}")]


def _signatures(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    found = []
    for signoff in evidence.approvals:
        check = evidence.signatures.get(signoff.event)
        who = f"the sign-off of {show(str(signoff.by))}"
        # Even where none is asked for, a signature of something else is no accident.
        if check is not None and not (check.is_intact and (check.is_allowed or not policy.signatures)):
            found.append(Reason(f"{who}: {check.words}"))
        elif check is None and policy.signatures:
            found.append(Reason(f"{who} is not signed"))
    return found if found or policy.signatures else None


def _ai_tests(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    if not (policy.ai_tests and evidence.is_ai_assisted):
        return None
    last = {run.command: run for run in evidence.state.test_runs if run.scope == evidence.scope.id}
    failed = [run for run in last.values() if run.status != 0]
    if failed:
        return [Reason(f"`{show(run.command)}` ended with {run.status} on this change") for run in failed]
    if last or evidence.tests_changed:
        return []
    return [Reason("AI-assisted, with no test in the change and none run on it; `reviewer tests -- COMMAND` runs them")]


def _ai_tag(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    if not (policy.ai_tag and evidence.is_ai_assisted):
        return None
    return [] if evidence.has_tag else [Reason("AI-assisted, but no commit message has the tag [AI-ASSISTED]")]


_CHECKS: Mapping[Requirement, _Check] = {
    Requirement.VERDICT: _verdict,
    Requirement.VIEWED: _viewed,
    Requirement.ANSWERS: _answers,
    Requirement.FLAGS: _flags,
    Requirement.NOTES: _notes,
    Requirement.HUMANS: _humans,
    Requirement.SIGNATURES: _signatures,
    Requirement.AI_TESTS: _ai_tests,
    Requirement.AI_TAG: _ai_tag,
}
