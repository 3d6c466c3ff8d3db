"""A search in small steps finds what a look at every line finds, and nothing can make it hang."""

from itertools import count
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.tui.pattern import Pattern, pattern_of
from reviewer.tui.rows import RowMap
from reviewer.tui.search import Search

# The last line has no line feed, so it must not be empty.
_LINES = st.lists(st.text("abA+- \\é\t", max_size=6), max_size=8).map(lambda lines: [*lines, "ab"])
_FILES = st.lists(_LINES, min_size=1, max_size=5)


def _diff(files: list[list[str]]) -> Diff:
    """Return a change that adds a file of these lines each; none ends with a line feed."""
    parts = []
    for number, lines in enumerate(files):
        head = f"diff --git a/{number} b/{number}\nnew file mode 100644\n--- /dev/null\n+++ b/{number}\n"
        body = "".join(f"+{line}\n" for line in lines)
        parts.append(f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}\\ No newline at end of file\n")
    return parse_patch_file("".join(parts).encode(), "test")


def _found(diff: Diff, pattern: Pattern, *, start: int = 0, size: int = 64_000) -> list[tuple[int, int]]:
    search = Search(RowMap(diff), pattern, start=start)
    search._size = size
    ticks = count()
    for _ in range(10_000):
        search.go_on(lambda: float(next(ticks)), 0.5)
        if search.is_done:
            break
    matches = search.matches
    return [(match.hunk, match.line) for match in (matches._match(at, is_wrapped=False) for at in range(len(matches)))]


def _looked_at(diff: Diff, pattern: Pattern) -> list[tuple[int, int]]:
    return [
        (number, index)
        for number, (_, hunk) in enumerate(diff.walk())
        for index, line in enumerate(lines_of(hunk))
        if pattern.regex.search(line.text.decode())
    ]


@given(_FILES, st.text("abA+- \\é", min_size=1, max_size=3), st.data())
def test_a_text_is_found_in_every_line_that_holds_it(files: list[list[str]], text: str, data: st.DataObject) -> None:
    diff, pattern = _diff(files), pattern_of(text, is_regex=False)
    start = data.draw(st.integers(0, len(files) - 1))

    found = _found(diff, pattern, start=start, size=data.draw(st.integers(1, 40)))

    assert found == _looked_at(diff, pattern)


@given(_FILES, st.sampled_from(["^a", "b$", "^$", "a.b", "A|-", r"\\", r"\s\S", "[^a]", "é"]), st.data())
def test_an_expression_is_found_in_every_line_it_matches(
    files: list[list[str]], text: str, data: st.DataObject
) -> None:
    diff, pattern = _diff(files), pattern_of(text, is_regex=True)
    start = data.draw(st.integers(0, len(files) - 1))

    found = _found(diff, pattern, start=start, size=data.draw(st.integers(1, 40)))

    assert found == _looked_at(diff, pattern)


def test_an_expression_that_would_take_for_ever_is_broken_off_and_the_other_lines_are_searched() -> None:
    diff = _diff([["a" * 60 + "!", "x"], ["x = aaab"]])
    search = Search(RowMap(diff), pattern_of("^(a+)+$|x", is_regex=True))
    begun = process_time()

    while not search.is_done:
        search.go_on(process_time, 0.01)

    assert process_time() - begun < 5
    assert search.stuck == 1
    assert not search.is_given_up
    assert len(search.matches) == 2


def test_an_expression_that_is_stuck_everywhere_is_given_up() -> None:
    diff = _diff([["a" * 60 + "!"] * 200])
    search = Search(RowMap(diff), pattern_of("(a+)+$", is_regex=True))

    while not search.is_done:
        search.go_on(process_time, 0.01)

    assert search.is_given_up
