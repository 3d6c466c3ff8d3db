"""The rules at work in this process, a file at a time; what they found before in the same texts is recalled."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reviewer.analysis.change import Change
from reviewer.analysis.finding import Finding
from reviewer.diff.model import FileDiff
from reviewer.inspection.job import FILES_AT_ONCE, Job, with_texts
from reviewer.inspection.memory import NO_MEMORY, Kept, Memory
from reviewer.inspection.patience import TookTooLong, at_most

if TYPE_CHECKING:
    from reviewer.engines.report import Report

# 400 times what a long file takes.
_SECONDS_A_FILE = 20


def inspect_here(job: Job, memory: Memory = NO_MEMORY) -> Iterator[tuple[Finding, ...]]:
    """Yield the findings of one file after another, then those about the whole change, as they were chosen.

    A file without findings yields an empty tuple, so that the files can be counted; only the first part of a job sees
    the whole change.
    """
    for found in _all(job, memory):
        yield job.choice.among(found)


def _all(job: Job, memory: Memory) -> Iterator[tuple[Finding, ...]]:
    files = job.own_files
    logs = _logs(job)
    for start in range(0, len(files), FILES_AT_ONCE):
        some = files[start : start + FILES_AT_ONCE]
        ours = _in_files(job, some, memory)
        yield from _with_others(job, some, ours, logs) if job.asks_others else ours
    if job.part == 0:
        yield _in_change(job, memory)


def _in_files(job: Job, files: Sequence[FileDiff], memory: Memory) -> Iterator[tuple[Finding, ...]]:
    keys = [memory.key_of_file(file) for file in files]
    held = memory.recall(keys)
    fresh = _inspected(job, [file for file, key in zip(files, keys, strict=True) if key not in held])
    new: list[Kept] = []
    for key in keys:
        if key not in held:
            findings, has_asked = next(fresh)
            new.append(Kept(key, findings, has_asked))
        yield held[key] if key in held else new[-1].findings
    memory.keep(new)


def _logs(job: Job) -> Sequence[Mapping[bytes, Sequence["Report"]]]:
    if not job.logs:
        return ()
    from reviewer.engines.sarif import read_log

    return [read_log(log, job.repository.top if job.repository else None) for log in job.logs]


def _with_others(
    job: Job,
    files: Sequence[FileDiff],
    ours: Iterator[tuple[Finding, ...]],
    logs: Sequence[Mapping[bytes, Sequence["Report"]]],
) -> Iterator[tuple[Finding, ...]]:
    """Yield the findings of each file with what other engines say about its changed lines."""
    from reviewer.engines.report import beside_ours
    from reviewer.engines.ruff import ruff_reports

    changed = list(with_texts(job, files, job.project()))
    if job.uses_ruff:
        logs = [*logs, ruff_reports(changed, job.repository.top if job.repository else None)]
    for file, findings in zip(changed, ours, strict=True):
        yield beside_ours(findings, [report for log in logs for report in log.get(file.path, ())], file)


def _inspected(job: Job, files: Sequence[FileDiff]) -> Iterator[tuple[tuple[Finding, ...], bool]]:
    """Yield the findings of each file, and whether a rule asked what else is in the repository."""
    if not files:
        return
    # LibCST alone takes 0.15 s to load; nothing of it is needed where all is remembered.
    from reviewer.analysis.engine import inspect_file, left_out
    from reviewer.analysis.rules import rules_to_run

    rules, project = rules_to_run(job.choice.enabled), job.project()
    for file in with_texts(job, files, project):
        project.asked.clear()
        try:
            with at_most(_SECONDS_A_FILE):
                found = inspect_file(file, rules)
        except TookTooLong:
            found = left_out(file, f"the rules took more than {_SECONDS_A_FILE} s on this file")
        yield found, bool(project.asked)


def _in_change(job: Job, memory: Memory) -> tuple[Finding, ...]:
    key = memory.key_of_change(job)
    found = memory.recall([key]).get(key)
    if found is None:
        from reviewer.analysis.engine import inspect_change
        from reviewer.analysis.rules import rules_to_run

        project = job.project()
        change = Change(tuple(with_texts(job, job.files, project)), project)
        found = tuple(
            finding for _, findings in inspect_change(change, rules_to_run(job.choice.enabled)) for finding in findings
        )
        memory.keep([Kept(key, found, has_asked=True)])
    return found
