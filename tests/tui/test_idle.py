"""Idle means idle: a walk that nobody touches writes nothing, however long it stands."""

import os
import select
import sys
import time
from pathlib import Path

import pexpect

from tests.tui.stage import make_repository

# Long enough for the look at the files that every few seconds may find the change another one.
_SECONDS = 7


def test_a_walk_that_nobody_touches_writes_no_byte(tmp_path: Path, pinned_environment: None) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "reviewer"], cwd=make_repository(tmp_path), timeout=100, dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    child.expect_exact("0/9")
    _until_quiet(child.child_fd, seconds=8)

    written = _read(child.child_fd, _SECONDS)

    child.send("q")
    child.expect(pexpect.EOF)
    assert written == b""


def _until_quiet(fd: int, *, seconds: float) -> None:
    """Wait until the first screen, its colours and its flags are all drawn."""
    while select.select([fd], [], [], seconds)[0]:
        os.read(fd, 1 << 16)


def _read(fd: int, seconds: float) -> bytes:
    written, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            written += os.read(fd, 1 << 16)
    return written
