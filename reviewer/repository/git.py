"""What git is asked, and under which pins: `runners` starts it.

Every call pins its configuration and environment, so that neither the user's settings nor the
repository's can change an answer or start a program. GitPython's object API is not used: `Commit.diff`
answers with an empty list when one file name is no UTF-8.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO

from reviewer.diff.written import Patch, patch_in
from reviewer.errors import CannotDetermine
from reviewer.pins import ENVIRONMENT, PINNED
from reviewer.repository.missing import Guards, guards_of
from reviewer.repository.runners import GIT_IS_MISSING, Answer, current_runner
from reviewer.visible import show, show_lines


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository, seen from where the user stands. `top` is None in a bare one.

    `prefix` leads from `top` to the user's folder, with a trailing slash, as git gives it. `guards` hold for every
    call, against programs that a partial clone would start.
    """

    folder: Path
    top: Path | None
    git_dir: Path
    common_dir: Path
    prefix: bytes
    guards: Guards = Guards()  # noqa: RUF009 - it is frozen

    @property
    def as_the_users_own(self) -> "Repository":
        """The repository for what the user asked of a remote, by the programs configured for it."""
        return replace(self, guards=Guards())

    def place_of(self, path: bytes) -> Path | None:
        """Return where a path of the working tree lies; None if it leads out."""
        return place_in(self.top, path) if self.top is not None else None

    def run(
        self, *arguments: str | bytes, environment: Mapping[str, str] | None = None, settings: tuple[str, ...] = ()
    ) -> bytes:
        """Return what git prints, byte for byte. Raises CannotDetermine with git's own words if it fails."""
        answer = self.ask(*arguments, environment=environment, settings=settings)
        return _output(answer, arguments[0])

    def batch(
        self,
        *arguments: str,
        lines: bytes,
        environment: Mapping[str, str] | None = None,
        settings: tuple[str, ...] = (),
    ) -> bytes:
        """Return what git prints when fed with `lines` on standard input."""
        with TemporaryFile() as stdin:
            stdin.write(lines)
            stdin.seek(0)
            answer = self._execute(arguments, environment, settings, stdin)
        return _output(answer, arguments[0])

    def beginning(self, *arguments: str, length: int) -> bytes:
        """Return the first bytes of what git prints; the rest is never held. Raises CannotDetermine if it fails."""
        return _output(self._execute(arguments, None, (), length=length), arguments[0])

    def patch(
        self, *arguments: str | bytes, environment: Mapping[str, str] | None = None, settings: tuple[str, ...] = ()
    ) -> Patch:
        """Return what `run` does, held in a file if it is large."""
        with TemporaryFile() as file:
            _output(self._execute(arguments, environment, settings, into=file), arguments[0])
            return patch_in(file.fileno())

    def ask(
        self, *arguments: str | bytes, environment: Mapping[str, str] | None = None, settings: tuple[str, ...] = ()
    ) -> Answer:
        """Return git's answer whatever its exit status, for questions where no is an answer.

        `settings` are further `name=value` pairs of configuration, for this call alone.
        """
        return self._execute(arguments, environment, settings)

    def _execute(
        self,
        arguments: tuple[str | bytes, ...],
        environment: Mapping[str, str] | None,
        settings: tuple[str, ...],
        stdin: BinaryIO | None = None,
        length: int | None = None,
        into: BinaryIO | None = None,
    ) -> Answer:
        protocols = self.guards.protocols
        guarding = {"GIT_ALLOW_PROTOCOL": protocols} if protocols is not None else {}
        together = {**self._location, **guarding, **(environment or {})}
        return _execute(self._place, arguments, together, (*self.guards.settings, *settings), stdin, length, into)

    @contextmanager
    def scratch_index(self) -> Iterator[Mapping[str, str]]:
        """Lend a copy of the index, as an environment: refreshing it or adding to it leaves no trace."""
        original = self._place / (os.environ.get("GIT_INDEX_FILE") or self.git_dir / "index")
        with TemporaryDirectory(prefix="reviewer-") as folder:
            copy = Path(folder, "index")
            try:
                # With its time: git looks again at files that changed no earlier than the index.
                shutil.copy2(original, copy)
            except FileNotFoundError:
                pass
            except OSError as error:
                raise CannotDetermine(f"{show(str(original))}: {error.strerror}") from error
            yield {"GIT_INDEX_FILE": str(copy)}

    @property
    def _place(self) -> Path:
        return self.top or self.folder

    @property
    def _location(self) -> Mapping[str, str]:
        """Where the repository is, if the environment says so; there it may be relative to the user's folder."""
        location = {"GIT_DIR": self.git_dir, "GIT_WORK_TREE": self.top}
        return {name: str(place) for name, place in location.items() if place is not None and name in os.environ}


