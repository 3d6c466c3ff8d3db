"""What changed since an edit was read is told in a few lines, or said to be too much; never waited for."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import pytest

from reviewer.diff.identity import Edit, EditId, edits_of, scope_of
from reviewer.diff.patchfile import parse_patch_file
from reviewer.review.carry import Carry, Fate
from reviewer.walk.difference import differences

# A thousand times fewer than two edits of 700 lines took that were aligned to the end.
_MOST_CALLS = 50_000


def _told(then: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Return what is told of one edit that was these lines and became those."""
    header = f"--- a/f\n+++ b/f\n@@ -0,0 +1,{len(now)} @@\n"
    diff = parse_patch_file((header + "".join(f"+{line}\n" for line in now)).encode(), "x")
    ((file, hunk),) = diff.walk()
    (identity,) = scope_of(diff).edits
    (edit,) = edits_of(file, hunk)
    origin = Edit(edit.path, b"", "".join(f"+{line}\n" for line in then).encode(), b"")
    with _counted(_MOST_CALLS):
        return differences(file, hunk, [identity], Carry({identity: Fate.DELTA}, {EditId(identity): origin}))


@contextmanager
def _counted(most: int) -> Iterator[None]:
    """Fail if more calls are made than so many, whatever time they take."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")
        if calls > most:
            sys.setprofile(None)
            raise AssertionError(f"more than {most} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


def test_a_changed_line_is_told_from_the_lines_around_it() -> None:
    assert _told(["a", "b", "c"], ["a", "B", "c"]) == ("then +b", "now  +B")


def test_one_line_among_thousands_is_told() -> None:
    lines = [f"line {number % 7}" for number in range(20_000)]

    told = _told(lines, [*lines[:9_000], "other", *lines[9_001:]])

    assert told == ("then +line 5", "now  +other")


@pytest.mark.parametrize("count", [700, 20_000])
def test_edits_full_of_what_repeats_are_said_to_be_too_much(count: int) -> None:
    then = ["", "return None"] * (count // 2)
    now = ["return None", "", "x"] * (count // 3)

    (told,) = _told(then, now)

    assert told == f"too much changed to show: {len(then)} lines then, {len(now)} lines now"


def test_edits_of_many_lines_with_little_in_common_are_said_to_be_too_much() -> None:
    then = [f"then {number}" if number % 50 else f"both {number}" for number in range(100_000)]
    now = [f"now {number}" if number % 50 else f"both {number}" for number in range(100_000)]

    (told,) = _told(then, now)

    assert told.startswith("too much changed to show: ")


def test_the_fourteenth_line_is_the_last_that_is_told() -> None:
    then, now = ([f"{word} {number}" for number in range(10)] for word in ("old", "new"))

    told = _told(then, now)

    assert told == (*(f"then +{line}" for line in then), *(f"now  +{line}" for line in now[:4]), "…")


def test_what_steers_a_terminal_is_drawn_and_a_long_line_is_cut() -> None:
    told = _told(["a"], ["\x1b[2J" + "é" * 9_999])

    assert told[1].startswith("now  +␛[2Jéé")
    assert (len(told[1]), told[1][-1]) == (5 + 400 + 1, "…")
