"""What the rules say of one text of a file, as reports on its changed lines; whether it is new, the engine decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.failure import Failure, until_failure
from reviewer.analysis.finding import DOES_NOT_PARSE, NOT_INSPECTED, RULE_FAILED, RuleSlug, Severity
from reviewer.analysis.rule import CommentRule, LineSighting, ModuleRule, PythonRule, Rule, TokenRule
from reviewer.points import Point

if TYPE_CHECKING:
    from reviewer.analysis.source import Source


@dataclass(frozen=True, slots=True)
class Report:
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


def reports_on(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[Report]:
    """Yield what the rules about one file see in its new text."""
    if file.is_vendored:
        yield from _on_vendored(file, rules)
    elif file.is_python:
        yield from _on_python(file, rules)
        yield from _on_comments(file, rules)
    else:
        from reviewer.analysis.tokens import refusal

        if reason := refusal(file):
            yield not_inspected(file, f"{reason}; no rule has seen it")
            return
        yield from _on_tokens(file, rules)
        yield from _on_comments(file, rules)


def is_readable(file: ChangedFile) -> bool:
    """True for a language that rules know; Pygments does not have to be loaded to say no."""
    from reviewer.analysis.languages import language_of

    return file.is_python or language_of(file) is not None


def not_inspected(file: ChangedFile, message: str) -> Report:
    line = min(file.added)
    return Report(NOT_INSPECTED, Point.VALIDATE, Severity.INFO, message, line, line, line, "")


def failed(rule: Rule, failure: Failure, line: int) -> Report:
    error = type(failure.error).__name__
    message = f"`{rule.slug}` broke off with {error}; what else it would flag here is not known"
    return Report(RULE_FAILED, Point.VALIDATE, Severity.LOW, message, line, line, line, rule.slug)


def on_line(
    rule: Rule, file: ChangedFile, sighting: LineSighting, line: int | None = None, last: int | None = None
) -> Report:
    """Return the report of a sighting on its own line, or on another one of the same statement."""
    first = sighting.line
    severity = sighting.severity or rule.severity
    return Report(
        rule.slug, rule.point, severity, sighting.message, line or first, first, last or first, file.line(first),
        hides_code=rule.hides_code,
    )  # fmt: skip


def _on_vendored(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[Report]:
    seeing = [rule for rule in rules if isinstance(rule, TokenRule) and rule.sees_vendored]
    names = " and ".join(f"`{rule.slug}`" for rule in seeing) or "no rule"
    yield not_inspected(file, f"this is other people's code, or made by a program: {names} alone has seen it")
    for rule in seeing:
        yield from _heard(rule, file, rule.check_tokens((), file))


def _on_tokens(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[Report]:
    from reviewer.analysis.languages import language_of
    from reviewer.analysis.tokens import tokens_of

    language, text = language_of(file), "\n".join(file.lines)
    for rule in rules:
        if isinstance(rule, TokenRule) and language in rule.languages and rule.may_see(text):
            yield from _heard(rule, file, rule.check_tokens(tokens_of(file), file))


def _on_comments(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[Report]:
    text = "\n".join(file.line(line) for line in sorted(file.added))
    if file.is_python and "#" not in text:
        return
    for rule in rules:
        if isinstance(rule, CommentRule) and rule.may_see(text):
            from reviewer.analysis.comments import comments_of

            yield from _heard(rule, file, rule.check_comments(comments_of(file), file))


def _on_python(file: ChangedFile, rules: Sequence[Rule]) -> Iterator[Report]:
    from reviewer.analysis.source import DoesNotParse, read_source

    try:
        source = read_source(file.new_text or b"")
        text = "\n".join(file.line(line) for line in sorted(source.lines_around(file.added)))
        for rule in rules:
            if isinstance(rule, ModuleRule) and rule.may_see(text):
                yield from _heard(rule, file, _drawn_to_changes(rule.check_module(source, file), file, source))
        yield from _on_syntax(file, [rule for rule in rules if isinstance(rule, PythonRule)])
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


def _heard(rule: Rule, file: ChangedFile, sightings: Iterator[LineSighting | _Placed]) -> Iterator[Report]:
    """Yield what a rule says about changed lines; if it breaks off, that it did."""
    for said in until_failure(sightings):
        if isinstance(said, Failure):
            yield failed(rule, said, min(file.added))
            continue
        placed = said if isinstance(said, _Placed) else _Placed(said, said.line, said.line)
        if placed.line in file.added:
            yield on_line(rule, file, placed.sighting, placed.line, placed.last)


def _on_syntax(file: ChangedFile, rules: Sequence[PythonRule]) -> Iterator[Report]:
    from reviewer.analysis.python import Broken, Seen, Unread, see

    for seen in see(file, rules):
        touched = [line for line in range(seen.first, seen.last + 1) if line in file.added]
        if not touched:
            continue
        match seen:
            case Unread(first=first, last=last, reason=reason):
                message = f"no rule has seen lines {first} to {last}: {reason}"
                yield _does_not_parse(message, touched[0], reason)
            case Broken(rule=rule, failure=failure):
                yield failed(rule, failure, touched[0])
            case Seen(rule=rule):
                severity = seen.sighting.severity or rule.severity
                yield Report(
                    rule.slug, rule.point, severity, seen.message, touched[0], seen.first, seen.last, seen.code,
                    hides_code=rule.hides_code,
                )  # fmt: skip


def _does_not_parse(message: str, line: int, reason: str) -> Report:
    return Report(DOES_NOT_PARSE, Point.VALIDATE, Severity.MEDIUM, message, line, line, line, reason)
