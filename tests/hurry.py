"""A limit on the processor's time, for what a hostile text must not make endless; a busy machine does not count."""

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# What is looked at in tests takes some milliseconds; what is this slow would never end at another size.
SECONDS = 2.0


class TookTooLong(AssertionError):
    """Its text says where the time went."""


class _Stop(BaseException):
    """Raised in the middle of the work, past whatever would catch an Exception."""


@contextmanager
def hurried(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TookTooLong in the middle of what takes too much of the processor's time."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Stop

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _Stop:
        raise TookTooLong(f"more than {seconds} s: {traceback.format_exc(limit=-4)}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
