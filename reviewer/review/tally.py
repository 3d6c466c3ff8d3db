"""Hunks and flags of a review, counted and by place, taken from one state to the next at the cost of what changed.

While rules report, there are ten states a second, and one for each key that marks. What changed is told by identity:
a state shares with the one before it whatever the event left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from reviewer.analysis.finding import FindingId
from reviewer.diff.identity import EditId, Scope, ScopeId
from reviewer.diff.model import Diff
from reviewer.review.carry import Carry, Fate, unread_as
from reviewer.review.model import Flag, ReviewState, Side

LineKey = tuple[bytes, Side, int]


@dataclass(frozen=True, slots=True)
class HunkTally:
    """`viewed` and `left` have one entry a hunk of the walk: whether it is marked, and what it still asks for."""

    marks: frozenset[EditId]
    viewed: tuple[bool, ...]
    left: tuple[Fate, ...]

    def after(self, by_hunk: Sequence[Sequence[EditId]], marks: frozenset[EditId], carry: Carry) -> "HunkTally":
        """Return the tally of the same hunks under other marks."""
        if marks is self.marks:
            return self
        is_as_before = map((marks ^ self.marks).isdisjoint, by_hunk)
        viewed, left = list(self.viewed), list(self.left)
        for hunk in [hunk for hunk, is_same in enumerate(is_as_before) if not is_same]:
            viewed[hunk] = marks.issuperset(by_hunk[hunk])
            left[hunk] = unread_as(by_hunk[hunk], marks, carry)
        return HunkTally(marks, tuple(viewed), tuple(left))


def tally_hunks(by_hunk: Sequence[Sequence[EditId]], marks: frozenset[EditId], carry: Carry) -> HunkTally:
    left = tuple(unread_as(edits, marks, carry) for edits in by_hunk)
    return HunkTally(marks, tuple(map(marks.issuperset, by_hunk)), left)


@dataclass(frozen=True, slots=True)
class FlagTally:
    """`flags` are those that count under the scope, in the order they came; `at` has them by line, the gravest first.

    `live` and `open` leave out what is suppressed.
    """

    known: Mapping[FindingId, Flag]
    scope: ScopeId | None
    flags: Mapping[FindingId, Flag]
    at: Mapping[LineKey, tuple[Flag, ...]]
    by_path: Mapping[bytes, tuple[Flag, ...]]
    rules: frozenset[str]
    live: int
    open: int

    def after(self, state: ReviewState) -> "FlagTally":
        """Return the tally of another state of the same review."""
        if state.known_flags is self.known and state.scope == self.scope:
            return self
        known, current = self.known, state.known_flags
        changed = [flag for identity, flag in current.items() if known.get(identity) is not flag]
        is_small = len(changed) * 2 < len(current) and known.keys() <= current.keys()
        if state.scope != self.scope or not is_small or any(self._finds_no_place(flag) for flag in changed):
            return tally_flags(state)
        return self._with(changed, state)

    def _finds_no_place(self, flag: Flag) -> bool:
        """True if it counts no longer, counts again, or is about something else than it was."""
        was = self.flags.get(flag.finding.id)
        if was is None:
            return flag.finding.id in self.known
        is_elsewhere = (was.finding.path, was.finding.rule) != (flag.finding.path, flag.finding.rule)
        return is_elsewhere or not _counts(flag, self.scope)

    def _with(self, changed: list[Flag], state: ReviewState) -> "FlagTally":
        shown = [flag for flag in changed if _counts(flag, self.scope)]
        before = [self.flags[flag.finding.id] for flag in shown if flag.finding.id in self.flags]
        by_path, at = {**self.by_path}, {**self.at}
        for path, flags in _by_path(shown).items():
            own = {flag.finding.id: flag for flag in (*self.by_path.get(path, ()), *flags)}
            by_path[path] = tuple(own.values())
        lines = {_line_of(flag) for flag in (*before, *shown)}
        for path in {path for path, _, _ in lines}:
            here = _at(by_path[path])
            for line in (line for line in lines if line[0] == path):
                at.pop(line, None)
                if line in here:
                    at[line] = here[line]
        return FlagTally(
            state.known_flags,
            self.scope,
            {**self.flags, **{flag.finding.id: flag for flag in shown}},
            at,
            by_path,
            self.rules | _rules(shown),
            self.live + _live(shown) - _live(before),
            self.open + _open(shown) - _open(before),
        )


def tally_flags(state: ReviewState) -> FlagTally:
    flags = state.flags
    all_flags = tuple(flags.values())
    rules = _rules(all_flags)
    return FlagTally(
        state.known_flags, state.scope, flags, _at(all_flags), _by_path(all_flags), rules, _live(all_flags),
        _open(all_flags),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """Both of them, for a state of the review; `weights` are the changed lines of each hunk."""

    state: ReviewState
    by_hunk: Sequence[Sequence[EditId]]
    carry: Carry
    weights: tuple[int, ...]
    hunks: HunkTally
    flags: FlagTally

    def after(self, state: ReviewState) -> "Tally":
        """Return the tally of another state of the same review of the same diff."""
        if state is self.state:
            return self
        hunks = self.hunks.after(self.by_hunk, state.viewed, self.carry)
        return replace(self, state=state, hunks=hunks, flags=self.flags.after(state))

    @property
    def coverage(self) -> float:
        """The share of changed lines that is read, 0 to 1."""
        return sum(compress(self.weights, self.hunks.viewed)) / sum(self.weights) if self.weights else 1.0


def tally_of(diff: Diff, scope: Scope, state: ReviewState, carry: Carry | None = None) -> Tally:
    carry = carry if carry is not None else Carry()
    # A change without text counts as one line, so that it cannot be left out unseen at 100 %.
    weights = tuple(max(1, hunk.added + hunk.removed) for _, hunk in diff.walk())
    return Tally(
        state, scope.by_hunk, carry, weights, tally_hunks(scope.by_hunk, state.viewed, carry), tally_flags(state)
    )


def _counts(flag: Flag, scope: ScopeId | None) -> bool:
    return flag.is_raised_in(scope) or flag.needs_change


def _line_of(flag: Flag) -> LineKey:
    return flag.finding.path, Side.NEW, flag.finding.line


def _at(flags: Iterable[Flag]) -> dict[LineKey, tuple[Flag, ...]]:
    found: dict[LineKey, list[Flag]] = defaultdict(list)
    for flag in flags:
        found[_line_of(flag)].append(flag)
    return {key: tuple(sorted(flags, key=lambda flag: flag.finding.severity.rank)) for key, flags in found.items()}


def _by_path(flags: Iterable[Flag]) -> dict[bytes, tuple[Flag, ...]]:
    found: dict[bytes, list[Flag]] = defaultdict(list)
    for flag in flags:
        found[flag.finding.path].append(flag)
    return {path: tuple(flags) for path, flags in found.items()}


def _rules(flags: Iterable[Flag]) -> frozenset[str]:
    return frozenset(str(flag.finding.rule) for flag in flags)


def _live(flags: Iterable[Flag]) -> int:
    return sum(flag.finding.suppressed is None for flag in flags)


def _open(flags: Iterable[Flag]) -> int:
    return sum(flag.is_open for flag in flags)
