"""What a scan costs beside ruff and bandit on the same files, all in turns, and what it says by point.

The folder is one that `benchmarks.releases` filled, and may hold `django` with the releases 4.2 and 5.0. Ruff and
bandit are used if they are on the PATH; they read the new texts, `reviewer` the change.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.environment import isolated_environment
from benchmarks.tables import load, print_table
from reviewer.analysis.finding import Finding, Severity
from reviewer.analysis.manual import card_of, slugs
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job, with_texts
from reviewer.points import Point
from reviewer.repository import choose_target, discover, read_diff

_REVIEWER = str(Path(sys.executable).with_name("reviewer"))
_RANGE = "HEAD~1..HEAD"
_BIG = "django"
_MIDDLING = range(300, 520)


@dataclass(slots=True)
class Command:
    """`wall` and `processor` are seconds, one of each a round; the processor's time is with all children."""

    name: str
    arguments: tuple[str, ...]
    folder: Path
    is_fresh: bool = False
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self, environment: Mapping[str, str]) -> None:
        if self.is_fresh:
            shutil.rmtree(environment["XDG_CACHE_HOME"], ignore_errors=True)
        before, start = _children_seconds(), time.perf_counter()
        subprocess.run(self.arguments, cwd=self.folder, env=environment, check=False, capture_output=True)
        self.wall.append(time.perf_counter() - start)
        self.processor.append(_children_seconds() - before)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("folder", type=Path, help="what benchmarks.releases filled")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packages", nargs="+", default=["httpx", "textual", "werkzeug"], metavar="PACKAGE")
    options = parser.parse_args()
    _say_what_is_said([options.folder / package for package in options.packages])
    big = options.folder / _BIG
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        environment = {**isolated_environment(Path(name)), "PATH": os.environ.get("PATH", os.defpath)}
        if (big / ".git").exists():
            ten = Path(name) / "ten"
            _lay_ten(big, ten, environment)
            for title, folder in (("ten changed files of about 400 lines", ten), ("the whole change of django", big)):
                _compare(title, folder, options.rounds, environment)
    print(load())


def _compare(title: str, folder: Path, rounds: int, environment: Mapping[str, str]) -> None:
    """Run all commands in turns and print how long they take, and how that is to bandit."""
    changed = _git(folder, environment, "diff", "--name-only", "--diff-filter=AM", _RANGE, "--", "*.py").split()
    scan = (_REVIEWER, "scan", _RANGE, "--format", "json")
    commands = [Command("reviewer, first run", scan, folder, is_fresh=True), Command("reviewer, again", scan, folder)]
    if ruff := shutil.which("ruff", path=environment["PATH"]):
        all_rules = (ruff, "check", "--isolated", "--no-cache", "--quiet", "--select", "ALL", *changed)
        commands.append(Command("ruff, ALL", all_rules, folder))
    if bandit := shutil.which("bandit", path=environment["PATH"]):
        commands.append(Command("bandit", (bandit, "--quiet", *changed), folder))
    for _ in range(rounds):
        for command in commands:
            command.run(environment)
    base = next((command for command in commands if command.name == "bandit"), commands[0])
    print(f"\n{title}: {len(changed)} Python files, {rounds} rounds, against {base.name}\n")
    rows = [
        [
            command.name,
            f"{median(command.wall):.2f}",
            f"{median(command.wall) / median(base.wall):.2f}",
            f"{median(command.processor):.2f}",
            f"{median(command.processor) / median(base.processor):.2f}",
        ]
        for command in commands
    ]
    print_table(["", "wall s", "ratio", "CPU s", "ratio"], rows)


def _say_what_is_said(folders: Sequence[Path]) -> None:
    """Print rules and flags by point, a thousand added lines of production code each."""
    rules = Counter(card.point for card in map(card_of, slugs()) if card is not None)
    said: dict[Path, dict[Point, Counter[Severity]]] = {}
    lines: dict[Path, int] = {}
    for folder in folders:
        findings, lines[folder] = _findings(folder)
        said[folder] = defaultdict(Counter)
        for finding in findings:
            said[folder][finding.point][finding.severity] += 1
    rows = [
        [point.title, str(rules[point]), *(_rates(said[one][point], lines[one]) for one in folders)] for point in Point
    ]
    rows.append(
        ["all", str(rules.total()), *(_rates(sum(said[one].values(), Counter()), lines[one]) for one in folders)]
    )
    print("high / medium / low flags a thousand added lines of production code, without info\n")
    print_table(["point", "rules", *(f"{one.name}, {lines[one]} lines" for one in folders)], rows)


def _findings(folder: Path) -> tuple[list[Finding], int]:
    repository = discover(folder)
    target = choose_target(repository, _RANGE)
    job = Job(read_diff(repository, target), repository, commit=target.new)
    added = sum(len(file.added) for file in with_texts(job, job.files, job.project()) if not file.is_test)
    return [finding for findings in inspect_here(job) for finding in findings], added


def _rates(counts: Counter[Severity], lines: int) -> str:
    return " / ".join(f"{1000 * counts[severity] / max(lines, 1):.2f}" for severity in list(Severity)[:3])


def _lay_ten(source: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Make a repository of the ten modified files nearest to 400 lines, before and after."""
    names = _git(source, environment, "diff", "--name-only", "--diff-filter=M", _RANGE, "--", "*.py").split()
    texts = {name: _git(source, environment, "show", f"HEAD:{name}") for name in names}
    middling = [name for name in names if texts[name].count("\n") in _MIDDLING]
    chosen = sorted(middling, key=lambda name: abs(texts[name].count("\n") - 400))[:10]
    folder.mkdir()
    _git(folder, environment, "init", "--quiet")
    for revision in ("HEAD~1", "HEAD"):
        for name in chosen:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(_git(source, environment, "show", f"{revision}:{name}"), "utf-8")
        _git(folder, environment, "add", "--all")
        _git(folder, environment, "commit", "--quiet", "--message", revision)


def _git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "surrogateescape")


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
