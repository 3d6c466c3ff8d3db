"""How long one file may take. Rules are regular expressions and walks over what a stranger wrote."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TookTooLong(BaseException):
    """Not an Exception: nothing on the way may take it for a fault of its own."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Break off what takes more of the processor's time. Raises TookTooLong.

    Only the main thread hears signals; elsewhere, and where there are none, nothing is broken off.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals call it
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
