"""Text search over the diff's bytes: finds lines without making those between."""

from collections.abc import Iterator

from reviewer.diff.lines import HunkLines
from reviewer.walk.walk import Walk


def matching_lines(walk: Walk, text: str) -> Iterator[tuple[int, int]]:
    """Yield hunk and line, from 0, where the text is, whatever its case; a hunk without it costs one scan of its bytes.

    What is folded is not searched.
    """
    needle = text.lower().encode("utf-8", "surrogateescape")
    for number, hunk in enumerate(walk.hunks):
        if hunk.is_textless or walk.is_folded(number) or needle not in hunk.body.lower():
            continue
        for index, line in enumerate(HunkLines(hunk).slice(0, hunk.line_count)):
            if needle in line.text.lower():
                yield number, index
