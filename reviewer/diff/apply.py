"""Hunks put to a text: what the file holds after the change."""

import re
from collections.abc import Sequence

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Hunk, LineKind

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def apply_hunks(old: bytes, hunks: Sequence[Hunk]) -> bytes | None:
    """Return the text after the change, or None if the old text is not what the hunks expect."""
    before = _LINE.findall(old)
    after: list[bytes] = []
    position = 0
    for hunk in hunks:
        start = hunk.old_first
        if not position <= start <= len(before):
            return None
        after += before[position:start]
        position = start
        for line in lines_of(hunk):
            text = line.text + b"\n" if line.newline else line.text
            if line.kind is not LineKind.ADDED:
                if before[position : position + 1] != [text]:
                    return None
                position += 1
            if line.kind is not LineKind.REMOVED:
                after.append(text)
    after += before[position:]
    return b"".join(after) if all(text.endswith(b"\n") for text in after[:-1]) else None
