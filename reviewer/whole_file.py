"""Writing a file so that whoever reads it finds the old content or the new, never half."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(file: Path, content: bytes, *, mode: int, durable: bool) -> None:
    """Put the content in the place of the file's own; a durable one is on disk before this returns.

    `mode` is for a new file. Raises OSError; then the file is as it was.
    """
    fresh = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
