"""Lines that moved carry a sign and say where the other end is; one key goes there and back."""

from pathlib import Path

import pytest
from textual.strip import Strip

from reviewer.diff.blocks import Block
from reviewer.inspection import moved
from reviewer.tui.moved import told
from reviewer.tui.paint import Look, Painter
from reviewer.tui.rows import Row, RowMap
from tests.scratch import Scratch
from tests.tui.stage import Stage, make_repository, play

MOVED = "def total(orders):\n    return sum(order.price for order in orders)\n"
FILES = {
    "app/new.py": ('"""New."""\n', '"""New."""\n\nBORN = 1\n\n\n' + MOVED),
    "app/old.py": ('"""Old."""\n\n\n' + MOVED, '"""Old."""\n'),
}


@pytest.mark.parametrize(
    ("block", "from_there", "to_there"),
    [
        (Block(1, 3, 0, 9, 1), "moved from b:3, unchanged", "moved to a:9, unchanged"),
        (Block(1, 3, 0, 9, 2), "moved from b:3-4, unchanged", "moved to a:9-10, unchanged"),
        (Block(1, 3, 0, 9, 1, 4), "moved from b:3, indented 4 deeper", "moved to a:9, indented 4 deeper there"),
        (Block(1, 3, 0, 9, 1, -2), "moved from b:3, indented 2 less", "moved to a:9, indented 2 less there"),
        (
            Block(1, 3, 0, 9, 1, 4, is_exact=False),
            "moved from b:3, indented 4 deeper and white space at line ends changed",
            "moved to a:9, indented 4 deeper there and white space at line ends changed",
        ),
    ],
)
def test_both_ends_say_where_the_other_is_and_what_became_of_the_lines(
    block: Block, from_there: str, to_there: str, scratch: Scratch
) -> None:
    scratch.commit({"a": "a\n", "b": "b\n"})
    scratch.write("a", "c\n")
    scratch.write("b", "d\n")
    rows = RowMap(scratch.diff())

    assert told(block, rows, is_old=False) == from_there
    assert told(block, rows, is_old=True) == to_there


def test_the_name_of_the_other_file_cannot_steer_the_terminal(scratch: Scratch) -> None:
    scratch.commit({"\x1b]0;PWN\x07": "a\n"})
    scratch.write("\x1b]0;PWN\x07", "b\n")
    rows = RowMap(scratch.diff())

    assert told(Block(0, 1, 0, 1, 1), rows, is_old=False) == "moved from ␛]0;PWN␇:1, unchanged"


def test_moved_lines_are_marked_told_about_and_gone_to_and_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until("← ")
        assert "←      6 +" in stage.frame
        assert "→  4     -" in stage.frame
        assert "←      3 +" not in stage.frame
        await stage.press("j", "j", "j", "j")
        assert "moved from app/old.py:2-5, unchanged; % goes there" in stage.frame
        await stage.press("percent_sign")
        assert "moved to app/new.py:4-7, unchanged" in stage.frame
        assert "▶→  4     -" in stage.frame
        await stage.press("percent_sign")
        assert "▶←      6 +" in stage.frame

    play(Stage(make_repository(tmp_path, FILES)), scene)


def test_side_by_side_both_halves_are_marked(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("vertical_line")
        await stage.until("→  4 -")
        assert "←  6 +" in stage.frame

    play(Stage(make_repository(tmp_path, FILES)), scene)


def test_a_line_that_is_new_says_that_it_did_not_move(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until("← ")
        await stage.press("j", "percent_sign")

        assert [notice.message for notice in stage.app._notifications] == [
            "this line did not move; ← and → mark those that did"
        ]

    play(Stage(make_repository(tmp_path, FILES)), scene)


def test_where_nothing_was_looked_for_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved, "MOST_LINES", 9)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("percent_sign")

        assert "←" not in stage.frame
        assert [notice.message for notice in stage.app._notifications] == [
            "moved lines are not looked for among more than 9"
        ]

    play(Stage(make_repository(tmp_path, FILES)), scene)


def test_when_moves_arrive_only_their_lines_are_painted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []

    async def scene(stage: Stage) -> None:
        await stage.until("← ")
        await stage.settled()
        await stage.press("G")
        screen = stage.app.review_screen
        assert screen is not None
        view, paint = screen.view, Painter.strip

        def noting(painter: Painter, row: Row, partner: Row | None, look: Look) -> Strip:
            painted.append(view.rows.row_of_line(row.hunk, row.line))
            return paint(painter, row, partner, look)

        monkeypatch.setattr(Painter, "strip", noting)
        view.show_moves(view.moves)
        await stage.pilot.pause()
        # Painted lines are kept, except the one at the cursor.
        assert set(painted) == {5, 6, 7, 8, 13, 14, 15, 16, view.cursor}

    play(Stage(make_repository(tmp_path, FILES)), scene)
