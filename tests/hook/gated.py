"""Real pushes through the real gate: a repository, a remote, a person who signs, and what the remote has afterwards."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reviewer.repository import Target, choose_target, discover, read_diff
from reviewer.review.events import GiveAnswer, Sign, View
from reviewer.review.model import Reply, Verdict
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.scratch import Scratch

PROGRAM = (sys.executable, "-P", "-m", "reviewer")
BASE = "".join(f"line {number}\n" for number in range(20))
LONGEST_WAIT = 120
_ADVICE = re.compile(r"run `reviewer review (--root )?(.+?)`")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended, and all it said."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Gated:
    """A repository whose pushes to `remote` wait for a sign-off."""

    scratch: Scratch
    remote: Path

    def push(self, *arguments: str, to: str = "origin", folder: Path | None = None, **environment: str) -> Outcome:
        """Push as from a shell without a terminal."""
        return run(["git", "push", to, *arguments], folder or self.scratch.folder, **environment)

    def judge(self, *lines: str, remote: str = "origin") -> Outcome:
        """Run the program as the hook does, for the exit code that git does not hand on."""
        text = "".join(f"{line}\n" for line in lines)
        return run([*PROGRAM, "hook", "pre-push", remote, str(self.remote)], self.scratch.folder, stdin=text)

    def line(self, local: str, remote: str) -> str:
        """Return what git tells the hook of a push to the ref of that name."""
        new = self.scratch.oid(local)
        return f"{local} {new} {remote} {self.at(remote) or '0' * len(new)}"

    def at(self, ref: str) -> str | None:
        """Return what the remote has under this name."""
        command = ["git", "rev-parse", "--quiet", "--verify", "--end-of-options", ref]
        done = subprocess.run(command, cwd=self.remote, capture_output=True, text=True)
        return done.stdout.splitlines()[-1] if done.returncode == 0 else None

    def edit(self, number: int = 3, word: str = "edited") -> str:
        """Commit another word in one line of the file that is published."""
        text = (self.scratch.folder / "f.py").read_text()
        return self.scratch.commit({"f.py": re.sub(rf"\w+ {number}\n", f"{word} {number}\n", text)})

    def sign(self, revision: str) -> None:
        sign(self.scratch.folder, revision)

    def do_as_told(self, outcome: Outcome, folder: Path | None = None) -> str:
        """Review and approve what a refusal says is to be reviewed; return that."""
        (told,) = _ADVICE.findall(outcome.words)
        is_root, revision = told
        sign(folder or self.scratch.folder, revision, root=bool(is_root))
        return "".join(told)

    def publish(self, *refs: str) -> None:
        """Put something on the remote past the gate: what was there before the story begins."""
        self.scratch.git("push", "--quiet", "--no-verify", "origin", *refs)


def gated(folder: Path, *options: str) -> Gated:
    """Make a repository with one published commit, and put the gate in force."""
    scratch = Scratch(folder / "repo", *options)
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE}, "base")
    scratch.git("remote", "add", "origin", str(bare(folder / "remote.git", *options)))
    scratch.git("push", "--quiet", "origin", "main")
    install(scratch.folder)
    return Gated(scratch, folder / "remote.git")


def bare(folder: Path, *options: str) -> Path:
    """Make what can be pushed to."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", *options, str(folder)], check=True)
    return folder


def introduce(folder: Path) -> None:
    """Say who sits at this repository."""
    for name, value in (("name", "Rita"), ("email", "rita@example.org")):
        subprocess.run(["git", "config", f"user.{name}", value], cwd=folder, check=True)


def install(folder: Path) -> None:
    installed = run([*PROGRAM, "hook", "install"], folder)
    assert installed.status == 0, installed.words


def sign(folder: Path, revision: str, *, root: bool = False) -> None:
    """Read a change, answer all questions and approve it, as the walk would."""
    session = open_at(folder, choose_target(discover(folder), revision, root=root))
    session.dispatch(View(tuple(session.scope.edits)))
    for question in session.questions:
        session.dispatch(GiveAnswer(question.key, Reply.YES, session.scope.id))
    session.dispatch(Sign(Verdict.APPROVE, session.scope.id, 1.0))
    session.close()


def open_at(folder: Path, target: Target) -> Session:
    repository = discover(folder)
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    return open_session(subject, folder)


def run(command: list[str], folder: Path, *, stdin: str = "", **environment: str) -> Outcome:
    """Run in a session of its own: the terminal of whoever runs the tests is out of reach."""
    done = subprocess.run(
        command, cwd=folder, input=os.fsencode(stdin), capture_output=True, timeout=LONGEST_WAIT,
        start_new_session=True, env={**os.environ, **environment},
    )  # fmt: skip
    return Outcome(done.returncode, (done.stdout + done.stderr).decode(errors="surrogateescape"))
