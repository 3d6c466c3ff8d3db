from reviewer.analysis.choice import Choice
from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.points import Point

STAR, EXCEPT = RuleSlug("select-star"), RuleSlug("bare-except")


def _finding(rule: RuleSlug, path: bytes = b"shop/pay.py") -> Finding:
    return Finding(FindingId("f"), rule, path, 1, Severity.HIGH, Point.DEBUG, "seen")


def test_a_disabled_rule_says_nothing() -> None:
    assert Choice(disabled=frozenset({STAR})).among([_finding(STAR), _finding(EXCEPT)]) == (_finding(EXCEPT),)


def test_a_rule_is_as_grave_as_was_chosen() -> None:
    (found,) = Choice(severities={STAR: Severity.INFO}).among([_finding(STAR)])

    assert found.severity is Severity.INFO


def test_a_rule_is_silent_where_it_was_told_to_be() -> None:
    choice = Choice(silent={"scripts/**": frozenset({STAR})})

    assert choice.among([_finding(STAR, b"scripts/a/b.py"), _finding(EXCEPT, b"scripts/a.py"), _finding(STAR)]) == (
        _finding(EXCEPT, b"scripts/a.py"), _finding(STAR),
    )  # fmt: skip


def test_over_another_choice_only_what_it_says_nothing_about_is_taken() -> None:
    mine = Choice(enabled=frozenset({STAR}), severities={STAR: Severity.LOW})
    other = Choice(disabled=frozenset({STAR, EXCEPT}), severities={STAR: Severity.HIGH, EXCEPT: Severity.INFO})

    assert mine.over(other) == Choice(
        frozenset({STAR}), frozenset({EXCEPT}), {STAR: Severity.LOW, EXCEPT: Severity.INFO}
    )
