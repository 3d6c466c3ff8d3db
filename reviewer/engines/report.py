"""One thing another engine says, and how it becomes a finding of ours."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity, finding_id
from reviewer.analysis.foreign import SAME_AS, point_of, says_the_same
from reviewer.analysis.manual import card_of

_LONGEST_MESSAGE = 400
# What these call an error says nothing about how grave it is.
_WITHOUT_GRAVITY = frozenset({"ruff", "flake8", "pylint", "pycodestyle"})


@dataclass(frozen=True, slots=True)
class Report:
    """`line` and `last` count from 1 in the new text; `tags` are the engine's own words for the kind of fault."""

    engine: str
    code: str
    message: str
    path: bytes
    line: int
    last: int
    severity: Severity
    tags: tuple[str, ...] = ()


def beside_ours(ours: Sequence[Finding], reports: Iterable[Report], file: ChangedFile) -> tuple[Finding, ...]:
    """Return our findings in a file, and what other engines say about its changed lines that ours do not say."""
    said = {(finding.rule, finding.line) for finding in ours}
    found, ordinals = list(ours), Counter[tuple[str, str]]()
    for report in sorted(reports, key=lambda report: (report.line, report.code)):
        line = next((line for line in range(report.line, report.last + 1) if line in file.added), None)
        if line is None:
            continue
        rule = _rule(report)
        if any(report.line <= near <= report.last and says_the_same(rule, one) for one, near in said):
            continue
        said.add((rule, line))
        code = file.lines[line - 1].strip() if line <= len(file.lines) else ""
        identity = finding_id(rule, file.path, code, ordinals[rule, code])
        ordinals[rule, code] += 1
        found.append(_finding(report, rule, file, line, code, identity))
    return tuple(sorted(found, key=lambda finding: finding.line))


def _rule(report: Report) -> RuleSlug:
    """Return our rule where it says the same, else the engine and its code."""
    return SAME_AS.get(report.code) or RuleSlug(f"{report.engine.lower()}:{report.code}")


def _finding(report: Report, rule: RuleSlug, file: ChangedFile, line: int, code: str, identity: FindingId) -> Finding:
    card = card_of(rule)
    severity = report.severity
    if report.engine.lower() in _WITHOUT_GRAVITY:
        severity = card.severity if card is not None else Severity.LOW
    return Finding(
        identity, rule, file.path, line, severity,
        card.point if card is not None else point_of(report.code, report.tags),
        f"{report.engine} {report.code}: {report.message[:_LONGEST_MESSAGE]}",
        code="" if rule == "hardcoded-secret" else code,
    )  # fmt: skip
