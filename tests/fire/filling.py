"""Reviews on a disk that is full, as a program: `limit FOLDER` and `disk FOLDER`; run by tests/fire/test_full_disk.py.

`limit` lets no file grow beyond some size; `disk` fills the file system that the folder is the top of.
"""

import json
import os
import resource
import sys
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.review.events import Event, Sign, TakeNote, View
from reviewer.review.model import Verdict
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.store import Store
from tests.interrupted import session_in, store_in
from tests.review.samples import ADA, DIFF, EDITS, SCOPE

_NOTE = TakeNote("one that does not fit")


def _at_every_byte_of_a_line(folder: Path) -> None:
    """Let a note meet its end at each of its bytes, then go on; print what was said and what is read for each."""
    line = _bytes_of_the_note(folder / "whole")
    for room in range(line + 1):
        place = folder / str(room)
        session = session_in(place)
        session.dispatch(View(EDITS))
        (file,) = (place / "home").rglob("*.jsonl")
        before = session.state
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + room, resource.RLIM_INFINITY))
        error = _error_of(session, _NOTE)
        is_unchanged = session.state == before
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        session.dispatch(TakeNote("afterwards"))
        _print(session, store_in(place), room=room, line=line, error=error, is_unchanged=is_unchanged)


def _bytes_of_the_note(folder: Path) -> int:
    session = session_in(folder)
    session.dispatch(View(EDITS))
    (file,) = (folder / "home").rglob("*.jsonl")
    before = file.stat().st_size
    session.dispatch(_NOTE)
    return file.stat().st_size - before


def _until_nothing_fits(folder: Path) -> None:
    """Write until the disk is full, try on, make room, go on, and sign where there is no room for a copy."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * 60_000)
    session = session_in(folder)
    error = None
    while error is None:
        error = _error_of(session, TakeNote("x" * 2_500))
    retries = [_error_of(session, _NOTE) or "" for _ in range(5)]
    files = len(list((folder / "home").rglob("*.jsonl")))
    _print(session, store_in(folder), error=error, retries=retries, files=files)
    ballast.unlink()
    session.dispatch(TakeNote("afterwards"))
    _print(session, store_in(folder))


def _sign_without_room_for_a_copy(folder: Path, roomy: Path) -> None:
    store = Store(roomy / "home", folder / ".reviews")
    session = Session(Subject(DIFF, "sample", None), store, ADA)
    _fill(folder)
    session.dispatch(Sign(Verdict.COMMENT, SCOPE.id, 0.0))
    _print(session, store, unpublished=session.unpublished, left=[path.name for path in folder.rglob("*.jsonl*")])


def _fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 512)
        except OSError:
            return


def _error_of(session: Session, event: Event) -> str | None:
    try:
        session.dispatch(event)
    except ReviewerError as error:
        return str(error)
    return None


def _print(session: Session, store: Store, **told: object) -> None:
    record = store.read(session.review)
    said, read = ([entry.id for entry in entries] for entries in (session._log, record.entries))
    sys.stdout.write(json.dumps({"said": said, "read": read, "damages": record.damages, **told}) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "limit":
        _at_every_byte_of_a_line(Path(sys.argv[2]))
    elif sys.argv[1] == "disk":
        _until_nothing_fits(Path(sys.argv[2]))
    else:
        _sign_without_room_for_a_copy(Path(sys.argv[2]), Path(os.environ["ROOMY"]))
