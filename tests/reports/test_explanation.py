import pytest

from reviewer.analysis.rule import Rule
from reviewer.analysis.rules import all_rules
from reviewer.reports.explanation import explanation


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.slug)
def test_a_rule_is_explained_with_question_point_examples_and_how_to_suppress_it(rule: Rule) -> None:
    told = explanation(rule)

    first, *_, last = told.rstrip("\n").split("\n")
    weakness = f", CWE-{rule.cwe}" if rule.cwe else ""
    assert first == f"{rule.slug}  ({rule.severity.value}, informs {rule.point.title}{weakness})"
    assert f"Why look: {rule.manual.why}\nAsk: {rule.manual.ask}\n" in told
    assert last == f"Suppress one line, with a reason:  # reviewer: ignore[{rule.slug}] reason"
    flagged, _, fine = told.partition("\nNot flagged:\n")
    assert _first_line(rule.INVALID[0].code) in flagged
    assert _first_line(rule.VALID[0].code) in fine


def _first_line(code: str) -> str:
    return f"    {code.rstrip().partition(chr(10))[0]}"
