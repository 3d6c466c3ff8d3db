"""How git is started: through GitPython, or directly where its import would be felt or a reading must be stoppable.

Of GitPython nothing but `Git.execute` is used, and importing it costs a quarter of what the walk's start may.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Lock
from typing import BinaryIO

from reviewer.errors import CannotDetermine

_STOPPED = "stopped; what is shown is as it was"
GIT_IS_MISSING = "git was not found; install git 2.30 or newer and put it on PATH"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    output: bytes
    error: bytes


# What runs a command, in an environment added to our own, with a file as its standard input.
Runner = Callable[[Sequence[str], Mapping[str, str], BinaryIO | None], Answer]


def through_gitpython(command: Sequence[str], environment: Mapping[str, str], stdin: BinaryIO | None) -> Answer:
    # Without this, GitPython raises on import where git is missing, before we can say so.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git.cmd
    import git.exc

    try:
        status, output, error = git.cmd.Git().execute(
            command, with_extended_output=True, with_exceptions=False, stdout_as_string=False,
            strip_newline_in_stdout=False, shell=False, env=dict(environment), istream=stdin,
        )  # fmt: skip
    except git.exc.GitCommandNotFound:
        raise CannotDetermine(GIT_IS_MISSING) from None
    return Answer(int(status), _bytes(output), _bytes(error))


class Stoppable:
    """Runs git directly, until it is stopped from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False

    def __call__(self, command: Sequence[str], environment: Mapping[str, str], stdin: BinaryIO | None) -> Answer:
        # Git writes in small pieces; a pipe would wake us for each of them while others want the interpreter.
        with TemporaryFile() as output:
            process = self._start(command, {**os.environ, **environment}, stdin, output)
            _, error = process.communicate()
            with self._lock:
                self._running.discard(process)
                if self._is_stopped:
                    raise CannotDetermine(_STOPPED)
            output.seek(0)
            return Answer(process.returncode, output.read(), error)

    def stop(self) -> None:
        """Kill every git that runs; what waits for it, and whoever starts another one, gets CannotDetermine."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.kill()

    def _start(
        self, command: Sequence[str], environment: Mapping[str, str], stdin: BinaryIO | None, output: BinaryIO
    ) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._is_stopped:
                raise CannotDetermine(_STOPPED)
            try:
                process = subprocess.Popen(
                    command, env=environment, stdin=stdin or subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE
                )
            except FileNotFoundError:
                raise CannotDetermine(GIT_IS_MISSING) from None
            self._running.add(process)
            return process


_runner: ContextVar[Runner] = ContextVar("runner", default=through_gitpython)


def current_runner() -> Runner:
    return _runner.get()


@contextmanager
def running_with(runner: Runner) -> Iterator[None]:
    """Let this runner start every git of this thread, or task, and of what it begins meanwhile."""
    token = _runner.set(runner)
    try:
        yield
    finally:
        _runner.reset(token)


def _bytes(answer: str | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode("utf-8", "surrogateescape")
