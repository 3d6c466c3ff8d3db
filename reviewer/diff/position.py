"""A position in a patch."""

import re

from reviewer.diff.written import Patch
from reviewer.errors import UnreadableDiff

# So much of a patch in a file is at hand at once; with less than this left of it, the next part is taken.
_AT_HAND = 2_000_000
_LEAST_AT_HAND = 64_000


class Position:
    """All reading of lines goes through it; `source` names the patch in errors."""

    def __init__(self, patch: Patch, source: str, *, blank_is_context: bool = False) -> None:
        self.patch = patch
        self.source = source
        self.position = 0
        # What stands around the position, and where it begins.
        self._near, self._near_at = (patch, 0) if isinstance(patch, bytes) else (b"", 0)
        # Editors and mailers strip the space of an empty context line; git itself never does here.
        self.blank_is_context = blank_is_context

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.patch)

    def line_at(self, position: int) -> int:
        """Return the number, from 1, of the line at `position`."""
        return self.patch.count(b"\n", 0, position) + 1

    def error(self, reason: str, *, at: int | None = None) -> UnreadableDiff:
        return UnreadableDiff(self.source, self.line_at(self.position if at is None else at), reason)

    def peek(self) -> bytes:
        """Return the line at the position without its line feed, and stay there."""
        near, at = self.look()
        end = near.find(b"\n", at)
        if end >= 0:
            return near[at:end]
        end = self.patch.find(b"\n", self.position)
        return self.patch[self.position : end if end >= 0 else len(self.patch)]

    def starts_with(self, pattern: re.Pattern[bytes]) -> bool:
        near, at = self.look()
        return pattern.match(near, at) is not None

    def look(self) -> tuple[bytes, int]:
        """Return what stands around the position, and where the position is in there."""
        at = self.position - self._near_at
        has_all = self._near_at + len(self._near) == len(self.patch)
        if not has_all and len(self._near) - at < _LEAST_AT_HAND:
            self._near, self._near_at, at = self.patch[self.position : self.position + _AT_HAND], self.position, 0
        return self._near, at

    def take(self) -> bytes:
        line = self.peek()
        self.position += len(line) + 1
        return line

    def check_end(self) -> None:
        """Raise if the patch ends within a line just taken: nobody can tell what is missing. Git refuses it, too."""
        last = self.patch.rfind(b"\n") + 1
        if self.at_end and last < len(self.patch) and not self.patch.startswith(b"\\", last):
            raise self.error(
                "the last line has no line feed and may be cut off; end it with one if it is whole", at=last
            )
