"""What `verify` found, as text for people and as JSON for programs."""

import json
from collections.abc import Iterator

from reviewer.diff.encoding import json_text
from reviewer.points import Point
from reviewer.review.evidence import Evidence, SignatureCheck
from reviewer.review.model import SignOff
from reviewer.review.policy import WAIVABLE, Requirement
from reviewer.review.requirements import Outcome, Result
from reviewer.verification.judge import Judgement
from reviewer.visible import show

SCHEMA = "reviewer.verify/1"
_MOST_REASONS = 5


def judgement_text(judgement: Judgement) -> str:
    """Return one line if nothing is missing, else what is, and the command to run."""
    if judgement.is_satisfied:
        return "\n".join((_satisfied(judgement), *_aside(judgement)))
    lines = [f"not verified: {show(judgement.label)}"]
    lines += [f"  damaged: {show(damage)}" for damage in judgement.damages]
    for result in judgement.results:
        if not result.outcome.lets_pass:
            lines += _missing(result, judgement)
        elif result.outcome is Outcome.WAIVED:
            lines.append(f"  {result.requirement.value:<10}  {result.reasons[0]}")
    if judgement.damages:
        lines.append("remove or restore the damaged file; what it said is not counted")
    else:
        lines.append(_advice(judgement))
    return "\n".join((*lines, *_aside(judgement)))


def judgement_json(judgement: Judgement) -> str:
    evidence = judgement.evidence
    return json.dumps(
        {
            "schema": SCHEMA,
            "range": judgement.label,
            "old": judgement.old,
            "new": judgement.new,
            "scope": judgement.scope.id,
            "satisfied": judgement.is_satisfied,
            "policy": judgement.rules.source,
            "provenance": judgement.provenance.kind.value,
            "requirements": [_requirement(result) for result in judgement.results],
            "signoffs": [_signoff(signoff, evidence) for signoff in evidence.state.signoffs],
            "damages": list(judgement.damages),
            "warnings": list(judgement.warnings),
        },
        indent=2,
    )


def nothing_json() -> str:
    """Return what stands for a judgement where there is no change to judge."""
    nothing: dict[str, list[object]] = {"requirements": [], "signoffs": []}
    return json.dumps({"schema": SCHEMA, "range": None, "satisfied": True, **nothing}, indent=2)


def trailers(judgement: Judgement) -> str:
    """Return a `Reviewed-by:` line for each person who approved, fit for `git interpret-trailers`."""
    people = {f"{show(signoff.by.name)} <{show(signoff.by.email)}>" for signoff in judgement.approvals}
    return "".join(f"Reviewed-by: {person}\n" for person in sorted(people))


def _satisfied(judgement: Judgement) -> str:
    if not judgement.diff.files:
        return f"verified: {show(judgement.label)} changes nothing"
    count = sum(1 for _ in judgement.scope.edits)
    people = ", ".join(_person(signoff, judgement.evidence) for signoff in judgement.approvals)
    waived = [result for result in judgement.results if result.outcome is Outcome.WAIVED]
    words = "".join(f"; {result.requirement.value} {result.reasons[0].text}" for result in waived)
    edits = "1 edit" if count == 1 else f"{count} edits"
    return f"verified: {edits}, approved by {people}{words}"


def _person(signoff: SignOff, evidence: Evidence) -> str:
    check = evidence.signatures.get(signoff.event)
    author = "the author, " if evidence.is_author(signoff.by) else ""
    signed = "unsigned" if check is None else "signed" if check.is_allowed else show(check.words)
    return f"{show(str(signoff.by))} ({author}{signed})"


def _advice(judgement: Judgement) -> str:
    """Return what to do next: read and sign, or what is still to be given to a change that was signed."""
    missing = {result.requirement for result in judgement.results if not result.outcome.lets_pass}
    label = show(judgement.label)
    if missing <= WAIVABLE and Requirement.HUMANS not in missing:
        first = min(requirement.value for requirement in missing)
        return f"put that right, or say why not: `reviewer waive {first} --reason WHY {label}`"
    return f"run `reviewer review {label}`"


def _missing(result: Result, judgement: Judgement) -> Iterator[str]:
    if result.requirement is Requirement.HUMANS and not judgement.approvals:
        # That nobody approved is said already.
        return
    if result.requirement is Requirement.ANSWERS and len(result.reasons) > _MOST_REASONS:
        yield f"  {result.requirement.value:<10}  under {len(result.reasons)} of {len(Point)} points questions are open"
        return
    for reason in result.reasons[:_MOST_REASONS]:
        yield f"  {result.requirement.value:<10}  {reason}"
    if len(result.reasons) > _MOST_REASONS:
        yield f"  {result.requirement.value:<10}  and {len(result.reasons) - _MOST_REASONS} more"


def _aside(judgement: Judgement) -> Iterator[str]:
    for warning in judgement.warnings:
        yield f"  not about this change, but damaged: {show(warning)}"


def _requirement(result: Result) -> dict[str, object]:
    reasons = [
        {
            "path": None if reason.path is None else json_text(reason.path),
            "line": reason.line,
            "text": reason.text,
        }
        for reason in result.reasons
    ]
    return {"id": result.requirement.value, "status": result.outcome.value, "reasons": reasons}


def _signoff(signoff: SignOff, evidence: Evidence) -> dict[str, object]:
    check = evidence.signatures.get(signoff.event)
    return {
        "name": signoff.by.name,
        "email": signoff.by.email,
        "verdict": signoff.verdict.value,
        "at": signoff.at,
        "current": signoff.scope == evidence.scope.id,
        "author": evidence.is_author(signoff.by),
        "signature": _signature_word(check),
        "key": check.words if check is not None else None,
    }


def _signature_word(check: SignatureCheck | None) -> str:
    if check is None:
        return "none"
    return "valid" if check.is_allowed else "unlisted" if check.is_intact else "bad"
