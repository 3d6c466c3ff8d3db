from dataclasses import replace

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.engines.report import Report, beside_ours
from reviewer.points import Point

FILE = ChangedFile(
    b"pay.py", None, b"import requests\nrequests.get(\n    url)\nx = 1\n", frozenset({2, 3}), frozenset()
)
OURS = Finding(
    FindingId("f"), RuleSlug("missing-timeout"), b"pay.py", 2, Severity.HIGH, Point.EDGE_CASES, "it waits for ever"
)


def _report(code: str = "S113", line: int = 2, last: int = 3, engine: str = "ruff") -> Report:
    return Report(engine, code, "said", b"pay.py", line, last, Severity.HIGH)


def test_what_ours_say_too_is_said_once() -> None:
    assert beside_ours([OURS], [_report()], FILE) == (OURS,)
    assert beside_ours([OURS], [_report(line=1, last=2)], FILE) == (OURS,)


def test_what_two_engines_say_is_said_once() -> None:
    (found,) = beside_ours([], [_report(), _report("B113", engine="bandit")], FILE)

    assert found.rule == "missing-timeout"


def test_of_one_handler_one_thing_is_said() -> None:
    swallowed = replace(OURS, rule=RuleSlug("swallowed-exception"))

    assert beside_ours([swallowed], [_report("E722")], FILE) == (swallowed,)


def test_what_only_another_engine_says_names_it_and_its_code() -> None:
    (found,) = beside_ours([], [_report("XYZ9")], FILE)

    assert (found.rule, found.line, found.message) == ("ruff:XYZ9", 2, "ruff XYZ9: said")
    assert found.severity is Severity.LOW


def test_a_code_we_know_by_another_name_goes_by_ours() -> None:
    (found,) = beside_ours([], [_report()], FILE)

    assert (found.rule, found.severity, found.point) == ("missing-timeout", Severity.HIGH, Point.EDGE_CASES)


def test_each_code_informs_a_point() -> None:
    found = beside_ours([], [_report("S999"), _report("BLE999"), _report("PERF999"), _report("py/x", engine="q")], FILE)

    assert {one.rule: one.point for one in found} == {
        "ruff:S999": Point.SECURITY,
        "ruff:BLE999": Point.DEBUG,
        "ruff:PERF999": Point.SCALE,
        "q:py/x": Point.CORRECTNESS,
    }


def test_a_report_on_unchanged_lines_is_dropped_and_one_that_reaches_a_changed_line_moves_there() -> None:
    assert beside_ours([], [_report(line=4, last=4)], FILE) == ()
    assert [found.line for found in beside_ours([], [_report(line=1, last=4)], FILE)] == [2]


def test_the_same_words_on_two_lines_are_two_findings() -> None:
    file = ChangedFile(b"pay.py", None, b"get()\nget()\n", frozenset({1, 2}), frozenset())

    found = beside_ours([], [_report("S999", 1, 1), _report("S999", 2, 2)], file)

    assert len({one.id for one in found}) == 2
