"""The terminal while the first screen stands and the interface is on its way: no echo, nothing of it left behind."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from reviewer.preview.answering import Answering
    from reviewer.preview.frame import Frame

_TERMINAL = 0
_SCREEN = 2
_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"

# The terminal's settings before it was taken; None while it is as the user left it.
_before: "list[int | list[bytes | int]] | None" = None
_answering: "Answering | None" = None


def is_taken() -> bool:
    return _before is not None


def take(drawing: str) -> bool:
    """Draw on the other screen; what is typed from now on waits, unseen. False if the terminal cannot be had."""
    global _before  # noqa: PLW0603 - a process has one terminal
    import termios

    try:
        settings = termios.tcgetattr(_TERMINAL)
        quiet = termios.tcgetattr(_TERMINAL)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(_TERMINAL, termios.TCSANOW, quiet)
    except termios.error:
        return False
    _before = settings
    _mind_signals()
    _write(_ENTER + drawing)
    return True


def answer(frame: "Frame", patch: bytes) -> None:
    """Answer keys that move, until the terminal is given on or back."""
    global _answering  # noqa: PLW0603
    from reviewer.preview.answering import Answering

    _answering = Answering(_TERMINAL, _SCREEN, frame, patch)


def hand_over() -> bytes:
    """Leave the drawing for the interface to paint over, the terminal's settings as the user left them.

    Returns what was typed and is for the interface to answer.
    """
    return _restore()


def leave() -> None:
    """Give the terminal back, if it was taken, so that a message can be read there."""
    if is_taken():
        _restore()
        _write(_LEAVE)


def _mind_signals() -> None:
    """Leave the terminal as it was when somebody ends us; the interface has its own way later."""
    # `signal` itself makes enumerations of all there are, and that takes as long as git.
    import _signal  # type: ignore[import-not-found]  # known to no stub

    def end(number: int, _: object) -> None:
        leave()
        os.kill(os.getpid(), number)

    for number in (_signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, end)


def _restore() -> bytes:
    global _before, _answering
    if _before is None:
        return b""
    answering, _answering = _answering, None
    typed = answering.end() if answering is not None else b""
    import _signal
    import termios

    settings, _before = _before, None
    for number in (_signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, _signal.SIG_DFL)
    termios.tcsetattr(_TERMINAL, termios.TCSANOW, settings)
    return typed


def _write(text: str) -> None:
    try:
        os.write(_SCREEN, text.encode("utf-8", "replace"))
    except OSError:
        # The terminal is gone; whatever is said has no reader.
        return
