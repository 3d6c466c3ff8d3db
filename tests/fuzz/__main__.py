"""Runs cases of each kind, and says how they ended; 1 if one failed."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz import __doc__ as manual
from tests.fuzz.running import Kind, Tally, kinds, run, shrunk

_MOST_SHOWN = 5
_WIDEST = 1_500


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.fuzz", description=manual, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kinds", metavar="KIND", nargs="*", help="all without any")
    parser.add_argument("--cases", type=int, default=1_000, metavar="N")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="NUMBER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="no more than this for each kind")
    chosen = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        known = {kind.name: kind for kind in kinds(Path(folder))}
        unknown = set(chosen.kinds) - set(known)
        if unknown:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
        numbers = range(chosen.first, chosen.first + chosen.cases)
        sound = True
        for name in chosen.kinds or known:
            tally = run(known[name], chosen.seed, numbers, seconds=chosen.seconds)
            _tell(tally, known[name], chosen.seed)
            sound = sound and not tally.failures
    return 0 if sound else 1


def _tell(tally: Tally, kind: Kind, seed: int) -> None:
    outcomes = ", ".join(f"{count} {name}" for name, count in tally.outcomes.most_common())
    _say(f"{tally.kind:<13} {tally.cases:>7,} cases {tally.seconds:>7.1f} s, slowest {tally.slowest:.2f} s, "
         f"{len(tally.failures)} failed; {outcomes}")  # fmt: skip
    distinct = {failure.what: failure for failure in reversed(tally.failures)}
    for failure in list(distinct.values())[-_MOST_SHOWN:]:
        alike = sum(other.what == failure.what for other in tally.failures)
        _say(f"\n{failure.kind}, seed {seed}, case {failure.number}, one of {alike}: {failure.what}\n{failure.trace}")
        _say(repr(shrunk(kind, failure))[:_WIDEST])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
