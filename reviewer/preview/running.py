"""A git that writes into a file without a name, started without `subprocess`: importing that takes longer than git."""

import os
from time import monotonic, sleep

from reviewer.pins import ENVIRONMENT, PINNED

_STEP_SECONDS = 0.0003
_FOUND_NOTHING = 1


class Running:
    """One call of git in a folder. Raises OSError where such a file or process cannot be had."""

    def __init__(self, git: str, folder: str, *arguments: str, index: str | None = None) -> None:
        self.folder = folder
        environment = {**os.environ, **ENVIRONMENT, **({} if index is None else {"GIT_INDEX_FILE": index})}
        nothing = os.open(os.devnull, os.O_RDWR)
        self._out = os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600)  # noqa: S108 - it has no name
        ways = [(os.POSIX_SPAWN_DUP2, source, goal) for goal, source in enumerate((nothing, self._out, nothing))]
        self._process = os.posix_spawn(git, [git, "-C", folder, *PINNED, *arguments], environment, file_actions=ways)
        os.close(nothing)
        self._status: int | None = None

    def beginning(self, most: int, until: float) -> bytes | None:
        """Return so many bytes as soon as they are there, or all; None if git failed, or was not ready in time.

        `until` is a time of the monotonic clock. Git goes on.
        """
        while not self._has_ended() and os.fstat(self._out).st_size < most and monotonic() < until:
            sleep(_STEP_SECONDS)
        is_whole = self._has_ended()
        written = os.pread(self._out, most, 0)
        if is_whole:
            return None if self._status else written
        return written if len(written) == most else None

    def output(self, most: int, until: float) -> bytes | None:
        """Return what `beginning` does, and leave nothing behind."""
        written = self.beginning(most, until)
        self.end()
        return written

    def settings(self, most: int, until: float) -> bytes | None:
        """Return all that `git config` says, nothing if it finds nothing; None if that is not known for sure.

        So it is if git was not ready in time, failed, or has so many bytes to say: what is cut off may be what counts.
        """
        said = self.beginning(most, until)
        status = self._status
        self.end()
        if status is not None and os.waitstatus_to_exitcode(status) == _FOUND_NOTHING:
            return b""
        return said if status == 0 and said is not None and len(said) < most else None

    def written(self) -> int | None:
        """Return the file with all that git wrote, once it has ended; None if it failed, or was killed.

        Whoever asks closes it.
        """
        self._wait()
        if self._status:
            os.close(self._out)
        return None if self._status else self._out

    def kill(self) -> None:
        """End git; whoever waits for it is told so."""
        if self._status is None:
            os.kill(self._process, 9)

    def end(self) -> None:
        """End git, and let go of what it wrote."""
        self.kill()
        self._wait()
        os.close(self._out)

    def _wait(self) -> None:
        if self._status is None:
            self._status = os.waitpid(self._process, 0)[1]

    def _has_ended(self) -> bool:
        if self._status is None:
            ended, status = os.waitpid(self._process, os.WNOHANG)
            self._status = status if ended else None
        return self._status is not None
