import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reviewer.analysis.finding import Severity
from reviewer.engines.report import Report
from reviewer.engines.sarif import read_log
from reviewer.errors import ReviewerError


def _log(*results: dict[str, Any], name: str = "bandit", rules: list[dict[str, Any]] | None = None) -> bytes:
    run = {"tool": {"driver": {"name": name, "rules": rules or []}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def _result(uri: str = "shop/pay.py", line: int = 5, **facts: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": "B113", "message": {"text": "waits"}, "locations": [{"physicalLocation": place}], **facts}


def _read(tmp_path: Path, raw: bytes, top: Path | None = None) -> list[Report]:
    file = tmp_path / "log.sarif"
    file.write_bytes(raw)
    return [report for reports in read_log(file, top).values() for report in reports]


def test_a_result_becomes_a_report_by_path(tmp_path: Path) -> None:
    (report,) = _read(tmp_path, _log(_result()))

    assert report == Report("bandit", "B113", "waits", b"shop/pay.py", 5, 5, Severity.MEDIUM)


def test_the_rule_may_be_named_by_its_place_in_the_list(tmp_path: Path) -> None:
    raw = _log(_result(ruleId=None, ruleIndex=0), rules=[{"id": "py/x", "properties": {"tags": ["security"]}}])

    (report,) = _read(tmp_path, raw)

    assert (report.code, report.tags) == ("py/x", ("security",))


@pytest.mark.parametrize(
    ("facts", "rule", "severity"),
    [
        ({"level": "error"}, {}, Severity.HIGH),
        ({"level": "note"}, {}, Severity.LOW),
        ({}, {"defaultConfiguration": {"level": "none"}}, Severity.INFO),
        ({"level": "error"}, {"properties": {"security-severity": "5.0"}}, Severity.MEDIUM),
        ({"level": "note"}, {"properties": {"security-severity": "9.8"}}, Severity.HIGH),
        ({"level": "note"}, {"properties": {"security-severity": "much"}}, Severity.LOW),
    ],
)
def test_how_grave_it_is_follows_score_then_level(
    tmp_path: Path, facts: dict[str, Any], rule: dict[str, Any], severity: Severity
) -> None:
    (report,) = _read(tmp_path, _log(_result(**facts), rules=[{"id": "B113", **rule}]))

    assert report.severity is severity


def test_of_paths_only_those_inside_the_repository_count(tmp_path: Path) -> None:
    top = tmp_path / "caf\u00e9 shop"
    uris = ["a%20b.py", f"file://{top}/in.py".replace(" ", "%20"), "/etc/passwd", "../up.py", "https://x.example/a.py"]
    uris += ["file://[::1/in.py", "//[x]y/in.py", "https://\u2100/in.py"]

    found = _read(tmp_path, _log(*(_result(uri) for uri in uris)), top)

    assert [report.path for report in found] == [b"a b.py", b"in.py"]


def test_what_the_engine_suppressed_is_left_out(tmp_path: Path) -> None:
    assert _read(tmp_path, _log(_result(suppressions=[{"kind": "inSource"}]))) == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no SARIF 2.1.0 log"),
        (b"{}", "no SARIF 2.1.0 log: object missing required field `version`"),
        (b'{"version": "1.0.0", "runs": []}', "SARIF 1.0.0; only 2.1.0 can be read"),
        (b'{"version": "2.1.0", "runs": 3}', "no SARIF 2.1.0 log: expected `array`"),
        (b"[" * 100_000, "no SARIF 2.1.0 log"),
        (b"\xff\xfe", "no SARIF 2.1.0 log"),
    ],
)
def test_what_is_no_log_is_refused_with_the_reason(tmp_path: Path, raw: bytes, reason: str) -> None:
    with pytest.raises(ReviewerError) as caught:
        _read(tmp_path, raw)

    assert "log.sarif: " in str(caught.value)
    assert reason in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match=r"none.sarif: cannot be read \(No such file or directory\)"):
        read_log(tmp_path / "none.sarif", None)


@given(some.recursive(some.none() | some.text() | some.integers(), lambda inner: some.lists(inner, max_size=2)))
def test_no_results_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, results: object) -> None:
    file = tmp_path_factory.getbasetemp() / "odd.sarif"
    run = {"tool": {"driver": {"name": "x"}}, "results": results}
    file.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))

    with suppress(ReviewerError):
        assert isinstance(read_log(file, None), dict)
