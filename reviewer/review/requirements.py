"""Whether a review gives what a policy asks. Pure.

More evidence against a change never makes it pass: a standing request for changes, an open flag or a
`no` weighs on every state of the change that it was said of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from reviewer.diff.lines import first_change
from reviewer.points import Point
from reviewer.review.evidence import Evidence
from reviewer.review.model import Flag, Reply, Reviewer, Waiver
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
    waivers = _waivers(policy, evidence)
    return tuple(_result(each, check(policy, evidence), waivers.get(each)) for each, check in _CHECKS.items())


# No reason: satisfied. None: not asked of this change.
_Check = Callable[[Policy, Evidence], "list[Reason] | None"]


def _waivers(policy: Policy, evidence: Evidence) -> Mapping[Requirement, Waiver]:
    # A waiver is not signed: where words must be proven, whoever made the proposal could have written it.
    if policy.signatures:
        return {}
    return {
        requirement: waiver
        for waiver in evidence.state.waivers
        for requirement in policy.waivable
        if waiver.requirement == requirement.value and waiver.scope == evidence.scope.id
    }


def _result(requirement: Requirement, reasons: list[Reason] | None, waiver: Waiver | None) -> Result:
    if reasons is None:
        return Result(requirement, Outcome.NOT_APPLICABLE)
    if not reasons:
        return Result(requirement, Outcome.SATISFIED)
    if waiver is not None:
        words = Reason(f"waived by {show(str(waiver.by))}: {show(waiver.reason)}")
        return Result(requirement, Outcome.WAIVED, (words, *reasons))
    return Result(requirement, Outcome.UNSATISFIED, tuple(reasons))


def _verdict(policy: Policy, evidence: Evidence) -> list[Reason]:
    found = [
        Reason("changes what later changes are judged by, and is no part of what is reviewed", path)
        for path in evidence.unreviewed
    ]
    aside = " with a signature" if policy.signatures else ""
    found += [
        Reason(f"{show(str(objection.by))} requested changes and has not signed off since{aside}")
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
    return [Reason("not read", file.path, first_change(hunk)) for (file, hunk), is_read in walk if not is_read]


def _answers(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    found = [reason for point in Point for reason in _answers_under(point, evidence, is_asked=policy.answers)]
    return found if found or policy.answers else None


def _answers_under(point: Point, evidence: Evidence, *, is_asked: bool) -> list[Reason]:
    asked = [question for question in evidence.questions if question.point is point]
    answers = [current_answer(question.key, evidence.state) for question in asked]
    missing = answers.count(None)
    found = [
        Reason(f"{point.title}: answered no by {show(answer.by.name)}: {show(answer.note)}")
        for answer in answers
        if answer is not None and answer.reply is Reply.NO
    ]
    # Where nobody has to answer, a no is still a no.
    if is_asked and (missing or not asked):
        found.append(Reason(f"{point.title}: {missing} of {len(asked)} questions not answered for exactly this change"))
    return found


def _flags(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    flags = evidence.state.flags.values()
    # What a person wants changed weighs whatever the policy leaves open, and whatever the code says to silence it.
    found = [_flag(flag, "needs a change") for flag in flags if flag.needs_change]
    least = policy.flags
    if least is None:
        return found or None
    open_ones = [flag for flag in flags if flag.is_open and flag.finding.severity.reaches(least)]
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
    if not (policy.author_counts or evidence.are_authors_known):
        return [Reason("who wrote it cannot be told: there are too many commits, or too large ones; push it in parts")]
    people = [signoff.by for signoff in evidence.approvals]
    left_out = [] if policy.author_counts else [by for by in people if evidence.is_author(by)]
    counted = len(people) - len(left_out) - _shared_keys(evidence, left_out)
    if counted >= needed:
        return []
    without = f"; {', '.join(show(str(by)) for by in left_out)} wrote it and does not count" if left_out else ""
    return [Reason(f"{counted} of {needed} people approved{without}")]


def _shared_keys(evidence: Evidence, left_out: list[Reviewer]) -> int:
    """Return how many sign-offs were made with a key that made another: one key is one person."""
    checks = [evidence.signatures.get(each.event) for each in evidence.approvals if each.by not in left_out]
    keys = [check.key for check in checks if check is not None and check.key]
    return len(keys) - len(set(keys))


def _signatures(policy: Policy, evidence: Evidence) -> list[Reason] | None:
    found = []
    for signoff in evidence.approvals:
        check = evidence.signatures.get(signoff.event)
        who = f"the sign-off of {show(str(signoff.by))}"
        # Even where none is asked for, a signature of something else is no accident.
        if check is not None and not (check.is_intact and (check.is_allowed or not policy.signatures)):
            found.append(Reason(f"{who}: {show(check.words)}"))
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
