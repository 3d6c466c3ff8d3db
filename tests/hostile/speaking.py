"""Commands of the real program, one after another, as a program: run by `Speaker`, which gets all they print.

Each runs in a fork of a process that has loaded everything, on a pseudo-terminal of its own or on pipes. What
is asked on the terminal is answered with no.
"""

import gc
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import traceback
from base64 import b64decode, b64encode
from dataclasses import dataclass
from fcntl import ioctl
from importlib import import_module
from pathlib import Path
from typing import NoReturn

_ROOT = Path(__file__).parents[2]
_LONGEST_LIFE = 100
_QUESTION = b"[y/N] "


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and every byte it wrote; on a terminal standard error is part of the output."""

    status: int
    output: bytes
    error: bytes


class Speaker:
    """Runs commands in a process that goes on; to start Python anew for each would take minutes."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.speaking"], cwd=_ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**environment, "TERM": "xterm-256color"}, text=True,
        )  # fmt: skip

    def say(self, *words: str, folder: Path, on_terminal: bool, stdin: bytes | None = None, **environment: str) -> Said:
        """Run `reviewer` with these words; without `stdin`, it has the terminal or nothing to read."""
        given = None if stdin is None else b64encode(stdin).decode()
        asked = {"words": words, "folder": str(folder), "stdin": given, "environment": environment}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**asked, "on_terminal": on_terminal}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Said(answer["status"], b64decode(answer["output"]), b64decode(answer["error"]))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _main() -> None:
    _load()
    for line in sys.stdin:
        asked = json.loads(line)
        stdin = None if asked["stdin"] is None else b64decode(asked["stdin"])
        run = _on_terminal if asked["on_terminal"] else _on_pipes
        said = run(asked, stdin)
        answer = {"status": said.status, "output": b64encode(said.output).decode()}
        sys.stdout.write(json.dumps({**answer, "error": b64encode(said.error).decode()}) + "\n")
        sys.stdout.flush()


def _load() -> None:
    """Import what most commands do, once for all of them."""
    for module in ("cli.main", "inspection.here", "session.opening", "verification.judge", "reports.sarif"):
        import_module(f"reviewer.{module}")
    from reviewer.analysis.manual import card_of, slugs
    from reviewer.analysis.rules import rules_to_run

    rules_to_run(frozenset())
    for slug in slugs():
        card_of(slug)
    gc.freeze()


def _on_terminal(asked: dict[str, object], stdin: bytes | None) -> Said:
    master, slave = pty.openpty()
    reading = _file_of(stdin) if stdin is not None else slave
    child = os.fork()
    if child == 0:
        os.setsid()
        ioctl(slave, termios.TIOCSCTTY, 0)
        _become(asked, reading, slave, slave)
    os.close(slave)
    if reading != slave:
        os.close(reading)
    output = b""
    while piece := _piece(master):
        output += piece
        if output.endswith(_QUESTION):
            os.write(master, b"n\r")
    os.close(master)
    return Said(_status(child), output, b"")


def _on_pipes(asked: dict[str, object], stdin: bytes | None) -> Said:
    reading = _file_of(stdin or b"")
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        _become(asked, reading, out_end, err_end)
    for descriptor in (reading, out_end, err_end):
        os.close(descriptor)
    found = {out: b"", err: b""}
    still_open = [out, err]
    while still_open:
        for ready in select.select(still_open, [], [])[0]:
            piece = os.read(ready, 65_536)
            found[ready] += piece
            if not piece:
                still_open.remove(ready)
                os.close(ready)
    return Said(_status(child), found[out], found[err])


def _become(asked: dict[str, object], stdin: int, stdout: int, stderr: int) -> NoReturn:
    """Turn this fork into the command."""
    status = 1
    try:
        for number, descriptor in enumerate((stdin, stdout, stderr)):
            os.dup2(descriptor, number)
        os.closerange(3, 100)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  # it lives as long as the process
        signal.alarm(_LONGEST_LIFE)
        os.environ.update(asked["environment"])  # type: ignore[call-overload]  # JSON says nothing of types
        os.chdir(str(asked["folder"]))
        sys.argv = ["reviewer", *asked["words"]]  # type: ignore[misc]  # same
        from reviewer.entry import main

        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # as Python does at its end
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _piece(master: int) -> bytes:
    try:
        return os.read(master, 65_536)
    except OSError:
        # So Linux says that nobody has the other end open any more.
        return b""


def _file_of(content: bytes) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return os.dup(file.fileno())


def _status(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    _main()
