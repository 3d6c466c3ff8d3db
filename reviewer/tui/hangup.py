"""The end of a terminal: a window that is closed takes its review with it, and leaves no process behind.

Textual's own threads do not notice. The one that writes ends at the first failure, and whoever writes next waits for
it for ever; the one that reads is told again and again that there is something to read.
"""

import os
import select
import time
from collections.abc import Callable
from threading import Thread

# As a shell reports a program that ended by a hangup.
STATUS = 129
# What is left to be done when nobody can see it; all is saved already.
_GRACE_SECONDS = 2.0


def mind_hangup(end: Callable[[], object]) -> None:
    """Call `end`, from a thread, when the terminal on standard input goes away; then end the process in any case."""
    if os.isatty(0):
        Thread(target=_wait, args=(end,), name="hangup", daemon=True).start()


def _wait(end: Callable[[], object]) -> None:
    terminal = select.poll()
    # Of a hangup one is always told, of nothing else when nothing else is asked for.
    terminal.register(0, 0)
    terminal.poll()
    end()
    time.sleep(_GRACE_SECONDS)
    os._exit(STATUS)
