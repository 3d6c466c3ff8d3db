"""What the gate costs: `reviewer verify` and the hook beside git's own commands, all of them in turns.

The folder is one that `benchmarks.releases` filled. Each subject is a change that is signed off here, as a
person would do it on the screen, and the same change without.
"""

import argparse
import gc
import os
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.environment import isolated_environment
from benchmarks.processes import wait_for_calm
from benchmarks.tables import load, percentile, print_table
from reviewer.cli.gate import tell_gate
from reviewer.inspection.here import inspect_here
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.events import Dispose, GiveAnswer, Sign, View, Waive
from reviewer.review.model import Disposition, Reply, Verdict
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject

_PYTHON = sys.executable
_REVIEWER = str(Path(_PYTHON).with_name("reviewer"))
# By package: which releases are the two ends.
_CHANGES = (("httpx", "0.27.2", "0.28.1"), ("textual", "6.2.1", "6.5.0"), ("werkzeug", "2.1.2", "3.1.3"))
_HOOK = ".git/hooks/pre-push"
_REV_PARSE, _DIFF_STAT = "git rev-parse HEAD", "git diff --stat"
_MOST_REV_PARSES, _MOST_DIFF_STATS = 15, 5
_NEVER = ("textual", "libcst", "pygments")
_WITHOUT_RECEIPT = ", no receipt"


@dataclass(frozen=True, slots=True)
class Change:
    """A change in two clones, on the branch `topic` upon `main`; only in one of them it is signed off."""

    name: str
    signed: Path
    unsigned: Path
    range: str
    lines: int


@dataclass(slots=True)
class Command:
    """`status` is how it has to end. `seconds` is how long it took each time, `processor` is with its children."""

    name: str
    arguments: tuple[str, ...]
    folder: Path
    status: int = 0
    stdin: str = os.devnull
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def needs_no_receipt(self) -> bool:
        return self.name.endswith(_WITHOUT_RECEIPT)


def main() -> None:
    options = _options()
    gc.disable()
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        scratch = Path(name)
        environment = isolated_environment(scratch)
        # What signs a change here must find nobody's settings, and nothing of who runs it.
        os.environ.clear()
        os.environ.update(environment)
        print(f"{options.rounds} rounds, {load()}")
        changes = [_demo(scratch)]
        changes += [_release(options.folder, scratch, *ends) for ends in _CHANGES]
        for change in changes:
            print(f"\n{change.name}: {change.lines:,} changed lines, {load()}\n")
            commands = _commands(change, scratch)
            for _ in range(options.rounds):
                for command in commands:
                    wait_for_calm(limit=options.calm)
                    _run(command)
            _report(commands)
        _report_modules(_commands(changes[0], scratch))
        print(f"\n{load()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("folder", type=Path, help="where `benchmarks.releases` made its repositories")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--calm", type=float, default=0.0, metavar="SECONDS",
                        help="before each run, wait so long for others to be idle")  # fmt: skip
    return parser.parse_args()


def _demo(scratch: Path) -> Change:
    original = scratch / "demo"
    subprocess.run([_REVIEWER, "demo", "--keep", str(original)], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True)  # fmt: skip
    return _change("demo", original, "main", "faster-checkout", scratch)


def _release(folder: Path, scratch: Path, package: str, old: str, new: str) -> Change:
    original = folder.resolve() / package
    ends = [_git(original, "rev-list", "-1", f"--grep=^{package} {version}$", "HEAD") for version in (old, new)]
    if not all(ends):
        raise SystemExit(f"{original}: no {package} {old} and {new}; run `python -m benchmarks.releases` anew")
    return _change(f"{package} {old} to {new}", original, ends[0], ends[1], scratch)


def _change(name: str, original: Path, old: str, new: str, scratch: Path) -> Change:
    """Lay the change upon what a remote has, in two clones of it."""
    place = scratch / name.replace(" ", "-")
    _git(scratch, "init", "--quiet", "--bare", "--initial-branch=main", f"{place}.git")
    _git(original, "push", "--quiet", f"{place}.git", f"{old}:refs/heads/main")
    for kind in ("signed", "unsigned"):
        clone = Path(f"{place}-{kind}")
        _git(scratch, "clone", "--quiet", f"{place}.git", str(clone))
        _git(clone, "config", "user.name", "Rita Reviewer")
        _git(clone, "config", "user.email", "rita@example.org")
        _git(clone, "fetch", "--quiet", str(original), new)
        _git(clone, "checkout", "--quiet", "--no-track", "-b", "topic", "FETCH_HEAD")
    signed, revision = Path(f"{place}-signed"), "origin/main...topic"
    lines = _sign(signed, revision)
    subprocess.run([_REVIEWER, "hook", "install"], check=True, cwd=signed, capture_output=True)
    return Change(name, signed, Path(f"{place}-unsigned"), revision, lines)


def _sign(folder: Path, revision: str) -> int:
    """Sign a change off as if a person had read all of it; return how many lines it changes."""
    repository = discover(folder)
    target = choose_target(repository, revision)
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    session = open_session(subject, folder)
    for findings in inspect_here(subject.job):
        session.raise_flags(findings)
    for finding in session.state.flags:
        session.dispatch(Dispose(finding, Disposition.ACCEPTED_RISK, "measured only"))
    session.dispatch(View(tuple(session.scope.edits)))
    _answer(session)
    session.dispatch(Sign(Verdict.APPROVE, session.scope.id, 1.0))
    session.close()
    with redirect_stderr(StringIO()):
        tell_gate(repository, revision)
    return subject.diff.changed_lines


