"""What the marks of a review survive: rebases, amends, squashes, cherry-picks and further work.

Each folder is a repository with a release in each commit, as `benchmarks.releases` makes them. Of each release,
some hunks are taken for mine and some for upstream's; what git cannot put together alone is only counted.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.cases import Case, Range, cases_of_history, cases_of_releases
from benchmarks.environment import isolated_environment
from benchmarks.tables import load, print_table
from benchmarks.witness import Picture, Sight, look, moves, never_seen, new_lines
from benchmarks.workshop import Workshop
from reviewer.diff.identity import Edit, EditId, edits_of, scope_of
from reviewer.diff.model import Diff, FileDiff
from reviewer.repository import Repository, Target, TargetKind, discover, read_diff
from reviewer.review.carry import Carry, Fate
from reviewer.review.compare import compare

_FATES = tuple(Fate)
_SHARES = (*(fate.value for fate in _FATES), "back", "to read", "and ported", "by hunks", "by files", "truly new")
_HEAD = ("", "cases", "by hand", "lines", *(f"{name} %" for name in _SHARES), "checked", "unseen")


@dataclass(frozen=True, slots=True)
class State:
    """A change as the reviewer has it, and as git shows it."""

    diff: Diff
    edits: Mapping[EditId, Edit]
    picture: Picture

    @property
    def lines(self) -> list[EditId]:
        """The ids of the edits with lines, from top to bottom: as many as the picture has sights."""
        return [identity for identity, edit in self.edits.items() if edit.has_lines]


@dataclass(slots=True)
class Figures:
    """Sums over the cases of a kind; all but `cases`, `by_hand`, `checked` and `unseen` are changed lines."""

    cases: int = 0
    by_hand: int = 0
    lines: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    to_read: int = 0
    by_hunks: int = 0
    by_files: int = 0
    new: int = 0
    checked: int = 0
    unseen: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        for name in ("cases", "by_hand", "lines", "to_read", "by_hunks", "by_files", "new", "checked", "unseen"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fates += other.fates
        self.examples = sorted([*self.examples, *other.examples], key=lambda example: -example[0])[:200]


def main() -> None:
    options = _options()
    start = perf_counter()
    jobs = [(folder, False, options.seeds) for folder in options.folder]
    jobs += [(folder, True, options.seeds) for folder in options.history]
    total: dict[str, Figures] = defaultdict(Figures)
    with ProcessPoolExecutor(options.jobs) as pool:
        for figures in pool.map(_measure, *zip(*jobs, strict=True)):
            for kind, each in figures.items():
                total[kind].add(each)
    _report(total)
    for kind, sums in sorted(total.items()):
        for lines, example in sums.examples[: options.examples]:
            print(f"\n{kind}: {lines} lines\n{example}")
    print(f"\n{len(jobs)} repositories, {perf_counter() - start:.0f} s, {load()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.carry", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*", help="a repository with one release in each commit")
    parser.add_argument("--history", type=Path, nargs="*", default=[], help="one whose own commits are rebased")
    parser.add_argument("--seeds", type=int, default=2, help="how often each release is dealt out anew")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--examples", type=int, default=0, help="print the largest edits of each kind put back")
    return parser.parse_args()


def _measure(folder: Path, is_history: bool, seeds: int) -> dict[str, Figures]:  # noqa: FBT001 - one job's arguments
    figures: dict[str, Figures] = defaultdict(Figures)
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        workshop = Workshop(folder, Path(name) / "clone", isolated_environment(Path(name)))
        repository = discover(workshop.folder)
        package = folder.resolve().name
        cases = cases_of_history(workshop) if is_history else cases_of_releases(workshop, package, seeds)
        for case in cases:
            figures[case.kind].add(_case_figures(workshop, repository, case, package))
    return dict(figures)


def _case_figures(workshop: Workshop, repository: Repository, case: Case, name: str) -> Figures:
    if case.now is None:
        return Figures(by_hand=1)
    before = [_state(workshop, repository, each) for each in case.before]
    now = _state(workshop, repository, case.now)
    moved = moves(workshop, case.before[-1].tip, case.now.tip)
    viewed = frozenset(identity for state in before for identity in state.edits)
    result, read = _carried(before, now, viewed)
    figures = Figures(cases=1, new=new_lines(now.picture, [state.picture for state in before], moved))
    for identity, edit in now.edits.items():
        size = _size(edit)
        fate = result.fates[identity]
        # After a squash, it may have been read in another review than the nearest.
        fate = (fate if fate in (Fate.KEPT, Fate.MOVED) else Fate.KEPT) if identity in read else _unread(fate)
        figures.lines += size
        figures.fates[fate] += size
        if fate in (Fate.DELTA, Fate.NEW):
            figures.to_read += size if fate is Fate.NEW else _difference(result, identity, edit)
            place = f"{name} {case.before[0].tip[:8]}..{case.now.tip[:8]}"
            figures.examples.append((size, _example(edit, fate, place)))
    figures.by_hunks, figures.by_files = _back_by_hunks(before, now), _back_by_files(before, now)
    half = frozenset(Random(case.now.tip).sample(sorted(viewed), len(viewed) // 2))  # noqa: S311 - the same half each time
    for seen in (viewed, half):
        _, read = _carried(before, now, seen)
        figures.checked += len(read)
        figures.unseen += _unseen(before, now, seen, read, moved)
    return figures


def _state(workshop: Workshop, repository: Repository, seen: Range) -> State:
    diff = read_diff(repository, Target(TargetKind.COMMITS, seen.base, seen.tip, ""))
    edits: dict[EditId, Edit] = {}
    for (file, hunk), ids in zip(diff.walk(), scope_of(diff).by_hunk, strict=True):
        edits.update(zip(ids, edits_of(file, hunk), strict=True))
    return State(diff, edits, look(workshop, seen))


def _carried(before: list[State], now: State, viewed: frozenset[EditId]) -> tuple[Carry, frozenset[EditId]]:
    """Go on with the review that has most in common with what is there now, as a session does."""
    nearest = max(before, key=lambda state: len(state.edits.keys() & now.edits.keys()))
    result = compare(nearest.diff, now.diff, viewed & nearest.edits.keys())
    return result, frozenset(now.edits.keys() & viewed) | result.marked


def _unread(fate: Fate) -> Fate:
    return fate if fate in (Fate.PORTED, Fate.DELTA) else Fate.NEW


def _unseen(
    before: list[State], now: State, viewed: frozenset[EditId], read: frozenset[EditId], moved: Mapping[bytes, bytes]
) -> int:
    """Count what is marked as read though nobody saw it; git's own output is the witness."""
    seen = [sight for state in before for identity, sight in _sights(state) if identity in viewed]
    marked = [sight for identity, sight in _sights(now) if identity in read]
    facts = 0
    for identity in read:
        edit = now.edits[identity]
        if not edit.has_lines:
            facts += all(state.picture.facts.get(edit.path) != now.picture.facts[edit.path] for state in before)
    return len(never_seen(marked, seen, moved)) + facts


