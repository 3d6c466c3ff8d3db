"""Whole reviews played without a screen, journals written by hand, and what `verify` makes of them."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from reviewer.cli.gate import judged as judged_for
from reviewer.diff.identity import ScopeId
from reviewer.repository import choose_target, read_diff
from reviewer.review.events import Event, GiveAnswer, Open, Range, Sign, View
from reviewer.review.model import EventId, Reply, Reviewed, Reviewer, ReviewId, Verdict
from reviewer.review.policy import Requirement
from reviewer.review.record import encode, event_id
from reviewer.review.requirements import Outcome
from reviewer.session.opening import store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.verification.judge import Judgement
from tests.scratch import Scratch

ADA = Reviewer("Ada", "ada@example.org")  # wrote every commit of a Scratch
RITA = Reviewer("Rita", "rita@example.org")
BEN = Reviewer("Ben", "ben@example.org")
AGENT = replace(RITA, agent="Claude Code")

RANGE = "main...feature"
BASE = "".join(f"line {number}\n" for number in range(40))
AT = "2026-01-31T12:00:00Z"
ASSISTED = "change\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"
_LONGEST_WAIT = 120


def edited(*numbers: int, word: str = "edited") -> str:
    return "".join(f"{word} {n}\n" if n in numbers else line for n, line in enumerate(BASE.splitlines(keepends=True)))


def begin(scratch: Scratch, message: str = "change", policy: str | None = None) -> Scratch:
    """Commit a base, with a policy if there is one, and a change of two hunks on the branch `feature`."""
    scratch.git("config", "user.name", RITA.name)
    scratch.git("config", "user.email", RITA.email)
    scratch.commit({"shop.py": BASE, "other.py": BASE, **({} if policy is None else {".reviews/policy.toml": policy})})
    scratch.git("checkout", "-q", "-b", "feature")
    scratch.commit({"shop.py": edited(5, 30)}, message)
    return scratch


def sit_down(scratch: Scratch, by: Reviewer = RITA, revision: str = RANGE) -> Session:
    """Open the review of a range, as this person."""
    repository = scratch.repository
    target = choose_target(repository, revision)
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    return Session(subject, store_for(repository, scratch.folder), by)


def read_and_answer(session: Session) -> Session:
    session.dispatch(View(tuple(session.scope.edits)))
    for question in session.questions:
        session.dispatch(GiveAnswer(question.key, Reply.YES, session.scope.id, "as tested"))
    return session


def sign(scratch: Scratch, by: Reviewer = RITA, verdict: Verdict = Verdict.APPROVE, revision: str = RANGE) -> ReviewId:
    """Let someone read, answer and sign a range; return the review's name."""
    session = read_and_answer(sit_down(scratch, by, revision))
    session.dispatch(Sign(verdict, session.scope.id, 1.0))
    session.close()
    return session.review


def say(scratch: Scratch, by: Reviewer, *events: Callable[[ScopeId], Event] | Event, revision: str = RANGE) -> None:
    """Let someone say these things, some of which need to know the scope."""
    session = sit_down(scratch, by, revision)
    for event in events:
        session.dispatch(event(session.scope.id) if callable(event) else event)
    session.close()


def judged(scratch: Scratch, revision: str | None = RANGE, ref: str | None = None) -> Judgement:
    judgement = judged_for(scratch.repository, revision, ref)
    assert judgement is not None
    return judgement


def outcome(judgement: Judgement, requirement: Requirement) -> Outcome:
    return next(result.outcome for result in judgement.results if result.requirement is requirement)


def reasons(judgement: Judgement, requirement: Requirement) -> list[str]:
    return [
        str(reason) for result in judgement.results if result.requirement is requirement for reason in result.reasons
    ]


def missing(judgement: Judgement) -> list[Requirement]:
    return [result.requirement for result in judgement.results if not result.outcome.lets_pass]


def live(scratch: Scratch) -> Path:
    return scratch.folder / ".git" / "reviewer" / "reviews"


def journals(scratch: Scratch) -> list[Path]:
    """Return the journals that are written here, and their copies to be committed."""
    return sorted([*live(scratch).rglob("*.jsonl"), *(scratch.folder / ".reviews").rglob("*.jsonl")])


def chained(by: Reviewer, events: Sequence[Event], *, review: str = "2026-01-31-0123456789", clock: int = 0) -> bytes:
    """Return a journal that is right in form, whatever it claims."""
    lines: list[bytes] = []
    prev: EventId | None = None
    for number, event in enumerate((Open(ReviewId(review), by, "by hand"), *events)):
        lines.append(encode(event, number=number, clock=clock + number, at=AT, prev=prev))
        prev = event_id(lines[-1])
    return b"".join(line + b"\n" for line in lines)


def whole_review(scratch: Scratch, verdict: Verdict = Verdict.APPROVE) -> list[Event]:
    """Return all that a real reviewer would have said of the change, to be put into somebody's mouth."""
    session = sit_down(scratch)
    answers = [GiveAnswer(question.key, Reply.YES, session.scope.id) for question in session.questions]
    return [
        about(session.scope.id), View(tuple(session.scope.edits)), *answers, Sign(verdict, session.scope.id, 1.0)
    ]  # fmt: skip


def about(scope: str, new: str | None = None) -> Range:
    return Range(Reviewed(ScopeId(scope), "by hand", None, new, 1, 1, 1))


def plant(scratch: Scratch, content: bytes, review: str = "2026-01-31-0123456789", name: str = "x.00.jsonl") -> Path:
    """Put a journal where a proposal can: beside the code, to be committed."""
    return scratch.write(f".reviews/{review}/{name}", content)


def put_in_ref(scratch: Scratch, review: str, **journals: bytes) -> None:
    """Make a ref of a review that holds these journals, each called `NAME.00.jsonl`."""
    entries = b""
    for name, content in journals.items():
        blob = scratch.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        entries += f"100644 blob {blob}\t{name}.00.jsonl\n".encode()
    tree = scratch.git("mktree", stdin=entries).decode().strip()
    commit = scratch.git("commit-tree", tree, "-m", "review").decode().strip()
    scratch.git("update-ref", f"refs/reviews/{review}", commit)


def verify(scratch: Scratch, *arguments: str, folder: Path | None = None, **environment: str) -> tuple[int, str, str]:
    """Run `verify` as a user would, and return its exit code, standard output and standard error."""
    done = run(sys.executable, "-m", "reviewer", "verify", *arguments, folder=folder or scratch.folder, **environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run(*command: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_WAIT,
        env={**os.environ, **environment},
    )  # fmt: skip
