"""The map beside the stream says of any stretch of it, at any height, what stands there."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reviewer.analysis.finding import Finding, FindingId, Severity
from reviewer.analysis.finding import RuleSlug as Slug
from reviewer.diff.identity import scope_of
from reviewer.diff.patchfile import parse_patch_file
from reviewer.points import Point
from reviewer.review.carry import Carry
from reviewer.review.model import Flag, ReviewState
from reviewer.review.progress import progress
from reviewer.review.tally import tally_of
from reviewer.tui.landmarks import Landmarks
from reviewer.tui.matches import Matches
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot
from tests.review.samples import ADA
from tests.tui.stage import LONG, Stage, make_repository, play

_FILES, _LINES = 4, 6
_PLACES = st.sets(st.tuples(st.integers(0, _FILES - 1), st.integers(0, _LINES - 1)))


def _rows() -> RowMap:
    body = "".join(f"+{line}\n" for line in range(_LINES))
    files = "".join(
        f"diff --git a/{n} b/{n}\nnew file mode 100644\n--- /dev/null\n+++ b/{n}\n@@ -0,0 +1,{_LINES} @@\n{body}"
        for n in range(_FILES)
    )
    return RowMap(parse_patch_file(files.encode(), "test"))


def _snapshot(rows: RowMap, flagged: set[tuple[int, int]], viewed: list[bool]) -> Snapshot:
    diff = parse_patch_file(rows.hunks[0].patch, "test")
    scope, state = scope_of(diff), ReviewState()
    finding = Finding(FindingId("1"), Slug("r"), b"", 1, Severity.HIGH, Point.SECURITY, "seen")
    flags_by_path = {
        b"%d" % file: tuple(
            Flag(replace(finding, path=b"%d" % file, line=line + 1)) for of, line in flagged if of == file
        )
        for file in {file for file, _ in flagged}
    }
    return Snapshot(
        state, scope, progress(tally_of(diff, scope, state), ()), (), Carry(), tuple(viewed), (),
        {}, {}, {}, {}, flags_by_path, (), {}, ADA,
    )  # fmt: skip


@given(_PLACES, _PLACES, _PLACES, st.lists(st.booleans(), min_size=_FILES, max_size=_FILES), st.integers(1, 40))
def test_every_stretch_says_what_its_rows_hold(
    flagged_before: set[tuple[int, int]],
    flagged: set[tuple[int, int]],
    found: set[tuple[int, int]],
    viewed: list[bool],
    height: int,
) -> None:
    rows = _rows()
    landmarks, matches = Landmarks(rows), Matches()
    landmarks.take(_snapshot(rows, flagged_before, viewed))
    landmarks.take(_snapshot(rows, flagged, viewed))
    matches.add(sorted(found))
    edges = [y * rows.count // height for y in range(height + 1)]

    for first, stop in pairwise(edges):
        if first == stop:
            continue
        cell = landmarks.cell(first, stop, matches)
        hunks = {rows.at(row).hunk for row in range(first, stop)}
        assert (cell.sign == "flag") == any(first <= rows.row_of_line(*place) < stop for place in flagged)
        assert cell.has_match == any(first <= rows.row_of_line(*place) < stop for place in found)
        assert (cell.read, cell.hunks) == (sum(viewed[hunk] for hunk in hunks), len(hunks))


def test_the_map_shows_flags_reading_and_matches_and_a_click_goes_there(tmp_path: Path) -> None:
    faulty = LONG.replace("line", "# line") + "import pickle\n\nX = pickle.loads(DATA)\n"

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("space", "slash")
        await stage.type("line 40")
        await stage.press("enter")
        await stage.until("match 1 of 1")
        edge = [line.ljust(100)[-2:] for line in stage.frame.splitlines()[1:-1]]
        height = stage.app.review_screen.query_one("#scroll").size.height
        del edge[height:]
        await stage.pilot.click("#scroll", offset=(0, len(edge) - 2))
        await stage.pilot.pause()

        assert edge[0] == "┃ "
        assert any(cell.endswith("█") for cell in edge)
        assert any(cell.startswith(("!", "?")) for cell in edge[-4:])
        assert [cell[-1:] for cell in edge].count("◆") == 1
        assert stage.app.review_screen.view.line.new > 70
        await stage.press("ctrl+o")
        assert stage.app.review_screen.view.line.text == b"# line 40"

    play(Stage(make_repository(tmp_path, {"a.md": ("a\n", "b\n"), "b.py": ("", faulty)})), scene, size=(100, 30))
