"""Whether somebody sits at the terminal a push was started from, and can be asked."""

import os
import select
import termios
from collections.abc import Mapping

from reviewer.provenance.agents import agent_at_work

_OFF = ("", "0", "false", "no")


def open_terminal(environ: Mapping[str, str]) -> int | None:
    """Return a descriptor of the terminal, or None where nobody is to be asked: in CI, under an agent, without one.

    Git's own standard input holds ref lines, so the terminal is /dev/tty.
    """
    is_told_not_to = environ.get("GIT_TERMINAL_PROMPT", "1").lower() in _OFF or environ.get("TERM") == "dumb"
    if is_told_not_to or environ.get("CI", "").lower() not in _OFF or agent_at_work(environ):
        return None
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    if _is_free(terminal):
        return terminal
    os.close(terminal)
    return None


def ask(terminal: int, question: str, *, patience: float) -> bool:
    """Return True for yes; anything else is a no, and so is silence for so many seconds.

    What was typed before the question was seen is no answer to it.
    """
    try:
        termios.tcflush(terminal, termios.TCIFLUSH)
        os.write(terminal, f"{question} [y/N] ".encode())
        if not select.select([terminal], [], [], patience)[0]:
            os.write(terminal, b"\nno answer\n")
            return False
        return os.read(terminal, 1_000).strip().lower() in (b"y", b"yes")
    except (OSError, termios.error):
        # Whoever sat there has left.
        return False


def take_over(terminal: int) -> None:
    """Let the interface read keys from the terminal, and draw there if standard error goes elsewhere."""
    os.dup2(terminal, 0)
    if not os.isatty(2):
        os.dup2(terminal, 2)


def _is_free(terminal: int) -> bool:
    """False if another program owns the screen: lazygit, gitui and tig switch line mode off."""
    try:
        is_ours = os.tcgetpgrp(terminal) == os.getpgrp()
        return is_ours and bool(termios.tcgetattr(terminal)[3] & termios.ICANON)
    except (OSError, termios.error):
        return False
