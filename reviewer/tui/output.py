"""The way to the terminal, whole: no frame ends in the middle of an escape sequence.

Where Python was told not to buffer (PYTHONUNBUFFERED, as in most containers), a write that a signal interrupts is cut
short and its rest is lost; what comes next is then read as the end of a sequence that was begun.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def written_whole() -> Iterator[None]:
    """Let what Textual draws on, the standard error, have a buffer, which writes until all is written."""
    stream = sys.__stderr__
    if stream is None or not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        yield
        return
    raw = io.FileIO(stream.fileno(), "wb", closefd=False)
    with io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, stream.errors) as buffered:
        _set_stderr(buffered)
        try:
            yield
        finally:
            _set_stderr(stream)


def _set_stderr(stream: io.TextIOWrapper) -> None:
    sys.__stderr__ = stream  # type: ignore[misc]  # typeshed calls it final; Textual's driver takes it from there
