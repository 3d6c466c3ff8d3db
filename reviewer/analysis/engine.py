"""Runs the rules over a change and keeps what the change brings in: findings on changed lines, not seen before.

What no rule could see is a finding too.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewer.analysis.change import LARGEST_TEXT, Change, ChangedFile
from reviewer.analysis.finding import Finding, RuleSlug, Severity, finding_id
from reviewer.analysis.foreign import suppressed_elsewhere
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, DiffRule, LineSighting, ModuleRule, PythonRule, Rule, TokenRule
from reviewer.analysis.secrets import holds_secret
from reviewer.points import Point

if TYPE_CHECKING:
    from reviewer.analysis.source import Source

DOES_NOT_PARSE = RuleSlug("does-not-parse")
NOT_INSPECTED = RuleSlug("not-inspected")
RULE_FAILED = RuleSlug("rule-failed")
_OWN = frozenset({DOES_NOT_PARSE, NOT_INSPECTED, RULE_FAILED})
# A finding quotes its line, but no more of it than a person would.
_LONGEST_CODE = 400
_SUPPRESSION = regex(r"reviewer: ignore\[([\w\-, ]+)\](.*)")


@dataclass(frozen=True, slots=True)
class _Report:
    """A finding in the making; `code`, from line `first` to `last`, is what identifies it wherever it moves."""

    rule: RuleSlug
    point: Point
    severity: Severity
    message: str
    line: int
    first: int
    last: int
    code: str
    hides_code: bool = False


def inspect(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield each file with its findings as soon as they are known; those about the whole change come last."""
    for file in change.files:
        yield file, inspect_file(file, rules)
    yield from inspect_change(change, rules)


def inspect_change(change: Change, rules: Sequence[Rule]) -> Iterator[tuple[ChangedFile, tuple[Finding, ...]]]:
    """Yield what the rules about the whole change see, by the file the findings are in."""
    by_path: dict[bytes, tuple[ChangedFile, list[_Report]]] = {}
    for rule in rules:
        if isinstance(rule, DiffRule):
            try:
                for file, sighting in rule.check_change(change):
                    by_path.setdefault(file.path, (file, []))[1].append(_on_line(rule, file, sighting))
            except Exception as error:  # noqa: BLE001 - a fault of one rule must not silence the others
                for file in [file for file in change.files if file.added][:1]:
                    by_path.setdefault(file.path, (file, []))[1].append(_failed(rule, error, min(file.added)))
    for file, reports in by_path.values():
        yield file, _findings(file, reports)


def inspect_file(file: ChangedFile, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return the findings on one file's changed lines, by line."""
    if not file.added or not (file.is_python or _is_spoken(file)):
        return ()
    if file.new_text is None:
        return _findings(file, [_not_inspected(file, "only the patch of this file is known, not its text")])
    if len(file.new_text) > LARGEST_TEXT:
        return _findings(file, [_not_inspected(file, f"this file has more than {LARGEST_TEXT:,} bytes")])
    return _findings(file, _new_reports(file, rules))


def left_out(file: ChangedFile, reason: str) -> tuple[Finding, ...]:
    """Return the finding that says why no rule has seen a file."""
    return _findings(file, [_not_inspected(file, reason)]) if file.added else ()


def _not_inspected(file: ChangedFile, reason: str) -> _Report:
    line = min(file.added)
    message = f"{reason}; no rule has seen it"
    return _Report(NOT_INSPECTED, Point.VALIDATE, Severity.INFO, message, line, line, line, "")


def _new_reports(file: ChangedFile, rules: Sequence[Rule]) -> list[_Report]:
    """Return what is seen now and was not seen before, neither in the same place nor on lines that went away."""
    reports = list(_reports(file, rules))
    if not reports or file.old_text is None or len(file.old_text) > LARGEST_TEXT:
        return reports
    was_at = _old_lines(file, {report.first for report in reports} - file.added)
    past = replace(file.before, added=file.removed | frozenset(was_at.values()))
    if not past.added:
        return reports
    saw = {report.rule for report in reports}
    old = [report for report in _reports(past, [rule for rule in rules if rule.slug in saw]) if report.rule not in _OWN]
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
    reports: Sequence[_Report], old: Sequence[_Report], was_at: dict[int, int]
) -> tuple[list[_Report], list[_Report]]:
    """Drop the reports whose first line is unchanged and had the same report before; return what is left of both."""
    before: dict[tuple[RuleSlug, int | None, str], list[_Report]] = defaultdict(list)
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


def _not_moved(reports: Sequence[_Report], old: Sequence[_Report], removed: frozenset[int]) -> list[_Report]:
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


def _is_spoken(file: ChangedFile) -> bool:
    """True for a language that rules know by its tokens; Pygments does not have to be loaded to say no."""
    from reviewer.analysis.languages import language_of

    return language_of(file) is not None


