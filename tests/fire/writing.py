"""Many sessions that write to one review at once while it is read, as a program: `FOLDER WRITERS`.

Run by tests/fire/test_many_writers.py. Prints as JSON what the reader saw.
"""

import json
import os
import sys
from pathlib import Path

from reviewer.review.events import GiveAnswer, TakeNote, View
from reviewer.review.model import Reply, Reviewer
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.fire.killing import no_way_out
from tests.interrupted import session_in, store_in
from tests.review.samples import DIFF, EDITS, SCOPE

EVENTS = 60
# So long that no system writes it in one piece: a reader can come in the middle.
_LONG = "a long story " * 80_000


def _main(folder: Path, writers: int) -> None:
    review = session_in(folder).dispatch(View(EDITS)) and store_in(folder).reviews()[0]
    reports = [_begin_writer(folder, number) for number in range(writers)]
    saved: set[str] = set()
    lost: set[str] = set()
    damages: set[str] = set()
    reads = 0
    is_over = False
    while not is_over:
        is_over = _take_reports(reports, saved)
        record = store_in(folder).read(review)
        reads += 1
        damages.update(record.damages)
        lost |= saved - {entry.id for entry in record.entries}
    order = [entry.id for entry in store_in(folder).read(review).entries]
    told = {"reads": reads, "saved": len(saved), "lost": len(lost), "damages": sorted(damages), "order": order}
    sys.stdout.write(json.dumps(told))


def _begin_writer(folder: Path, number: int) -> int:
    """Return where a new writer reports the ids of what it was told is saved, a line each."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        with no_way_out():
            _write(folder, number, writing)
    os.close(writing)
    os.set_blocking(reading, False)
    return reading


def _write(folder: Path, number: int, writing: int) -> None:
    session = Session(Subject(DIFF, "sample", None), store_in(folder), Reviewer(f"W{number}", f"w{number}@example.org"))
    question = session.questions[0].key
    for step in range(EVENTS):
        event = (
            TakeNote(f"note {step}"),
            TakeNote(_LONG),
            GiveAnswer(question, Reply.NO, SCOPE.id, f"not yet, {step}"),
        )[step % 3]
        os.write(writing, f"{session.dispatch(event).id}\n".encode())


def _take_reports(reports: list[int], saved: set[str]) -> bool:
    """Add what the writers reported since last time; True if all of them have ended."""
    for reading in list(reports):
        try:
            while piece := os.read(reading, 65 * 1_000):
                saved.update(piece.decode().split())
        except BlockingIOError:
            continue
        reports.remove(reading)
    return not reports


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