def _sights(state: State) -> Iterator[tuple[EditId, Sight]]:
    return zip(state.lines, state.picture.sights, strict=True)


def _difference(result: Carry, identity: EditId, edit: Edit) -> int:
    """Count the lines in which an edit differs from what was seen; its surroundings do, if none."""
    old, new = (Counter(each.core.split(b"\n")) for each in (result.origins[identity], edit))
    return max(1, (new - old).total(), (old - new).total())


def _size(edit: Edit) -> int:
    return sum(line.startswith((b"+", b"-")) for line in edit.core.split(b"\n"))


def _back_by_hunks(before: list[State], now: State) -> int:
    known = {(file.path, hunk.body) for state in before for file, hunk in state.diff.walk()}
    return sum(hunk.added + hunk.removed for file, hunk in now.diff.walk() if (file.path, hunk.body) not in known)


def _back_by_files(before: list[State], now: State) -> int:
    known = {_text(file) for state in before for file in state.diff.files}
    return sum((file.added or 0) + (file.removed or 0) for file in now.diff.files if _text(file) not in known)


def _text(file: FileDiff) -> tuple[bytes, tuple[tuple[int, int, bytes], ...]]:
    """Return the file's whole diff: where its hunks stand is part of it."""
    return file.path, tuple((hunk.old_start, hunk.new_start, hunk.body) for hunk in file.hunks)


def _example(edit: Edit, fate: Fate, place: str) -> str:
    text = (edit.before + edit.core + edit.after).decode(errors="replace")
    return f"{place} {edit.path.decode(errors='replace')}: {fate.value}\n{text}"


def _report(total: Mapping[str, Figures]) -> None:
    print_table(_HEAD, [_row(kind, total[kind]) for kind in sorted(total)])
    checked, unseen = (sum(getattr(each, name) for each in total.values()) for name in ("checked", "unseen"))
    print(f"\n{unseen} of {checked:,} edits that count as read were never seen")


def _row(kind: str, figures: Figures) -> tuple[str, ...]:
    back = figures.fates[Fate.DELTA] + figures.fates[Fate.NEW]
    shares = (*(figures.fates[fate] for fate in _FATES), back, figures.to_read, back + figures.fates[Fate.PORTED],
              figures.by_hunks, figures.by_files, figures.new)  # fmt: skip
    percent = (f"{100 * share / max(1, figures.lines):.2f}" for share in shares)
    counts = (f"{figures.cases}", f"{figures.by_hand}", f"{figures.lines:,}")
    return (kind, *counts, *percent, f"{figures.checked:,}", f"{figures.unseen}")


if __name__ == "__main__":
    main()
