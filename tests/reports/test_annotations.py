import json

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.points import Point
from reviewer.reports.annotations import findings_github, findings_rdjson


def _finding(
    path: bytes = b"pay.py",
    message: str = "it waits",
    suppressed: str | None = None,
    severity: Severity = Severity.HIGH,
) -> Finding:
    rule = RuleSlug("missing-timeout")
    return Finding(FindingId("f"), rule, path, 5, severity, Point.EDGE_CASES, message, suppressed)


def test_a_finding_becomes_a_workflow_command_with_the_question() -> None:
    (line,) = findings_github([_finding()]).splitlines()

    assert line.startswith("::error file=pay.py,line=5,title=missing-timeout::it waits%0A")
    assert line.endswith("?")


def test_each_severity_has_its_command() -> None:
    commands = [findings_github([_finding(severity=severity)]).partition(" ")[0] for severity in Severity]

    assert commands == ["::error", "::warning", "::notice", "::notice"]


def test_no_path_and_no_message_can_end_a_command_or_begin_another() -> None:
    text = findings_github([_finding(b"a,line=1::\n::stop-commands::x.py", "100 %\r\n::set-output name=x::y")])

    assert len(text.splitlines()) == 1
    assert text.startswith("::error file=a%2Cline=1%3A%3A")
    assert "100 %25" in text


def test_what_is_suppressed_is_not_annotated() -> None:
    assert findings_github([_finding(suppressed="known")]) == ""
    assert json.loads(findings_rdjson([_finding(suppressed="known")]))["diagnostics"] == []


def test_reviewdog_gets_place_severity_and_code() -> None:
    (diagnostic,) = json.loads(findings_rdjson([_finding(severity=Severity.LOW)]))["diagnostics"]

    assert diagnostic["location"] == {"path": "pay.py", "range": {"start": {"line": 5}}}
    assert (diagnostic["severity"], diagnostic["code"]) == ("INFO", {"value": "missing-timeout"})
