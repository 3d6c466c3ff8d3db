"""Unified diff bytes to sections: strict, driven by the counts in each @@ header.

A section is what git prints for one file. Lines are split at line feeds only. Whatever cannot be
accounted for is an `UnreadableDiff` that names the line; nothing is skipped.
"""

import re
from dataclasses import dataclass

from reviewer.diff.model import Hunk
from reviewer.diff.position import Position
from reviewer.diff.written import Patch

# Ten digits are more than any file has lines; more would be an attempt to stall `int`.
_HUNK_HEADER = re.compile(rb"@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@ ?([^\n]*)\n?")
_END_OF_BODY = re.compile(rb"\n[^ +\-\\]")
# Git reads a shorter one as no marker at all; in other languages it has other words.
_CUT_MARKER = re.compile(rb"^\\(?! .{10})", re.MULTILINE)
_NO_LINE = re.compile(rb"^[ +-]\n\\", re.MULTILINE)
GIT_HEADERS = (
    b"old mode ", b"new mode ", b"deleted file mode ", b"new file mode ", b"copy from ", b"copy to ",
    b"rename from ", b"rename to ", b"similarity index ", b"dissimilarity index ", b"index ", b"--- ", b"+++ ",
)  # fmt: skip
_HUNK = re.compile(rb"@@")
_END_OF_HEADER = re.compile(rb"diff --git |@@")
_LINE_FEED = 10
_AFTER_THE_END = "a hunk after the end of the file"
_SIGNS_OF_SIDE = {b"-": (b"-", b" "), b"+": (b"+", b" "), b" ": (b"-", b"+", b" ")}


@dataclass(frozen=True, slots=True)
class Section:
    """Header lines and hunks of one file."""

    header: tuple[bytes, ...]
    hunks: tuple[Hunk, ...]
    is_binary: bool

    def header_value(self, key: bytes) -> bytes | None:
        """Return what follows `key` in the first header line that starts with it."""
        return next((line[len(key) :] for line in self.header if line.startswith(key)), None)


def parse_git_patch(patch: Patch) -> tuple[Section, ...]:
    """Return the sections of a patch that git itself printed under pinned settings.

    Raises UnreadableDiff for any line git would not have printed there.
    """
    reader = Reader(patch, "git diff")
    sections = []
    while not reader.at_end:
        sections.append(_git_section(reader))
    return tuple(sections)


class _Numbers(dict[bytes, int]):
    """Digits to numbers, each made once: most are the same few, in every file."""

    def __missing__(self, digits: bytes) -> int:
        self[digits] = number = int(digits)
        return number


