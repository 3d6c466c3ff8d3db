"""Running ssh-keygen, or the program a user signs with in its place.

It gets no terminal to draw a prompt on, a limited time, and a private folder to stand in; and it is never
one that lies in the repository under review.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO

from reviewer.errors import CannotDetermine
from reviewer.repository.git import Repository
from reviewer.visible import show

MISSING = "ssh-keygen was not found; install OpenSSH 8.2 or newer (openssh-client) and put it on PATH"

_MOST_OUTPUT = 64 * 1024
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    output: bytes
    error: bytes

    @property
    def words(self) -> str:
        """What the program said to its user, on one line."""
        lines = (show(line).strip() for line in self.error.splitlines())
        # A frame of @ stands around its louder warnings.
        said = "; ".join(line for line in lines if line.strip("@"))
        return said if len(said) <= _MOST_WORDS else f"{said[:_MOST_WORDS]}…"


def find_program(name: str, repository: Repository | None = None) -> Path | None:
    """Return where a program lies: by its absolute path, or by its name on PATH, outside the repository."""
    if os.sep in name:
        found = shutil.which(name) if Path(name).is_absolute() else None
        return Path(found) if found and not _lies_in(Path(found), repository) else None
    folders = (Path(folder) for folder in os.get_exec_path())
    # A relative entry of PATH, or an empty one, means the folder one stands in.
    trusted = [str(folder) for folder in folders if folder.is_absolute() and not _lies_in(folder, repository)]
    found = shutil.which(name, path=os.pathsep.join(trusted))
    return Path(found) if found else None


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Lend a private folder with these files in it."""
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="reviewer-")))
            for name, content in files.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise CannotDetermine(
                f"no temporary folder for a signature: {error.strerror}; make room, or set TMPDIR"
            ) from error
        yield folder


def run(
    program: Path,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
    stdin: str = os.devnull,
) -> Answer:
    """Run the program in `folder`. Raises TimeoutError when it takes longer, and CannotDetermine if it cannot start."""
    with (folder / stdin).open("rb") as source, TemporaryFile() as output, TemporaryFile() as error:
        try:
            # In a session of its own it has no /dev/tty, where ssh-keygen would ask over the screen and wait.
            process = subprocess.Popen(
                [program, *arguments], cwd=folder, env=environment, start_new_session=True,
                stdin=source, stdout=output, stderr=error,
            )  # fmt: skip
        except OSError as fault:
            raise CannotDetermine(f"{show(str(program))}: {fault.strerror}; it cannot be started") from fault
        with process:
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired as late:
                raise TimeoutError(f"{show(str(program))}: no answer within {seconds:g} seconds") from late
            finally:
                _end(process)
        return Answer(status, _start_of(output), _start_of(error))


def _lies_in(place: Path, repository: Repository | None) -> bool:
    if repository is None:
        return False
    homes = (repository.top, repository.folder, repository.git_dir, repository.common_dir)
    roots = {root for home in homes if home is not None for root in (home, home.resolve())}
    return any(way.is_relative_to(root) for way in (place, place.resolve()) for root in roots)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop it and whatever it started, such as a program that asks for a passphrase in a window."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _start_of(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_MOST_OUTPUT)