def _reports(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[_Report]:
    if file.is_python:
        yield from _python_reports(file, rules)
    else:
        from reviewer.analysis.tokens import refusal

        if reason := refusal(file):
            yield _not_inspected(file, reason)
            return
        yield from _token_reports(file, rules)
    yield from _comment_reports(file, rules)


def _token_reports(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[_Report]:
    from reviewer.analysis.languages import language_of
    from reviewer.analysis.tokens import tokens_of

    language, text = language_of(file), "\n".join(file.lines)
    for rule in rules:
        if isinstance(rule, TokenRule) and language in rule.languages and rule.may_see(text):
            yield from _heard(rule, file, rule.check_tokens(tokens_of(file), file))


def _comment_reports(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[_Report]:
    text = "\n".join(_line(file, line) for line in sorted(file.added))
    if file.is_python and "#" not in text:
        return
    for rule in rules:
        if isinstance(rule, CommentRule) and rule.may_see(text):
            from reviewer.analysis.comments import comments_of

            yield from _heard(rule, file, rule.check_comments(comments_of(file), file))


def _python_reports(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[_Report]:
    from reviewer.analysis.source import DoesNotParse, read_source

    try:
        source = read_source(file.new_text or b"")
        text = "\n".join(_line(file, line) for line in sorted(source.lines_around(file.added)))
        for rule in rules:
            if isinstance(rule, ModuleRule) and rule.may_see(text):
                yield from _heard(rule, file, _drawn_to_changes(rule.check_module(source, file), file, source))
        yield from _syntax_reports(file, [rule for rule in rules if isinstance(rule, PythonRule)])
    except DoesNotParse as error:
        wrong = error.line
        message = f"line {wrong} is no Python this version can read ({error.reason}); no rule has seen this file"
        nearest = min(file.added, key=lambda line: abs(line - wrong))
        yield _does_not_parse(message, nearest, error.reason)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sighting with the line to report, and the last line of the statement it is about."""

    sighting: LineSighting
    line: int
    last: int


def _drawn_to_changes(
    sightings: Iterator[LineSighting], file: ChangedFile, source: "Source"
) -> Iterator[LineSighting | _Placed]:
    """Yield each sighting with the first line of its statement that changed, if its own did not."""
    for sighting in sightings:
        _, last = source.spans.get(sighting.line, (sighting.line, sighting.line))
        lines = (line for line in range(sighting.line, last + 1) if line in file.added)
        yield _Placed(sighting, next(lines, sighting.line), last)


def _heard(rule: Rule, file: ChangedFile, sightings: Iterator[LineSighting | _Placed]) -> Iterator[_Report]:
    """Yield what a rule says about changed lines; if it breaks off, that it did."""
    try:
        for said in sightings:
            placed = said if isinstance(said, _Placed) else _Placed(said, said.line, said.line)
            if placed.line in file.added:
                yield _on_line(rule, file, placed.sighting, placed.line, placed.last)
    except Exception as error:  # noqa: BLE001 - a fault of one rule must not silence the others
        yield _failed(rule, error, min(file.added))


def _failed(rule: Rule, error: Exception, line: int) -> _Report:
    message = f"`{rule.slug}` broke off with {type(error).__name__}; what else it would flag here is not known"
    return _Report(RULE_FAILED, Point.VALIDATE, Severity.LOW, message, line, line, line, rule.slug)


def _syntax_reports(file: ChangedFile, rules: Sequence[PythonRule]) -> Iterator[_Report]:
    from reviewer.analysis.python import Broken, Seen, Unread, see

    for seen in see(file, rules):
        touched = [line for line in range(seen.first, seen.last + 1) if line in file.added]
        if not touched:
            continue
        match seen:
            case Unread(first=first, last=last, reason=reason):
                message = f"no rule has seen lines {first} to {last}: {reason}"
                yield _does_not_parse(message, touched[0], reason)
            case Broken(rule=rule, error=error):
                yield _failed(rule, error, touched[0])
            case Seen(rule=rule):
                severity = seen.sighting.severity or rule.severity
                yield _Report(
                    rule.slug, rule.point, severity, seen.message, touched[0], seen.first, seen.last, seen.code,
                    hides_code=rule.hides_code,
                )  # fmt: skip


def _does_not_parse(message: str, line: int, reason: str) -> _Report:
    return _Report(DOES_NOT_PARSE, Point.VALIDATE, Severity.MEDIUM, message, line, line, line, reason)


def _on_line(
    rule: Rule, file: ChangedFile, sighting: LineSighting, line: int | None = None, last: int | None = None
) -> _Report:
    """Return the report of a sighting on its own line, or on another one of the same statement."""
    first = sighting.line
    severity = sighting.severity or rule.severity
    return _Report(
        rule.slug, rule.point, severity, sighting.message, line or first, first, last or first, _line(file, first),
        hides_code=rule.hides_code,
    )  # fmt: skip


def _findings(file: ChangedFile, reports: Sequence[_Report]) -> tuple[Finding, ...]:
    ordinals: Counter[tuple[RuleSlug, str]] = Counter()
    secret = {report.line for report in reports if report.hides_code}
    findings = []
    for report in sorted(reports, key=lambda report: report.line):
        key = (report.rule, _normal(report.code))
        identity = finding_id(report.rule, file.path, report.code, ordinals[key])
        code = _line(file, report.line)
        ordinals[key] += 1
        findings.append(
            Finding(
                identity, report.rule, file.path, report.line, report.severity, report.point, report.message,
                suppressed=_suppression(file, report),
                code="" if report.line in secret or holds_secret(code) else code.strip()[:_LONGEST_CODE],
            )
        )  # fmt: skip
    return tuple(findings)


def _suppression(file: ChangedFile, report: _Report) -> str | None:
    """Return the reason of `reviewer: ignore[rule] reason` on the finding's line or where its code begins.

    Without a reason it does not count. What other programs were told to ignore there is ignored too.
    """
    for line in (report.line, report.first):
        text = _line(file, line)
        match = _SUPPRESSION.search(text)
        if match is not None and report.rule in {slug.strip() for slug in match[1].split(",")}:
            return match[2].strip().removesuffix("*/").removesuffix("-->").rstrip() or None
        if foreign := suppressed_elsewhere(text, report.rule, report.point):
            return foreign
    return None


def _line(file: ChangedFile, line: int) -> str:
    return file.lines[line - 1] if 0 < line <= len(file.lines) else ""


def _normal(code: str) -> str:
    return " ".join(code.split())
