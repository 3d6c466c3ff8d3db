"""Judging a change by the target's policy and every record there is of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.analysis.change import is_test_path
from reviewer.checklist import built_in_checklists, questions_for, situation_of
from reviewer.diff.identity import Scope, ScopeId, scope_of
from reviewer.diff.model import Diff
from reviewer.provenance.model import Kind, Provenance
from reviewer.provenance.signs import provenance_of
from reviewer.repository import Repository, Target, commits_between, read_diff
from reviewer.review.evidence import Evidence, SignatureCheck
from reviewer.review.model import EventId, Reviewed, ReviewState, SignOff, Verdict
from reviewer.review.progress import fired_rules
from reviewer.review.requirements import Result, evaluate
from reviewer.review.state import fold, said_by_people
from reviewer.signatures import check
from reviewer.store import Store
from reviewer.verification.records import Gathered, gather
from reviewer.verification.rules import Rules


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one range. `damages` are those of records that are about it; they outweigh all else."""

    label: str
    old: str
    new: str
    diff: Diff
    scope: Scope
    rules: Rules
    results: tuple[Result, ...]
    evidence: Evidence
    provenance: Provenance
    damages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_satisfied(self) -> bool:
        return not self.damages and all(result.outcome.lets_pass for result in self.results)

    @property
    def approvals(self) -> tuple[SignOff, ...]:
        return self.evidence.approvals


def judge(repository: Repository, target: Target, rules: Rules, store: Store) -> Judgement:
    """Judge the net change from `target.old` to `target.new`.

    Raises CannotDetermine if it cannot be read, RecordTooNew if a record of it needs a newer version.
    """
    new = target.new or ""
    diff = read_diff(repository, target)
    scope = scope_of(diff)
    provenance = provenance_of(commits_between(repository, target.old, new).commits)
    gathered = gather(store, scope.id)
    evidence = _evidence(diff, scope, provenance, gathered, rules, repository)
    results = evaluate(rules.policy, evidence) if diff.files else ()
    return Judgement(
        target.label, target.old, new, diff, scope, rules, results, evidence, provenance,
        gathered.damages, gathered.warnings,
    )  # fmt: skip


def _evidence(
    diff: Diff, scope: Scope, provenance: Provenance, gathered: Gathered, rules: Rules, repository: Repository
) -> Evidence:
    state = _state_at(scope.id, gathered)
    is_ai_assisted = provenance.kind is Kind.AI
    situation = situation_of(diff, fired_rules(state), is_ai_assisted=is_ai_assisted)
    evidence = Evidence(
        diff,
        scope,
        state,
        questions_for(built_in_checklists(), situation),
        frozenset(_text(commit.author.email).lower() for commit in provenance.commits),
        is_ai_assisted=is_ai_assisted,
        has_tag=provenance.has_tag,
        agents_approvals=_by_agents(gathered, scope.id),
        tests_changed=any(file.added and is_test_path(file.path) for file in diff.files),
    )
    return replace(evidence, signatures=_signatures(evidence.approvals, gathered, rules, repository))


def _state_at(scope: ScopeId, gathered: Gathered) -> ReviewState:
    """Return what people said, with this scope under review, whatever the review went on with later."""
    state = fold(said_by_people(gathered.entries))
    return replace(state, reviewed=Reviewed(scope, "", None, None, 0, 0, 0))


def _by_agents(gathered: Gathered, scope: ScopeId) -> tuple[SignOff, ...]:
    signoffs = fold(entry for entry in gathered.entries if not entry.by.is_human).signoffs
    return tuple(each for each in signoffs if each.scope == scope and each.verdict is Verdict.APPROVE)


def _signatures(
    approvals: Sequence[SignOff], gathered: Gathered, rules: Rules, repository: Repository
) -> dict[EventId, SignatureCheck]:
    checked = {}
    for signoff in approvals:
        line = gathered.signed_lines.get(signoff.event)
        if signoff.signature and line is not None:
            answer = check(
                line,
                signoff.signature.encode(errors="replace"),
                rules.allowed_signers,
                email=signoff.by.email,
                repository=repository,
            )
            checked[signoff.event] = SignatureCheck(answer.fingerprint is not None, answer.is_valid, answer.reason)
    return checked


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
