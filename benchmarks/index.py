"""Reading a large diff: our parser and the ids of all edits beside `git diff` itself, in time and memory."""

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from time import perf_counter

from benchmarks.diffs import SHAPES, make
from benchmarks.environment import isolated_environment
from benchmarks.tables import load, print_table
from reviewer.diff.identity import scope_of
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.written import Patch, patch_in
from reviewer.repository import choose_target, discover, read_diff
from reviewer.tui.rows import RowMap

_ROUNDS = 7


def main() -> None:
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        scratch = Path(name)
        environment = isolated_environment(scratch)
        for shape in sys.argv[1:] or SHAPES:
            _report(shape, scratch / shape, environment)
        print(load())


def _report(shape: str, folder: Path, environment: Mapping[str, str]) -> None:
    subject = make(shape, folder, environment)
    patch = _held(_git_diff(subject.folder, environment))
    repository = discover(subject.folder)
    diff = read_diff(repository, choose_target(repository, "HEAD"))
    steps: dict[str, Callable[[], object]] = {
        "git diff": lambda: _git_diff(subject.folder, environment),
        "parse": lambda: parse_git_patch(patch),
        "scope_of": lambda: scope_of(diff),
        "rows": lambda: RowMap(diff),
        "read_diff, git included": lambda: read_diff(repository, choose_target(repository, "HEAD")),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(_ROUNDS):
        for name, step in steps.items():
            times[name].append(_seconds(step))
    print(f"{subject.name}: {subject.hunks:,} hunks, {subject.lines:,} lines, {len(patch) / 1e6:.1f} MB\n")
    rows = []
    for name, step in steps.items():
        ratio = median(mine / git for mine, git in zip(times[name], times["git diff"], strict=True))
        rows.append((name, f"{median(times[name]) * 1000:.1f}", f"{ratio:.2f}", *_memory(step)))
    print_table(("", "ms", "x git diff", "kept MB", "peak MB"), rows)
    print()


def _seconds(step: Callable[[], object]) -> float:
    gc.collect()
    start = perf_counter()
    result = step()
    seconds = perf_counter() - start
    del result
    return seconds


def _memory(step: Callable[[], object]) -> tuple[str, str]:
    """Return what the step's result takes, and the most there was while it was made."""
    gc.collect()
    tracemalloc.start()
    result = step()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return f"{kept / 1e6:.1f}", f"{peak / 1e6:.1f}"


def _held(patch: bytes) -> Patch:
    """Return the patch as a walk holds it."""
    with TemporaryFile() as file:
        file.write(patch)
        file.flush()
        return patch_in(file.fileno())


def _git_diff(folder: Path, environment: Mapping[str, str]) -> bytes:
    command = ["git", "diff-tree", "-p", "-r", "-M", "HEAD~1", "HEAD"]
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main()