class Reader(Position):
    """Reads hunks where it stands."""

    def __init__(self, patch: Patch, source: str, *, blank_is_context: bool = False) -> None:
        super().__init__(patch, source, blank_is_context=blank_is_context)
        self._numbers = _Numbers()

    def hunks(self) -> tuple[Hunk, ...]:
        """Return the hunks that stand at the position, up to the first line that begins none."""
        hunks: list[Hunk] = []
        old_end = new_end = 0
        is_at_end = False
        while self.starts_with(_HUNK):
            start = self.position
            # There may be tens of thousands, and nearly all are as git prints them.
            plain = self._plain_hunks(old_end, new_end)
            if is_at_end and plain:
                raise self.error(_AFTER_THE_END, at=start)
            if plain:
                hunks += plain
                old_end, new_end = _ends(plain[-1])
                continue
            hunk = self._hunk()
            has_marker = hunk.patch.find(b"\n\\", hunk.start, hunk.end) >= 0
            if has_marker:
                self._check_markers(hunk, start)
            if hunk.old_first < old_end or hunk.new_first < new_end:
                raise self.error("a hunk that does not come after the one before it", at=start)
            if is_at_end:
                raise self.error(_AFTER_THE_END, at=start)
            is_at_end = has_marker
            old_end, new_end = _ends(hunk)
            hunks.append(hunk)
        return tuple(hunks)

    def _plain_hunks(self, old_end: int, new_end: int) -> list[Hunk]:
        """Return hunks up to the first with something that wants a closer look.

        Takes all lines that could belong to a hunk and compares totals: if these agree, and none is a marker,
        counting line by line would have stopped at the same place.
        """
        near, position = self.look()
        patch, first = self.patch, self.position - position
        goes_on = first + len(near) < len(patch)
        header, end_of_body, find, count = _HUNK_HEADER.match, _END_OF_BODY.search, near.find, near.count
        numbers = self._numbers
        hunks: list[Hunk] = []
        while (match := header(near, position)) is not None:
            old, old_lines, new, new_lines, section = match.groups()
            old_start, old_count = numbers[old], 1 if old_lines is None else numbers[old_lines]
            new_start, new_count = numbers[new], 1 if new_lines is None else numbers[new_lines]
            start = match.end()
            before = start - 1
            ending = end_of_body(near, before)
            end = len(near) if ending is None else ending.start() + 1
            if goes_on and end == len(near):
                break
            removed, added = count(b"\n-", before, end), count(b"\n+", before, end)
            context = count(b"\n", start, end) - removed - added
            old_first, new_first = old_start - (old_count > 0), new_start - (new_count > 0)
            is_as_promised = context + removed == old_count and context + added == new_count and removed + added
            # Few lines hold a backslash, and one byte is found ten times as fast as two.
            may_have_marker = find(b"\\", start, end) >= 0 and find(b"\n\\", before, end) >= 0
            if not is_as_promised or may_have_marker or near[end - 1] != _LINE_FEED:
                break
            if old_first < old_end or new_first < new_end:
                break
            old_end, new_end = old_first + old_count, new_first + new_count
            name = section.rstrip(b"\r")
            facts = (old_start, old_count, new_start, new_count, name, added, removed)
            # What `Hunk` does, in half the time.
            hunks.append(tuple.__new__(Hunk, (patch, first + start, first + end, *facts)))
            position = end
        self.position = first + position
        return hunks

    def _hunk(self) -> Hunk:
        """Return the hunk at the position, whatever is odd about it."""
        start_of_hunk = self.position
        match = _HUNK_HEADER.match(self.patch, start_of_hunk)
        if match is None:
            is_combined = self.patch.startswith(b"@@@", self.position)
            what = "a combined diff of a merge; review it against one parent" if is_combined else "a broken @@ header"
            raise self.error(what)
        old, old_lines, new, new_lines, section = match.groups()
        old_count = int(old_lines) if old_lines is not None else 1
        new_count = int(new_lines) if new_lines is not None else 1
        if old_count + new_count == 0:
            raise self.error("an @@ header that promises no lines")
        self.position = match.end()
        patch, start, end = self._marked_body(old_count, new_count) or self._counted_body(old_count, new_count)
        added = patch.count(b"\n+", start, end) + patch.startswith(b"+", start)
        removed = old_count - (new_count - added)
        if added + removed == 0:
            raise self.error("a hunk that changes nothing", at=start_of_hunk)
        return Hunk(patch, start, end, int(old), old_count, int(new), new_count, section.rstrip(b"\r"), added, removed)

    def _check_markers(self, hunk: Hunk, start_of_hunk: int) -> None:
        if _CUT_MARKER.search(hunk.patch, hunk.start, hunk.end):
            raise self.error("a broken `\\ No newline` line", at=start_of_hunk)
        if not _ends_its_side(hunk):
            raise self.error("`\\ No newline` before the last line", at=start_of_hunk)
        if _NO_LINE.search(hunk.patch, hunk.start, hunk.end):
            raise self.error("`\\ No newline` after an empty line, which would be no line", at=start_of_hunk)

    def _marked_body(self, old_count: int, new_count: int) -> tuple[Patch, int, int] | None:
        """Consume the promised lines, markers among them, if totals tell that they are all; else stay there."""
        patch, start = self.patch, self.position
        before = start - 1
        match = _END_OF_BODY.search(patch, before)
        end = match.start() + 1 if match else len(patch)
        removed, added, markers = (patch.count(sign, before, end) for sign in (b"\n-", b"\n+", b"\n\\"))
        # All lines that are not changed, nor a marker, are context; the last one may lack its line feed.
        lines = patch.count(b"\n", start, end) + (end > start and patch[end - 1] != _LINE_FEED)
        context = lines - removed - added - markers
        is_as_promised = (context + removed, context + added) == (old_count, new_count)
        if not is_as_promised or (markers and self._has_loose_marker(start, end)):
            return None
        self.position = end
        return patch, start, end

    def _has_loose_marker(self, start: int, end: int) -> bool:
        r"""True if a `\ No newline` line stands first, or follows another one."""
        marker = self.patch.find(b"\n\\", start - 1, end)
        while marker >= 0:
            line_end = self.patch.find(b"\n", marker + 1, end)
            if marker + 1 == start or (line_end >= 0 and self.patch.startswith(b"\\", line_end + 1)):
                return True
            marker = self.patch.find(b"\n\\", marker + 1, end)
        return False

    def _counted_body(self, old_left: int, new_left: int) -> tuple[Patch, int, int]:
        start = self.position
        lines: list[bytes] = []
        has_blank = False
        while old_left or new_left:
            if self.at_end:
                raise self.error(f"the diff ends {old_left} old and {new_left} new lines too early")
            line = self.peek()
            sign = line[:1]
            if self.blank_is_context and line in (b"", b"\r"):
                line = b" " + line
                sign = b" "
                has_blank = True
            if sign == b"\\" and lines and not lines[-1].startswith(b"\\"):
                pass
            elif sign not in (b" ", b"-", b"+"):
                raise self.error(f"a hunk ends {old_left} old and {new_left} new lines too early")
            old_left -= sign in (b" ", b"-")
            new_left -= sign in (b" ", b"+")
            if old_left < 0 or new_left < 0:
                raise self.error("a hunk has more lines than its @@ header promises")
            self.take()
            lines.append(line)
        if lines and self.peek().startswith(b"\\"):
            lines.append(self.take())
        if has_blank:
            body = b"\n".join(lines) + b"\n"
            return body, 0, len(body)
        self.position = min(self.position, len(self.patch))
        return self.patch, start, self.position


