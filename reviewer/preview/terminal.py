"""The terminal while the first screen stands and the interface is on its way: no echo, nothing of it left behind."""

import os

_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"

# The terminal's settings before it was taken; None while it is as the user left it.
_before: "list[int | list[bytes | int]] | None" = None


def is_taken() -> bool:
    return _before is not None


def take(drawing: str) -> None:
    """Draw on the other screen; what is typed from now on waits for the interface, unseen."""
    global _before  # noqa: PLW0603 - a process has one terminal
    import termios

    try:
        settings = termios.tcgetattr(0)
        quiet = termios.tcgetattr(0)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(0, termios.TCSANOW, quiet)
    except termios.error:
        return
    _before = settings
    _mind_signals()
    _write(_ENTER + drawing)


def hand_over() -> None:
    """Leave the drawing for the interface to paint over, the terminal's settings as the user left them."""
    _restore()


def leave() -> None:
    """Give the terminal back, if it was taken, so that a message can be read there."""
    if is_taken():
        _restore()
        _write(_LEAVE)


def _mind_signals() -> None:
    """Leave the terminal as it was when somebody ends us; the interface has its own way later."""
    import signal

    def end(number: int, _: object) -> None:
        leave()
        os.kill(os.getpid(), number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _restore() -> None:
    global _before
    if _before is None:
        return
    import signal
    import termios

    settings, _before = _before, None
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    termios.tcsetattr(0, termios.TCSANOW, settings)


def _write(text: str) -> None:
    try:
        os.write(2, text.encode("utf-8", "replace"))
    except OSError:
        # The terminal is gone; whatever is said has no reader.
        return
