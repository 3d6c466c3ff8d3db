"""Edits and their ids: what a mark is bound to.

An id hashes an edit's path, its lines and their surroundings byte by byte, never where it stands.
So it survives lines moving above it, a rebase and an amend, and dies on any change to the edit
itself, be it one space. `git patch-id` will not do: it folds whitespace.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

from reviewer.diff.model import Diff, FileDiff, Hunk

EditId = NewType("EditId", str)
LooseId = NewType("LooseId", str)
ScopeId = NewType("ScopeId", str)

_EDIT = re.compile(rb"^[+-].*+(?:\n[+\-\\].*+)*+\n?", re.MULTILINE)
_CONTEXT_LINES = 3
_SMALL_BYTES = 100_000
_LOOSE_LINES = 1


@dataclass(frozen=True, slots=True)
class Edit:
    """One maximal run of changed lines with their signs, and up to three unchanged lines above and below.

    For a change without text, `core` is what git says of the file.
    """

    path: bytes
    before: bytes
    core: bytes
    after: bytes

    @property
    def has_lines(self) -> bool:
        return self.core.startswith((b"+", b"-"))

    @property
    def digest(self) -> str:
        """The id it has if no other edit is identical."""
        return _digest(b"reviewer-edit/1\0", self.path, self.before, self.core, self.after)

    @property
    def content(self) -> str:
        """The digest of all but the path: what stays when a file is renamed."""
        return _digest(b"reviewer-edit-content/1\0", self.before, self.core, self.after)

    @property
    def loose_id(self) -> LooseId:
        """An id that minds only the nearest line above and below: a neighbour's change leaves it alone."""
        return LooseId(_digest(b"reviewer-edit-loose/1\0", self.path, *self._nearest))

    @property
    def loose_content(self) -> str:
        """The digest of all that the loose id minds but the path."""
        return _digest(b"reviewer-edit-loose-content/1\0", *self._nearest)

    @property
    def _nearest(self) -> tuple[bytes, bytes, bytes]:
        return _last_lines(self.before, _LOOSE_LINES), self.core, _first_lines(self.after, _LOOSE_LINES)


@dataclass(frozen=True, slots=True)
class Scope:
    """The edits of a diff, as ids: `by_hunk[i]` are those of the i-th hunk of `Diff.walk`."""

    by_hunk: tuple[tuple[EditId, ...], ...]
    id: ScopeId

    @property
    def edits(self) -> Iterator[EditId]:
        for edits in self.by_hunk:
            yield from edits


def scope_of(diff: Diff) -> Scope:
    """Return the ids of all edits of the diff.

    Identical edits of one file are told apart by their order, and know how many they are: if one
    comes or goes, nobody can say which it was, so all of them are others.
    The scope's own id does not depend on the order of files, only on which edits there are and how often.
    """
    digests = [[edit.digest for edit in edits_of(file, hunk)] for file, hunk in diff.walk()]
    counts = Counter(digest for hunk in digests for digest in hunk)
    seen: Counter[str] = Counter()
    by_hunk = tuple(tuple(_numbered(digest, counts, seen) for digest in hunk) for hunk in digests)
    return Scope(by_hunk, scope_id(edit for edits in by_hunk for edit in edits))


def scope_id(edits: Iterable[EditId]) -> ScopeId:
    return ScopeId(sha256(b"reviewer-scope/1\0" + "\n".join(sorted(edits)).encode()).hexdigest())


def edits_of(file: FileDiff, hunk: Hunk) -> Iterator[Edit]:
    """Yield the edits of a hunk, from top to bottom."""
    if hunk.is_textless:
        yield Edit(file.path, b"", _change_without_text(file), b"")
        return
    # A hunk may have a million lines, and a copy of them costs as much memory.
    is_small = hunk.end - hunk.start < _SMALL_BYTES
    lines, top, bottom = (hunk.body, 0, hunk.end - hunk.start) if is_small else (hunk.patch, hunk.start, hunk.end)
    bounds = [match.span() for match in _EDIT.finditer(lines, top, bottom)]
    for index, (start, end) in enumerate(bounds):
        before = lines[bounds[index - 1][1] if index else top : start]
        after = lines[end : bounds[index + 1][0] if index + 1 < len(bounds) else bottom]
        yield Edit(
            file.path, _last_lines(before, _CONTEXT_LINES), lines[start:end], _first_lines(after, _CONTEXT_LINES)
        )


def _numbered(digest: str, counts: Counter[str], seen: Counter[str]) -> EditId:
    if counts[digest] == 1:
        return EditId(digest)
    seen[digest] += 1
    return EditId(f"{digest}:{seen[digest]}/{counts[digest]}")


def _digest(prefix: bytes, *parts: bytes) -> str:
    hashed = sha256(prefix)
    for number, part in enumerate(parts):
        hashed.update(b"\0" if number else b"")
        hashed.update(part)
    return hashed.hexdigest()


def _change_without_text(file: FileDiff) -> bytes:
    """Return all that git says of the file apart from its lines.

    Object ids count only where no line shows the content: else a mode change would be new
    with every edit of the file's text.
    """
    facts: list[str | None] = [file.status.value, file.old_mode, file.new_mode]
    if file.is_binary or not file.text_hunks:
        facts += [file.old_oid, file.new_oid]
    return b"\n".join(
        [
            (file.old_path or b"") if file.old_path != file.new_path else b"",
            *(str(fact).encode() for fact in facts),
        ]
    )


def _last_lines(context: bytes, count: int) -> bytes:
    position = len(context)
    for _ in range(count + 1):
        position = context.rfind(b"\n", 0, position)
        if position < 0:
            return context
    return context[position + 1 :]


def _first_lines(context: bytes, count: int) -> bytes:
    position = -1
    for _ in range(count):
        position = context.find(b"\n", position + 1)
        if position < 0:
            return context
    return context[: position + 1]
