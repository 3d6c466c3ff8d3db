"""What a kill leaves behind. The reviews that are killed run in tests/fire/killing.py."""

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewer.review.events import Event, TakeNote
from reviewer.review.state import fold
from reviewer.store import Record, Store
from tests.interrupted import session_in, store_in

POINTS = 300
CUT_OFF = "cut off while it was written"


@dataclass(frozen=True)
class Death:
    """One killed review: how it died, what it had shown as saved, and the record as it lay there then."""

    folder: Path
    how: str
    saved: list[str]
    record: Record


@pytest.fixture(scope="module")
def seed() -> int:
    return secrets.randbits(32)


@pytest.fixture(scope="module")
def whole(deaths: list[Death]) -> Record:
    """The record of the same review when nothing kills it."""
    return _record(deaths[0].folder.parent / "whole")


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory, seed: int) -> list[Death]:
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.fire.killing", str(folder), str(seed), str(POINTS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [
        Death(folder / told["folder"], f"{told['death']}, seed {seed}", told["saved"], _record(folder / told["folder"]))
        for told in map(json.loads, done.stdout.splitlines())
    ]


def _record(folder: Path) -> Record:
    reviews = store_in(folder).reviews()
    assert len(reviews) <= 1
    return store_in(folder).read(reviews[0]) if reviews else Record(session_in(folder).review, ())


def _kinds(record: Record) -> list[type[Event | None]]:
    return [type(entry.event) for entry in record.entries]


def test_reviews_died_at_each_of_their_calls_and_at_many_a_moment(deaths: list[Death]) -> None:
    at_calls = [death for death in deaths if "call" in death.how]

    assert len(deaths) >= POINTS
    assert len(at_calls) > 100
    assert len(deaths) - len(at_calls) > 100
    assert len({len(death.saved) for death in deaths}) > 12


def test_nothing_that_was_shown_as_saved_is_lost(deaths: list[Death]) -> None:
    for death in deaths:
        assert set(death.saved) <= {entry.id for entry in death.record.entries}, death.how


def test_the_record_is_the_beginning_of_the_review_and_at_most_one_word_longer_than_was_shown(
    deaths: list[Death], whole: Record
) -> None:
    for death in deaths:
        kinds = _kinds(death.record)

        assert kinds == _kinds(whole)[: len(kinds)], death.how
        assert [entry.id for entry in death.record.entries[2 : 2 + len(death.saved)]] == death.saved, death.how
        assert len(kinds) - len(death.saved) <= 3, death.how


def test_half_a_line_is_all_the_damage_a_kill_can_do_and_it_is_told(deaths: list[Death]) -> None:
    for death in deaths:
        if death.how.startswith("during"):
            assert len(death.record.damages) == 1, death.how
        assert all(damage.endswith(CUT_OFF) for damage in death.record.damages), death.how


def test_between_two_calls_of_the_system_a_kill_does_no_damage(deaths: list[Death]) -> None:
    between = [death for death in deaths if death.how.startswith(("before call", "after call"))]

    assert len(between) > 80
    for death in between:
        assert death.record.damages == (), death.how


def test_the_next_session_goes_on_from_there(deaths: list[Death]) -> None:
    for death in deaths:
        before = death.record.entries

        resumed = session_in(death.folder)
        resumed.dispatch(TakeNote("after the kill"))
        resumed.close()

        entries = store_in(death.folder).read(resumed.review).entries

        assert entries[: len(before)] == before, death.how
        assert "after the kill" in [note.body for note in fold(entries).notes.values()], death.how


def test_a_published_copy_is_whole_and_says_nothing_that_the_journal_does_not(deaths: list[Death]) -> None:
    published = 0
    for death in deaths:
        store = store_in(death.folder)
        copy = Store(death.folder / "nowhere", store.published).read(death.record.review)

        published += bool(copy.entries)
        assert copy.damages == (), death.how
        assert copy.entries == death.record.entries[: len(copy.entries)], death.how
    assert published > 10
