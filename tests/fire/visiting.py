"""Opens a session in a repository and says something there, as a program: `FOLDER [REVISION]`.

For what must happen in a process of its own, such as one without the rights of root. Prints JSON.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from os import geteuid
from pathlib import Path
from subprocess import CompletedProcess, run

from reviewer.errors import ReviewerError
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.events import TakeNote
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject

_ROOT = Path(__file__).parents[2]
_RIGHTS = "-dac_override,-dac_read_search"


@dataclass(frozen=True)
class Visit:
    """What a reviewer met: the notes that stood, what was wrong, and why a note could not be saved, if so."""

    review: str
    notes: list[str]
    damages: list[str]
    error: str | None


def open_at(folder: Path, revision: str | None = None) -> Session:
    """Open a session as the command line would, on the working tree or on a revision."""
    repository = discover(folder)
    target = choose_target(repository, revision)
    diff = read_diff(repository, target)
    return open_session(Subject(diff, target.label, repository, target.old, target.new), folder)


def visit(folder: Path, revision: str | None = None, note: str = "seen") -> Visit:
    """Open a session, leave a note, and return how that went."""
    session = open_at(folder, revision)
    notes = sorted(note.body for note in session.state.notes.values())
    error = None
    try:
        session.dispatch(TakeNote(note))
    except ReviewerError as raised:
        error = str(raised)
    session.close()
    return Visit(session.review, notes, list(session.damages), error)


def visit_without_rights(folder: Path, revision: str | None = None) -> Visit:
    """Visit as a user whom permissions stop, also where root runs the tests."""
    arguments = [str(folder)] if revision is None else [str(folder), revision]
    done = run(
        [*without_rights(), sys.executable, "-m", "tests.fire.visiting", *arguments],
        cwd=_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Visit(**json.loads(done.stdout))


def reviewer(*arguments: str, folder: Path, prefix: Sequence[str] = ()) -> CompletedProcess[str]:
    """Run the command line in the folder."""
    command = [*prefix, sys.executable, "-m", "reviewer", *arguments]
    return run(command, cwd=folder, capture_output=True, text=True, stdin=-3, timeout=60, check=False)


def without_rights() -> list[str]:
    """Return what a command is prefixed with so that permissions hold for it: root's right to pass them is dropped."""
    if geteuid():
        return []
    if shutil.which("setpriv") is None:
        raise RuntimeError("these tests run as root only where there is setpriv; run them as another user")
    return ["setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}"]


if __name__ == "__main__":
    json.dump(asdict(visit(Path(sys.argv[1]), *sys.argv[2:])), sys.stdout)
