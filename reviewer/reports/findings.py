"""Findings for people without the walk, and as data."""

import json
from collections.abc import Sequence

from reviewer.analysis.finding import Finding
from reviewer.analysis.manual import manual_of
from reviewer.diff.encoding import json_text
from reviewer.visible import show

_SCHEMA = "reviewer.findings/1"


def findings_text(findings: Sequence[Finding]) -> str:
    """Return one line a finding with what to ask below it, and a count at the end."""
    lines: list[str] = []
    for finding in (finding for finding in findings if finding.suppressed is None):
        place = f"{show(finding.path)}:{finding.line}"
        lines.append(
            f"{place}: {finding.severity.value} {show(finding.rule)} ({finding.point.title}): {show(finding.message)}"
        )
        manual = manual_of(finding.rule)
        if manual is not None:
            lines.append(f"    ask: {manual.ask}")
    suppressed = sum(finding.suppressed is not None for finding in findings)
    shown = len(findings) - suppressed
    tail = f", {suppressed} suppressed in the code" if suppressed else ""
    lines.append(f"{shown} {'flag' if shown == 1 else 'flags'} on changed lines{tail}")
    return "\n".join(lines) + "\n"


def findings_json(findings: Sequence[Finding]) -> str:
    return json.dumps({"schema": _SCHEMA, "findings": [_finding(finding) for finding in findings]}, indent=1) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    manual = manual_of(finding.rule)
    return {
        "id": finding.id,
        "rule": finding.rule,
        "path": json_text(finding.path),
        "line": finding.line,
        "severity": finding.severity.value,
        "point": finding.point.value,
        "message": finding.message,
        "ask": manual.ask if manual else None,
        "suppressed": finding.suppressed,
    }
