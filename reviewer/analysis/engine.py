"""Runs the rules over a change and keeps what the change brings in: findings on changed lines, not seen before."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Finding, RuleSlug, Severity, finding_id
from reviewer.analysis.rule import DiffRule, LineSighting, PythonRule, Rule, TokenRule
from reviewer.points import Point

DOES_NOT_PARSE = RuleSlug("does-not-parse")
NOT_INSPECTED = RuleSlug("not-inspected")
_LONGEST_CODE = 400
_SUPPRESSION = re.compile(r"reviewer: ignore\[([\w\-, ]+)\]\s*(.*?)\s*(?:\*/|-->)?\s*$")


@dataclass(frozen=True, slots=True)
class _Report:
    """A finding in the making; `code` is what identifies it wherever it moves."""

    rule: RuleSlug
    point: Point
    severity: Severity
    message: str
    line: int
    code: str
    hides_code: bool = False


def inspect(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield each file with its findings as soon as they are known; those about the whole change come last."""
    for file in change.files:
        yield file, inspect_file(file, rules)
    yield from inspect_change(change, rules)


def inspect_change(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield what the rules about the whole change see, with the file each finding is in."""
    for file, report in _reports_on_change(change, rules):
        yield file, _findings(file, [report])


def inspect_file(file: ChangedFile, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return the findings on one file's changed lines, by line."""
    if not file.added:
        return ()
    if file.new_text is None:
        return _findings(file, [_not_inspected(file)]) if file.is_python else ()
    return _findings(file, _new_reports(file, rules))


def _not_inspected(file: ChangedFile) -> _Report:
    message = "only the patch of this file is known, not its text; no rule has seen it"
    return _Report(NOT_INSPECTED, Point.VALIDATE, Severity.INFO, message, min(file.added), "")


def _new_reports(file: ChangedFile, rules: Sequence[Rule]) -> list[_Report]:
    """Return what is seen now and was not seen on the lines that went away."""
    reports = list(_reports(file, rules))
    if not reports or file.old_text is None or not file.removed:
        return reports
    before = Counter(
        (report.rule, _normal(report.code)) for report in _reports(file.before, rules) if report.rule != DOES_NOT_PARSE
    )
    fresh = []
    for report in reports:
        key = (report.rule, _normal(report.code))
        before[key] -= 1
        if before[key] < 0:
            fresh.append(report)
    return fresh


def _reports(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[_Report]:
    if file.is_python:
        yield from _python_reports(file, [rule for rule in rules if isinstance(rule, PythonRule)])
        return
    from reviewer.analysis.tokens import language_of, tokens_of

    language = language_of(file)
    speaking = [rule for rule in rules if isinstance(rule, TokenRule) and language in rule.languages]
    tokens = tokens_of(file) if speaking else ()
    for rule in speaking:
        for sighting in rule.check_tokens(tokens, file):
            if sighting.line in file.added:
                yield _on_line(rule, file, sighting)


def _python_reports(file: ChangedFile, rules: Sequence[PythonRule]) -> Iterator[_Report]:
    from reviewer.analysis.python import DoesNotParse, see

    try:
        for seen in see(file, rules):
            touched = [line for line in range(seen.first, seen.last + 1) if line in file.added]
            if touched:
                severity = seen.sighting.severity or seen.rule.severity
                rule = seen.rule
                yield _Report(
                    rule.slug, rule.point, severity, seen.message, touched[0], seen.code, hides_code=rule.hides_code
                )
    except DoesNotParse as error:
        wrong = error.line
        message = f"line {wrong} is no Python this version can read ({error.reason}); no rule has seen this file"
        nearest = min(file.added, key=lambda line: abs(line - wrong))
        yield _Report(DOES_NOT_PARSE, Point.VALIDATE, Severity.MEDIUM, message, nearest, str(error.reason))


def _reports_on_change(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, _Report]]:
    for rule in rules:
        if isinstance(rule, DiffRule):
            for file, sighting in rule.check_change(change):
                yield file, _on_line(rule, file, sighting)


def _on_line(rule: Rule, file: ChangedFile, sighting: LineSighting) -> _Report:
    code = _line(file, sighting.line)
    severity = sighting.severity or rule.severity
    return _Report(rule.slug, rule.point, severity, sighting.message, sighting.line, code, hides_code=rule.hides_code)


def _findings(file: ChangedFile, reports: Sequence[_Report]) -> tuple[Finding, ...]:
    ordinals: Counter[tuple[RuleSlug, str]] = Counter()
    findings = []
    for report in sorted(reports, key=lambda report: report.line):
        key = (report.rule, _normal(report.code))
        identity = finding_id(report.rule, file.path, report.code, ordinals[key])
        ordinals[key] += 1
        findings.append(
            Finding(
                identity, report.rule, file.path, report.line, report.severity, report.point, report.message,
                suppressed=_suppression(file, report), code="" if report.hides_code else _line(file, report.line),
            )
        )  # fmt: skip
    return tuple(findings)


def _suppression(file: ChangedFile, report: _Report) -> str | None:
    """Return the reason of `reviewer: ignore[rule] reason` on the finding's line; without one it does not count."""
    line = _line(file, report.line)
    match = _SUPPRESSION.search(line)
    if match is None or report.rule not in {slug.strip() for slug in match[1].split(",")}:
        return None
    return match[2] or None


def _line(file: ChangedFile, number: int) -> str:
    return file.lines[number - 1].strip()[:_LONGEST_CODE] if 0 < number <= len(file.lines) else ""


def _normal(code: str) -> str:
    return " ".join(code.split())
