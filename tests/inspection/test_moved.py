"""Moved lines are found beside the interface, which learns why if they are not."""

import asyncio

import pytest

from reviewer.diff.blocks import Block
from reviewer.inspection import moved
from reviewer.inspection.moved import moves_beside
from tests.scratch import Scratch

LINES = "".join(f"value_{number} = compute({number})\n" for number in range(5_000))


def test_what_moved_in_a_repository_is_found_in_another_process(scratch: Scratch) -> None:
    scratch.write("old.py", "# kept\n" + LINES)
    scratch.write("new.py", "# kept too\n")
    scratch.commit()
    scratch.write("old.py", "# kept\n")
    scratch.write("new.py", "# kept too\n" + LINES)

    moves = asyncio.run(moves_beside(scratch.diff()))

    assert list(moves) == [Block(1, 2, 0, 2, 5_000)]
    assert moves.reason == ""


def test_none_are_looked_for_in_a_change_too_large_and_that_is_said(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved, "MOST_LINES", 9_999)
    scratch.write("old.py", LINES)
    scratch.commit()
    scratch.write("old.py", "")
    scratch.write("new.py", "# another file\n" + LINES)

    moves = asyncio.run(moves_beside(scratch.diff()))

    assert list(moves) == []
    assert moves.reason == "moved lines are not looked for among more than 9,999"


def test_a_search_that_is_not_wanted_any_more_leaves_no_process(scratch: Scratch) -> None:
    scratch.write("old.py", LINES)
    scratch.commit()
    scratch.write("old.py", LINES * 20)
    diff = scratch.diff()

    async def leave_at_once() -> None:
        task = asyncio.create_task(moves_beside(diff))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    # A process left behind is a warning here, and so an error.
    asyncio.run(leave_at_once())
