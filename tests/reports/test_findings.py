import json
from base64 import b64decode

from hypothesis import given, settings

from reviewer.analysis.finding import Finding, RuleSlug
from reviewer.analysis.manual import manual_of
from reviewer.reports.findings import findings_json, findings_text
from tests.reports.foreign import FOREIGN, is_harmless
from tests.review.samples import finding
from tests.review.strategies import paths

UNKNOWN = RuleSlug("rule-of-another-version")


def test_a_finding_is_a_line_with_its_question_below_and_a_count_at_the_end() -> None:
    manual = manual_of(finding().rule)
    assert manual is not None

    assert findings_text([finding()]).split("\n") == [
        "shop.py:12: medium missing-timeout (Scale): a call that can wait for ever",
        f"    ask: {manual.ask}",
        "1 flag on changed lines",
        "",
    ]


def test_a_rule_without_a_manual_has_no_question() -> None:
    first, count, _ = findings_text([finding(rule=UNKNOWN)]).split("\n")

    assert first.startswith("shop.py:12: medium rule-of-another-version")
    assert count == "1 flag on changed lines"
    (shown,) = json.loads(findings_json([finding(rule=UNKNOWN)]))["findings"]
    assert shown["ask"] is None


def test_suppressed_findings_are_counted_and_not_listed() -> None:
    assert findings_text([finding(suppressed="known")]) == "0 flags on changed lines, 1 suppressed in the code\n"


def test_no_findings_are_said_to_be_none() -> None:
    assert findings_text([]) == "0 flags on changed lines\n"


def test_as_data_every_finding_is_told_suppressed_ones_with_their_reason() -> None:
    told = json.loads(findings_json([finding("f"), finding("g", suppressed="known")]))

    assert told["schema"] == "reviewer.findings/1"
    assert [one["suppressed"] for one in told["findings"]] == [None, "known"]
    first = told["findings"][0]
    assert (first["id"], first["rule"], first["path"], first["line"]) == ("f", "missing-timeout", "shop.py", 12)
    assert (first["severity"], first["point"]) == ("medium", "scale")


def test_a_path_that_is_no_utf_8_is_told_byte_for_byte() -> None:
    (told,) = json.loads(findings_json([finding(path=b"caf\xe9.py")]))["findings"]

    assert b64decode(told["path"]["b64"]) == b"caf\xe9.py"


@settings(deadline=None)
@given(path=paths(FOREIGN), message=FOREIGN, suppressed=FOREIGN)
def test_nothing_a_finding_holds_steers_the_terminal(path: bytes, message: str, suppressed: str) -> None:
    findings: list[Finding] = [
        finding("f", path=path, message=message),
        finding("g", path=path, message=message, suppressed=suppressed),
    ]

    assert is_harmless(findings_text(findings))
    assert is_harmless(findings_json(findings))