def _answer(session: Session) -> None:
    for question in session.questions:
        session.dispatch(GiveAnswer(question.key, Reply.YES, session.scope.id, "measured only"))
    for requirement in ("ai-tests", "ai-tag"):
        session.dispatch(Waive(requirement, "measured only", session.scope.id))


def _commands(change: Change, scratch: Path) -> list[Command]:
    signed, unsigned, revision = change.signed, change.unsigned, change.range
    refs = scratch / "refs"
    old, new = (_git(signed, "rev-parse", name) for name in ("origin/main", "topic"))
    refs.write_text(f"refs/heads/topic {new} refs/heads/main {old}\n")
    hook = (_REVIEWER, "hook", "pre-push", "origin", _git(signed, "remote", "get-url", "origin"))
    return [
        Command(_REV_PARSE, ("git", "rev-parse", "HEAD"), signed),
        Command(_DIFF_STAT, ("git", "--no-pager", "diff", "--stat", revision), signed),
        Command("python -c pass", (_PYTHON, "-c", "pass"), signed),
        Command("python -c 'import re'", (_PYTHON, "-c", "import re"), signed),
        Command("verify RANGE", (_REVIEWER, "verify", revision), signed),
        Command("verify", (_REVIEWER, "verify"), signed),
        Command("hook pre-push", hook, signed, stdin=str(refs)),
        Command("the hook as installed", (_HOOK, *hook[3:]), signed, stdin=str(refs)),
        Command(f"verify RANGE{_WITHOUT_RECEIPT}", (_REVIEWER, "verify", revision), signed),
        Command(f"hook pre-push{_WITHOUT_RECEIPT}", hook, signed, stdin=str(refs)),
        Command("verify RANGE, not signed", (_REVIEWER, "verify", revision), unsigned, status=1),
        Command("hook pre-push, not signed", hook, unsigned, status=1, stdin=str(refs)),
    ]


def _run(command: Command) -> None:
    """Run it as a shell would. Receipts stay as they were."""
    receipts = command.folder / ".git" / "reviewer" / "receipts"
    aside = receipts.with_name("receipts-aside")
    if command.needs_no_receipt:
        receipts.rename(aside)
    os.chdir(command.folder)
    actions = [(os.POSIX_SPAWN_OPEN, 0, command.stdin, os.O_RDONLY, 0)]
    actions += [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    start = time.perf_counter()
    # `subprocess` would add a millisecond to each, and to the smallest the most.
    child = os.posix_spawnp(command.arguments[0], command.arguments, os.environ, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    command.seconds.append(time.perf_counter() - start)
    command.processor.append(used.ru_utime + used.ru_stime)
    if os.waitstatus_to_exitcode(status) != command.status:
        raise SystemExit(f"{command.name}: ended with {os.waitstatus_to_exitcode(status)}, not {command.status}")
    if command.needs_no_receipt:
        # The hook leaves a receipt, `verify` writes nothing.
        shutil.rmtree(receipts, ignore_errors=True)
        aside.rename(receipts)


def _report(commands: list[Command]) -> None:
    base, stat = (median(each.seconds) for each in commands[:2])
    limit = max(_MOST_REV_PARSES * base, _MOST_DIFF_STATS * stat)
    rows = []
    for command in commands:
        middle = median(command.seconds)
        times = (middle, percentile(command.seconds, 0.9), min(command.seconds), median(command.processor))
        ratios = (f"{middle / base:.1f}", f"{middle / stat:.1f}", f"{100 * middle / limit:.0f}")
        rows.append((command.name, *(f"{seconds * 1000:.1f}" for seconds in times), *ratios))
    print_table(("", "ms", "p90", "min", "CPU ms", "x rev-parse", "x diff --stat", "% of limit"), rows)


def _report_modules(commands: list[Command]) -> None:
    """Print what each of our commands imports beyond the interpreter's own start."""
    start = _modules((_PYTHON, "-c", "import re"), commands[0])
    print("\nmodules beyond `import re`\n")
    rows = []
    for command in commands:
        if command.arguments[0] != _REVIEWER:
            continue
        receipts = command.folder / ".git" / "reviewer" / "receipts"
        if command.needs_no_receipt:
            shutil.rmtree(receipts, ignore_errors=True)
        loaded = _modules((_PYTHON, *command.arguments), command) - start
        heavy = sorted({name.partition(".")[0] for name in loaded} & set(_NEVER))
        assert command.status or not heavy, f"{command.name} imports {heavy}"
        few = " ".join(sorted(loaded)) if len(loaded) < 10 else ""
        rows.append((command.name, f"{len(loaded)}", ", ".join(heavy) or "none", few))
    print_table(("", "modules", " or ".join(_NEVER), ""), rows)


def _modules(arguments: tuple[str, ...], command: Command) -> set[str]:
    with Path(command.stdin).open("rb") as stdin:
        done = subprocess.run(
            [arguments[0], "-X", "importtime", *arguments[1:]],
            check=False, cwd=command.folder, stdin=stdin, capture_output=True, text=True,
        )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
