"""First paint, key to paint, processor time and memory of `reviewer` beside less, tig and a smallest program.

All programs take turns in one run; what counts are the ratios, for a second run meets another load.
"""

import argparse
import gc
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.diffs import ODD_SHAPES, SHAPES, Subject, copy, make, make_odd
from benchmarks.environment import isolated_environment
from benchmarks.measures import KeyRun, Press, Start, measure_keys, measure_start
from benchmarks.processes import wait_for_calm
from benchmarks.programs import Program, programs
from benchmarks.tables import load, percentile, print_table
from benchmarks.terminal import Size, Terminal

_BASELINES = ("less", "tig", "smallest")


@dataclass(slots=True)
class Figures:
    """All runs of one program on one subject."""

    program: Program
    starts: list[Start] = field(default_factory=list)
    runs: list[KeyRun] = field(default_factory=list)

    def presses(self, key: str) -> list[Press]:
        return [press for run in self.runs for press in run.series[key].presses]

    def processor(self, key: str) -> float:
        return median(run.series[key].processor for run in self.runs)


def main() -> None:
    options = _options()
    gc.disable()
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        scratch = Path(name)
        environment = isolated_environment(scratch)
        subjects = [make(shape, scratch / shape, environment) for shape in options.synthetic]
        subjects += [make_odd(shape, scratch / shape, environment) for shape in options.odd]
        subjects += [copy(path, scratch / path.resolve().name, environment) for path in options.repository]
        print(f"terminal {options.columns}x{options.rows}, {load()}")
        for subject in subjects:
            print(f"\n{subject.name}: {subject.hunks:,} hunks, {subject.lines:,} lines\n")
            _report(_measure(subject, options, environment))
        print(f"\n{load()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paint", description=__doc__)
    parser.add_argument("--repository", type=Path, action="append", default=[], help="review a copy's last commit")
    parser.add_argument(
        "--synthetic", nargs="*", choices=SHAPES, default=["small", "medium", "large"], help="made ones"
    )
    parser.add_argument(
        "--odd", nargs="+", choices=ODD_SHAPES, default=[], help="made repositories, large in other ways"
    )
    parser.add_argument("--busy-presses", type=int, default=0, help="line keys pressed while the rules run")
    parser.add_argument("--checkout", type=Path, action="append", default=[], help="measure that checkout, too")
    parser.add_argument("--only", nargs="+", default=[], metavar="PROGRAM", help="leave out the other programs")
    parser.add_argument("--calm", type=float, default=0.0, help="seconds to wait for others to be idle before a start")
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--starts", type=int, default=15, help="rounds for the first paint")
    parser.add_argument("--key-rounds", type=int, default=3, help="rounds for keys; 0 leaves them out")
    parser.add_argument("--presses", type=int, default=20, help="presses of each key in a round")
    return parser.parse_args()


def _measure(subject: Subject, options: argparse.Namespace, environment: Mapping[str, str]) -> list[Figures]:
    size = Size(options.columns, options.rows)

    def open_terminal(program: Program, subject: Subject) -> Terminal:
        wait_for_calm(limit=options.calm)
        return Terminal(program.command, size=size, folder=subject.folder, environment=environment)

    chosen = [
        program for program in programs(subject, options.checkout) if not options.only or program.name in options.only
    ]
    figures = [Figures(program) for program in chosen]
    for number in range(options.starts + 1):
        for one in figures:
            start = measure_start(open_terminal, one.program, subject)
            # The first start reads from the disk what all others find in memory.
            if number:
                one.starts.append(start)
        gc.collect()
    for _ in range(options.key_rounds):
        for one in figures:
            if one.program.keys:
                busy_presses = options.busy_presses if one.program.typed else 0
                run = measure_keys(open_terminal, one.program, subject, options.presses, busy_presses=busy_presses)
                one.runs.append(run)
                gc.collect()
    return figures


def _report(figures: list[Figures]) -> None:
    _report_starts(figures)
    if any(one.runs for one in figures):
        print()
        _report_keys(figures)


def _report_starts(figures: list[Figures]) -> None:
    baselines = {one.program.name: one for one in figures if one.program.name in _BASELINES}
    rows = []
    for one in figures:
        for index in range(len(one.program.texts)):
            times = [start.shown[index].clock for start in one.starts]
            ratios = [
                f"{median(mine / other.shown[0].clock for mine, other in zip(times, base.starts, strict=True)):.2f}"
                for base in baselines.values()
            ]
            name = (one.program.name, "  first key", "  review open")[index]
            processor = median(start.shown[index].processor for start in one.starts)
            memory = max((one.starts[-1].memory, *(run.memory for run in one.runs)))
            figures_in_ms = (f"{value * 1000:.0f}" for value in (median(times), min(times), max(times), processor))
            rows.append((name, *figures_in_ms, *ratios, f"{memory:.0f}" if not index else ""))
    print_table(("first paint", "ms", "min", "max", "CPU ms", *(f"x {name}" for name in baselines), "peak MB"), rows)


def _report_keys(figures: list[Figures]) -> None:
    base = next((one for one in figures if one.program.name == "less"), None)
    rows = []
    for one in figures:
        for key in one.program.keys:
            presses = one.presses(key)
            if not presses:
                continue
            painted = [press.painted * 1000 for press in presses]
            settled = [press.settled * 1000 for press in presses]
            other = base.presses(key) if base is not None and key in base.program.keys else []
            ratio = f"{median(painted) / median(press.painted * 1000 for press in other):.1f}" if other else ""
            times = (
                median(painted),
                percentile(painted, 0.99),
                max(painted),
                median(settled),
                one.processor(key) * 1000,
            )
            written = f"{median(press.written for press in presses):.0f}"
            rows.append((one.program.name, key, str(len(presses)), *(f"{ms:.1f}" for ms in times), written, ratio))
    columns = ("key to paint", "", "presses", "p50 ms", "p99", "max", "settled p50", "CPU ms", "bytes", "x less")
    print_table(columns, rows)
    for one in figures:
        _report_busy(one)
    for one in figures:
        if not all(run.came_to_rest for run in one.runs):
            print(f"{one.program.name} was still at work in the background")


def _report_busy(one: Figures) -> None:
    busy = [seconds * 1000 for run in one.runs for seconds in run.busy]
    if busy:
        idle = [press.painted * 1000 for press in one.presses("line")]
        p50, p99 = (percentile(busy, share) / percentile(idle, share) for share in (0.5, 0.99))
        print(
            f"{one.program.name}, line while the rules run: {len(busy)} presses, p50 {median(busy):.1f} ms,"
            f" p99 {percentile(busy, 0.99):.1f}, against idle {p50:.2f} x and {p99:.2f} x"
        )


if __name__ == "__main__":
    main()
