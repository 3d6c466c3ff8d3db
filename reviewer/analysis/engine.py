"""Runs the rules over a change and keeps what the change brings in: findings on changed lines, not seen before.

What no rule could see is a finding too.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from reviewer.analysis.change import LARGEST_TEXT, Change, ChangedFile
from reviewer.analysis.failure import Failure, until_failure
from reviewer.analysis.finding import DOES_NOT_PARSE, NOT_INSPECTED, RULE_FAILED, Finding, RuleSlug, finding_id
from reviewer.analysis.foreign import suppressed_elsewhere
from reviewer.analysis.regex import regex
from reviewer.analysis.report import (
    Report,
    failed,
    is_readable,
    not_inspected,
    on_line,
    reports_on,
)
from reviewer.analysis.rule import DiffRule, LineSighting, Rule
from reviewer.analysis.secrets import holds_secret

_OWN = frozenset({DOES_NOT_PARSE, NOT_INSPECTED, RULE_FAILED})
# A finding quotes its line, but no more of it than a person would.
_LONGEST_CODE = 400
_SUPPRESSION = regex(r"reviewer: ignore\[([\w\-, ]+)\](.*)")


def inspect(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield each file with its findings as soon as they are known; those about the whole change come last."""
    for file in change.files:
        yield file, inspect_file(file, rules)
    yield from inspect_change(change, rules)


def inspect_change(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield what the rules about the whole change see, by the file the findings are in."""
    by_path: dict[bytes, tuple[ChangedFile, list[Report]]] = {}
    for rule in rules:
        if isinstance(rule, DiffRule):
            for said in until_failure(rule.check_change(change)):
                for file, report in _on_change(rule, said, change):
                    by_path.setdefault(file.path, (file, []))[1].append(report)
    for file, reports in by_path.values():
        yield file, _findings(file, reports)


def _on_change(
    rule: DiffRule, said: tuple[ChangedFile, LineSighting] | Failure, change: Change
) -> list[tuple[ChangedFile, Report]]:
    if isinstance(said, Failure):
        return [(file, failed(rule, said, min(file.added))) for file in change.files if file.added][:1]
    file, sighting = said
    return [(file, on_line(rule, file, sighting))]


def inspect_file(file: ChangedFile, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return the findings on one file's changed lines, by line."""
    if not file.added or not is_readable(file):
        return ()
    if file.new_text is None:
        return _findings(
            file, [not_inspected(file, "only the patch of this file is known, not its text; no rule has seen it")]
        )
    if len(file.new_text) > LARGEST_TEXT:
        return _findings(
            file, [not_inspected(file, f"this file has more than {LARGEST_TEXT:,} bytes; no rule has seen it")]
        )
    return _findings(file, _new_reports(file, rules))


def left_out(file: ChangedFile, reason: str) -> tuple[Finding, ...]:
    """Return the finding that says why no rule has seen a file."""
    return _findings(file, [not_inspected(file, f"{reason}; no rule has seen it")]) if file.added else ()


def _new_reports(file: ChangedFile, rules: Sequence[Rule]) -> list[Report]:
    """Return what is seen now and was not seen before, neither in the same place nor on lines that went away."""
    reports = list(reports_on(file, rules))
    if not reports or file.old_text is None or len(file.old_text) > LARGEST_TEXT:
        return reports
    was_at = _old_lines(file, {report.first for report in reports} - file.added)
    past = replace(file.before, added=file.removed | frozenset(was_at.values()))
    if not past.added:
        return reports
    saw = {report.rule for report in reports}
    old = [
        report for report in reports_on(past, [rule for rule in rules if rule.slug in saw]) if report.rule not in _OWN
    ]
    return _not_moved(*_not_in_place(reports, old, was_at), file.removed)


def _old_lines(file: ChangedFile, unchanged: set[int]) -> dict[int, int]:
    """Return which line of the old text each line was: what a change leaves alone keeps its order."""
    if not unchanged or file.old_text is None:
        return {}
    added = sorted(file.added)
    kept = [line for line in range(1, file.old_text.count(b"\n") + 2) if line not in file.removed]
    places = ((line, line - bisect_left(added, line) - 1) for line in unchanged)
    return {line: kept[place] for line, place in places if place < len(kept)}


def _not_in_place(
    reports: Sequence[Report], old: Sequence[Report], was_at: dict[int, int]
) -> tuple[list[Report], list[Report]]:
    """Drop the reports whose first line is unchanged and had the same report before; return what is left of both."""
    before: dict[tuple[RuleSlug, int | None, str], list[Report]] = defaultdict(list)
    for report in old:
        before[report.rule, report.first, report.message].append(report)
    fresh = []
    for report in reports:
        twins = before[report.rule, was_at.get(report.first), report.message]
        if twins:
            twins.pop()
        else:
            fresh.append(report)
    return fresh, [report for twins in before.values() for report in twins]


def _not_moved(reports: Sequence[Report], old: Sequence[Report], removed: frozenset[int]) -> list[Report]:
    """Drop as many reports on the same code as went away with the removed lines."""
    gone = Counter(
        (report.rule, _normal(report.code))
        for report in old
        if any(line in removed for line in range(report.first, report.last + 1))
    )
    fresh = []
    for report in reports:
        key = (report.rule, _normal(report.code))
        gone[key] -= 1
        if gone[key] < 0:
            fresh.append(report)
    return fresh


def _findings(file: ChangedFile, reports: Sequence[Report]) -> tuple[Finding, ...]:
    ordinals: Counter[tuple[RuleSlug, str]] = Counter()
    secret = {report.line for report in reports if report.hides_code}
    findings = []
    for report in sorted(reports, key=lambda report: report.line):
        key = (report.rule, _normal(report.code))
        identity = finding_id(report.rule, file.path, report.code, ordinals[key])
        code = file.line(report.line)
        ordinals[key] += 1
        findings.append(
            Finding(
                identity, report.rule, file.path, report.line, report.severity, report.point, report.message,
                suppressed=_suppression(file, report),
                code="" if report.line in secret or holds_secret(code) else code.strip()[:_LONGEST_CODE],
            )
        )  # fmt: skip
    return tuple(findings)


def _suppression(file: ChangedFile, report: Report) -> str | None:
    """Return the reason of `reviewer: ignore[rule] reason` on the finding's line or where its code begins.

    Without a reason it does not count. What other programs were told to ignore there is ignored too.
    """
    for line in (report.line, report.first):
        text = file.line(line)
        match = _SUPPRESSION.search(text)
        if match is not None and report.rule in {slug.strip() for slug in match[1].split(",")}:
            return match[2].strip().removesuffix("*/").removesuffix("-->").rstrip() or None
        if foreign := suppressed_elsewhere(text, report.rule, report.point):
            return foreign
    return None


def _normal(code: str) -> str:
    return " ".join(code.split())
