"""The change is read again beside the walk: it goes on meanwhile, can be stopped, and nothing typed is torn away."""

import asyncio
import threading
from pathlib import Path

from reviewer.repository.runners import current_runner
from reviewer.session.subject import Subject
from tests.tui.stage import Stage, make_repository, play, read


def test_a_slow_git_is_stopped_by_escape_and_the_walk_stays_as_it_was(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)

    def reread(context: int) -> Subject:
        current_runner()(["sleep", "600"], {}, None)
        return read(folder, context)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("R")
        await stage.until("reading again; esc stops")
        await stage.press("j", "space")
        assert "hunks 1/3" in stage.frame
        await stage.press("escape")
        while "reading again" in stage.frame:
            await stage.pilot.pause(0.05)
        assert [notice.message for notice in stage.app._notifications] == ["stopped; what is shown is as it was"]
        assert "hunks 1/3" in stage.frame

    play(Stage(folder, reread=reread), scene)


def test_leaving_does_not_wait_for_git(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    has_begun = threading.Event()

    def reread(context: int) -> Subject:
        has_begun.set()
        current_runner()(["sleep", "600"], {}, None)
        return read(folder, context)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("R")
        while not has_begun.is_set():
            await asyncio.sleep(0.01)
        await stage.press("q")

    # The loop that plays the scene ends its threads before it returns.
    play(Stage(folder, reread=reread), scene)


def test_a_note_that_is_being_typed_stays_until_it_is_done(tmp_path: Path) -> None:
    before = "".join(f"line {number}\n" for number in range(60))
    folder = make_repository(tmp_path, {"app.txt": (before, before.replace("line 30\n", "edited\n"))})
    may_end = threading.Event()

    def reread(context: int) -> Subject:
        may_end.wait(60)
        return read(folder, context)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("equals_sign")
        await stage.press("c")
        await stage.type("why")
        may_end.set()
        await stage.pilot.pause(0.4)
        await stage.type(" so")
        assert "why so" in stage.frame
        await stage.press("escape")
        await stage.until(" line 13")

    play(Stage(folder, reread=reread), scene)
