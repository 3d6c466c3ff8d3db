"""The walk by line prompts at the user's own terminal."""

import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reviewer.review.model import SignOff
    from reviewer.session.subject import Subject

_LEAST_LINES, _MOST_LINES = 10, 40
# Title, flags and prompt want to stay on the screen, too.
_OTHER_LINES = 6
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def walk_by_lines(
    subject: "Subject", folder: Path, *, guide: tuple[str, ...], reread: "Callable[[int], Subject | None] | None"
) -> "SignOff | None":
    """Walk a person through the subject on standard input and output; return the sign-off that stands, if any."""
    from reviewer.plain.console import LineTerminal
    from reviewer.plain.teller import Manner
    from reviewer.plain.walk import PlainWalk
    from reviewer.repository.runners import Stoppable, running_with
    from reviewer.session.opening import open_session

    # A glyph that the terminal's character set lacks is written as a number.
    heard = open(1, "w", encoding=sys.stdout.encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    lines = max(_LEAST_LINES, min(shutil.get_terminal_size().lines - _OTHER_LINES, _MOST_LINES))
    with _ended_by_signals() as woken, running_with(Stoppable()):
        terminal = LineTerminal(0, heard, encoding=sys.stdin.encoding, woken=woken)
        opened = partial(open_session, folder=folder)
        walk = PlainWalk(subject, opened, terminal, Manner(monotonic, lines), guide=guide, reread=reread)
        gc.freeze()
        gc.enable()
        try:
            signoff = walk.run()
            if walk.has_signed:
                click.echo(walk.session.add_signature(), err=True)
        except KeyboardInterrupt:
            click.echo("\ninterrupted; all is saved, the same command goes on where you left", err=True, nl=False)
            raise
        finally:
            walk.session.close()
    return signoff


@contextmanager
def _ended_by_signals() -> Iterator[int]:
    """End in order, with the status a shell would give, where a signal would end us at once.

    Gives a descriptor that can be read once a signal came.
    """

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals call it
        sys.exit(128 + number)

    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    fd = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    before = [(number, signal.signal(number, end)) for number in _ENDING_SIGNALS]
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(fd)
        for number, handler in before:
            signal.signal(number, handler)
        os.close(woken)
        os.close(waking)