def place_in(top: Path, path: bytes) -> Path | None:
    """Return where a path below `top` lies; None if it leads out, be it by a folder that is a link.

    A patch may name any path.
    """
    if b"\0" in path:
        return None
    place = top / os.fsdecode(path)
    try:
        return place if place.parent.resolve().is_relative_to(top.resolve()) else None
    except (OSError, RuntimeError):  # the latter for links in a circle
        return None


def discover(folder: Path) -> Repository:
    """Return the repository that `folder` lies in. Raises CannotDetermine if there is none, or no git."""
    answer = _execute(folder, ("rev-parse", "--absolute-git-dir", "--git-common-dir", "--is-bare-repository"))
    if answer.status:
        reason = show_lines(answer.error).strip().removeprefix("fatal: ")
        raise CannotDetermine(
            f"{show(str(folder))}: {reason}; run reviewer inside a git repository, or use `--patch FILE`"
        )
    git_dir, common_dir, is_bare = _lines(folder, answer, 3)
    shared = (folder / common_dir).resolve()
    if is_bare == "true":
        return _guarded(Repository(folder, None, Path(git_dir), shared, b""))
    place = _execute(folder, ("rev-parse", "--show-toplevel", "--show-prefix"))
    if place.status:
        raise CannotDetermine(f"{show(str(folder))}: no working tree here; run reviewer where the files are")
    top, prefix = _lines(folder, place, 2)
    return _guarded(Repository(folder, Path(top), Path(git_dir), shared, os.fsencode(prefix)))


def _guarded(repository: Repository) -> Repository:
    return replace(repository, guards=guards_of(repository.common_dir, lambda *words: repository.ask(*words).output))


def _lines(folder: Path, answer: Answer, count: int) -> list[str]:
    lines = os.fsdecode(answer.output).removesuffix("\n").split("\n")
    if len(lines) != count:
        raise CannotDetermine(f"{show(str(folder))}: a line feed in the name of a folder; rename the folder")
    return lines


def _output(answer: Answer, command: str | bytes) -> bytes:
    if answer.status:
        reason = show_lines(answer.error).strip() or f"exit {answer.status}"
        if b"promisor remote" in answer.error or b"' not allowed" in answer.error:
            reason += (
                "\nthis clone lacks objects; if you trust its configuration, `git log -p` of the same range gets them"
            )
        raise CannotDetermine(f"git {show(_text(command))}: {reason}")
    return answer.output


def _execute(
    folder: Path,
    arguments: tuple[str | bytes, ...],
    environment: Mapping[str, str] | None = None,
    settings: tuple[str, ...] = (),
    stdin: BinaryIO | None = None,
    length: int | None = None,
    into: BinaryIO | None = None,
) -> Answer:
    # GitPython would quietly run in another folder instead.
    if not folder.is_dir() or not os.access(folder, os.X_OK):
        raise CannotDetermine(f"{show(str(folder))}: no such folder, or it may not be entered")
    pins = (*PINNED, *(part for setting in settings for part in ("-c", setting)))
    # GitPython would take a `$` in the name of the folder for a variable, so git itself goes there.
    program = _program(os.environ.get("PATH", os.defpath))
    command = [program, "-C", str(folder), *pins, *(_text(argument) for argument in arguments)]
    return current_runner()(command, {**ENVIRONMENT, **(environment or {})}, stdin, length, into)


@cache
def _program(path: str) -> str:
    """Return git as PATH has it; a relative entry there would name a program of the repository under review."""
    folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
    program = shutil.which("git", path=os.pathsep.join(folders))
    if program is None:
        raise CannotDetermine(GIT_IS_MISSING)
    return program


def _text(argument: str | bytes) -> str:
    return os.fsdecode(argument)
