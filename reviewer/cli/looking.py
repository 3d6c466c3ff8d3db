"""Commands that look at a change without a walk: the diff as data, the flags as a list."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reviewer.cli.choosing import DiffCommand, choosing, chosen_subject, say_nothing_changed

if TYPE_CHECKING:
    from reviewer.analysis.finding import Finding
    from reviewer.session.subject import Subject

_EXIT_FOUND = 1
_FORMATS = ("text", "json", "sarif", "github", "rdjson")


importing = click.option(
    "--import",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Show what a SARIF log of another engine says about changed lines.",
)


@click.command(cls=DiffCommand)
@choosing
@click.option("--format", "form", type=click.Choice(["json"]), default="json", show_default=True)
def diff(staged: bool, worktree: bool, root: bool, patch: str | None, revision: tuple[str, ...], form: str) -> None:  # noqa: ARG001 - one format so far
    """Print a change as data: [RANGE | COMMIT] [-- PATH...]."""
    from reviewer.diff.model import Diff
    from reviewer.reports.diff_json import diff_json

    subject = chosen_subject(staged=staged, worktree=worktree, root=root, patch=patch, revision=revision)
    if subject is None:
        say_nothing_changed(revision, staged=staged, worktree=worktree)
    for piece in diff_json(subject.diff if subject is not None else Diff(())):
        click.echo(piece, nl=False)


@click.command(cls=DiffCommand)
@choosing
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@importing
@click.option("--fail-on", type=click.Choice(["high", "medium", "low"]), help="Exit with 1 for flags this grave.")
def scan(
    staged: bool,
    worktree: bool,
    root: bool,
    patch: str | None,
    revision: tuple[str, ...],
    form: str,
    logs: tuple[Path, ...],
    fail_on: str | None,
) -> None:
    """Print the flags on changed lines; needs no terminal: [RANGE | COMMIT] [-- PATH...]."""
    subject = chosen_subject(staged=staged, worktree=worktree, root=root, patch=patch, revision=revision)
    if subject is None:
        say_nothing_changed(revision, staged=staged, worktree=worktree)
    findings = scanned(with_logs(subject, logs)) if subject is not None else ()
    print_findings(findings, form)
    if fail_on is not None and _any_reaches(findings, fail_on):
        sys.exit(_EXIT_FOUND)


def with_logs(subject: "Subject", logs: tuple[Path, ...]) -> "Subject":
    """Return the subject with logs of other engines. Raises ReviewerError for one that cannot be read."""
    if not logs:
        return subject
    from reviewer.engines.sarif import read_log

    top = subject.repository.top if subject.repository else None
    for log in logs:
        read_log(log, top)
    return replace(subject, logs=tuple(log.absolute() for log in logs))


def scanned(subject: "Subject") -> "tuple[Finding, ...]":
    """Return all findings of a change, by file and line."""
    from reviewer.inspection.here import inspect_here
    from reviewer.inspection.memory import memory_for

    job = subject.job
    findings: tuple[Finding, ...]
    if len(job.shared_out()) > 1:
        from reviewer.inspection.beside import inspect_together

        # Nothing of it is written where nobody sits.
        with click.progressbar(length=job.steps, label="rules", file=sys.stderr) as bar:
            findings = inspect_together(job, lambda: bar.update(1))
    else:
        findings = tuple(finding for group in inspect_here(job, memory_for(job)) for finding in group)
    return tuple(sorted(findings, key=lambda finding: (finding.path, finding.line)))


def print_findings(findings: "tuple[Finding, ...]", form: str) -> None:
    from reviewer.reports import annotations, sarif
    from reviewer.reports import findings as listing

    forms = {
        "text": listing.findings_text,
        "json": listing.findings_json,
        "sarif": sarif.findings_sarif,
        "github": annotations.findings_github,
        "rdjson": annotations.findings_rdjson,
    }
    click.echo(forms[form](findings), nl=False)


def _any_reaches(findings: "tuple[Finding, ...]", threshold: str) -> bool:
    from reviewer.analysis.finding import Severity

    return any(finding.suppressed is None and finding.severity.reaches(Severity(threshold)) for finding in findings)
