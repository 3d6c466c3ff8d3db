"""Two states of a change, edit by edit: which are the same, which became another, which are new. Pure.

The rule above all others: a mark never lands on a line nobody saw. What is only likely to be the
same is for a person to confirm.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewer.diff.identity import Edit, EditId, edits_of, scope_of
from reviewer.diff.likeness import SIMILAR, likeness
from reviewer.diff.model import Diff
from reviewer.review.carry import Carry, Fate

# Comparing two edits costs; a file can have any number of them.
_MOST_PAIRS = 2_000
_REACH = 5
# How much of a file has to be found again under another name.
_SAME_FILE = 0.5


def compare(old: Diff, new: Diff, viewed: frozenset[EditId]) -> Carry:
    """Compare two states of a change. An edit whose origin is not in `viewed` is new to whoever reads it now."""
    return _Comparison(_Side.of(old), _Side.of(new), viewed).result()


@dataclass(frozen=True, slots=True)
class _Side:
    edits: Mapping[EditId, Edit]

    @classmethod
    def of(cls, diff: Diff) -> "_Side":
        pairs: dict[EditId, Edit] = {}
        for (file, hunk), ids in zip(diff.walk(), scope_of(diff).by_hunk, strict=True):
            pairs.update(zip(ids, edits_of(file, hunk), strict=True))
        return cls(pairs)

    def by_path(self, ids: Sequence[EditId]) -> Mapping[bytes, list[EditId]]:
        found: dict[bytes, list[EditId]] = defaultdict(list)
        for identity in ids:
            found[self.edits[identity].path].append(identity)
        return found


class _Comparison:
    """Each step takes from what the steps before it left over, on both sides."""

    def __init__(self, old: _Side, new: _Side, viewed: frozenset[EditId]) -> None:
        self._old, self._new, self._viewed = old, new, viewed
        self._fates: dict[EditId, Fate] = {}
        self._origins: dict[EditId, Edit] = {}
        self._marked: set[EditId] = set()
        self._taken: set[EditId] = set()

    def result(self) -> Carry:
        for identity in self._new.edits.keys() & self._old.edits.keys():
            self._fates[identity] = Fate.KEPT
            self._taken.add(identity)
        self._fewer_twins()
        self._moved()
        self._ported(lambda edit: edit.loose_id, self._old.edits, self._new.edits)
        self._similar()
        fates = {identity: self._fates.get(identity, Fate.NEW) for identity in self._new.edits}
        return Carry(fates, self._origins, frozenset(self._marked), len(self._old_left()))

    def _match(self, old: EditId, new: EditId, fate: Fate, *, is_marked: bool = False) -> None:
        self._taken.add(old)
        self._fates[new] = fate
        self._origins[new] = self._old.edits[old]
        if is_marked and old in self._viewed:
            self._marked.add(new)

    def _old_left(self) -> list[EditId]:
        return [identity for identity in self._old.edits if identity not in self._taken]

    def _new_left(self) -> list[EditId]:
        return [identity for identity in self._new.edits if identity not in self._fates]

    def _fewer_twins(self) -> None:
        """Of identical edits that were all seen, whichever are left were seen."""
        old, new = (_grouped(side.edits, ids, lambda edit: edit.digest) for side, ids in self._sides())
        for digest, twins in new.items():
            before = old.get(digest, [])
            if len(before) > len(twins) and self._viewed.issuperset(before):
                for old_one, new_one in zip(before, twins, strict=False):
                    self._match(old_one, new_one, Fate.KEPT, is_marked=True)

    def _moved(self) -> None:
        """Find files that go by another name, and in them the edits that stayed byte for byte."""
        # A change of mode looks the same in every file; only lines can tell one by.
        old, new = (side.by_path([i for i in ids if side.edits[i].has_lines]) for side, ids in self._sides())
        vanished = {path: ids for path, ids in old.items() if path not in _paths(self._new)}
        appeared = {path: ids for path, ids in new.items() if path not in _paths(self._old)}
        for old_path, new_path in self._renames(vanished, appeared):
            for before, after in self._same_content(vanished[old_path], appeared[new_path]):
                self._match(before, after, Fate.MOVED, is_marked=True)
            self._ported(lambda edit: edit.loose_content, vanished[old_path], appeared[new_path])
            self._by_likeness(vanished[old_path], appeared[new_path])

    def _renames(
        self, vanished: Mapping[bytes, list[EditId]], appeared: Mapping[bytes, list[EditId]]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield paths of which most edits are the same, where no other path could be meant."""
        owners: dict[str, set[bytes]] = defaultdict(set)
        for path, ids in vanished.items():
            for identity in ids:
                owners[self._old.edits[identity].loose_content].add(path)
        claims: dict[bytes, Counter[bytes]] = {}
        for path, ids in appeared.items():
            found = [owners.get(self._new.edits[identity].loose_content, set()) for identity in ids]
            claims[path] = Counter(source for sources in found if len(sources) == 1 for source in sources)
        wanted = Counter(source for claim in claims.values() for source in claim)
        for path, claim in claims.items():
            for source, count in claim.most_common(1):
                if wanted[source] == 1 and count >= _SAME_FILE * len(vanished[source]):
                    yield source, path

    def _same_content(self, old: Sequence[EditId], new: Sequence[EditId]) -> Iterator[tuple[EditId, EditId]]:
        before = _only_once({i: self._old.edits[i].content for i in old})
        after = _only_once({i: self._new.edits[i].content for i in new})
        for content in before.keys() & after.keys():
            yield before[content], after[content]

    def _ported(self, key: Callable[[Edit], str], old: Iterable[EditId], new: Iterable[EditId]) -> None:
        """Pair edits that `key` tells from all others of these; of several alike, all in their order, or none."""
        # Among all of them, not only those left over: else it could be any of several.
        before, after = _grouped(self._old.edits, old, key), _grouped(self._new.edits, new, key)
        for group, ids in after.items():
            others = before.get(group, [])
            olds = [i for i in others if i not in self._taken]
            news = [i for i in ids if i not in self._fates]
            if len(others) == len(ids) and len(olds) == len(news) and self._viewed.issuperset(olds):
                for old_one, new_one in zip(olds, news, strict=True):
                    self._match(old_one, new_one, Fate.PORTED)

    def _similar(self) -> None:
        old, new = (side.by_path(ids) for side, ids in self._sides())
        for path, ids in new.items():
            self._by_likeness(old.get(path, []), ids)

    def _by_likeness(self, old: Sequence[EditId], new: Sequence[EditId]) -> None:
        """Pair what is left of two files by likeness, the most alike first."""
        before = [i for i in old if i not in self._taken and i in self._viewed and self._old.edits[i].has_lines]
        after = [i for i in new if i not in self._fates and self._new.edits[i].has_lines]
        candidates = _within_reach(before, after)
        pairs = [(likeness(self._old.edits[i], self._new.edits[j]), i, j) for i, j in candidates]
        for alike, i, j in sorted(pairs, key=lambda pair: -pair[0]):
            if alike >= SIMILAR and i not in self._taken and j not in self._fates:
                self._match(i, j, Fate.DELTA)

    def _sides(self) -> tuple[tuple[_Side, list[EditId]], tuple[_Side, list[EditId]]]:
        return (self._old, self._old_left()), (self._new, self._new_left())


def _within_reach(before: Sequence[EditId], after: Sequence[EditId]) -> Iterator[tuple[EditId, EditId]]:
    """Yield the pairs worth comparing: all of them or, of many, those at about the same place in the order."""
    reach = len(before) if len(before) * len(after) <= _MOST_PAIRS else _REACH
    for number, new in enumerate(after):
        middle = number * len(before) // len(after)
        yield from ((old, new) for old in before[max(0, middle - reach) : middle + reach + 1])


def _paths(side: _Side) -> set[bytes]:
    return {edit.path for edit in side.edits.values()}


def _grouped(
    edits: Mapping[EditId, Edit], ids: Iterable[EditId], key: Callable[[Edit], str]
) -> Mapping[str, list[EditId]]:
    groups: dict[str, list[EditId]] = defaultdict(list)
    for identity in ids:
        groups[key(edits[identity])].append(identity)
    return groups


def _only_once(values: Mapping[EditId, str]) -> Mapping[str, EditId]:
    counts = Counter(values.values())
    return {value: identity for identity, value in values.items() if counts[value] == 1}
