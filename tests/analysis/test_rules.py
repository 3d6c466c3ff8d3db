"""Every rule's examples are its tests: each INVALID is seen, each VALID is not."""

import pytest

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.engine import inspect
from reviewer.analysis.finding import Finding
from reviewer.analysis.manual import manual_of
from reviewer.analysis.rule import Example, Rule
from reviewer.analysis.rules import all_rules


def _file(path: str, code: str, before: str | None = None) -> ChangedFile:
    old = before.splitlines() if before is not None else []
    added = [number for number, line in enumerate(code.split("\n"), 1) if line not in old]
    removed = [number for number, line in enumerate(old, 1) if line not in code.split("\n")]
    old_text = before.encode() if before is not None else None
    return ChangedFile(path.encode(), old_text, code.encode(), frozenset(added), frozenset(removed))


def _findings(rule: Rule, example: Example) -> list[Finding]:
    files = [_file(example.path, example.code, example.before)]
    files += [_file(path, code) for path, code in example.beside.items()]
    return [finding for _, findings in inspect(Change(tuple(files)), [rule]) for finding in findings]


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.slug}-{number}")
        for rule in all_rules()
        for number, example in enumerate(getattr(rule, kind), 1)
    ]


@pytest.mark.parametrize(("rule", "example"), _cases("INVALID"))
def test_a_fault_is_seen(rule: Rule, example: Example) -> None:
    found = _findings(rule, example)

    assert [finding.rule for finding in found] == [rule.slug] * len(found)
    assert found


@pytest.mark.parametrize(("rule", "example"), _cases("VALID"))
def test_a_look_alike_is_left_alone(rule: Rule, example: Example) -> None:
    assert _findings(rule, example) == []


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.slug)
def test_a_rule_explains_itself(rule: Rule) -> None:
    manual = rule.manual

    assert manual.summary.endswith(".")
    assert manual.why
    assert manual.ask.endswith("?")
    assert manual == manual_of(rule.slug)
    assert rule.point.value == rule.informs
    assert len(rule.INVALID) >= 3
    assert len(rule.VALID) >= 3
