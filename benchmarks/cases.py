"""States of a change before and after what happens to changes: rebased, amended, squashed, picked, continued."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from benchmarks.splits import GRAINS, FileChange, Split, file_changes, split
from benchmarks.workshop import Workshop

_WORD = re.compile(rb"[A-Za-z_]{3,}")
_LONGEST_WINDOW = 4


@dataclass(frozen=True, slots=True)
class Range:
    base: str
    tip: str


@dataclass(frozen=True, slots=True)
class Case:
    """What was reviewed, each in a review of its own, and what is there now; None if git could not do it alone."""

    kind: str
    before: tuple[Range, ...]
    now: Range | None


def cases_of_releases(workshop: Workshop, name: str, seeds: int) -> Iterator[Case]:
    """Yield cases made of each two consecutive commits: the second cut in two, both upon the first."""
    commits = workshop.commits()
    for old, new in pairwise(commits):
        files = file_changes(workshop, old, new)
        for grain, cut_up in GRAINS.items():
            for seed in range(seeds):
                random = Random(f"{name} {new} {grain} {seed}")  # noqa: S311 - the same cases each time
                dealt = split(files, cut_up, random)
                if dealt is not None:
                    yield from _cases(workshop, old, dealt, grain, random)


def cases_of_history(workshop: Workshop) -> Iterator[Case]:
    """Yield commits that really followed each other, as if both had begun at the same place."""
    commits = workshop.commits()
    for start, base in enumerate(commits):
        for mine in range(1, _LONGEST_WINDOW + 1):
            for other in range(1, _LONGEST_WINDOW + 1):
                if start + mine + other >= len(commits):
                    continue
                middle, tip = commits[start + mine], commits[start + mine + other]
                upstream = workshop.rebase(base, middle, tip)
                # Where the second half needs the first one, it could not have been there before it.
                if upstream is not None:
                    now = workshop.rebase(upstream, base, middle)
                    yield _case("rebase, real history", base, middle, upstream, now)


def _cases(workshop: Workshop, base: str, dealt: Split, grain: str, random: Random) -> Iterator[Case]:
    mine = [base]
    for state in dealt.mine:
        mine.append(workshop.commit(mine[-1], dealt.contents(state)))
    upstream = workshop.commit(base, dealt.contents(dealt.upstream))
    tip = mine[-1]
    yield _case(f"rebase, {grain}", base, tip, upstream, workshop.rebase(upstream, base, tip))
    moved = _with_a_file_moved(dealt, random)
    if moved is not None:
        upstream_moved = workshop.commit(base, moved)
        now = workshop.rebase(upstream_moved, base, tip)
        yield _case(f"rebase over a rename, {grain}", base, tip, upstream_moved, now)
    for parent, commit in pairwise(mine):
        yield _case(f"cherry-pick, {grain}", parent, commit, upstream, workshop.pick(upstream, commit))
    reviewed = tuple(Range(old, new) for old, new in pairwise(mine))
    if len(reviewed) > 1:
        yield Case(f"squash after each was read, {grain}", reviewed, Range(base, tip))
    amended = _amended(dealt, random)
    if amended is not None:
        yield _case(f"one line amended, {grain}", base, tip, base, workshop.commit(tip, amended))
    if dealt.later != dealt.mine[-1]:
        more = workshop.commit(tip, dealt.contents(dealt.later))
        yield _case(f"further commit, {grain}", base, tip, base, more)


def _case(kind: str, base: str, tip: str, new_base: str, now: str | None) -> Case:
    return Case(kind, (Range(base, tip),), None if now is None else Range(new_base, now))


def _amended(dealt: Split, random: Random) -> Mapping[bytes, bytes | None] | None:
    """Return a file of mine with another word in one line that I added."""
    state = dealt.mine[-1]
    candidates = [
        (file, number)
        for file, made in sorted(state.items())
        for edit in sorted(made)
        for number in _added_lines(dealt.files[file], edit)
    ]
    if not candidates:
        return None
    file, number = random.choice(candidates)
    change = dealt.files[file]
    line = _WORD.sub(lambda word: word[0] + b"_too", (change.new or ())[number], count=1)
    return {change.path: change.content(state[file], words={number: line})}


def _added_lines(change: FileChange, edit: int) -> list[int]:
    cut = change.edits[edit]
    return [number for number in range(cut.new_start, cut.new_end) if _WORD.search((change.new or ())[number])]


def _with_a_file_moved(dealt: Split, random: Random) -> Mapping[bytes, bytes | None] | None:
    """Return what upstream did, and besides a file of mine under another name."""
    state = dealt.mine[-1]
    there = [index for index in sorted(state) if dealt.files[index].old and dealt.files[index].new]
    if not there:
        return None
    change = dealt.files[random.choice(there)]
    contents = dealt.contents(dealt.upstream)
    folder, slash, name = change.path.rpartition(b"/")
    contents[folder + slash + b"moved_" + name] = contents.get(change.path, change.content(frozenset()))
    return {**contents, change.path: None}
