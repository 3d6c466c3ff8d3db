"""Real pushes between two repositories, with programs that write down what they were given."""

import os
import shlex
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.scratch import Scratch

LINES = b"refs/heads/main " + b"1" * 40 + b" refs/heads/main " + b"0" * 40 + b"\n"
Snapshot = dict[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Recorder:
    """A script that keeps its arguments and standard input, and exits as it is told."""

    path: Path
    folder: Path

    @property
    def runs(self) -> int:
        return len(self._lines("calls"))

    @property
    def arguments(self) -> list[str]:
        return self._lines("arguments")

    @property
    def stdin(self) -> bytes:
        return (self.folder / "stdin").read_bytes()

    def refuse(self, status: int = 1) -> None:
        (self.folder / "status").write_text(str(status))

    def _lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []


def recording(folder: Path, *, shebang: str = "#!/bin/sh\n", before: str = "") -> str:
    """Return the text of a script that keeps in `folder` what it is given."""
    log = shlex.quote(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "status").write_text("0")
    return (
        f"{shebang}{before}echo . >> {log}/calls\nprintf '%s\\n' \"$@\" > {log}/arguments\n"
        f'cat > {log}/stdin\nexit "$(cat {log}/status)"\n'
    )


def recorder(path: Path, log: Path, *, shebang: str = "#!/bin/sh\n", before: str = "", mode: int = 0o755) -> Recorder:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(recording(log, shebang=shebang, before=before))
    path.chmod(mode)
    return Recorder(path, log)


@dataclass(frozen=True, slots=True)
class Pushing:
    """A repository with something to push, where to push it, and the program that stands in for reviewer."""

    scratch: Scratch
    remote: Path
    gate: Recorder

    @property
    def hooks(self) -> Path:
        return self.scratch.folder / ".git" / "hooks"

    @property
    def program(self) -> tuple[str, ...]:
        return (str(self.gate.path), "-x", "it's $HOME")

    def put_hook(self, folder: Path | None = None, *, shebang: str = "#!/bin/sh\n", before: str = "") -> Recorder:
        """Put a hook where another program would have."""
        log = self.gate.folder.parent / "other"
        return recorder((folder or self.hooks) / "pre-push", log, shebang=shebang, before=before)

    def push(self, *refs: str, cwd: Path | None = None, **environment: str) -> bool:
        done = subprocess.run(
            ["git", "push", "--quiet", "origin", *(refs or ("main",))],
            cwd=cwd or self.scratch.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            env={**os.environ, **environment},
        )  # fmt: skip
        return done.returncode == 0

    def has_arrived(self, name: str = "main") -> bool:
        command = ["git", "rev-parse", "--quiet", "--verify", f"refs/heads/{name}"]
        return subprocess.run(command, cwd=self.remote, capture_output=True).returncode == 0

    def line(self, name: str = "main") -> bytes:
        oid = self.scratch.oid("HEAD")
        return f"refs/heads/{name} {oid} refs/heads/{name} {'0' * len(oid)}\n".encode()


def run_hook(path: Path, stdin: bytes, *arguments: str, by: str | None = None, **environment: str) -> int:
    command = [*([by] if by else []), str(path), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **environment}).returncode


def snapshot(folder: Path) -> Snapshot:
    """Return everything below a folder: kind and permissions, and content or where a link leads."""
    paths = [path for path in sorted(folder.rglob("*")) if not path.name.endswith(".sample")]
    return {str(path.relative_to(folder)): _entry(path) for path in paths}


def _entry(path: Path) -> tuple[int, bytes]:
    kind = path.lstat().st_mode
    if stat.S_ISLNK(kind):
        return kind, os.fsencode(path.readlink())
    return kind, path.read_bytes() if stat.S_ISREG(kind) else b""
