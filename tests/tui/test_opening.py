"""While the review is opened one can read; what needs the review happens when it is there, in order."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.tui.stage import Stage, make_repository, play


class _Door:
    """Opens reviews of a repository once it may."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.may_open = Event()

    def open(self, subject: Subject) -> Session:
        self.may_open.wait(60)
        return open_session(subject, self._folder)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[_Door]:
    door = _Door(make_repository(tmp_path))
    yield door
    door.may_open.set()


def test_keys_that_read_are_answered_before_the_review_is_open(door: _Door, tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        view = stage.app.review_screen.view
        cursor = view.cursor
        await stage.press("j")
        assert view.cursor == cursor + 1
        await stage.press("right_square_bracket")
        assert view.hunk == 1
        assert "opening the review" in stage.frame

    play(Stage(tmp_path, opening=door.open), scene)


def test_what_needs_the_review_waits_for_it_and_what_follows_waits_behind(door: _Door, tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        view = stage.app.review_screen.view
        began = view.cursor
        await stage.press("space", "j")
        assert view.cursor == began
        door.may_open.set()
        await stage.until("hunks 1/3")
        assert view.hunk == 1

    play(Stage(tmp_path, opening=door.open), scene)


def test_who_reads_on_meanwhile_is_not_taken_elsewhere(door: _Door, tmp_path: Path) -> None:
    """An open review is gone on with at its first unread hunk; not if somebody is reading already."""

    async def mark(stage: Stage) -> None:
        await stage.press("space")
        await stage.until("hunks 1/3")

    async def read_on(stage: Stage) -> None:
        await stage.press("j")
        place = stage.app.review_screen.view.cursor
        door.may_open.set()
        await stage.until("hunks 1/3")
        assert stage.app.review_screen.view.cursor == place

    play(Stage(tmp_path), mark)
    play(Stage(tmp_path, opening=door.open), read_on)


def test_nor_is_who_began_to_read_before_there_was_an_interface(tmp_path: Path) -> None:
    async def mark(stage: Stage) -> None:
        await stage.press("space")
        await stage.until("hunks 1/3")

    async def come_back(stage: Stage) -> None:
        assert stage.app.review_screen.view.hunk == 0

    folder = make_repository(tmp_path)
    play(Stage(folder), mark)
    again = Stage(folder)
    app_opens = again.app._open
    again.app._open = lambda: (again.app.review_screen.view.step(1), app_opens())  # type: ignore[assignment]
    play(again, come_back)


def test_one_can_leave_while_the_review_is_opened(door: _Door, tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("q")
        door.may_open.set()

    play(Stage(tmp_path, opening=door.open), scene)
