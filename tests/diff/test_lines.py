"""Any slice of a hunk is what reading all of it would give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff import lines
from reviewer.diff.lines import HunkLines, first_change, lines_of
from reviewer.diff.model import Hunk, LineKind
from tests.diff.patches import hunk

_MARKER = b"\\ No newline at end of file\n"


def _long(context: int, removed: int, added: int, *, old_marker: bool = False, new_marker: bool = False) -> Hunk:
    body = b"".join(b" context %d\n" % number for number in range(context))
    body += b"".join(b"-old %d\n" % number for number in range(removed)) + (_MARKER if old_marker else b"")
    body += b"".join(b"+new %d\n" % number for number in range(added)) + (_MARKER if new_marker else b"")
    return hunk(body, old_start=5, new_start=7)


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.tuples(st.integers(0, 600), st.integers(1, 600), st.integers(1, 600)),
    markers=st.tuples(st.booleans(), st.booleans()),
    bounds=st.tuples(st.integers(0, 1900), st.integers(0, 1900)),
    near=st.sampled_from([1, 5, 9, 10, 64, 3_000, 16_000]),
)
def test_a_slice_is_the_same_part_of_the_whole_whatever_is_looked_at_at_once(
    near: int, sizes: tuple[int, int, int], markers: tuple[bool, bool], bounds: tuple[int, int]
) -> None:
    long = _long(*sizes, old_marker=markers[0], new_marker=markers[1])
    start, stop = bounds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_NEAR", near)
        found = list(HunkLines(long).slice(start, stop))

    assert found == list(lines_of(long))[start:stop]


@pytest.mark.parametrize("removed", [254, 255, 256, 257, 511, 512, 513])
def test_a_missing_newline_beside_a_checkpoint_stays_with_its_line(removed: int) -> None:
    long = _long(0, removed, 300, old_marker=True, new_marker=True)
    everything = list(lines_of(long))

    lines = HunkLines(long)

    for start in range(removed - 2, removed + 3):
        assert list(lines.slice(start, start + 2)) == everything[start : start + 2]
    assert [number for number, line in enumerate(everything) if not line.newline] == [removed - 1, removed + 299]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000])
def test_the_length_is_the_number_of_lines(size: int) -> None:
    long = _long(0, size, 1, old_marker=True)

    assert len(HunkLines(long)) == len(list(lines_of(long))) == size + 1


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 2), (700, 800), (601, 601)])
def test_a_slice_of_nothing_is_empty(start: int, stop: int) -> None:
    assert list(HunkLines(_long(0, 300, 300)).slice(start, stop)) == []


def test_only_line_feeds_end_lines() -> None:
    lines = list(lines_of(hunk(b"-a\rb\x0cc\x85d\xe2\x80\xa8e\0f\n+g\r\n")))

    assert [(line.kind, line.text) for line in lines] == [
        (LineKind.REMOVED, b"a\rb\x0cc\x85d\xe2\x80\xa8e\0f"),
        (LineKind.ADDED, b"g\r"),
    ]


def test_a_slice_does_not_read_the_lines_before_it() -> None:
    long = _long(0, 1, 100_000)
    lines = HunkLines(long)

    (line,) = lines.slice(90_000, 90_001)

    assert (line.text, line.new) == (b"new 89999", 7 + 89_999)


@given(st.lists(st.sampled_from([b" a", b"+b", b"-c"]), min_size=1, max_size=12).filter(lambda it: set(it) != {b" a"}))
def test_the_first_change_is_where_the_first_changed_line_stands_or_stood(lines: list[bytes]) -> None:
    each = hunk(b"".join(line + b"\n" for line in lines))

    first = next(line for line in lines_of(each) if line.kind is not LineKind.CONTEXT)

    above = sum(line.startswith(b" ") for line in lines[: next(i for i, it in enumerate(lines) if it[:1] != b" ")])
    assert first_change(each) == (first.new or max(each.new_start + above, 1))


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.tuples(st.sampled_from(" +-"), st.integers(1, 400)), min_size=1, max_size=6),
    is_old=st.booleans(),
    number=st.integers(0, 1500),
)
def test_a_number_leads_to_the_line_that_has_it(parts: list[tuple[str, int]], is_old: bool, number: int) -> None:
    body = b"".join(f"{sign}line\n".encode() for sign, count in [*parts, ("+", 1)] for _ in range(count))
    long = hunk(body, old_start=5, new_start=7)
    numbers = [line.old if is_old else line.new for line in lines_of(long)]

    found = HunkLines(long).index_of(number, is_old=is_old)

    assert found == (numbers.index(number) if number in numbers else None)
    assert HunkLines(long).first_changed() == next(
        index for index, line in enumerate(lines_of(long)) if line.kind is not LineKind.CONTEXT
    )
