"""The change between two commits, cut into pieces that can be committed apart from each other: mine and upstream."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.workshop import Content, Workshop

# Two edits nearer to each other stand in one hunk.
_HUNK_GAP = 6
_MOST_PIECES = 300
_MOST_LINES = 2_000
_MOST_COMMITS = 4
_PLAIN = "100644"
_HEADER = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")

# How much of the hunks is cut into edits that are dealt one by one, so that both sides work in one place.
GRAINS = {"some hunks shared": 0.2, "all hunks shared": 1.0}

# Which of a file's edits have been made, by the number of the file.
State = Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """Lines of the old file that become lines of the new one; counted from 0, the ends excluded."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def added(self) -> int:
        return self.new_end - self.new_start


@dataclass(frozen=True, slots=True)
class FileChange:
    """Both texts of a file, None where there is none, and the edits that lead from one to the other."""

    path: bytes
    old: tuple[bytes, ...] | None
    new: tuple[bytes, ...] | None
    edits: tuple[Cut, ...]

    def content(self, made: frozenset[int], *, words: Mapping[int, bytes] | None = None) -> Content:
        """Return the file with some of the edits made; `words` replaces lines of the new file by their number."""
        if self.old is None or self.new is None:
            return _joined(self.new, words) if made else _joined(self.old)
        pieces: list[bytes] = []
        position = 0
        new = [(words or {}).get(number, line) for number, line in enumerate(self.new)]
        for index, edit in enumerate(self.edits):
            if index in made:
                pieces += [*self.old[position : edit.old_start], *new[edit.new_start : edit.new_end]]
                position = edit.old_end
        return b"".join([*pieces, *self.old[position:]])


@dataclass(frozen=True, slots=True)
class Split:
    """Who made what: `mine` is the state after each commit of mine, `later` what I add to the last one."""

    files: tuple[FileChange, ...]
    mine: tuple[State, ...]
    upstream: State
    later: State

    def contents(self, state: State) -> dict[bytes, Content]:
        return {self.files[index].path: self.files[index].content(made) for index, made in state.items()}


def file_changes(workshop: Workshop, old: str, new: str) -> tuple[FileChange, ...]:
    """Return the files that differ between two commits, if they are plain text and no one edit is most of it all."""
    diff = ("diff-tree", "-r", "--no-renames", "--no-color", "--full-index", "-O/dev/null")
    records = workshop.git(*diff, "--raw", "-z", old, new).split(b"\0")[:-1]
    sections = workshop.git(*diff, "-p", "-U0", "--diff-algorithm=histogram", old, new).split(b"\ndiff --git ")
    if len(sections) * 2 != len(records):
        return ()
    found = []
    for record, path, section in zip(records[::2], records[1::2], sections, strict=True):
        old_mode, new_mode, old_oid, new_oid, _ = record[1:].decode("ascii").split(" ")
        if {old_mode, new_mode} <= {_PLAIN, "000000"}:
            change = _change(path, section, workshop.blob(old_oid), workshop.blob(new_oid))
            found += [change] if change is not None else []
    return tuple(found)


def split(files: tuple[FileChange, ...], cut_up: float, random: Random) -> Split | None:
    """Deal the pieces to the two sides at random; None if one of them gets next to nothing."""
    pieces = _pieces(files, cut_up, random)
    share_mine, share_upstream = random.uniform(0.1, 0.5), random.uniform(0.3, 1.0)
    commits = random.randint(1, _MOST_COMMITS)
    mine: list[list[tuple[int, int]]] = [[] for _ in range(commits)]
    upstream: list[tuple[int, int]] = []
    later: list[tuple[int, int]] = []
    for piece in pieces:
        if random.random() < share_mine:
            side = later if random.random() < 1 / (2 * commits + 1) else random.choice(mine)
        elif random.random() < share_upstream:
            side = upstream
        else:
            continue
        side += piece
    mine = [commit for commit in mine if commit]
    if not mine or not upstream or sum(map(len, mine)) < 3:
        return None
    states = [_state(edit for commit in mine[: count + 1] for edit in commit) for count in range(len(mine))]
    return Split(files, tuple(states), _state(upstream), _state([*later, *(e for commit in mine for e in commit)]))


def _change(path: bytes, section: bytes, old: Content, new: Content) -> FileChange | None:
    if b"\0" in (old or b"") + (new or b""):
        return None
    before, after = _lines(old), _lines(new)
    if before is None or after is None:
        edits: tuple[Cut, ...] = (Cut(0, len(before or ()), 0, len(after or ())),)
    else:
        edits = tuple(_cut(match) for match in _HEADER.finditer(section))
    size = sum(edit.old_end - edit.old_start + edit.added for edit in edits)
    change = FileChange(path, before, after, edits)
    if not edits or size > _MOST_LINES or change.content(frozenset(range(len(edits)))) != new:
        return None
    return change


def _cut(match: re.Match[bytes]) -> Cut:
    old_start, old_count, new_start, new_count = (int(number) if number else 1 for number in match.groups())
    # A side without lines names the line it follows.
    old_first, new_first = old_start - (old_count > 0), new_start - (new_count > 0)
    return Cut(old_first, old_first + old_count, new_first, new_first + new_count)


def _pieces(files: Sequence[FileChange], cut_up: float, random: Random) -> list[list[tuple[int, int]]]:
    """Return groups of edits that stay together, from so many files that there are not too many of them."""
    chosen: list[list[tuple[int, int]]] = []
    for index in random.sample(range(len(files)), len(files)):
        hunks = [[(index, edit) for edit in hunk] for hunk in _hunks(files[index])]
        own = [piece for hunk in hunks for piece in ([[e] for e in hunk] if random.random() < cut_up else [hunk])]
        if len(chosen) + len(own) <= _MOST_PIECES:
            chosen += own
    return sorted(chosen)


def _hunks(file: FileChange) -> Iterator[list[int]]:
    """Yield the edits of each hunk, by their numbers."""
    hunk: list[int] = []
    for index, edit in enumerate(file.edits):
        if hunk and edit.old_start - file.edits[hunk[-1]].old_end > _HUNK_GAP:
            yield hunk
            hunk = []
        hunk.append(index)
    yield hunk


def _state(edits: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> State:
    made: dict[int, set[int]] = defaultdict(set)
    for file, edit in edits:
        made[file].add(edit)
    return {file: frozenset(found) for file, found in made.items()}


def _lines(content: Content) -> tuple[bytes, ...] | None:
    return None if content is None else tuple(_LINE.findall(content))


def _joined(lines: tuple[bytes, ...] | None, words: Mapping[int, bytes] | None = None) -> Content:
    if lines is None:
        return None
    return b"".join((words or {}).get(number, line) for number, line in enumerate(lines))
