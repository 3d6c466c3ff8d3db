"""Every order is a permutation of the change's files, keeps what it has no opinion on, and says why."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.diff.identity import scope_of
from reviewer.diff.model import TEXTLESS, Diff, FileDiff, Status
from reviewer.points import Point
from reviewer.review.model import Flag
from reviewer.review.order import BY_FILE, Order, by_commits, by_risk, by_tests

_NAMES = ("pay.py", "shop/pay.py", "tests/test_pay.py", "tests/test_tax.py", "README.md", "a.toml", "uv.lock", "z.go")
_SUBJECTS = [("a" * 40, b"first"), ("b" * 40, b"sec\x1bond"), ("c" * 40, b"third")]
_FINDING = Finding(FindingId("1"), RuleSlug("r"), b"", 1, Severity.HIGH, Point.SECURITY, "seen")


def _file(name: str, size: int = 1) -> FileDiff:
    path = name.encode()
    return FileDiff(Status.MODIFIED, path, path, "100644", "100644", None, None, size, 0, (TEXTLESS,))


def _flag(name: str, severity: Severity) -> Flag:
    return Flag(replace(_FINDING, path=name.encode(), severity=severity))


_DIFFS = st.lists(st.sampled_from(_NAMES), max_size=8).map(lambda names: Diff(tuple(_file(name) for name in names)))
_FLAGS = st.lists(st.builds(_flag, st.sampled_from(_NAMES), st.sampled_from(Severity)))
_TOUCHES = st.dictionaries(st.sampled_from(_NAMES).map(str.encode), st.integers(0, 2))
_ORDERS = st.one_of(
    st.just(lambda _: BY_FILE),
    st.just(by_tests),
    _FLAGS.map(lambda flags: lambda diff: by_risk(diff, flags)),
    _TOUCHES.map(lambda touches: lambda diff: by_commits(diff, _SUBJECTS, touches)),
)
_Make = Callable[[Diff], Order]


@given(_DIFFS, _ORDERS)
def test_an_order_is_a_permutation_and_keeps_the_scope(diff: Diff, make: _Make) -> None:
    arranged = make(diff).arrange(diff)

    assert sorted(map(id, arranged.files)) == sorted(map(id, diff.files))
    assert scope_of(arranged).id == scope_of(diff).id


@given(_DIFFS, _ORDERS)
def test_an_order_made_again_changes_nothing(diff: Diff, make: _Make) -> None:
    arranged = make(diff).arrange(diff)

    assert make(arranged).arrange(arranged).files == arranged.files


@given(_DIFFS, _DIFFS, _ORDERS)
def test_files_an_order_does_not_know_come_last_as_they_were(diff: Diff, more: Diff, make: _Make) -> None:
    order = make(diff)

    arranged = order.arrange(Diff((*more.files, *diff.files)))

    unknown = [file for file in more.files if file.path not in order.places]
    assert order is BY_FILE or list(arranged.files[len(arranged.files) - len(unknown) :]) == unknown


def test_risk_goes_by_the_gravest_open_flag_then_how_many_then_size() -> None:
    diff = Diff((_file("small"), _file("big", 9), _file("one"), _file("two"), _file("medium")))
    flags = [_flag("one", Severity.HIGH), _flag("two", Severity.HIGH), _flag("two", Severity.HIGH)]
    flags += [_flag("medium", Severity.MEDIUM), replace(_flag("small", Severity.HIGH), disposition="answered")]

    order = by_risk(diff, flags)

    assert [file.path for file in order.arrange(diff).files] == [b"two", b"one", b"medium", b"big", b"small"]
    assert order.reasons[b"two"] == "risk: 2 high"
    assert order.reasons[b"medium"] == "risk: 1 medium"
    assert order.reasons[b"big"] == "risk: no open flag, 9 lines"


def test_tests_stand_before_the_code_they_test_and_others_before_everything() -> None:
    names = [
        "README.md",
        "shop/pay.py",
        "tests/shop/test_pay.py",
        "tests/test_gone.py",
        "web/Cart.ts",
        "web/Cart.spec.ts",
    ]
    diff = Diff(tuple(_file(name) for name in names))

    order = by_tests(diff)

    assert [file.path.decode() for file in order.arrange(diff).files] == [
        "tests/test_gone.py", "README.md", "tests/shop/test_pay.py", "shop/pay.py", "web/Cart.spec.ts", "web/Cart.ts",
    ]  # fmt: skip
    assert order.reasons[b"tests/shop/test_pay.py"] == "tests pay.py, which follows"
    assert order.reasons[b"shop/pay.py"] == "after its tests"
    assert order.reasons[b"README.md"] == "docs"


def test_commits_order_files_by_the_first_that_touched_them_under_either_name() -> None:
    moved = replace(_file("new"), old_path=b"old")
    diff = Diff((_file("b"), _file("a"), moved, _file("nowhere")))

    order = by_commits(diff, _SUBJECTS, {b"a": 0, b"b": 1, b"old": 0, b"new": 2})

    assert [file.path for file in order.arrange(diff).files] == [b"a", b"new", b"b", b"nowhere"]
    assert order.reasons[b"b"] == "2/3: bbbbbbb sec␛ond"
    assert order.reasons[b"nowhere"] == "in no single commit"


@pytest.mark.parametrize("kept", [0, 1])
def test_an_order_stays_when_files_go(kept: int) -> None:
    diff = Diff((_file("a"), _file("b"), _file("c")))
    order = by_commits(diff, _SUBJECTS, {b"c": 0, b"b": 1, b"a": 2})

    rest = Diff(diff.files[kept:])

    assert order.arrange(rest).files == tuple(reversed(rest.files))
