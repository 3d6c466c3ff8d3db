"""Sessions that end badly, as a program: `killed FOLDER COUNT` and `full FOLDER`, run by the tests of the session.

A limit on the size of files, or a kill, must not hit the process that runs the tests.
"""

import json
import os
import resource
import signal
import sys
import time
from itertools import count
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.review.events import Event, GiveAnswer, TakeNote, Unview, View
from reviewer.review.model import Reply
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.store import Store
from tests.review.samples import ADA, DIFF, EDITS, SCOPE

_STEP = 0.0007


def session_in(folder: Path) -> Session:
    """Open a session on the sample diff, with its record below the folder."""
    return Session(Subject(DIFF, "sample", None), store_in(folder), ADA)


def store_in(folder: Path) -> Store:
    return Store(folder / "home", folder / "tree" / ".reviews")


def event_at(number: int, session: Session) -> Event:
    """Return the event a scripted session dispatches at this step; every kind that is saved in its own way."""
    edits = EDITS[number % len(EDITS) :][:1]
    question = session.questions[0].key
    answer = GiveAnswer(question, Reply.NO, SCOPE.id, f"not yet, {number}")
    return (View(edits), TakeNote(f"note {number}"), Unview(edits), answer)[number % 4]


def _killed(folder: Path, points: int) -> None:
    """Let sessions begin and kill each a little later than the last; print how much each said was saved."""
    for number in range(points):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _work(folder / str(number), writing)
        os.close(writing)
        said = os.read(reading, 1)
        time.sleep(number * _STEP)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while piece := os.read(reading, 65536):
            said += piece
        os.close(reading)
        sys.stdout.write(f"{said.count(b'.')}\n")


def _work(folder: Path, writing: int) -> None:
    session = session_in(folder)
    for number in count():
        session.dispatch(event_at(number, session))
        os.write(writing, b".")


def _full(folder: Path) -> None:
    """Let one event not fit on the disk, then go on; print what happened."""
    session = session_in(folder)
    session.dispatch(View(EDITS[:1]))
    before = session.state
    (file,) = (folder / "home").rglob("*.jsonl")
    whole = file.read_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 100, resource.RLIM_INFINITY))
    error = ""
    try:
        session.dispatch(TakeNote("x" * 500))
    except ReviewerError as raised:
        error = str(raised)
    is_unchanged = session.state == before and file.read_bytes() == whole
    session.dispatch(TakeNote("short"))
    session.close()
    json.dump({"error": error, "is_unchanged": is_unchanged, "first": file.name}, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "killed":
        _killed(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        _full(Path(sys.argv[2]))
