"""Eight sessions that write to one review at once. They run in tests/fire/writing.py, with a ninth that reads."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reviewer.review.events import Open
from reviewer.review.state import fold
from reviewer.store import Record
from tests.fire.writing import EVENTS
from tests.interrupted import store_in

WRITERS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("writers")


@pytest.fixture(scope="module")
def told(folder: Path) -> Any:
    command = [sys.executable, "-m", "tests.fire.writing", str(folder), str(WRITERS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def record(folder: Path, told: Any) -> Record:
    store = store_in(folder)
    (review,) = store.reviews()
    return store.read(review)


def test_whoever_reads_meanwhile_finds_everything_that_was_shown_as_saved_before(told: Any) -> None:
    assert told["saved"] == WRITERS * EVENTS
    assert told["reads"] > 2
    assert told["lost"] == 0


def test_half_a_line_that_is_being_written_is_no_damage(told: Any) -> None:
    assert told["damages"] == []


def test_all_readers_see_the_same_events_in_the_same_order(told: Any, record: Record) -> None:
    assert [entry.id for entry in record.entries] == told["order"]
    assert record.entries == tuple(sorted(record.entries, key=lambda entry: (entry.clock, entry.id)))
    assert fold(reversed(record.entries)) == fold(record.entries)


def test_every_writer_has_its_own_file_and_its_own_words_in_their_order(folder: Path, record: Record) -> None:
    words = Counter(entry.by for entry in record.entries if entry.event is not None)

    assert len(list((folder / "home" / record.review).iterdir())) == WRITERS + 1
    assert sum(isinstance(entry.event, Open) for entry in record.entries) == WRITERS + 1
    for writer in words:
        numbers = [entry.number for entry in record.entries if entry.by == writer]
        assert numbers == list(range(len(numbers)))
