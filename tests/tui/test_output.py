"""What is drawn arrives whole, whatever Python was told about buffers."""

import io
import os
import signal
import sys
from threading import Event, Thread
from types import FrameType

import pytest

from reviewer.tui.output import written_whole

# More than a pipe takes at once, so that writing has to wait.
_FRAME = "".join(f"\x1b[{line};1H" for line in range(100_000))


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> tuple[int, io.TextIOWrapper]:
    """A pipe to read from, and the standard error that leads into it, as Python makes it without buffers."""
    reading, writing = os.pipe()
    stream = io.TextIOWrapper(io.FileIO(writing, "wb"), "utf-8", write_through=True)  # type: ignore[type-var]
    monkeypatch.setattr(sys, "__stderr__", stream)
    return reading, stream


def _written_through_an_interruption(reading: int) -> str:
    """Write a frame, interrupted by a signal while the pipe is full; return what arrives."""
    interrupted, arrived = Event(), []

    def read() -> None:
        interrupted.wait()
        with open(reading, "rb") as stream:
            arrived.append(stream.read().decode())

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()

    before = signal.signal(signal.SIGALRM, interrupt)
    reader = Thread(target=read)
    reader.start()
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with written_whole():
            assert sys.__stderr__ is not None
            sys.__stderr__.write(_FRAME)
    finally:
        signal.signal(signal.SIGALRM, before)
        assert sys.__stderr__ is not None
        sys.__stderr__.close()
        reader.join()
    return arrived[0]


def test_a_frame_that_a_signal_interrupts_arrives_whole(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, _ = pipe

    assert _written_through_an_interruption(reading) == _FRAME


def test_the_standard_error_is_what_it_was_afterwards(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe

    with written_whole():
        assert sys.__stderr__ is not stream

    assert sys.__stderr__ is stream
    stream.write("said")
    assert os.read(reading, 9) == b"said"
    stream.close()
    os.close(reading)


def test_one_that_has_a_buffer_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with io.TextIOWrapper(io.BytesIO()) as stream:
        monkeypatch.setattr(sys, "__stderr__", stream)

        with written_whole():
            assert sys.__stderr__ is stream
