"""Orders to walk a change in: the same files, so the same scope, and for each why it stands where it does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from reviewer.diff.kinds import Kind, kind_of, stem_of
from reviewer.diff.model import Diff, FileDiff
from reviewer.review.model import Flag
from reviewer.visible import show

_OID_DIGITS = 7


class OrderKind(Enum):
    BY_FILE = "by file"
    RISK = "risk first"
    TESTS = "tests first"
    COMMITS = "commit by commit"


@dataclass(frozen=True, slots=True)
class Order:
    """`places` are the ranks of files by path; `reasons` say why, and are empty where there is nothing to say.

    It outlives a change of the diff: files it does not know come last.
    """

    kind: OrderKind = OrderKind.BY_FILE
    places: Mapping[bytes, int] = field(default_factory=dict)
    reasons: Mapping[bytes, str] = field(default_factory=dict)

    def arrange(self, diff: Diff) -> Diff:
        """Return the same files in this order; those of one rank stay as they were."""
        last = len(self.places)
        return replace(diff, files=tuple(sorted(diff.files, key=lambda file: self.places.get(file.path, last))))


BY_FILE = Order()


def by_risk(diff: Diff, flags: Iterable[Flag]) -> Order:
    """Order files by their gravest open flag, how many of those there are, and how much is changed."""
    open_flags: dict[bytes, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for flag in flags:
        if flag.is_open:
            open_flags[flag.finding.path].append(flag.finding.severity.rank)
            names[flag.finding.severity.rank] = flag.finding.severity.value
    ranked: list[tuple[tuple[int, int, int], FileDiff, str]] = []
    for file in diff.files:
        ranks = open_flags.get(file.path, [])
        size = (file.added or 0) + (file.removed or 0)
        gravest = min(ranks, default=max(names, default=0) + 1)
        count = ranks.count(gravest)
        reason = f"risk: {count} {names[gravest]}" if ranks else f"risk: no open flag, {size:,} line{'s' * (size != 1)}"
        ranked.append(((gravest, -count, -size), file, reason))
    ranked.sort(key=lambda entry: entry[0])
    return _order(OrderKind.RISK, [(file, reason) for _, file, reason in ranked])


def by_tests(diff: Diff) -> Order:
    """Put tests right before the file of their name, and all other tests before everything."""
    kinds = [kind_of(file.path) for file in diff.files]
    # Of files with one name, the first: its tests come before all of them.
    sources = [file for file, kind in zip(diff.files, kinds, strict=True) if kind is Kind.SOURCE]
    code = {stem_of(file.path): file for file in reversed(sources)}
    tests: dict[bytes, list[FileDiff]] = defaultdict(list)
    alone: list[tuple[FileDiff, str]] = []
    for file, kind in zip(diff.files, kinds, strict=True):
        tested = code.get(stem_of(file.path)) if kind is Kind.TESTS else None
        if tested is not None:
            tests[tested.path].append(file)
        elif kind is Kind.TESTS:
            alone.append((file, "tests: no file of its name is changed"))
    rest: list[tuple[FileDiff, str]] = []
    for file, kind in zip(diff.files, kinds, strict=True):
        if kind is Kind.TESTS:
            continue
        own = tests.pop(file.path, [])
        name = show(file.path.rpartition(b"/")[2])
        rest += [(test, f"tests {name}, which follows") for test in own]
        without = "no test of its name is changed" if kind is Kind.SOURCE else kind.value
        rest.append((file, "after its tests" if own else without))
    return _order(OrderKind.TESTS, [*alone, *rest])


def by_commits(diff: Diff, subjects: Sequence[tuple[str, bytes]], touches: Mapping[bytes, int]) -> Order:
    """Order files by the first commit that touched them; `subjects` are the commits' ids and first lines, in order."""
    last = len(subjects)
    found = []
    for file in diff.files:
        paths = (path for path in (file.old_path, file.new_path) if path is not None)
        found.append((min((touches.get(path, last) for path in paths), default=last), file))
    found.sort(key=lambda entry: entry[0])
    return _order(OrderKind.COMMITS, [(file, _commit_reason(at, subjects)) for at, file in found])


def _commit_reason(at: int, subjects: Sequence[tuple[str, bytes]]) -> str:
    if at >= len(subjects):
        return "in no single commit"
    oid, subject = subjects[at]
    return f"{at + 1}/{len(subjects)}: {oid[:_OID_DIGITS]} {show(subject)}"


def _order(kind: OrderKind, files: Sequence[tuple[FileDiff, str]]) -> Order:
    paths = dict.fromkeys(file.path for file, _ in files)
    return Order(kind, {path: place for place, path in enumerate(paths)}, {file.path: why for file, why in files})
