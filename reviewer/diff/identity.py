"""Edits and their ids: what a mark is bound to.

An id hashes an edit's path, its lines and their surroundings byte by byte, never where it stands.
So it survives lines moving above it, a rebase and an amend, and dies on any change to the edit
itself, be it one space. `git patch-id` will not do: it folds whitespace.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

from reviewer.diff.model import Diff, FileDiff, Hunk

EditId = NewType("EditId", str)
ScopeId = NewType("ScopeId", str)

_EDIT = re.compile(rb"^[+-].*+(?:\n[+\-\\].*+)*+\n?", re.MULTILINE)
_CONTEXT_LINES = 3


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
    """Return the ids of all edits of the diff; identical edits of one file are told apart by their order.

    The scope's own id does not depend on the order of files, only on which edits there are and how often.
    """
    seen: Counter[str] = Counter()
    by_hunk = tuple(
        tuple(_numbered(digest, seen) for digest in _edit_digests(file, hunk)) for file, hunk in diff.walk()
    )
    ids = sorted(edit for edits in by_hunk for edit in edits)
    scope = sha256(b"reviewer-scope/1\0" + "\n".join(ids).encode()).hexdigest()
    return Scope(by_hunk, ScopeId(scope))


def _numbered(digest: str, seen: Counter[str]) -> EditId:
    seen[digest] += 1
    ordinal = seen[digest]
    return EditId(digest if ordinal == 1 else f"{digest}:{ordinal}")


def _edit_digests(file: FileDiff, hunk: Hunk) -> Iterator[str]:
    if hunk.is_textless:
        yield _digest(file.path, b"", _change_without_text(file), b"")
        return
    body = hunk.body
    bounds = [match.span() for match in _EDIT.finditer(body)]
    for index, (start, end) in enumerate(bounds):
        before = body[bounds[index - 1][1] if index else 0 : start]
        after = body[end : bounds[index + 1][0] if index + 1 < len(bounds) else len(body)]
        yield _digest(file.path, _last_lines(before), body[start:end], _first_lines(after))


def _digest(path: bytes, before: bytes, core: bytes, after: bytes) -> str:
    return sha256(b"reviewer-edit/1\0" + b"\0".join((path, before, core, after))).hexdigest()


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


def _last_lines(context: bytes) -> bytes:
    position = len(context)
    for _ in range(_CONTEXT_LINES + 1):
        position = context.rfind(b"\n", 0, position)
        if position < 0:
            return context
    return context[position + 1 :]


def _first_lines(context: bytes) -> bytes:
    position = -1
    for _ in range(_CONTEXT_LINES):
        position = context.find(b"\n", position + 1)
        if position < 0:
            return context
    return context[: position + 1]
