"""What turns tests of other languages off, or lets them prove less."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.foreign_tests import born_off, loosened_runs, weakened


def changed(path: str, old: str, new: str) -> ChangedFile:
    """Return a file in which each line differs, as a diff would have it, if its text does."""
    before, after = old.split("\n"), new.split("\n")
    added = frozenset(n for n, line in enumerate(after, 1) if line not in before)
    removed = frozenset(n for n, line in enumerate(before, 1) if line not in after)
    return ChangedFile(path.encode(), old.encode(), new.encode(), added, removed)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("it('adds', f);", "it.skip('adds', f);", "`it.skip` turns tests off"),
        ("expect(a).toBe(3);\nend", "end", "`expect(a).toBe(3);` is no longer asserted"),
        ("expect(a).toBe(3);", "expect(a).toBeTruthy();", "`expect(a).toBeTruthy();` proves less than before"),
        ("expect(a).toBe(3);", "expect(a).toBe(4);", "the expected value changed"),
    ],
)
def test_a_test_that_proves_less_is_found(old: str, new: str, said: str) -> None:
    assert [message for _, message, _ in weakened(changed("a.test.js", old, new))] == [said]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("it.skip('adds', f);", "it.skip('adds all', f);"),
        ("it('adds', f);\nexpect(a).toBe(3);", ""),
        ("expect(a).toBe(3);", "expect(b).toBe(3);"),
    ],
)
def test_what_was_off_before_and_whole_tests_are_left_alone(old: str, new: str) -> None:
    assert list(weakened(changed("a.test.js", old, new))) == []


def test_a_new_test_that_keeps_others_from_running_is_grave() -> None:
    (only,) = born_off(changed("a.test.js", "", "it.only('adds', f);"))
    (skipped,) = born_off(changed("a.test.js", "", "xit('adds', f);"))

    assert only == (1, "`it.only` keeps all other tests of this file from running", Severity.HIGH)
    assert skipped == (1, "`xit` turns a new test off", Severity.MEDIUM)
    assert list(born_off(changed("a.test.js", "", "// it.only('adds', f);"))) == []


def test_a_run_that_passes_in_any_case_is_found() -> None:
    (loose,) = loosened_runs(changed("Makefile", "", "pytest -q || true\n# pytest || true"))

    assert loose == (1, "`pytest -q || true` lets failing tests pass", Severity.MEDIUM)
