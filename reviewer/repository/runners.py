"""How git is started: through GitPython, or directly where its import would be felt or a reading must be stoppable.

Of GitPython nothing but `Git.execute` is used, and importing it costs a quarter of what the walk's start may.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from reviewer.diff.written import Patch, patch_in
from reviewer.errors import CannotDetermine
from reviewer.preview.running import Running

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STOPPED = "stopped; what is shown is as it was"
_PAUSE_SECONDS = 0.2
GIT_IS_MISSING = "git was not found; install git 2.30 or newer and put it on PATH"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    output: bytes
    error: bytes


# What runs a command, in an environment added to our own, with a file as its standard input; the number says how many
# bytes of its output are wanted, None all of them. A second file takes the output, and the answer is without it.
Runner = Callable[[Sequence[str], Mapping[str, str], BinaryIO | None, int | None, BinaryIO | None], Answer]


class _Beginning(BytesIO):
    """Takes all that is written, and keeps so many bytes of it."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def write(self, data: "ReadableBuffer") -> int:
        view = memoryview(data)
        super().write(view[: max(0, self._length - self.tell())])
        return view.nbytes


def through_gitpython(
    command: Sequence[str],
    environment: Mapping[str, str],
    stdin: BinaryIO | None = None,
    length: int | None = None,
    into: BinaryIO | None = None,
) -> Answer:
    # Without this, GitPython raises on import where git is missing, before we can say so.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git.cmd
    import git.exc

    kept = None if length is None else _Beginning(length)
    try:
        status, output, error = git.cmd.Git().execute(
            command, with_extended_output=True, with_exceptions=False, stdout_as_string=False,
            strip_newline_in_stdout=False, shell=False, env=dict(environment), istream=stdin,
            output_stream=into or kept,
        )  # fmt: skip
    except git.exc.GitCommandNotFound:
        raise CannotDetermine(GIT_IS_MISSING) from None
    if into is not None:
        into.flush()
        return Answer(int(status), b"", _bytes(error))
    return Answer(int(status), _bytes(output) if kept is None else kept.getvalue(), _bytes(error))


class Stoppable:
    """Runs git directly, until it is stopped from another thread, or has said more than `most` bytes."""

    def __init__(self, *, most: int | None = None) -> None:
        self._most = most
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes] | Running] = set()
        self._is_stopped = False

    def __call__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        stdin: BinaryIO | None = None,
        length: int | None = None,
        into: BinaryIO | None = None,
    ) -> Answer:
        # Git writes in small pieces; a pipe would wake us for each of them while others want the interpreter.
        with nullcontext(into) if into is not None else TemporaryFile() as output:
            process = self._start(command, {**os.environ, **environment}, stdin, output)
            error = self._error_of(process, output)
            with self._lock:
                self._running.discard(process)
                if self._is_stopped:
                    raise CannotDetermine(_STOPPED)
            if self._is_too_much(output):
                raise CannotDetermine(f"git's answer is longer than {self._most:,} bytes")
            output.seek(0)
            return Answer(
                process.returncode, output.read(-1 if length is None else length) if into is None else b"", error
            )

    def wait_for(self, begun: Running) -> Patch | None:
        """Return the patch that a git writes which was begun elsewhere; None if it failed."""
        with self._lock:
            if self._is_stopped:
                begun.kill()
            self._running.add(begun)
        written = begun.written()
        try:
            with self._lock:
                self._running.discard(begun)
                if self._is_stopped:
                    raise CannotDetermine(_STOPPED)
            return patch_in(written) if written is not None else None
        finally:
            if written is not None:
                os.close(written)

    def stop(self) -> None:
        """Kill every git that runs; what waits for it, and whoever starts another one, gets CannotDetermine."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.kill()

    def _error_of(self, process: "subprocess.Popen[bytes]", output: BinaryIO) -> bytes:
        """Return what the process says of errors when it has ended; one that says too much otherwise is killed."""
        while True:
            try:
                return process.communicate(timeout=None if self._most is None else _PAUSE_SECONDS)[1]
            except subprocess.TimeoutExpired:
                if self._is_too_much(output):
                    process.kill()

    def _is_too_much(self, output: BinaryIO) -> bool:
        return self._most is not None and os.fstat(output.fileno()).st_size > self._most

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
