"""What a person saw, told from git's own output alone: nothing of the code under measurement is asked."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.cases import Range
from benchmarks.workshop import Workshop

_OPTIONS = ("-r", "-M", "-l3000", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=histogram",
            "--indent-heuristic", "-O/dev/null", "--full-index", "-U3", "--inter-hunk-context=0")  # fmt: skip
_CONTEXT = 3
_SECTION = re.compile(rb"^diff --git ", re.MULTILINE)
# Which blobs, and how alike they are, follows from the lines; of a file without any, git names the blobs alone.
_FOLLOWS = (b"index ", b"similarity ", b"dissimilarity ")


@dataclass(frozen=True, slots=True)
class Sight:
    """Changed lines in a row as they stand in a diff, with up to three unchanged ones on both sides."""

    path: bytes
    before: tuple[bytes, ...]
    lines: tuple[bytes, ...]
    after: tuple[bytes, ...]

    def at(self, path: bytes) -> "Sight":
        return Sight(path, self.before, self.lines, self.after)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a diff shows, from top to bottom; `facts` are what is said of a file besides its lines."""

    sights: tuple[Sight, ...]
    facts: Mapping[bytes, frozenset[bytes]]


def look(workshop: Workshop, seen: Range) -> Picture:
    patch = workshop.git("diff-tree", "-p", *_OPTIONS, seen.base, seen.tip)
    sights: list[Sight] = []
    facts: dict[bytes, frozenset[bytes]] = {}
    for section in _SECTION.split(patch)[1:]:
        header, *hunks = re.split(rb"^@@ [^\n]*\n", section, flags=re.MULTILINE)
        path = _path(header)
        facts[path] = frozenset(line for line in header.split(b"\n")[1:] if line and not line.startswith(_FOLLOWS))
        for hunk in hunks:
            sights += _sights(path, hunk)
    return Picture(tuple(sights), facts)


def moves(workshop: Workshop, old: str, new: str) -> Mapping[bytes, bytes]:
    """Return what each file of the new commit was called in the old one, where git finds it under another name."""
    options = ("-r", "-M", "-l3000", "--diff-filter=R", "--name-status", "-z")
    fields = workshop.git("diff-tree", *options, old, new).split(b"\0")[:-1]
    return dict(zip(fields[2::3], fields[1::3], strict=True))


def never_seen(now: Sequence[Sight], seen: Sequence[Sight], moved: Mapping[bytes, bytes]) -> list[Sight]:
    """Return what stands nowhere in what was seen, or more often than there, under its name or its earlier one."""
    left = Counter(seen)
    found = []
    for sight in now:
        names = (sight.path, *([moved[sight.path]] if sight.path in moved else []))
        known = next((sight.at(name) for name in names if left[sight.at(name)]), None)
        if known is None:
            found.append(sight)
        else:
            left[known] -= 1
    return found


def new_lines(now: Picture, seen: Sequence[Picture], moved: Mapping[bytes, bytes]) -> int:
    """Count the changed lines that stood nowhere in what was seen of the file, wherever they stand now."""
    before = Counter(line for picture in seen for line in _changed(picture, {}))
    after = Counter(_changed(now, moved))
    return (after - before).total()


def _changed(picture: Picture, moved: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    for sight in picture.sights:
        for line in sight.lines:
            yield moved.get(sight.path, sight.path), line


def _path(header: bytes) -> bytes:
    for sign in (rb"^\+\+\+ b/", rb"^--- a/", rb"^rename to "):
        match = re.search(sign + rb"([^\n\t]+)", header, re.MULTILINE)
        if match:
            return match[1]
    first = header.split(b"\n", 1)[0]
    return first[len(first) // 2 + 3 :]


def _sights(path: bytes, hunk: bytes) -> Iterator[Sight]:
    runs: list[tuple[bool, list[bytes]]] = []
    for line in hunk.split(b"\n")[:-1]:
        if line.startswith(b"\\"):
            # It speaks of the line above.
            runs[-1][1][-1] += b"\n" + line
            continue
        is_changed = not line.startswith(b" ")
        if not runs or runs[-1][0] != is_changed:
            runs.append((is_changed, []))
        runs[-1][1].append(line)
    for index, (is_changed, lines) in enumerate(runs):
        if is_changed:
            before = runs[index - 1][1][-_CONTEXT:] if index else []
            after = runs[index + 1][1][:_CONTEXT] if index + 1 < len(runs) else []
            yield Sight(path, tuple(before), tuple(lines), tuple(after))
