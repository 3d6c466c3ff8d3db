"""Judging a change by the target's policy and every record there is of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.analysis.change import is_test_path
from reviewer.checklist import built_in_checklists, questions_for, situation_of
from reviewer.diff.identity import Scope, ScopeId, scope_of
from reviewer.diff.model import Diff
from reviewer.provenance.model import Kind, Provenance
from reviewer.provenance.signs import provenance_of
from reviewer.receipt import WATCHED, WATCHED_FORM, stamp
from reviewer.repository import History, Repository, Target, commits_between, read_diff
from reviewer.review.events import Entry, Raise, Retract, Sign
from reviewer.review.evidence import Evidence, SignatureCheck
from reviewer.review.model import EventId, Reviewed, ReviewState, SignOff, Verdict
from reviewer.review.progress import fired_rules
from reviewer.review.requirements import Result, evaluate
from reviewer.review.state import fold, said_by_people, standing
from reviewer.signatures import check
from reviewer.store import Store
from reviewer.verification.records import Gathered, gather
from reviewer.verification.rules import ALLOWED_SIGNERS, BUILT_IN, POLICY, Rules


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one range. `damages` are those of records that are about it; they outweigh all else.

    `stamp` names what was there to be read when the judging began; None where no receipt can be kept.
    """

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
    stamp: bytes | None = None

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
    # First of all: what comes while the judging goes on is not in it.
    seen = _stamp(repository)
    new = target.new or ""
    diff = read_diff(repository, target)
    scope = scope_of(diff)
    history = commits_between(repository, target.old, new)
    provenance = provenance_of(history.commits)
    gathered = gather(store, scope.id, frozenset(scope.edits), frozenset(commit.oid for commit in history.commits))
    # Where there is no target yet, there is nothing that could be loosened.
    unreviewed = () if rules is BUILT_IN else _unreviewed(repository, target.old, new, diff)
    evidence = replace(_evidence(diff, scope, provenance, gathered, rules), unreviewed=unreviewed)
    evidence = replace(evidence, are_authors_known=_are_authors_known(history))
    evidence = replace(evidence, signatures=_signatures(evidence, gathered, rules, repository))
    results = evaluate(rules.policy, evidence) if diff.files or unreviewed else ()
    return Judgement(
        target.label, target.old, new, diff, scope, rules, results, evidence, provenance,
        gathered.damages, gathered.warnings, seen,
    )  # fmt: skip


def _stamp(repository: Repository) -> bytes | None:
    """Return the stamp of what is here, in a repository of the plain kind that receipts are kept for."""
    top, git_dir = repository.top, repository.git_dir
    if top is None or git_dir != top / ".git" or not git_dir.is_dir():
        return None
    refs = repository.run("for-each-ref", WATCHED_FORM, *WATCHED).decode("utf-8", "surrogateescape")
    return stamp(str(git_dir), str(top), refs.split("\n")[:-1])


def _evidence(diff: Diff, scope: Scope, provenance: Provenance, gathered: Gathered, rules: Rules) -> Evidence:
    state = _state_at(scope.id, gathered, rules)
    is_ai_assisted = provenance.kind is Kind.AI
    situation = situation_of(diff, fired_rules(state), is_ai_assisted=is_ai_assisted)
    return Evidence(
        diff,
        scope,
        state,
        questions_for(built_in_checklists(), situation),
        frozenset(_text(commit.author.email).lower() for commit in provenance.commits),
        is_ai_assisted=is_ai_assisted,
        has_tag=provenance.has_tag,
        agents_approvals=_by_agents(gathered, scope.id),
        tests_changed=any(file.added and is_test_path(file.path) for file in diff.files),
        needs_proof=rules.policy.signatures,
    )


def _are_authors_known(history: History) -> bool:
    return not history.is_cut and all(commit.author.email for commit in history.commits)


def _unreviewed(repository: Repository, old: str, new: str, diff: Diff) -> tuple[bytes, ...]:
    """Return the files of rules that the change touches past the reviewer: it would loosen what judges the next."""
    rules = (POLICY, ALLOWED_SIGNERS)
    changed = repository.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, "--", *rules)
    reviewed = {path for file in diff.files for path in (file.old_path, file.new_path)}
    return tuple(path for path in changed.split(b"\0")[:-1] if path not in reviewed)


def _state_at(scope: ScopeId, gathered: Gathered, rules: Rules) -> ReviewState:
    """Return what people said, with this scope under review, whatever the review went on with later."""
    needs_proof = rules.policy.signatures
    entries = list(_with_flags_of_people(said_by_people(gathered.entries)))
    if needs_proof:
        entries = list(_without_lifting(entries))
    for record in gathered.related:
        entries += _objections_in(said_by_people(record.entries), needs_proof=needs_proof)
    return replace(fold(entries), reviewed=Reviewed(scope, "", None, None, 0, 0, 0))


def _with_flags_of_people(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries, but let no agent say anew what a person's session said of a flag, such as how grave it is."""
    entries = tuple(entries)
    raised = [entry.event for entry in entries if isinstance(entry.event, Raise) and entry.by.is_human]
    known = {finding.id: finding for event in raised for finding in event.findings}
    for entry in entries:
        if isinstance(entry.event, Raise) and not entry.by.is_human:
            findings = tuple(known.get(finding.id, finding) for finding in entry.event.findings)
            yield replace(entry, event=replace(entry.event, findings=findings))
        else:
            yield entry


def _without_lifting(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the entries without what takes back a request for changes: it is not signed, so anybody could say it."""
    objections = {entry.id for entry in entries if _is_objection(entry)}
    for entry in entries:
        if not (isinstance(entry.event, Retract) and entry.event.event in objections):
            yield entry


def _objections_in(entries: Sequence[Entry], *, needs_proof: bool) -> Iterator[Entry]:
    """Yield the requests for changes that stand in a review of another state of the change."""
    if needs_proof:
        yield from filter(_is_objection, entries)
        return
    last = {entry.by.email.lower(): entry for entry in standing(entries) if isinstance(entry.event, Sign)}
    yield from filter(_is_objection, last.values())


def _is_objection(entry: Entry) -> bool:
    return isinstance(entry.event, Sign) and entry.event.verdict is Verdict.REQUEST_CHANGES


def _by_agents(gathered: Gathered, scope: ScopeId) -> tuple[SignOff, ...]:
    signoffs = fold(entry for entry in gathered.entries if not entry.by.is_human).signoffs
    return tuple(each for each in signoffs if each.scope == scope and each.verdict is Verdict.APPROVE)


def _signatures(
    evidence: Evidence, gathered: Gathered, rules: Rules, repository: Repository
) -> dict[EventId, SignatureCheck]:
    checked = {}
    for signoff in _to_be_proven(evidence):
        line = gathered.signed_lines.get(signoff.event)
        if signoff.signature and line is not None:
            answer = check(
                line,
                signoff.signature.encode(errors="replace"),
                rules.allowed_signers,
                email=signoff.by.email,
                repository=repository,
            )
            key = answer.fingerprint or ""
            checked[signoff.event] = SignatureCheck(bool(key), answer.is_valid, answer.reason, key)
    return checked


def _to_be_proven(evidence: Evidence) -> Iterator[SignOff]:
    """Yield approvals, and where words need proof all others of those who requested changes, too."""
    yield from evidence.approvals
    if not evidence.needs_proof:
        return
    against = {each.by.email.lower() for each in evidence.state.signoffs if each.verdict is Verdict.REQUEST_CHANGES}
    for signoff in evidence.state.signoffs:
        if signoff.by.email.lower() in against and signoff not in evidence.approvals:
            yield signoff


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
