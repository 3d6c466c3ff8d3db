import pytest

from reviewer.analysis.finding import RuleSlug
from reviewer.analysis.foreign import SAME_AS, point_of, suppressed_elsewhere
from reviewer.analysis.manual import slugs
from reviewer.points import Point

SQL = RuleSlug("sql-injection")


def test_each_code_stands_for_a_rule_there_is() -> None:
    assert set(SAME_AS.values()) <= set(slugs())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("execute(text)  # noqa: S608", "noqa: S608"),
        ("execute(text)  # noqa: E501, S608 fixed words only", "noqa: E501, S608"),
        ("execute(text)  # nosec B608", "nosec B608"),
        ("execute(text)  # nosec", "nosec"),
        ("execute(text)  # nosemgrep", "nosemgrep"),
        ("execute(text)  # noqa: S105", None),
        ("execute(text)  # nosec B105", None),
        ("execute(text)  # noqa", None),
        ("execute(text)  # no second thoughts", None),
        ("execute(text)", None),
    ],
)
def test_what_another_program_was_told_to_ignore_is_ignored(line: str, reason: str | None) -> None:
    assert suppressed_elsewhere(line, SQL, Point.SECURITY) == reason


def test_a_bare_nosec_silences_security_alone() -> None:
    assert suppressed_elsewhere("x()  # nosec", RuleSlug("missing-timeout"), Point.EDGE_CASES) is None


def test_pylint_is_told_by_name() -> None:
    line = "except Exception:  # pylint: disable=unused-import,broad-exception-caught"

    assert suppressed_elsewhere(line, RuleSlug("broad-except"), Point.DEBUG) is not None


def test_a_tag_about_security_decides_the_point() -> None:
    assert point_of("py/x", ("external/cwe/cwe-089",)) is Point.SECURITY
    assert point_of("py/x") is Point.CORRECTNESS
    assert point_of("BLE001") is Point.DEBUG
