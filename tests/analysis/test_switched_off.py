"""Marks and calls that newly keep a test from running."""

import ast

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.switched_off import decorator_name, marks_off, switch_in

TEST = "def test_total():\n    assert total() == 30\n"


def switch(old: str, new: str) -> str | None:
    """Return what turns the only test of a file off, of which all lines are new."""
    before, after = (ast.parse(code).body[-1] for code in (old, new))
    assert isinstance(before, ast.FunctionDef)
    assert isinstance(after, ast.FunctionDef)
    file = ChangedFile(b"tests/test_a.py", old.encode(), new.encode(), frozenset(range(1, 20)), frozenset())
    found = switch_in(before, after, file)
    return decorator_name(found) if found is not None else None


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (f"@pytest.mark.skip\n{TEST}", "pytest.mark.skip"),
        (f"@pytest.mark.xfail(reason='later')\n{TEST}", "pytest.mark.xfail"),
        ("def test_total():\n    pytest.skip('later')\n", "pytest.skip"),
        (f"@pytest.mark.skipif(sys.platform == 'win32', reason='no fork')\n{TEST}", None),
        ("def test_total():\n    if is_windows():\n        pytest.skip('no fork')\n", None),
        (f"@pytest.mark.slow\n{TEST}", None),
    ],
)
def test_a_switch_counts_if_it_depends_on_nothing(new: str, found: str | None) -> None:
    assert switch(TEST, new) == found


def test_a_test_that_was_off_stays_so() -> None:
    assert switch(f"@pytest.mark.xfail\n{TEST}", f"@pytest.mark.skip\n{TEST}") is None


def test_a_class_and_a_file_are_turned_off_by_their_marks() -> None:
    file = ChangedFile(b"tests/test_a.py", b"", b"", frozenset(range(1, 9)), frozenset())
    old, new = ast.parse(TEST), ast.parse(f"pytestmark = pytest.mark.skip\n{TEST}")

    assert [ast.unparse(mark) for mark in marks_off(old, new, file)] == ["pytest.mark.skip"]
    assert list(marks_off(new, new, file)) == []
