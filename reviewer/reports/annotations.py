"""Findings as other programs show them beside the code: GitHub's workflow commands, reviewdog's rdjson."""

import json
from collections.abc import Sequence

from reviewer.analysis.finding import Finding, Severity
from reviewer.analysis.manual import manual_of
from reviewer.visible import show

_COMMANDS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice", Severity.INFO: "notice"}
_RDJSON = {Severity.HIGH: "ERROR", Severity.MEDIUM: "WARNING", Severity.LOW: "INFO", Severity.INFO: "INFO"}


def findings_github(findings: Sequence[Finding]) -> str:
    """Return one workflow command a line, `::error file=…,line=…,title=…::…`, without what is suppressed."""
    return "".join(_command(finding) for finding in findings if finding.suppressed is None)


def findings_rdjson(findings: Sequence[Finding]) -> str:
    """Return the findings in reviewdog's diagnostic format, without what is suppressed."""
    diagnostics = [_diagnostic(finding) for finding in findings if finding.suppressed is None]
    return json.dumps({"source": {"name": "reviewer"}, "diagnostics": diagnostics}, indent=1) + "\n"


def _command(finding: Finding) -> str:
    facts = (("file", show(finding.path)), ("line", str(finding.line)), ("title", show(finding.rule)))
    where = ",".join(f"{name}={_property(value)}" for name, value in facts)
    return f"::{_COMMANDS[finding.severity]} {where}::{_data(_with_question(finding))}\n"


def _data(text: str) -> str:
    """Escape what would end a command or begin another one."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _diagnostic(finding: Finding) -> dict[str, object]:
    return {
        "message": _with_question(finding),
        "location": {"path": show(finding.path), "range": {"start": {"line": finding.line}}},
        "severity": _RDJSON[finding.severity],
        "code": {"value": show(finding.rule)},
    }


def _with_question(finding: Finding) -> str:
    manual = manual_of(finding.rule)
    return show(finding.message) + (f"\n{manual.ask}" if manual else "")