def _ends(hunk: Hunk) -> tuple[int, int]:
    """Return how many lines of the old and of the new file stand above what follows the hunk."""
    return hunk.old_first + hunk.old_count, hunk.new_first + hunk.new_count


def _ends_its_side(hunk: Hunk) -> bool:
    """True if each `\\ No newline` line follows the last line of its side: the old, the new, or both."""
    patch, end = hunk.patch, hunk.end
    marker = patch.find(b"\n\\", hunk.start, end)
    while marker >= 0:
        before = max(patch.rfind(b"\n", 0, marker) + 1, hunk.start)
        later_signs = _SIGNS_OF_SIDE[patch[before : before + 1]]
        if any(patch.find(b"\n" + sign, marker + 1, end) >= 0 for sign in later_signs):
            return False
        marker = patch.find(b"\n\\", marker + 1, end)
    return True


def _git_section(reader: Reader) -> Section:
    start = reader.position
    if not reader.peek().startswith(b"diff --git "):
        raise reader.error("expected `diff --git`")
    header = [reader.take()]
    is_binary = False
    while not reader.at_end and not reader.starts_with(_END_OF_HEADER):
        line = reader.take()
        if line.startswith(b"Binary files "):
            is_binary = True
        elif not line.startswith(GIT_HEADERS):
            raise reader.error("a header line git does not print", at=start)
        header.append(line)
    hunks = reader.hunks()
    reader.check_end()
    return Section(tuple(header), hunks, is_binary)
