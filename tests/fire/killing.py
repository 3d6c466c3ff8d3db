"""Scripted reviews that are killed, as a program: `FOLDER SEED POINTS`; run by tests/fire/test_killed.py.

Each review is a process of its own that dies by SIGKILL: at a call of the system, before it, after it or
half way through a write; or at a random moment. A line of JSON tells what it had shown as saved by then.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewer.review.events import Dispose, GiveAnswer, Resolve, Sign, TakeNote, Unview, View
from reviewer.review.model import Disposition, Reply, Verdict
from reviewer.session.session import Session
from tests.interrupted import session_in
from tests.review.samples import EDITS, SCOPE, finding

_LONGEST_LIFE = 0.008
_CALLS = ("open", "write", "fsync", "replace", "ftruncate", "mkdir", "close")


@dataclass(frozen=True, slots=True)
class Death:
    """Before, after or during the call of this number; without a call, at a moment."""

    call: int | None
    how: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.how} call {self.call}" if self.call is not None else f"after {self.seconds:.4f} s"


def script(session: Session) -> Iterator[Callable[[], object]]:
    """Yield what a reviewer does, one saved step after another; every kind of event, twice a sign-off."""
    question = session.questions[0].key
    yield lambda: session.raise_flags([finding("f"), finding("g")])
    yield lambda: session.dispatch(View(EDITS))
    yield lambda: session.dispatch(TakeNote("why?", is_blocking=True))
    yield lambda: session.dispatch(Dispose(finding("f").id, Disposition.NEEDS_CHANGE))
    yield lambda: session.dispatch(GiveAnswer(question, Reply.NO, SCOPE.id, "never ran"))
    yield lambda: session.dispatch(Unview(EDITS[:1]))
    yield session.undo
    yield lambda: session.dispatch(Dispose(finding("f").id, Disposition.FALSE_ALARM))
    yield lambda: session.dispatch(Sign(Verdict.COMMENT, SCOPE.id, 0.5))
    yield lambda: session.dispatch(Resolve(next(iter(session.state.notes))))
    yield lambda: session.dispatch(GiveAnswer(question, Reply.YES, SCOPE.id))
    yield lambda: session.dispatch(TakeNote("a long one " * 2_000))
    yield session.undo
    yield lambda: session.dispatch(Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0))
    yield lambda: session.dispatch(TakeNote("afterwards"))


def _main(folder: Path, seed: int, points: int) -> None:
    deaths = [*_at_every_call(folder / "whole")]
    moments = random.Random(seed)  # noqa: S311  # no secret
    while len(deaths) < points:
        deaths.append(Death(None, "", moments.uniform(0.0, _LONGEST_LIFE)))
    for number, death in enumerate(deaths):
        told = _die(folder / str(number), death)
        sys.stdout.write(json.dumps({"folder": str(number), "death": str(death), "saved": told.split()}) + "\n")


def _at_every_call(folder: Path) -> Iterator[Death]:
    """Let one review live to its end, and yield a death at each call of the system it made."""
    reading, writing = os.pipe()
    folder.mkdir(parents=True)
    if os.fork() == 0:
        with no_way_out():
            calls = _Calls(Death(None, ""))
            _review(folder, writing, calls)
            calls.undisturbed["write"](writing, ("\n" + " ".join(calls.made)).encode())
    os.close(writing)
    os.wait()
    made = _all_of(reading).rpartition("\n")[2].split()
    for number, call in enumerate(made):
        for how in ("before", "after", "during") if call == "write" else ("before", "after"):
            yield Death(number, how)


def _die(folder: Path, death: Death) -> str:
    """Return what the review had shown as saved when it died; a space behind each."""
    reading, writing = os.pipe()
    folder.mkdir()
    child = os.fork()
    if child == 0:
        with no_way_out():
            _review(folder, writing, _Calls(death))
            # It lived longer than the moment it was given; it still ends by a kill.
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    if death.call is None:
        os.read(reading, 1)
        time.sleep(death.seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit(f"the review did not die by a kill, {death}")
    return _all_of(reading)


def _review(folder: Path, writing: int, calls: "_Calls") -> None:
    session = session_in(folder)
    calls.watch()
    calls.undisturbed["write"](writing, b" ")
    for step in script(session):
        step()
        calls.undisturbed["write"](writing, f"{session._log[-1].id} ".encode())


@contextmanager
def no_way_out() -> Iterator[None]:
    """A child that fails says so and ends here, instead of going on as its parent."""
    try:
        yield
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def _all_of(reading: int) -> str:
    with os.fdopen(reading, "rb") as stream:
        return stream.read().decode()


class _Calls:
    """The calls of the system that a review makes; at one of them it dies."""

    def __init__(self, death: Death) -> None:
        self.undisturbed = {name: getattr(os, name) for name in _CALLS}
        self.made: list[str] = []
        self._death = death

    def watch(self) -> None:
        for name in _CALLS:
            setattr(os, name, self._watched(name))

    def _watched(self, name: str) -> Callable[..., Any]:
        call = self.undisturbed[name]

        def watched(*arguments: Any, **options: Any) -> Any:
            is_last = len(self.made) == self._death.call
            self.made.append(name)
            if is_last and self._death.how == "during" and name == "write":
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if is_last and self._death.how != "after":
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **options)
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return watched


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
